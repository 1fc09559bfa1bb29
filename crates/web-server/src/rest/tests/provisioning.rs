//! People, devices, skills, queues and groups come and go.

use futures_util::future::join_all;

use super::*;

/// Makes something as administrator; its path.
async fn make(center: &Center, collection: &str, body: Value) -> String {
    let made = center.post(center.admin, collection, body).await.done();
    let path = made["path"].as_str().expect("a path").to_owned();
    assert_eq!(made["uri"], format!("{}{path}", center.app.base));
    path
}

async fn read(center: &Center, path: &str, key: &str) -> Value {
    center.get(center.admin, path).await.done()[key].take()
}

#[tokio::test]
async fn a_user_is_made_changed_and_deleted() {
    let center = Center::open().await;
    let admin = center.admin;
    let body = json!({"firstName": "Anna", "lastName": "Berg", "userName": "anna", "password": "secret", "roles": ["ROLE_AGENT"]});
    let path = make(&center, "/users", body.clone()).await;
    assert!(center.post(admin, "/users", body).await.refused(403, 18).contains("anna"));
    let user = read(&center, &path, "user").await;
    assert_eq!((&user["lastName"], &user["enabled"]), (&json!("Berg"), &json!(true)));
    center
        .put(admin, &path, json!({"lastName": "Dahl", "roles": ["ROLE_SUPERVISOR", "ROLE_AGENT"]}))
        .await
        .done();
    center.post(admin, &path, json!({"enabled": "false"})).await.done();
    let user = read(&center, &path, "user").await;
    assert_eq!((&user["lastName"], &user["enabled"]), (&json!("Dahl"), &json!(false)));
    assert_eq!(user["roles"], json!(["ROLE_AGENT", "ROLE_SUPERVISOR"]));
    assert!(center.put(admin, &path, json!({"id": "x"})).await.refused(400, 11).contains("id"));
    let filtered = read(&center, "/users?fields=userName&lastName=Dahl", "users").await;
    assert_eq!(filtered, json!([{"userName": "anna"}]));
    center.delete(admin, &path).await.done();
    assert_eq!(center.delete(admin, &path).await.refused(404, 6), "User not found");
    center.get(admin, &path).await.refused(404, 6);
    let missing = center.post(admin, "/users", json!({"firstName": "A", "userName": "b"})).await;
    missing.refused(400, 1);
}

#[tokio::test]
async fn devices_are_made_given_and_taken_away() {
    let center = Center::open().await;
    let admin = center.admin;
    let anna = center.add("anna", &[Role::Agent]).await;
    let bela = center.add("bela", &[Role::Agent]).await;
    let path = make(&center, "/devices", json!({"phoneNumber": "7101", "type": "ACDPosition"})).await;
    center.post(admin, "/devices", json!({"phoneNumber": "7101"})).await.refused(403, 19);
    center.put(admin, &path, json!({"description": "desk"})).await.done();
    center.get(anna, &path).await.refused(403, 5);
    for owner in [anna, bela] {
        let given = center.post(admin, &format!("/users/{owner}/devices"), json!({"uri": path})).await.done();
        assert_eq!(given["path"], path);
    }
    assert_eq!(center.get(anna, "/me/devices").await.done()["uris"], json!([]), "the previous owner lost it");
    let id = path.rsplit('/').next().expect("an ID").to_owned();
    let device = center.get(bela, &format!("/me/devices/{id}")).await.done()["device"].take();
    assert_eq!((&device["description"], &device["deviceState"]), (&json!("desk"), &json!("Inactive")));
    let settings = center.get(bela, &format!("/me/devices/{id}/settings/tserver")).await.done();
    assert_eq!(settings, json!({"statusCode": 0, "key": "name", "settings": []}));
    let on = json!({"operationName": "DoNotDisturbOn"});
    let start =
        json!({"operationName": "StartContactCenterSession", "channels": ["voice"], "devicePath": path});
    center.post(bela, "/me", start).await.done();
    center.post(bela, &format!("/me/devices/{id}"), on.clone()).await.done();
    center.post(bela, &format!("/me/devices/{id}"), on).await.refused(400, 2);
    let device = center.get(bela, &format!("/me/devices/{id}")).await.done()["device"].take();
    assert_eq!(
        (&device["doNotDisturb"], &device["capabilities"]),
        (&json!("On"), &json!(["DoNotDisturbOff", "ForwardCallsOn"]))
    );
    center.delete(admin, &path).await.refused(403, 19);
    center.post(bela, "/me", json!({"operationName": "Offline"})).await.done();
    center.delete(admin, &format!("/users/{anna}/devices/{id}")).await.refused(404, 6);
    center.delete(admin, &format!("/users/{bela}/devices/{id}")).await.done();
    center.delete(admin, &path).await.done();
    center.get(admin, &path).await.refused(404, 6);
    let both = json!({"uri": path, "phoneNumber": "7102"});
    center.post(admin, &format!("/users/{anna}/devices"), both).await.refused(400, 2);
}

#[tokio::test]
async fn skills_have_levels_where_users_have_them() {
    let center = Center::open().await;
    let admin = center.admin;
    let anna = center.add("anna", &[Role::Agent]).await;
    let sam = center.supervisor("sam").await;
    let path = make(&center, "/skills", json!({"name": "Dutch"})).await;
    let id = path.rsplit('/').next().expect("an ID");
    let of_anna = format!("/users/{anna}/skills");
    center.post(sam, &of_anna, json!({"uri": path, "level": "8"})).await.done();
    assert_eq!(center.get(anna, "/me/skills?fields=level").await.done()["skills"], json!([{"level": "8"}]));
    center.put(admin, &format!("{of_anna}/{id}"), json!({"level": 9})).await.done();
    assert_eq!(center.get(sam, &format!("{of_anna}/{id}")).await.done()["skill"]["level"], "9");
    assert!(center.post(admin, &of_anna, json!({"uri": path})).await.refused(400, 1).contains("level"));
    assert!(
        center
            .post(admin, &of_anna, json!({"uri": "/skills/x", "level": 1}))
            .await
            .refused(404, 6)
            .contains("uri")
    );
    center.delete(sam, &format!("{of_anna}/{id}")).await.done();
    center.delete(sam, &format!("{of_anna}/{id}")).await.refused(404, 6);
    center.put(admin, &path, json!({"description": "speaks it"})).await.done();
    assert_eq!(read(&center, &path, "skill").await["description"], "speaks it");
    center.delete(admin, &path).await.done();
}

#[tokio::test]
async fn queues_ask_for_skills() {
    let center = Center::open().await;
    let admin = center.admin;
    let skill = make(&center, "/skills", json!({"name": "Dutch"})).await;
    let queue = make(&center, "/queues", json!({"name": "dutch", "channel": "chat", "internal": true})).await;
    assert_eq!(read(&center, &queue, "queue").await["channel"], "chat");
    let skills = format!("{queue}/skills");
    center.post(admin, &skills, json!({"uri": skill, "level": 3})).await.done();
    assert_eq!(
        read(&center, &format!("{skills}?fields=name,level"), "skills").await,
        json!([{"name": "Dutch", "level": "3"}])
    );
    center.delete(admin, &skill).await.refused(403, 19);
    center.delete(admin, &format!("{skills}/{}", skill.rsplit('/').next().expect("an ID"))).await.done();
    center.put(admin, &queue, json!({"name": "nederlands", "channel": "chat"})).await.done();
    center.put(admin, &queue, json!({"channel": "voice"})).await.refused(400, 11);
    center.delete(admin, &queue).await.done();
    for (body, code, named) in [
        (json!({"channel": "chat", "internal": true}), 1, "name"),
        (json!({"name": "q", "internal": true}), 1, "channel"),
        (json!({"name": "q", "channel": "pigeon", "internal": true}), 10, "channel"),
        (json!({"name": "q", "channel": "chat"}), 1, "internal"),
    ] {
        let message = center.post(admin, "/queues", body).await.refused(400, code);
        assert!(message.contains(named), "{message}");
    }
    let chats = read(&center, "/queues?fields=id,name&channel=chat", "queues").await;
    let default = format!("/queues/{}", chats[0]["id"].as_str().expect("the default queue"));
    center.delete(admin, &default).await.refused(400, 11);
}

#[tokio::test]
async fn groups_hold_people_skills_and_queues() {
    let center = Center::open().await;
    let admin = center.admin;
    let anna = center.add("anna", &[Role::Agent]).await;
    let skill = make(&center, "/skills", json!({"name": "Dutch"})).await;
    let queue = make(&center, "/queues", json!({"name": "dutch", "channel": "chat", "internal": true})).await;
    let unit = make(&center, "/groups", json!({"name": "Parcels", "type": "BusinessUnit"})).await;
    let user = format!("/users/{anna}");
    for (list, member) in [("users", &user), ("supervisors", &user), ("skills", &skill), ("queues", &queue)] {
        center.post(admin, &format!("{unit}/{list}"), json!({"uri": member})).await.done();
        let key = if list == "supervisors" { "users" } else { list };
        let listed = read(&center, &format!("{unit}/{list}?fields=path"), key).await;
        assert_eq!(listed, json!([{"path": member}]), "{list}");
    }
    let whole = read(&center, &format!("{unit}?subresources=*"), "group").await;
    assert_eq!(
        (&whole["users"][0]["userName"], &whole["queues"][0]["name"]),
        (&json!("anna"), &json!("dutch"))
    );
    assert_eq!(
        center.get(anna, "/me/groups?type=BusinessUnit&fields=name").await.done()["groups"],
        json!([{"name": "Parcels"}])
    );
    let wrong = center.post(admin, &format!("{unit}/skills"), json!({"uri": queue})).await;
    assert!(wrong.refused(400, 10).contains("uri"));
    center.delete(admin, &format!("{unit}{user}")).await.done();
    center.delete(admin, &format!("{unit}{user}")).await.refused(404, 6);
    center.delete(admin, &format!("{unit}/pets/{anna}")).await.refused(404, 6);
    let codes = make(
        &center,
        "/groups",
        json!({"name": "Codes", "type": "dispositions", "dispositions": ["Sold", "Lost"]}),
    )
    .await;
    let codes = read(&center, &codes, "group").await;
    assert_eq!(
        (&codes["dispositions"], &codes["contains"]),
        (&json!(["Sold", "Lost"]), &json!(["dispositions"]))
    );
    center.put(admin, &unit, json!({"type": "dispositions"})).await.refused(400, 11);
    center.delete(admin, &unit).await.done();
    center.get(admin, &unit).await.refused(404, 6);
}

#[tokio::test]
async fn members_and_skills_that_are_put_in_at_the_same_time_are_all_kept() {
    let center = Center::open().await;
    let admin = center.admin;
    let unit = make(&center, "/groups", json!({"name": "Parcels", "type": "BusinessUnit"})).await;
    let queue = make(&center, "/queues", json!({"name": "dutch", "channel": "chat", "internal": true})).await;
    let (users, required) = (format!("{unit}/users"), format!("{queue}/skills"));
    let mut puts = Vec::new();
    for name in ["anna", "bela", "carl"] {
        let agent = center.add(name, &[Role::Agent]).await;
        puts.push(center.post(admin, &users, json!({"uri": format!("/users/{agent}")})));
        let skill = make(&center, "/skills", json!({"name": name})).await;
        puts.push(center.post(admin, &required, json!({"uri": skill, "level": 1})));
    }
    for answer in join_all(puts).await {
        answer.done();
    }
    assert_eq!(read(&center, &format!("{users}?fields=id"), "users").await.as_array().map(Vec::len), Some(3));
    assert_eq!(
        read(&center, &format!("{required}?fields=id"), "skills").await.as_array().map(Vec::len),
        Some(3)
    );
}
