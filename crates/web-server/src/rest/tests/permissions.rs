//! Who may read and change what, and what those who may not are told.

use super::*;

async fn check(center: &Center, user: UserId, asks: &[(Method, String)], told: Option<(u16, u8)>) {
    for (method, path) in asks {
        let answer = center.ask(user, method.clone(), path, json!({})).await;
        match told {
            None => drop(answer.done()),
            Some((status, code)) => drop(answer.refused(status, code)),
        }
    }
}

#[tokio::test]
async fn agents_read_themselves_and_change_nothing() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    let bela = center.add("bela", &[Role::Agent]).await;
    let nobody = UserId(1);
    let get = |path: String| (Method::GET, path);
    let own = ["", "/skills", "/devices", "/groups", "/settings"];
    check(&center, anna, &own.map(|part| get(format!("/users/{anna}{part}"))), None).await;
    for other in [bela, nobody] {
        let theirs = own.map(|part| get(format!("/users/{other}{part}")));
        check(&center, anna, &theirs, Some((403, 5))).await;
    }
    let lists = ["/users", "/devices", "/skills", "/queues", "/system/features", "/system/contact-centers"];
    check(&center, anna, &lists.map(|path| get(path.to_owned())), Some((403, 5))).await;
    // The role is asked for before the body is looked at.
    let makes = ["/users", "/devices", "/skills", "/queues", "/groups", "/settings", "/me/devices"];
    check(&center, anna, &makes.map(|path| (Method::POST, path.to_owned())), Some((403, 5))).await;
    let ends = [
        format!("/users/{bela}"),
        "/features/api-voice".to_owned(),
        "/settings/agent-states/Ready".to_owned(),
    ];
    check(&center, anna, &ends.map(|path| (Method::DELETE, path)), Some((403, 5))).await;
}

#[tokio::test]
async fn supervisors_read_whom_they_reach() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    let bela = center.add("bela", &[Role::Agent]).await;
    let sam = center.supervisor("sam").await;
    let users = async || center.get(sam, "/users").await.done()["uris"].as_array().map(Vec::len);
    assert_eq!(users().await, Some(4), "without business units everybody");
    let unit = center.post(center.admin, "/groups", json!({"name": "Parcels"})).await.done();
    let unit = unit["path"].as_str().expect("a path").to_owned();
    for (list, user) in [("users", anna), ("supervisors", sam)] {
        let member = json!({"uri": format!("/users/{user}")});
        center.post(center.admin, &format!("{unit}/{list}"), member).await.done();
    }
    assert_eq!(users().await, Some(2), "anna and sam himself");
    center.get(sam, &format!("/users/{anna}")).await.done();
    center.get(sam, &format!("/users/{bela}")).await.refused(403, 5);
    center.get(sam, &format!("/users/{bela}/chats")).await.refused(403, 5);
    center.get(sam, &format!("/users/{}", UserId(1))).await.refused(404, 6);
    assert_eq!(
        center.get(sam, &format!("{unit}/users")).await.done()["uris"].as_array().map(Vec::len),
        Some(1)
    );
    center.get(anna, &format!("{unit}/users")).await.refused(403, 5);
    let read = center.get(anna, &format!("{unit}?subresources=*")).await.done();
    assert!(read["group"].get("users").is_none() && read["group"]["skills"].is_array(), "{read}");
}

#[tokio::test]
async fn without_the_feature_there_is_no_provisioning() {
    let center = Center::open().await;
    let admin = center.admin;
    center.delete(admin, "/features/api-provisioning-read").await.done();
    for path in ["/users", "/devices", "/skills", "/queues", "/groups"] {
        center.get(admin, path).await.refused(404, 6);
    }
    center.delete(admin, "/features/api-provisioning-write").await.done();
    center.post(admin, "/skills", json!({"name": "Dutch"})).await.refused(403, 5);
}

#[tokio::test]
async fn only_administrators_of_the_first_contact_center_operate_the_server() {
    let center = Center::open().await;
    let body = json!({"name": "other", "userName": "ada", "password": "a long password"});
    let made = center.post(center.admin, "/system/contact-centers", body.clone()).await.done();
    let other: ContactCenterId = made["id"].as_str().expect("an ID").parse().expect("an ID");
    center.post(center.admin, "/system/contact-centers", body.clone()).await.refused(403, 18);
    let listed = center.get(center.admin, "/system/contact-centers?fields=name").await.done();
    assert_eq!(listed["contactCenters"], json!([{"name": "first"}, {"name": "other"}]));
    let ada = user_named(&center.app, other, "ada").await;
    let caller = Caller { center: other, ..center.caller(ada) };
    for (method, body) in [(Method::GET, Value::Null), (Method::POST, body)] {
        center.ask_as(caller.clone(), method, "/system/contact-centers", body).await.refused(403, 5);
    }
    // In her own contact center she is an administrator, and sees nobody of the first.
    let users = center.ask_as(caller.clone(), Method::GET, "/users", Value::Null).await.done();
    assert_eq!(users["uris"].as_array().map(Vec::len), Some(1));
    let foreign = format!("/users/{}", center.admin);
    center.ask_as(caller, Method::GET, &foreign, Value::Null).await.refused(404, 6);
}

#[tokio::test]
async fn a_caller_who_is_gone_is_unknown() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    center.delete(center.admin, &format!("/users/{anna}")).await.done();
    center.get(anna, "/me").await.refused(404, 6);
}
