//! Whom nobody may text: one by one, and as files from one system to another.

use http::header::CONTENT_TYPE;

use super::*;

const NUMBER: &str = "+15550199";

impl Center {
    async fn import(&self, user: UserId, query: &str, file: impl Into<Body>) -> Value {
        let mut request = request(Method::POST, &format!("/sms-suppressions{query}"), &Value::Null);
        *request.body_mut() = file.into();
        request.headers_mut().insert(CONTENT_TYPE, "Text/CSV; charset=utf-8".parse().expect("a value"));
        request.extensions_mut().insert(self.caller(user));
        let answer = self.send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json
    }

    async fn export(&self, user: UserId) -> String {
        let mut request = request(Method::GET, "/sms-suppressions?format=csv", &Value::Null);
        request.extensions_mut().insert(self.caller(user));
        let Ok(response) = self.router.clone().oneshot(request).await;
        assert_eq!(response.headers()[CONTENT_TYPE], "text/csv;charset=UTF-8;header=present");
        let file = response.into_body().collect().await.expect("a file").to_bytes();
        String::from_utf8(file.to_vec()).expect("text")
    }
}

fn counts(answer: &Value) -> (u64, u64, u64) {
    let count = |name: &str| answer[name].as_u64().expect("a count");
    (count("imported"), count("unchanged"), count("problemCount"))
}

#[tokio::test]
async fn a_number_is_entered_found_and_let_go() {
    let center = Center::open().await;
    let sam = center.supervisor("sam").await;
    let entry = json!({"number": "+1 555-0199", "reason": "By letter\nof 3 May"});
    let made = center.post(sam, "/sms-suppressions", entry.clone()).await.done();
    let path = format!("/sms-suppressions/{NUMBER}");
    let uri = format!("{}{path}", center.app.base);
    assert_eq!(made, json!({"statusCode": 0, "id": NUMBER, "uri": uri, "path": path}));
    let read = center.get(sam, &path).await.done()["suppression"].take();
    assert_eq!((&read["number"], &read["reason"]), (&json!(NUMBER), &json!("By letter of 3 May")));
    center.post(sam, "/sms-suppressions", json!({"number": NUMBER, "reason": "again"})).await.done();
    for query in ["?fields=*", "?number=%2B15550199&fields=*", "?number=+15550199&fields=*"] {
        let listed = center.get(sam, &format!("/sms-suppressions{query}")).await.done();
        assert_eq!(listed, json!({"statusCode": 0, "totalCount": 1, "suppressions": [read]}));
    }
    let others = center.get(sam, "/sms-suppressions?number=+15550198").await.done();
    assert_eq!(others, json!({"statusCode": 0, "totalCount": 0, "uris": []}));
    center.delete(sam, &path).await.done();
    assert_eq!(center.delete(sam, &path).await.refused(404, 6), "Suppressed number not found");
    center.get(sam, &path).await.refused(404, 6);
    center.get(sam, "/sms-suppressions/nobody%20at%20all").await.refused(404, 6);
}

#[tokio::test]
async fn what_is_no_number_and_who_is_no_keeper_is_refused() {
    let center = Center::open().await;
    let admin = center.admin;
    for number in ["", "Souffleur", "1;2"] {
        let answer = center.post(admin, "/sms-suppressions", json!({"number": number})).await;
        assert!(answer.json["statusMessage"].to_string().contains("number"), "{}", answer.json);
    }
    let dated = json!({"number": NUMBER, "since": "2031-01-01"});
    center.post(admin, "/sms-suppressions", dated).await.refused(400, 11);
    let long = json!({"number": NUMBER, "reason": "x".repeat(256)});
    center.post(admin, "/sms-suppressions", long).await.refused(400, 10);
    let anna = center.ready_agent("anna").await;
    center.post(anna, "/sms-suppressions", json!({"number": NUMBER})).await.refused(403, 5);
    center.get(anna, "/sms-suppressions?format=csv").await.refused(403, 5);
}

#[tokio::test]
async fn a_list_is_read_in_pages() {
    let center = Center::open().await;
    let numbers: String = (0..1_200).map(|number| format!("+1555010{number:04}\n")).collect();
    assert_eq!(counts(&center.import(center.admin, "", numbers).await), (1_200, 0, 0));
    let read = async |query: &str| {
        let page = center.get(center.admin, &format!("/sms-suppressions{query}")).await.done();
        assert_eq!(page["totalCount"], 1_200);
        page["uris"].as_array().expect("links").clone()
    };
    assert_eq!(read("").await.len(), 1_000);
    assert_eq!(read("?limit=5000").await.len(), 1_000);
    let rest = read("?offset=1000&limit=500").await;
    assert_eq!(rest.len(), 200);
    assert!(rest[0].as_str().expect("a link").ends_with("/sms-suppressions/+15550101000"), "{}", rest[0]);
}

#[tokio::test]
async fn good_rows_are_imported_and_the_others_are_listed() {
    let center = Center::open().await;
    let file = "\u{feff}Number;Reason;Since\r\n+1 555 0199;\"STOP; really\";2031-04-07 07:15:02.640+0000\r\n\
        hello;;\r\n1 555 0199;twice;\r\n\r\n+15550198;;someday\r\n";
    let trial = center.import(center.admin, "?dryRun=true", file).await;
    assert_eq!(center.get(center.admin, "/sms-suppressions").await.done()["totalCount"], 0);
    let expected = json!({"statusCode": 7, "imported": 2, "unchanged": 1, "problemCount": 2, "problems": [
        {"line": 3, "problem": "no phone number"},
        {"line": 6, "problem": "'since' is no time, and was left out"},
    ]});
    assert_eq!(trial, expected);
    assert_eq!(center.import(center.admin, "", file).await, expected);
    let again = center.import(center.admin, "", file).await;
    assert_eq!(counts(&again), (0, 3, 2));
    let read = center.get(center.admin, "/sms-suppressions/+15550199").await.done()["suppression"].take();
    assert_eq!(
        (&read["reason"], &read["since"]),
        (&json!("STOP; really"), &json!("2031-04-07 07:15:02.640+0000"))
    );
}

#[tokio::test]
async fn what_is_exported_can_be_imported_as_it_is() {
    let (here, there) = (Center::open().await, Center::open().await);
    let reasons = ["STOP", "", "a, b", "\"so\" she said", " spaces ", "Ärger\tund\nmehr"];
    for (number, reason) in reasons.iter().enumerate() {
        let entry = json!({"number": format!("+1555010{number}"), "reason": reason});
        here.post(here.admin, "/sms-suppressions", entry).await.done();
    }
    let many: String = (0..2_500).map(|number| format!("+1555011{number:04},STOP,2031-04-07\n")).collect();
    assert_eq!(counts(&here.import(here.admin, "", many).await), (2_500, 0, 0));
    let file = here.export(here.admin).await;
    assert_eq!(file.lines().count(), 1 + 2_506);
    assert_eq!(counts(&there.import(there.admin, "", file.clone()).await), (2_506, 0, 0));
    assert_eq!(there.export(there.admin).await, file);
}

#[tokio::test]
async fn a_list_that_is_full_says_which_lines_had_no_room() {
    let center = Center::open().await;
    let limit = contact_center::limits::SUPPRESSIONS;
    let many: String = (0..limit - 1).map(|number| format!("+1555{number:07}\n")).collect();
    assert_eq!(counts(&center.import(center.admin, "", many).await), (limit as u64 - 1, 0, 0));
    let two = "+491701\n+491702\n";
    for query in ["?dryRun=true", ""] {
        let answer = center.import(center.admin, query, two).await;
        assert_eq!(counts(&answer), (0, 0, 2));
        assert_eq!(answer["problems"][1], json!({"line": 2, "problem": "the list is full"}));
    }
    assert_eq!(counts(&center.import(center.admin, "", "+491701").await), (1, 0, 0));
    let one = json!({"number": "+491702"});
    assert!(center.post(center.admin, "/sms-suppressions", one).await.refused(400, 2).contains("200000"));
}

#[tokio::test]
async fn whoever_may_not_see_numbers_can_ask_for_one_and_not_for_all() {
    let center = Center::open().await;
    let sam = center.supervisor("sam").await;
    center.post(sam, "/sms-suppressions", json!({"number": NUMBER})).await.done();
    let off = json!({"value": 0});
    center.put(center.admin, "/settings/contact-center/smsNumbersForSupervisors", off).await.done();
    for path in ["/sms-suppressions", "/sms-suppressions?format=csv"] {
        assert!(center.get(sam, path).await.refused(403, 5).contains("numbers of customers"));
    }
    let found = center.get(sam, "/sms-suppressions?number=+15550199").await.done();
    assert_eq!(found["totalCount"], 1);
}
