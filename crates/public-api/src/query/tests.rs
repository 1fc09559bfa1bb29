use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn check(query: &str, answer: &Value) {
    let skills = [
        json!({"id": "1", "name": "Cats & dogs", "roles": ["A", "B"], "on": true, "uri": "u/1"}),
        json!({"id": "2", "name": "Birds", "roles": [], "on": false, "uri": "u/2"}),
        json!({"id": "3", "name": "Fish", "roles": ["B"], "on": true, "uri": "u/3"}),
    ];
    let body = Query::parse(query).answer_collection("skills", &skills, false);
    assert_eq!(&serde_json::from_slice::<Value>(&body).unwrap(), answer, "{query}");
}

#[test]
fn a_collection_is_links_unless_fields_are_asked_for() {
    check("", &json!({"statusCode": 0, "uris": ["u/1", "u/2", "u/3"]}));
    check("fields=id", &json!({"statusCode": 0, "skills": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}));
}

#[test]
fn filters_are_equality_with_members_and_all_must_hold() {
    check("fields=id&on=true", &json!({"statusCode": 0, "skills": [{"id": "1"}, {"id": "3"}]}));
    check("fields=id&on=true&name=Fish", &json!({"statusCode": 0, "skills": [{"id": "3"}]}));
    check("fields=id&name=Cats+%26%20dogs", &json!({"statusCode": 0, "skills": [{"id": "1"}]}));
    check("fields=id&roles=B", &json!({"statusCode": 0, "skills": [{"id": "1"}, {"id": "3"}]}));
    check("id=2", &json!({"statusCode": 0, "uris": ["u/2"]}));
}

#[test]
fn an_entry_without_the_filtered_member_is_left_out() {
    let queues = [json!({"uri": "u/1", "phoneNumber": "9000"}), json!({"uri": "u/2"})];
    let body = Query::parse("phoneNumber=9000").answer_collection("queues", &queues, false);
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"statusCode": 0, "uris": ["u/1"]}));
}

#[test]
fn a_parameter_that_was_taken_filters_no_more() {
    let mut query = Query::parse("name=a,b&channel=voice");
    assert_eq!(query.take("name").as_deref(), Some("a,b"));
    assert_eq!(query.take("name"), None);
    assert_eq!(query.parameter("channel"), Some("voice"));
}

#[test]
fn what_is_no_member_filters_nothing() {
    check("_=1700000000&dummy=x&fields=id&id=2", &json!({"statusCode": 0, "skills": [{"id": "2"}]}));
}

#[test]
fn a_page_tells_how_many_there_are_after_filtering() {
    check("offset=1&limit=1", &json!({"statusCode": 0, "totalCount": 3, "uris": ["u/2"]}));
    check("on=true&limit=1", &json!({"statusCode": 0, "totalCount": 2, "uris": ["u/1"]}));
    check("offset=9", &json!({"statusCode": 0, "totalCount": 3, "uris": []}));
}

#[test]
fn a_page_of_a_long_list_is_answered_like_any_other() {
    let query = Query::parse("offset=7&limit=2&fields=id&name=Fish");
    assert_eq!(query.page(1_000), (7, 2));
    let page = [json!({"id": "8", "uri": "u/8"}), json!({"id": "9", "uri": "u/9"})];
    let answer: Value = serde_json::from_slice(&query.answer_page("skills", &page, 12)).unwrap();
    assert_eq!(answer, json!({"statusCode": 0, "totalCount": 12, "skills": [{"id": "8"}, {"id": "9"}]}));
    let query = Query::parse("limit=5000");
    assert_eq!(query.page(1_000), (0, 1_000));
    let answer: Value = serde_json::from_slice(&query.answer_page("skills", &page, 2)).unwrap();
    assert_eq!(answer, json!({"statusCode": 0, "totalCount": 2, "uris": ["u/8", "u/9"]}));
}

#[test]
fn fields_keep_the_order_of_the_resource() {
    #[derive(serde::Serialize)]
    struct Thing {
        zebra: u8,
        ant: u8,
        bee: u8,
    }
    let thing = Thing { zebra: 1, ant: 2, bee: 3 };
    let body = Query::parse("fields=bee,zebra").answer_object("thing", &thing);
    assert_eq!(std::str::from_utf8(&body).unwrap(), r#"{"statusCode":0,"thing":{"zebra":1,"bee":3}}"#);
    let body = Query::parse("fields=*").answer_object("thing", &thing);
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"statusCode":0,"thing":{"zebra":1,"ant":2,"bee":3}}"#
    );
}

#[test]
fn subresources_are_all_or_some() {
    assert!(Query::parse("subresources=*").wants_subresource("devices"));
    assert!(Query::parse("subresources=devices,channels").wants_subresource("channels"));
    assert!(!Query::parse("subresources=devices").wants_subresource("channels"));
    assert!(!Query::parse("").wants_subresource("channels"));
    assert!(!Query::parse("subresources=").wants_subresource("channels"));
}

#[test]
fn numbers_are_refused_when_they_are_none() {
    assert_eq!(Query::parse("startIndex=7").number("startIndex"), Ok(Some(7)));
    assert_eq!(Query::parse("startIndex=").number("startIndex"), Ok(None));
    assert!(Query::parse("startIndex=-1").number("startIndex").is_err());
    assert!(Query::parse("startIndex=seven").number("startIndex").is_err());
}

proptest! {
    #[test]
    fn any_query_is_parsed(query in ".{0,200}") {
        let _ = Query::parse(&query);
    }

    #[test]
    fn what_was_encoded_is_decoded(text in any::<Vec<u8>>()) {
        let encoded: String = text.iter().map(|byte| format!("%{byte:02X}")).collect();
        prop_assert_eq!(decode(&encoded).into_owned(), String::from_utf8_lossy(&text).into_owned());
    }
}
