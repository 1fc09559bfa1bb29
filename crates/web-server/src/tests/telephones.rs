//! What is told of telephones over real sockets.

use super::Server;
use super::notifications::{PATH, connect, subscribed};

#[tokio::test]
async fn that_no_phone_is_registered_is_answered_and_told() {
    let server = Server::start().await;
    let (mut client, id) = subscribed(&server).await;
    client.basic("admin", "secret");
    let made = client.post("/api/v2/me/devices", r#"{"phoneNumber": "5001"}"#).await.body;
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let device = made["id"].as_str().unwrap();
    let dial = r#"{"operationName": "Dial", "destination": {"phoneNumber": "5002"}}"#;
    let answer = client.post(&format!("/api/v2/me/devices/{device}/calls"), dial).await;
    answer.assert(500, r#"{"statusCode":4,"statusMessage":"Device '5001' is not registered."}"#);
    let base = &server.app.base;
    let event = format!(
        r#"{{"channel":"/v2/me/devices","data":{{"messageType":"ErrorMessage","devicePath":"/devices/{device}","deviceUri":"{base}/devices/{device}","errorMessage":"Device '5001' is not registered."}}}}"#
    );
    let told = client.post(PATH, &connect(&id)).await.body;
    assert!(told.contains(&event), "{told}");
}
