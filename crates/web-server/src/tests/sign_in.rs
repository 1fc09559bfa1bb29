//! Passwords, cookies, and what protects them.

use std::time::Duration;

use contact_center::people::Role;
use contact_center::provisioning::{Change, UserChange};

use super::{Server, user};
use crate::hash_password;

const DENIED: &str = r#"{"statusCode":20,"statusMessage":"Access denied"}"#;

#[tokio::test]
async fn without_credentials_nobody_gets_in_and_browsers_show_no_login_box() {
    let server = Server::start().await;
    for path in ["/api/v2/me", "/api/v2/nothing", "/internal-api/me", "/api/v2/notifications"] {
        let answer = server.client().get(path).await;
        answer.assert(403, DENIED);
        assert_eq!(answer.header("www-authenticate"), None);
    }
}

#[tokio::test]
async fn a_password_opens_a_session_whose_cookie_is_enough() {
    let server = Server::start().await;
    let mut client = server.client();
    client.basic("Admin", "secret");
    let first = client.get("/api/v2/me").await;
    assert_eq!(first.status, 200);
    let cookie = first.header("set-cookie").unwrap();
    assert!(cookie.starts_with("JSESSIONID=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    client.forget_basic();
    let second = client.get("/api/v2/me").await;
    assert_eq!((second.status, second.header("set-cookie")), (200, None));
}

#[tokio::test]
async fn over_encrypted_connections_alone_cookies_are_secure() {
    let server = Server::with(|config| config.public_url = "https://cc.example".to_owned()).await;
    let mut client = server.client();
    client.basic("admin", "secret");
    let answer = client.get("/api/v2/me").await;
    assert!(answer.header("set-cookie").unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn unknown_users_wrong_passwords_and_disabled_users_are_answered_alike() {
    let server = Server::start().await;
    let mut bela = user("bela", &[Role::Agent]);
    bela.enabled = Some(false);
    server.change(Change::CreateUser(bela)).await;
    for (name, password) in [("admin", "wrong"), ("nobody", "secret"), ("bela", "secret"), ("", "")] {
        let mut client = server.client();
        client.basic(name, password);
        client.get("/api/v2/me").await.assert(403, DENIED);
    }
    let mut client = server.client();
    client.set("authorization", "Bearer x");
    client.get("/api/v2/me").await.assert(403, DENIED);
    let mut client = server.client();
    client.cookies.insert("JSESSIONID".to_owned(), "forged".to_owned());
    client.get("/api/v2/me").await.assert(403, DENIED);
}

#[tokio::test]
async fn changes_by_cookie_alone_need_the_token_that_any_get_brings() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    let refused = client.post("/api/v2/me", "{}").await;
    refused.assert(403, "Missing or invalid Csrf token");
    let answer = client.get("/api/v2/me").await;
    assert_eq!(answer.header("x-csrf-header"), Some("X-CSRF-TOKEN"));
    let token = answer.header("x-csrf-token").unwrap().to_owned();
    client.set("x-csrf-token", "00000000-0000-4000-8000-000000000000");
    client.post("/api/v2/me", "{}").await.assert(403, "Missing or invalid Csrf token");
    client.set("x-csrf-token", &token);
    assert_ne!(client.post("/api/v2/me", "{}").await.status, 403);
}

#[tokio::test]
async fn a_password_in_the_request_says_as_much_as_the_token() {
    let server = Server::start().await;
    let mut client = server.signed_in().await;
    client.basic("admin", "secret");
    let answer = client.post("/api/v2/me", "{}").await;
    assert_ne!(answer.status, 403);
    assert_eq!(answer.header("set-cookie"), None, "the session is the cookie's");
}

#[tokio::test]
async fn the_token_can_be_switched_off() {
    let server = Server::with(|config| config.sign_in.csrf_protection = false).await;
    assert_ne!(server.signed_in().await.post("/api/v2/me", "{}").await.status, 403);
}

#[tokio::test]
async fn guesses_of_one_password_are_slowed_down_and_other_users_are_not() {
    let server = Server::with(|config| {
        config.sign_in.max_failures_per_user = 2;
        config.sign_in.failure_lifetime_per_user = Duration::from_secs(60);
    })
    .await;
    server.change(Change::CreateUser(user("bela", &[Role::Agent]))).await;
    let mut client = server.client();
    for _ in 0..2 {
        client.basic("admin", "wrong");
        client.get("/api/v2/me").await.assert(403, DENIED);
    }
    client.basic("ADMIN", "secret");
    let late = client.get("/api/v2/me").await;
    late.assert(403, r#"{"statusCode":20,"statusMessage":"Too many attempts"}"#);
    assert_eq!(late.header("retry-after"), Some("60"));
    client.basic("bela", "secret");
    assert_eq!(client.get("/api/v2/me").await.status, 200);
}

#[tokio::test]
async fn guesses_from_one_address_are_slowed_down_whatever_the_names() {
    let server = Server::with(|config| {
        config.sign_in.max_failures_per_address = 3;
        config.trust_forwarded_for = true;
    })
    .await;
    let mut client = server.client();
    client.set("x-forwarded-for", "10.9.9.9, 10.0.0.1");
    for name in ["a", "b", "c"] {
        client.basic(name, "wrong");
        client.get("/api/v2/me").await.assert(403, DENIED);
    }
    client.basic("admin", "secret");
    assert!(client.get("/api/v2/me").await.body.contains("Too many attempts"));
    client.set("x-forwarded-for", "10.9.9.9, 10.0.0.2");
    assert_eq!(client.get("/api/v2/me").await.status, 200);
}

#[tokio::test]
async fn a_name_in_several_contact_centers_needs_the_header_where_the_password_fits_both() {
    let server = Server::start().await;
    let other = server.app.engine.found("other", user("admin", &[Role::Admin])).await.unwrap();
    let mut client = server.client();
    client.basic("admin", "secret");
    let both = client.get("/api/v2/me").await;
    assert!(both.status == 403 && both.body.contains("ContactCenterId"), "{both:?}");
    let mut users = Vec::new();
    for center in [server.home, other] {
        let mut client = server.client();
        client.basic("admin", "secret");
        client.set("contactcenterid", &center.to_string());
        users.push(client.get("/api/v2/me").await.body);
    }
    assert_ne!(users[0], users[1]);
    for center in ["nonsense", "00000000-0000-4000-8000-000000000000"] {
        client.set("contactcenterid", center);
        client.get("/api/v2/me").await.assert(403, DENIED);
    }
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_makes_the_old_one_wrong() {
    let server = Server::start().await;
    server.change(Change::CreateUser(user("bela", &[Role::Agent]))).await;
    let bela = server.user_id("bela").await;
    let mut client = server.client();
    client.basic("bela", "secret");
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    client.forget_basic();
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    let password = Some(hash_password("better"));
    server.change(Change::ChangeUser(bela, UserChange { password, ..UserChange::default() })).await;
    client.get("/api/v2/me").await.assert(403, DENIED);
    client.cookies.clear();
    client.basic("bela", "secret");
    client.get("/api/v2/me").await.assert(403, DENIED);
    client.basic("bela", "better");
    assert_eq!(client.get("/api/v2/me").await.status, 200);
    let enabled = Some(false);
    server.change(Change::ChangeUser(bela, UserChange { enabled, ..UserChange::default() })).await;
    client.get("/api/v2/me").await.assert(403, DENIED);
}
