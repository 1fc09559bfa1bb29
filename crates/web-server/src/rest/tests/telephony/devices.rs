//! Telephones: as their owners see them, and as administrators keep them.

use super::*;

#[tokio::test]
async fn a_telephone_is_told_and_read_with_the_same_members() {
    let x = Exchange::open().await;
    let (anna, device) = (x.user("anna").await, x.device("anna").await);
    let (base, center) = (&x.center.app.base, x.center.id);
    x.at_device("anna", operation("DoNotDisturbOn")).await.done();
    let mut expected = json!({
        "id": device.to_string(), "deviceState": "Active",
        "userState": {"id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6", "displayName": "Not Ready", "state": "NotReady"},
        "phoneNumber": "7101", "description": "", "e164Number": "7101", "telephonyNetwork": "Private",
        "doNotDisturb": "On", "voiceEnvironmentUri": format!("{base}/voice-environments/{center}"),
        "capabilities": ["DoNotDisturbOff", "ForwardCallsOn"],
        "channels": ["voice"], "dynamicPhoneNumber": "",
    });
    let told = x.told("anna", "/v2/me/devices").await;
    let news = json!({"messageType": "DeviceStateChangeMessage", "devices": [expected]});
    assert_eq!(told.last(), Some(&news));
    assert_eq!(x.center.get(anna, &format!("/me/devices/{device}")).await.done()["device"], expected);
    assert_eq!(x.center.get(anna, "/me/devices?fields=*").await.done()["devices"], json!([expected]));
    let whole = x.center.get(anna, "/me/?subresources=devices,calls").await.done();
    assert_eq!((&whole["user"]["devices"], &whole["user"]["calls"]), (&json!([expected]), &json!([])));
    let uris = x.center.get(anna, "/me/devices").await.done();
    assert_eq!(uris["uris"], json!([format!("{base}/devices/{device}")]));

    let forward = json!({"operationName": "ForwardCallsOn", "destination": "7115"});
    x.at_device("anna", forward.clone()).await.done();
    expected["forwardTo"] = json!("7115");
    expected["capabilities"] = json!(["DoNotDisturbOff", "ForwardCallsOff"]);
    assert_eq!(x.told("anna", "/v2/me/devices").await.last().map(|it| &it["devices"][0]), Some(&expected));
    x.at_device("anna", forward).await.refused(400, 2);
    x.at_device("anna", operation("ForwardCallsOff")).await.done();
    let told = x.told("anna", "/v2/me/devices").await;
    assert!(told.last().expect("news")["devices"][0].get("forwardTo").is_none());
    x.check_reads("anna").await;
}

#[tokio::test]
async fn members_of_a_telephone_come_in_the_order_of_the_original() {
    let x = Exchange::open().await;
    x.at_device("anna", json!({"operationName": "ForwardCallsOn", "destination": "7115"})).await.done();
    let anna = x.user("anna").await;
    let mut request = request(Method::GET, "/me/devices?fields=*", &Value::Null);
    request.extensions_mut().insert(x.center.caller(anna));
    let Ok(response) = x.center.router.clone().oneshot(request).await;
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    let text = String::from_utf8_lossy(&body);
    let order = [
        "id",
        "deviceState",
        "userState",
        "phoneNumber",
        "description",
        "e164Number",
        "telephonyNetwork",
        "doNotDisturb",
        "forwardTo",
        "voiceEnvironmentUri",
        "capabilities",
        "channels",
        "dynamicPhoneNumber",
    ];
    let places: Vec<_> = order.iter().map(|name| text.find(&format!("\"{name}\":"))).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{text}");
}

#[tokio::test]
async fn a_telephone_without_a_phone_and_a_session_is_inactive() {
    let x = Exchange::open().await;
    let (anna, device) = (x.user("anna").await, x.device("anna").await);
    let read = async || x.center.get(anna, &format!("/me/devices/{device}")).await.done()["device"].take();
    x.center.post(anna, "/me", operation("Offline")).await.done();
    let logged_out = read().await;
    assert_eq!(logged_out["deviceState"], "Active", "it is the telephone that is active");
    let offline =
        json!({"id": "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB", "displayName": "Offline", "state": "LoggedOut"});
    assert_eq!(logged_out["userState"], offline);
    x.report(LineReport::Registered { device, phones: None }).await;
    let gone = read().await;
    assert_eq!((&gone["deviceState"], gone.get("userState")), (&json!("Inactive"), None));
}

#[tokio::test]
async fn a_public_telephone_cannot_be_answered_for() {
    let mut x = Exchange::open().await;
    let (bela, path) = (x.user("bela").await, format!("/devices/{}", x.device("bela").await));
    x.center.put(x.center.admin, &path, json!({"telephonyNetwork": "Public"})).await.done();
    assert_eq!(
        x.center.get(bela, "/me/devices?fields=*").await.done()["devices"][0]["telephonyNetwork"],
        "Public"
    );
    let id = x.dial("anna", "7115").await;
    assert!(!sorted(&x.call_of("bela").await["capabilities"]).contains(&"Answer"));
    x.in_call("bela", &id, operation("Answer")).await.refused(400, 2);
    x.center.put(x.center.admin, &path, json!({"telephonyNetwork": "Elsewhere"})).await.refused(400, 10);
}

#[tokio::test]
async fn a_password_for_phones_is_kept_as_digests_and_never_answered() {
    let x = Exchange::open().await;
    let (admin, device) = (x.center.admin, x.device("anna").await);
    let path = format!("/devices/{device}");
    let read = async || x.center.get(admin, &path).await.done()["device"].take();
    assert_eq!(read().await["sip"], json!({"userName": "7101", "registered": true}));
    x.center.put(admin, &path, json!({"sipPassword": "Circle of Life"})).await.done();
    let told = read().await;
    assert_eq!(told["sip"], json!({"userName": "7101", "realm": "contact-center", "registered": true}));
    assert!(!told.to_string().contains("Circle"));
    let handle = x.center.app.engine.center(x.center.id).expect("the contact center");
    let kept = handle.query(move |center| center.devices()[&device].sip.clone()).await.expect("a look");
    let kept = kept.expect("an identity");
    assert_eq!((kept.ha1_md5.len(), kept.ha1_sha256.len(), kept.realm.as_str()), (32, 64, "contact-center"));
    assert!(kept.ha1_md5.bytes().all(|it| it.is_ascii_hexdigit() && !it.is_ascii_uppercase()));
    // Something else is changed, and the password stays.
    x.center.put(admin, &path, json!({"description": "desk"})).await.done();
    assert_eq!(read().await["sip"]["realm"], "contact-center");
    x.center.put(admin, &path, json!({"sipPassword": ""})).await.refused(400, 1);
    x.center.put(admin, &path, json!({"sipPassword": "x".repeat(513)})).await.refused(400, 10);
    x.center.put(x.user("anna").await, &path, json!({"sipPassword": "mine"})).await.refused(403, 5);
    let new = json!({"phoneNumber": "7199", "sipPassword": "secret"});
    let made = x.center.post(admin, "/devices", new).await.done();
    let made = x.center.get(admin, made["path"].as_str().expect("a path")).await.done();
    assert_eq!(
        made["device"]["sip"],
        json!({"userName": "7199", "realm": "contact-center", "registered": false})
    );
    assert!(
        x.center.get(x.user("anna").await, "/me/devices?fields=*").await.done()["devices"][0]
            .get("sip")
            .is_none()
    );
}

#[tokio::test]
async fn wrap_up_and_ways_to_become_ready_are_understood() {
    let x = Exchange::open().await;
    let anna = x.user("anna").await;
    let post = async |body: Value| x.center.post(anna, "/me/channels/voice", body).await;
    post(json!({"operationName": "AfterCallWork", "wrapUpTime": "30"})).await.done();
    let state = x.center.get(anna, "/me/devices?fields=*").await.done()["devices"][0]["userState"].take();
    assert_eq!((&state["state"], &state["workMode"]), (&json!("NotReady"), &json!("AfterCallWork")));
    post(json!({"operationName": "AfterCallWork", "wrapUpTime": "soon"})).await.refused(400, 10);
    post(json!({"operationName": "Ready", "workmode": "AutoIn"})).await.done();
    post(json!({"operationName": "Ready", "workmode": "Now"})).await.refused(400, 10);
    post(operation("Coffee")).await.refused(400, 2);
    // A state that is entered again is told again.
    x.told("anna", "/v2/me/devices").await;
    post(operation("NotReady")).await.done();
    post(operation("NotReady")).await.done();
    assert_eq!(x.told("anna", "/v2/me/devices").await.len(), 2);
}

#[tokio::test]
async fn the_service_of_calls_is_the_telephone_system() {
    let x = Exchange::open().await;
    let services = x.center.get(x.user("anna").await, "/services?fields=*").await.done();
    let services = services["services"].as_array().expect("services");
    let voice = services.iter().find(|one| one["type"] == "Voice").expect("the service of calls");
    assert_eq!((&voice["state"], &voice["id"]), (&json!("Active"), &json!(x.center.id.to_string())));
}
