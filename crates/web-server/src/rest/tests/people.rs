//! The caller, channels and states, passwords, the directory.

use super::*;

fn operation(name: &str) -> Value {
    json!({"operationName": name})
}

#[tokio::test]
async fn the_caller_is_read_with_what_was_asked_for() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    let me = center.get(anna, "/me").await.done()["user"].take();
    assert_eq!((&me["userName"], &me["path"]), (&json!("anna"), &json!(format!("/users/{anna}"))));
    assert!(me.get("features").is_none() && me.get("password").is_none(), "{me}");
    let me = center.get(anna, "/me/?subresources=*").await.done()["user"].take();
    assert_eq!((&me["settings"], &me["calls"], &me["devices"]), (&json!({}), &json!([]), &json!([])));
    assert!(me.get("channels").is_none(), "{me}");
    for path in ["/me/skills", "/me/groups", "/me/calls", "/me/interactions", "/me/devices", "/me/channels"] {
        assert_eq!(center.get(anna, path).await.done()["uris"], json!([]), "{path}");
    }
    assert!(
        center.get(anna, "/me/features?fields=*").await.done()["features"].to_string().contains("api-voice")
    );
}

#[tokio::test]
async fn each_channel_opens_or_fails_alone() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    let start = |channels: Value| json!({"operationName": "StartContactCenterSession", "channels": channels, "place": null});
    let answer = center.post(anna, "/me", start(json!(["voice", "chat", "smssession"]))).await;
    assert_eq!((answer.status, &answer.json["statusCode"]), (200, &json!(7)), "{}", answer.json);
    assert_eq!(answer.json["succeeded"], json!([{"statusCode": 0, "channel": "multimedia"}]));
    assert_eq!(answer.json["failed"][0]["channel"], "voice");
    center.post(anna, "/me", start(json!(["voice"]))).await.refused(400, 2);
    assert!(center.post(anna, "/me", start(json!(["pigeon"]))).await.refused(400, 10).contains("channels"));
    center.post(anna, "/me", start(json!([]))).await.refused(400, 1);
    center.post(anna, "/me/channels/chat", operation("Ready")).await.done();
    center.post(anna, "/me", start(json!(["chat"]))).await.done();
    let chat = center.get(anna, "/me/channels/chat").await.done()["channel"].take();
    assert_eq!(chat["userState"]["state"], "Ready", "repeating it changes nothing");
    let uris = center.get(anna, "/me/channels").await.done()["uris"].take();
    assert_eq!(uris[0], format!("{}/me/channels/chat", center.app.base));
    center.post(anna, "/me", operation("EndContactCenterSession")).await.done();
    assert_eq!(center.get(anna, "/me/channels?fields=*").await.done()["channels"], json!([]));
}

#[tokio::test]
async fn states_are_entered_by_name_on_one_channel_or_all() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let state = async || center.get(anna, "/me/channels/chat").await.done()["channel"].take();
    center.post(anna, "/me", operation("AfterCallWork")).await.done();
    assert_eq!(state().await["userState"]["workMode"], "AfterCallWork");
    center.post(anna, "/me", operation("DoNotDisturbOn")).await.done();
    assert_eq!(state().await["dndState"], "On");
    center.post(anna, "/me/channels/chat", operation("DoNotDisturbOff")).await.done();
    let lunch =
        json!({"operationName": "Lunch", "displayName": "Lunch", "state": "NotReady", "reason": "Lunch"});
    center.post(center.admin, "/settings/agent-states", lunch).await.done();
    center.post(anna, "/me/channels/chat", operation("Lunch")).await.done();
    let lunch = state().await;
    assert_eq!((&lunch["userState"]["reason"], &lunch["dndState"]), (&json!("Lunch"), &json!("Off")));
    for path in ["/me", "/me/channels/chat"] {
        assert!(center.post(anna, path, operation("Asleep")).await.refused(400, 2).contains("operationName"));
    }
    assert!(
        center.post(anna, "/me/channels/pigeon", operation("Ready")).await.refused(404, 6).contains("pigeon")
    );
    center.get(anna, "/me/channels/pigeon").await.refused(404, 6);
    center.post(anna, "/me/channels/voice", operation("Ready")).await.refused(400, 2);
}

#[tokio::test]
async fn a_supervisor_steers_the_channels_of_agents() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    let path = format!("/users/{anna}/channels/chat");
    center.post(sam, &path, operation("NotReady")).await.done();
    assert_eq!(center.get(sam, &path).await.done()["channel"]["userState"]["state"], "NotReady");
    center.post(sam, &path, operation("Offline")).await.done();
    assert_eq!(center.get(sam, &path).await.done()["channel"]["userState"]["state"], "LoggedOut");
    assert_eq!(center.get(sam, &format!("/users/{anna}/channels")).await.done()["uris"], json!([]));
    center.post(sam, &path, operation("Ready")).await.refused(400, 2);
    for (operation_name, code) in [("CancelSupervisorMonitoring", 2), ("Haunt", 2)] {
        let message = center.post(sam, &path, operation(operation_name)).await.refused(400, code);
        assert!(message.contains(operation_name), "{message}");
    }
    let pigeon = center.post(sam, &format!("/users/{anna}/channels/pigeon"), operation("Coach")).await;
    assert!(pigeon.refused(404, 6).contains("pigeon"));
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_the_old_one() {
    let center = Center::open().await;
    let body = json!({"firstName": "A", "lastName": "B", "userName": "anna", "password": "the first", "roles": ["ROLE_AGENT"],
        "changePasswordOnFirstLogin": true});
    let made = center.post(center.admin, "/users", body).await.done();
    let anna: UserId = made["id"].as_str().expect("an ID").parse().expect("an ID");
    let mut caller = center.caller(anna);
    caller.must_change_password = true;
    let ask = async |method: Method, body: Value| center.ask_as(caller.clone(), method, "/me", body).await;
    ask(Method::GET, Value::Null).await.refused(403, 8);
    ask(Method::POST, operation("Ready")).await.refused(403, 8);
    ask(Method::POST, operation("Lunch")).await.refused(403, 8);
    let change = |old: &str, new: &str| json!({"operationName": "ChangePassword", "oldPassword": old, "newPassword": new});
    assert!(ask(Method::POST, change("wrong", "the second")).await.refused(400, 10).contains("oldPassword"));
    assert!(
        ask(Method::POST, change("the first", "the first")).await.refused(400, 10).contains("newPassword")
    );
    ask(Method::POST, change("the first", "the second")).await.done();
    assert_eq!(center.get(anna, "/me").await.done()["user"]["changePasswordOnFirstLogin"], false);
    assert!(
        ask(Method::POST, change("the first", "the third")).await.refused(400, 10).contains("oldPassword")
    );
    ask(Method::POST, operation("EndContactCenterSession")).await.done();
}

#[tokio::test]
async fn the_directory_is_searched_and_paged() {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    center.add("bela", &[Role::Agent]).await;
    let device = json!({"phoneNumber": "+49 (711) 7101"});
    center.post(center.admin, &format!("/users/{anna}/devices"), device).await.done();
    let search = async |query: &str| {
        let found = center.get(anna, &format!("/contacts?{query}")).await.done();
        let names = found["contacts"].as_array().expect("contacts").iter().map(|one| one["name"].clone());
        (found["totalCount"].clone(), names.collect::<Vec<_>>())
    };
    assert_eq!(search("type=User").await.0, 3);
    assert_eq!(search("type=Queue").await.0, 3, "one queue for each channel");
    assert_eq!(search("type=Custom").await.0, 0);
    assert_eq!(search("type=pigeon").await.0, 0);
    let (total, page) = search("type=User&offset=1&limit=1").await;
    assert_eq!((total, page.len()), (json!(3), 1));
    for query in [
        "name=anna,nobody&_=17124",
        "phoneNumber=%2B497117101",
        "filterName=NamesOrPhoneNumberMatches&filterParameters=AN*",
        "filterName=NamesOrPhoneNumberMatches&filterParameters=ann*,*7101",
        "type=User&channel=chat",
    ] {
        assert_eq!(search(query).await.1, ["anna"], "{query}");
    }
    let found = center.get(anna, &format!("/contacts/{anna}?type=User")).await.done()["contact"].take();
    assert_eq!(found["availability"]["channels"][0]["available"], true);
    assert_eq!(found["phoneNumbers"][0]["phoneNumber"], "+49 (711) 7101");
    center.get(anna, &format!("/contacts/{anna}?type=Queue")).await.refused(404, 6);
    center.get(anna, "/contacts/nobody").await.refused(404, 6);
}

#[tokio::test]
async fn a_desktop_starts_up() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    for (path, member) in [
        ("/internal-api/me/settings?fields=*", "settings"),
        ("/services?fields=*", "services"),
        ("/me/groups?type=BusinessUnit&fields=*", "groups"),
        ("/internal-api/contact-center?subresources=businessAttributes", "contactCenter"),
        ("/groups?type=dispositions&fields=*", "groups"),
        ("/workbins?fields=*", "workbins"),
        ("/system/routing-templates?fields=*", "routingTemplates"),
        ("/features?fields=*", "features"),
        ("/settings?fields=*", "settings"),
    ] {
        let answer = center.get(anna, path).await.done();
        assert!(answer.get(member).is_some(), "{path}: {answer}");
    }
    center.post(anna, "/workbins", operation("Subscribe")).await.refused(404, 6);
    center.post(anna, "/internal-api/operations", operation("SendUserEvent")).await.done();
    center.post(anna, "/internal-api/operations", operation("Restart")).await.refused(400, 2);
    center.get(anna, "/services/ON_PREMISE_ENVIRONMENT").await.done();
    center.get(anna, "/features/api-voice").await.done();
    center.get(anna, "/features/api-nothing").await.refused(404, 6);
}
