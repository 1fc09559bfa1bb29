//! Settings: the system's groups, and those of clients.

use futures_util::future::join_all;

use super::*;

async fn entries(center: &Center, user: UserId, path: &str) -> Value {
    center.get(user, path).await.done()["settings"].take()
}

#[tokio::test]
async fn agent_states_are_listed_made_changed_and_deleted() {
    let center = Center::open().await;
    let (admin, path) = (center.admin, "/settings/agent-states");
    let anna = center.add("anna", &[Role::Agent]).await;
    let built_in = center.get(anna, path).await.done();
    assert_eq!(
        (&built_in["key"], &built_in["settings"][4]["state"]),
        (&json!("operationName"), &json!("Logout"))
    );
    let lunch =
        json!({"operationName": "Lunch", "displayName": "Lunch", "state": "NotReady", "reason": "Lunch"});
    center.post(admin, path, lunch.clone()).await.done();
    center.post(admin, path, lunch).await.refused(403, 18);
    center.put(admin, "/settings/agent-states/Lunch", json!({"displayName": "At lunch"})).await.done();
    let states = entries(&center, anna, path).await;
    assert_eq!((&states[5]["displayName"], &states[5]["reason"]), (&json!("At lunch"), &json!("Lunch")));
    assert_eq!(states[5]["id"].as_str().map(str::len), Some(36));
    center.delete(admin, "/settings/agent-states/Lunch").await.done();
    center.delete(admin, "/settings/agent-states/Lunch").await.refused(404, 6);
    center.delete(admin, "/settings/agent-states/Ready").await.refused(400, 11);
    center.put(admin, "/settings/agent-states/Ready", json!({"displayName": "x"})).await.refused(400, 11);
    let wrong = json!({"operationName": "Nap", "displayName": "Nap", "state": "Asleep"});
    assert!(center.post(admin, path, wrong).await.refused(400, 10).contains("state"));
    for (member, value) in [("workMode", "Nap"), ("id", "1")] {
        let mut wrong = json!({"operationName": "Nap", "displayName": "Nap", "state": "NotReady"});
        wrong[member] = json!(value);
        assert!(center.post(admin, path, wrong).await.refused(400, 10).contains(member));
    }
    let nameless = center.post(admin, path, json!({"displayName": "Nap"})).await;
    assert!(nameless.refused(400, 1).contains("operationName"));
}

#[tokio::test]
async fn the_contact_center_is_set_up_by_its_settings() {
    let center = Center::open().await;
    let admin = center.admin;
    let value = async |name: &str| {
        let all = entries(&center, admin, "/settings/contact-center").await;
        let found = all.as_array().expect("settings").iter().find(|one| one["name"] == name).cloned();
        found.expect("the setting")["value"].clone()
    };
    assert_eq!(value("offerLapseSeconds").await, "30");
    for given in [json!(45), json!("45")] {
        center.put(admin, "/settings/contact-center/offerLapseSeconds", json!({"value": given})).await.done();
        assert_eq!(value("offerLapseSeconds").await, "45");
    }
    center
        .post(admin, "/settings/contact-center", json!({"name": "dispositionKey", "value": "Outcome"}))
        .await
        .done();
    assert_eq!(value("dispositionKey").await, "Outcome");
    for (name, body, status, code) in [
        ("offerLapseSeconds", json!({"value": 0}), 400, 10),
        ("offerLapseSeconds", json!({"value": "soon"}), 400, 10),
        ("offerLapseSeconds", json!({}), 400, 1),
        ("nothing", json!({"value": 1}), 404, 6),
    ] {
        center.put(admin, &format!("/settings/contact-center/{name}"), body).await.refused(status, code);
    }
    center.delete(admin, "/settings/contact-center/offerLapseSeconds").await.refused(400, 11);
    center.delete(admin, "/settings/contact-center").await.refused(400, 11);
    assert!(entries(&center, admin, "/settings/general-settings").await.is_object());
}

#[tokio::test]
async fn clients_keep_groups_of_their_own() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    let group = json!({"name": "desk", "displayName": "Desk", "key": "name"});
    center.post(anna, "/me/settings", group.clone()).await.done();
    center.post(anna, "/me/settings", group.clone()).await.refused(403, 18);
    let listed = center.get(anna, "/me/settings?fields=*").await.done()["settings"].take();
    assert_eq!(listed[0]["path"], "/me/settings/desk");
    let theme = json!({"name": "theme", "value": "dark", "nested": {"a": [1]}});
    center.post(anna, "/me/settings/desk", theme.clone()).await.done();
    center.post(anna, "/me/settings/desk", theme.clone()).await.refused(403, 18);
    assert_eq!(entries(&center, anna, "/me/settings/desk").await, json!([theme]));
    center.put(anna, "/me/settings/desk/theme", json!({"value": "light"})).await.done();
    center.put(anna, "/me/settings/desk/theme", json!({"name": "other"})).await.refused(400, 11);
    center.put(anna, "/me/settings/desk/nothing", json!({"value": "x"})).await.refused(404, 6);
    let me = center.get(anna, "/me?subresources=settings").await.done()["user"].take();
    assert_eq!(me["settings"], json!({"desk": {"theme": "light"}}));
    assert_eq!(center.get(anna, "/internal-api/me/settings").await.done()["settings"], me["settings"]);
    assert!(
        center.post(anna, "/me/settings/desk", json!({"value": 1})).await.refused(400, 1).contains("name")
    );
    center.delete(anna, "/me/settings/desk/theme").await.done();
    center.delete(anna, "/me/settings/desk/theme").await.refused(404, 6);

    // The same for everybody and for a user, by administrators.
    for place in ["/settings".to_owned(), format!("/users/{anna}/settings")] {
        let name = json!({"name": "shared", "displayName": "Shared", "key": "id"});
        center.post(center.admin, &place, name).await.done();
        center.post(center.admin, &format!("{place}/shared"), json!({"id": "a"})).await.done();
        assert_eq!(entries(&center, anna, &format!("{place}/shared")).await, json!([{"id": "a"}]));
        center.delete(center.admin, &format!("{place}/shared")).await.done();
        center.get(anna, &format!("{place}/shared")).await.refused(404, 6);
    }
    center
        .post(center.admin, "/settings", json!({"name": "agent-states", "displayName": "x", "key": "x"}))
        .await
        .refused(403, 18);
}

#[tokio::test]
async fn members_of_one_entry_that_are_changed_at_the_same_time_are_all_kept() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    let group = json!({"name": "desk", "displayName": "Desk", "key": "name"});
    center.post(anna, "/me/settings", group).await.done();
    center.post(anna, "/me/settings/desk", json!({"name": "theme"})).await.done();
    // Whoever is late lost to another who is done now: five tries are enough for five.
    let members = ["a", "b", "c", "d", "e"];
    let changes = members.map(|member| center.put(anna, "/me/settings/desk/theme", json!({member: 1})));
    for answer in join_all(changes).await {
        answer.done();
    }
    let whole = json!([{"name": "theme", "a": 1, "b": 1, "c": 1, "d": 1, "e": 1}]);
    assert_eq!(entries(&center, anna, "/me/settings/desk").await, whole);
}

#[tokio::test]
async fn entries_that_are_added_and_removed_at_the_same_time_do_not_disturb_each_other() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    let group = json!({"name": "desk", "displayName": "Desk", "key": "name"});
    let made = join_all([0; 2].map(|_| center.post(anna, "/me/settings", group.clone()))).await;
    assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), 1, "one name, one group");
    let names = ["a", "b", "c", "d"];
    for answer in
        join_all(names.map(|name| center.post(anna, "/me/settings/desk", json!({"name": name})))).await
    {
        answer.done();
    }
    for answer in
        join_all(["/me/settings/desk/a", "/me/settings/desk/c"].map(|path| center.delete(anna, path))).await
    {
        answer.done();
    }
    assert_eq!(entries(&center, anna, "/me/settings/desk").await, json!([{"name": "b"}, {"name": "d"}]));
}
