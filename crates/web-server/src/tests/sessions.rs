//! Sessions that end, and sessions that survive.

use super::Server;
use crate::sign_in::cookie;

fn caller(server: &Server, client: &super::client::Client) -> http::HeaderMap {
    let mut headers = http::HeaderMap::new();
    let value = format!("JSESSIONID={}", client.cookies["JSESSIONID"]);
    headers.insert("cookie", value.parse().unwrap());
    assert!(cookie(&headers, "JSESSIONID").is_some());
    let _ = server;
    headers
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let server = Server::start().await;
    let client = server.signed_in().await;
    let server = server.restarted().await;
    let mut after = server.client();
    after.cookies = client.cookies;
    assert_eq!(after.get("/api/v2/me").await.status, 200);
    assert_eq!(server.app.sign_in.session_count(), 1);
}

#[tokio::test]
async fn a_session_does_not_survive_a_restart_if_its_password_has_changed_meanwhile() {
    use contact_center::provisioning::{Change, UserChange};
    let server = Server::start().await;
    let client = server.signed_in().await;
    let admin = server.user_id("admin").await;
    let password = Some(crate::hash_password("better"));
    let server = server.restarted().await;
    server.change(Change::ChangeUser(admin, UserChange { password, ..UserChange::default() })).await;
    let server = server.restarted().await;
    let mut after = server.client();
    after.cookies = client.cookies;
    assert_eq!(after.get("/api/v2/me").await.status, 403);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_cookie_does_not_bring_it_back() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    let headers = caller(&server, &client);
    let address = [127, 0, 0, 1].into();
    let signed_in = server.app.sign_in.authenticate(&headers, address).await.unwrap_or_else(|_| panic!());
    server.app.sign_in.sign_out(&signed_in.unwrap().caller);
    assert_eq!(client.get("/api/v2/me").await.status, 403);
}

#[tokio::test]
async fn operations_of_a_session_are_numbered() {
    let server = Server::start().await;
    let client = server.signed_in().await;
    let headers = caller(&server, &client);
    let address = [127, 0, 0, 1].into();
    let signed_in = server.app.sign_in.authenticate(&headers, address).await.unwrap_or_else(|_| panic!());
    let caller = signed_in.unwrap().caller;
    let numbers = [1, 2].map(|_| server.app.sign_in.next_reference(&caller));
    assert_eq!(numbers, [1, 2]);
}

#[tokio::test]
async fn who_changes_the_own_password_stays_signed_in_alone() {
    use contact_center::Command;
    use contact_center::provisioning::Change;
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    let mut other = server.signed_in().await;
    let headers = caller(&server, &client);
    let address = [127, 0, 0, 1].into();
    let signed_in = server.app.sign_in.authenticate(&headers, address).await.unwrap_or_else(|_| panic!());
    let caller = signed_in.unwrap().caller;
    let exemption = server.app.sign_in.exempt(&caller);
    let change = Change::ChangeOwnPassword(crate::hash_password("better"));
    let center = server.app.engine.center(server.home).unwrap();
    center.execute(Command::Provision { by: Some(caller.user), change }, None).await.unwrap();
    drop(exemption);
    let answer = client.get("/api/v2/me").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").is_some(), "the cookie names the new password");
    assert_eq!(other.get("/api/v2/me").await.status, 403);
    let server = server.restarted().await;
    let mut after = server.client();
    after.cookies = client.cookies;
    assert_eq!(after.get("/api/v2/me").await.status, 200);
}

#[tokio::test]
async fn programs_that_send_the_password_each_time_do_not_fill_the_table() {
    let server = Server::with(|config| config.sign_in.max_sessions_per_user = 4).await;
    let mut browser = server.signed_in().await;
    assert_eq!(browser.get("/api/v2/me").await.status, 200);
    for _ in 0..20 {
        let mut program = server.client();
        program.basic("admin", "secret");
        assert_eq!(program.get("/api/v2/me").await.status, 200);
    }
    assert_eq!(server.app.sign_in.session_count(), 4);
    assert_eq!(browser.get("/api/v2/me").await.status, 200);
}
