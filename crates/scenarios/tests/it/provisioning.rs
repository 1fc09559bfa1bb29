//! People, skills, queues and groups come and go through the API, and routing and supervision follow.

use serde_json::{Value, json};
use test_kit::{Customer, Desk};

use crate::center::{Center, accept};

#[tokio::test]
async fn a_user_is_created_read_changed_and_deleted() {
    let center = Center::open().await;
    let admin = &center.admin.http;
    let user = json!({"firstName": "Anna", "lastName": "Berg", "userName": "anna", "password": "a long password",
        "roles": ["ROLE_AGENT"], "emailAddress": "anna@example.test"});
    let created = admin.post("/api/v2/users", &user).await.expect("an answer").success();
    let path = created["path"].as_str().unwrap_or_else(|| panic!("no path in {created}")).to_owned();
    assert_eq!(created["uri"], format!("{}/api/v2{path}", center.server.base()));
    let path = format!("/api/v2{path}");
    let read = admin.get(&path).await.expect("an answer").success()["user"].take();
    assert_eq!((&read["lastName"], &read["roles"]), (&json!("Berg"), &json!(["ROLE_AGENT"])));

    let change = json!({"lastName": "Dahl", "roles": ["ROLE_AGENT", "ROLE_SUPERVISOR"], "password": "another password"});
    admin.put(&path, &change).await.expect("an answer").success();
    let anna = Desk::login(&center.server.base(), "anna", "another password").await;
    let me = anna.read("/me").await["user"].take();
    assert_eq!((&me["lastName"], &me["roles"]), (&json!("Dahl"), &json!(["ROLE_AGENT", "ROLE_SUPERVISOR"])));

    admin.put(&path, &json!({"enabled": false})).await.expect("an answer").success();
    anna.http.get("/api/v2/me").await.expect("an answer").refusal(403, 20);
    admin.delete(&path).await.expect("an answer").success();
    admin.get(&path).await.expect("an answer").refusal(404, 6);
    admin.delete(&path).await.expect("an answer").refusal(404, 6);
}

#[tokio::test]
async fn a_queue_that_requires_a_skill_offers_to_those_who_have_it() {
    let center = Center::open().await;
    let admin = &center.admin.http;
    let skill = json!({"name": "Dutch", "description": "speaks it"});
    let skill = admin.post("/api/v2/skills", &skill).await.expect("an answer").success();
    let queue = json!({"name": "dutch", "channel": "chat", "internal": true});
    let queue = admin.post("/api/v2/queues", &queue).await.expect("an answer").success();
    let queue_skills = format!("/api/v2/queues/{}/skills", queue["id"].as_str().unwrap_or(""));
    let least = json!({"uri": skill["uri"], "level": "3"});
    admin.post(&queue_skills, &least).await.expect("an answer").success();
    let anna = center.ready_agent("anna").await;
    let dirk = center.ready_agent("dirk").await;
    let assignment = json!({"uri": skill["uri"], "level": "5"});
    let path = format!("/api/v2/users/{}/skills", dirk.person.id);
    admin.post(&path, &assignment).await.expect("an answer").success();
    let skills = admin.get(&format!("{path}?fields=*")).await.expect("an answer").success();
    assert_eq!((&skills["skills"][0]["name"], &skills["skills"][0]["level"]), (&json!("Dutch"), &json!("5")));

    // The agent without the skill has been idle for longer.
    let request = json!({"operationName": "RequestChat", "nickname": "Mieke", "endpoint": "dutch"});
    Customer::request_chat_with(&center.server.base(), &center.id, &request).await;
    let offer = dirk.inbox.offered().await;
    accept(&dirk, offer.chat_id().expect("an offer names the chat")).await;
    assert!(anna.chats().await.is_empty());

    let skill_id = skill["id"].as_str().unwrap_or("");
    admin.delete(&format!("{path}/{skill_id}")).await.expect("an answer").success();
    let skills = admin.get(&format!("{path}?fields=*")).await.expect("an answer").success();
    assert_eq!(skills["skills"], json!([]));
}

#[tokio::test]
async fn with_groups_a_supervisor_reaches_the_agents_of_his_groups_only() {
    let center = Center::open().await;
    let anna = center.agent("anna").await;
    let bela = center.agent("bela").await;
    let sam = center.supervisor("sam").await;
    sam.supervise(&bela.person.id, "Monitor", Value::Null).await.success();
    sam.supervise(&bela.person.id, "CancelSupervisorMonitoring", Value::Null).await.success();

    let admin = &center.admin.http;
    let group = json!({"name": "Parcels", "type": "BusinessUnit"});
    let group = admin.post("/api/v2/groups", &group).await.expect("an answer").success();
    let id = group["id"].as_str().unwrap_or_else(|| panic!("no id in {group}"));
    assert!(id.starts_with("2-"), "the shape of a business unit's id: {id}");
    for (list, desk) in [("users", &anna), ("supervisors", &sam)] {
        let member = json!({"uri": format!("{}/api/v2/users/{}", center.server.base(), desk.person.id)});
        admin.post(&format!("/api/v2/groups/{id}/{list}"), &member).await.expect("an answer").success();
    }
    let groups = anna.read("/me/groups?type=BusinessUnit&fields=*").await;
    assert_eq!(groups["groups"][0]["name"], "Parcels");

    sam.supervise(&anna.person.id, "Monitor", Value::Null).await.success();
    sam.supervise(&bela.person.id, "Monitor", Value::Null).await.refusal(403, 5);
}

#[tokio::test]
async fn devices_are_assigned_and_numbers_are_taken_once() {
    let center = Center::open().await;
    let admin = &center.admin.http;
    let anna = center.agent("anna").await;
    let device =
        admin.post("/api/v2/devices", &json!({"phoneNumber": "7101"})).await.expect("an answer").success();
    admin.post("/api/v2/devices", &json!({"phoneNumber": "7101"})).await.expect("an answer").refusal(403, 19);
    let path = format!("/api/v2/users/{}/devices", anna.person.id);
    admin.post(&path, &json!({"uri": device["uri"]})).await.expect("an answer").success();
    let devices = anna.read("/me/devices?fields=*").await;
    assert_eq!(devices["devices"][0]["phoneNumber"], "7101", "{devices}");
    let id = device["id"].as_str().unwrap_or("");
    let settings = anna.read(&format!("/me/devices/{id}/settings/tserver")).await;
    assert_eq!(settings["key"], "name", "{settings}");
    admin.delete(&format!("{path}/{id}")).await.expect("an answer").success();
    assert_eq!(anna.read("/me/devices?fields=*").await["devices"], json!([]));
}

#[tokio::test]
async fn settings_groups_hold_what_clients_define() {
    let center = Center::open().await;
    let anna = center.agent("anna").await;
    let states = anna.read("/settings/agent-states").await;
    assert_eq!(states["key"], "operationName", "{states}");
    assert!(states["settings"].to_string().contains("900D55CC-2BB0-431F-8BF9-D3525B383BE6"), "{states}");
    let group = json!({"name": "desk", "displayName": "Desk", "key": "name"});
    anna.http.post("/api/v2/me/settings", &group).await.expect("an answer").success();
    let entry = json!({"name": "theme", "value": "dark"});
    anna.http.post("/api/v2/me/settings/desk", &entry).await.expect("an answer").success();
    let read = anna.read("/me/settings/desk").await;
    assert_eq!(read["settings"], json!([entry]));
}
