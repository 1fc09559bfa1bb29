//! Sessions of texts, begun by customers and by agents, and the words by which customers end them.

use contact_center::texting::{Arrival, Body, Origin, Outcome, Thread};

use super::*;

const OURS: &str = "+15550100";
const CUSTOMERS: &str = "+15550199";

/// An agent on the channel of texts, and a queue with a number.
struct Scene {
    center: Center,
    anna: UserId,
}

async fn scene() -> Scene {
    let center = Center::open().await;
    let queue = json!({"name": "parcels", "channel": "smssession", "phoneNumber": OURS});
    center.post(center.admin, "/queues", queue).await.done();
    let anna = center.add("anna", &[Role::Agent]).await;
    center.open_channel(anna, "smssession").await;
    Scene { center, anna }
}

impl Scene {
    async fn order(&self, command: Command) -> Vec<Event> {
        let handle = self.center.app.engine.center(self.center.id).expect("the contact center");
        handle.execute(command, None).await.expect("the command is allowed")
    }

    /// A text arrives.
    async fn text(&self, text: &str, sequence: u32) {
        let thread =
            Thread { customer: CUSTOMERS.parse().expect("a number"), ours: OURS.parse().expect("a number") };
        let fingerprint = u128::from(sequence);
        let origin = Origin { connection: 1, sequence, fingerprint, message_id: None, settled: Vec::new() };
        let body = Body::Whole(text.to_owned());
        let arrival = Arrival { thread, carrier: "carrier".into(), origin, body };
        self.order(Command::ReceiveText(Box::new(arrival))).await;
    }

    async fn begin(&self, more: Value) -> Answer {
        let mut body = json!({"operationName": "CreateSmsSession", "destination": CUSTOMERS});
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        self.center.post(self.anna, "/me/smssessions", body).await
    }

    async fn begun(&self, more: Value) -> String {
        let made = self.begin(more).await.done();
        let id = made["id"].as_str().expect("an ID").to_owned();
        assert_eq!(made["path"], json!(format!("/smssessions/{id}")));
        assert_eq!(made["uri"], json!(format!("{}/smssessions/{id}", self.center.app.base)));
        id
    }

    async fn messages(&self, id: &str) -> Vec<Value> {
        let path = format!("/me/smssessions/{id}/messages");
        let read = self.center.get(self.anna, &path).await.done()["messages"].take();
        read.as_array().expect("messages").clone()
    }
}

#[tokio::test]
async fn an_agent_begins_a_session_and_is_in_it_at_once() {
    let scene = scene().await;
    let more = json!({"destination": "001 (555) 0199", "text": "Your parcel is here.", "nickname": "Rosa",
        "userData": {"OrderNo": "88-1"}, "queueName": "parcels"});
    let id = scene.begun(more).await;
    let session = scene.center.get(scene.anna, &format!("/me/smssessions/{id}")).await.done();
    let session = &session["smssession"];
    assert_eq!((&session["chatType"], &session["state"]), (&json!("Outbound"), &json!("Chatting")));
    assert_eq!(session["userData"], json!({"OrderNo": "88-1"}));
    let nicknames: Vec<_> = session["participants"].as_array().expect("participants").iter().collect();
    assert!(nicknames.iter().any(|one| one["nickname"] == CUSTOMERS && one["type"] == "Customer"));
    assert!(nicknames.iter().any(|one| one["nickname"] == "Rosa"));
    let said = scene.messages(&id).await;
    let said = said.iter().find(|one| one["type"] == "Text").expect("a text");
    assert_eq!(said["delivery"], json!({"state": "Waiting", "parts": 0}));
    assert_eq!(scene.begin(json!({})).await.refused(403, 18), "A session with this number already exists.");
}

#[tokio::test]
async fn a_session_that_cannot_begin_says_why() {
    let scene = scene().await;
    assert!(scene.begin(json!({"destination": null})).await.refused(400, 1).contains("destination"));
    for wrong in ["Souffleur", "+1x", "12345678901234567890123"] {
        assert!(scene.begin(json!({"destination": wrong})).await.refused(400, 10).contains("destination"));
    }
    assert!(scene.begin(json!({"from": "a_b"})).await.refused(400, 10).contains("from"));
    assert!(scene.begin(json!({"queueName": "nowhere"})).await.refused(404, 6).contains("queueName"));
    let long = "x".repeat(1_531);
    assert!(scene.begin(json!({"text": long})).await.refused(400, 10).contains("1530"));
    let suppressed = json!({"number": CUSTOMERS});
    scene.center.post(scene.center.admin, "/sms-suppressions", suppressed).await.done();
    let opted_out = "The customer has opted out of text messages.";
    assert_eq!(scene.begin(json!({})).await.refused(403, 3), opted_out);
    let body = json!({"operationName": "CreateSmsSession", "destination": CUSTOMERS});
    let bela = scene.center.ready_agent("bela").await;
    scene.center.post(bela, "/me/smssessions", body.clone()).await.refused(400, 2);
    scene.center.post(bela, "/me/chats", body).await.refused(405, 3);
}

#[tokio::test]
async fn without_a_number_there_is_none_to_text_from() {
    let center = Center::open().await;
    let anna = center.add("anna", &[Role::Agent]).await;
    center.open_channel(anna, "smssession").await;
    let body = json!({"operationName": "CreateSmsSession", "destination": CUSTOMERS});
    assert!(center.post(anna, "/me/smssessions", body).await.refused(400, 2).contains("no number"));
}

#[tokio::test]
async fn the_way_of_a_text_is_read_with_it() {
    let scene = scene().await;
    let id = scene.begun(json!({})).await;
    let path = format!("/me/smssessions/{id}");
    let say = json!({"operationName": "SendMessage", "text": "Where are you?"});
    scene.center.post(scene.anna, &path, say).await.done();
    let handle = scene.center.app.engine.center(scene.center.id).expect("the contact center");
    let waiting = handle.query(|center| center.waiting_texts().next().map(|text| text.id)).await;
    let waiting = waiting.expect("a look").expect("a text waits");
    let carrier: Arc<str> = "carrier".into();
    scene.order(Command::ClaimTexts { carrier, texts: vec![(waiting, 1)] }).await;
    let refused = Outcome::Refused { reason: "ESME_RINVDSTADR".into() };
    scene.order(Command::SettleTexts(vec![(waiting, refused)])).await;
    let said = scene.messages(&id).await.pop().expect("a text");
    assert_eq!(said["delivery"], json!({"state": "Failed", "parts": 1, "reason": "ESME_RINVDSTADR"}));
    let customers = scene.messages(&id).await.remove(0);
    assert_eq!(customers.get("delivery"), None, "what is no text has no delivery");
}

#[tokio::test]
async fn a_customer_who_opts_out_is_sent_nothing_and_the_agent_is_told_why() {
    let scene = scene().await;
    let id = scene.begun(json!({})).await;
    scene.text("STOP", 1).await;
    let path = format!("/me/smssessions/{id}");
    let say = json!({"operationName": "SendMessage", "text": "Wait!"});
    let message = scene.center.post(scene.anna, &path, say).await.refused(403, 3);
    assert_eq!(message, "The customer has opted out of text messages.");
    let supervisor = scene.center.supervisor("sam").await;
    let listed = scene.center.get(supervisor, "/sms-suppressions?fields=number,reason").await.done();
    assert_eq!(listed["suppressions"], json!([{"number": CUSTOMERS, "reason": "STOP"}]));
}

#[tokio::test]
async fn numbers_are_masked_for_those_who_may_not_see_them() {
    let scene = scene().await;
    let off = json!({"value": 0});
    scene.center.put(scene.center.admin, "/settings/contact-center/smsNumbersForAgents", off).await.done();
    let id = scene.begun(json!({})).await;
    let session = scene.center.get(scene.anna, &format!("/me/smssessions/{id}")).await.done().to_string();
    let log = scene.messages(&id).await;
    assert!(!session.contains(CUSTOMERS) && session.contains("******199"), "{session}");
    assert!(!Value::from(log).to_string().contains(CUSTOMERS));
}

#[tokio::test]
async fn queues_share_a_number_by_their_keywords() {
    let scene = scene().await;
    let Scene { center, .. } = &scene;
    let admin = center.admin;
    let billing = json!({"name": "billing", "channel": "smssession", "phoneNumber": OURS, "keywords": []});
    assert!(center.post(admin, "/queues", billing.clone()).await.refused(403, 19).contains("phoneNumber"));
    let billing =
        json!({"name": "billing", "channel": "smssession", "phoneNumber": OURS, "keywords": ["Bill"]});
    let made = center.post(admin, "/queues", billing).await.done();
    let path = made["path"].as_str().expect("a path").to_owned();
    assert_eq!(center.get(admin, &path).await.done()["queue"]["keywords"], json!(["bill"]));
    center.put(admin, &path, json!({"keywords": ["bill", "invoice"]})).await.done();
    assert_eq!(center.get(admin, &path).await.done()["queue"]["keywords"], json!(["bill", "invoice"]));
    center.put(admin, &path, json!({"description": "Bills"})).await.done();
    assert_eq!(center.get(admin, &path).await.done()["queue"]["keywords"], json!(["bill", "invoice"]));
    let chats = json!({"name": "chats", "channel": "chat", "internal": true, "keywords": ["x"]});
    assert!(center.post(admin, "/queues", chats).await.refused(400, 10).contains("keywords"));
    let chats = json!({"name": "chats", "channel": "chat", "internal": true});
    let made = center.post(admin, "/queues", chats).await.done();
    let path = made["path"].as_str().expect("a path");
    assert_eq!(center.get(admin, path).await.done()["queue"].get("keywords"), None);
}

#[tokio::test]
async fn keywords_are_read_by_supervisors_and_kept_by_administrators() {
    let center = Center::open().await;
    let sam = center.supervisor("sam").await;
    let first = center.get(sam, "/sms-keywords").await.done()["families"].take();
    let languages: Vec<_> = first.as_array().expect("families").iter().map(|one| &one["language"]).collect();
    assert_eq!(languages, ["en", "de", "es", "fr"]);
    let mine =
        json!({"families": [{"language": "nl", "stop": ["stop", "afmelden"], "start": ["aan"], "help": []}]});
    center.put(sam, "/sms-keywords", mine.clone()).await.refused(403, 5);
    center.put(center.admin, "/sms-keywords", mine).await.done();
    let kept = center.get(sam, "/sms-keywords").await.done()["families"].take();
    let expected = json!([{"language": "nl", "stop": ["stop", "afmelden"], "start": ["aan"], "help": [],
        "stopAnswer": "", "startAnswer": "", "helpAnswer": ""}]);
    assert_eq!(kept, expected);
    center.put(center.admin, "/sms-keywords", json!({"families": first})).await.done();
    let without_stop = json!({"families": [{"language": "nl", "stop": [], "start": [], "help": []}]});
    assert!(center.put(center.admin, "/sms-keywords", without_stop).await.refused(400, 1).contains("stop"));
    let strange = json!({"families": [{"language": "nl", "stop": ["!"], "start": [], "help": []}]});
    center.put(center.admin, "/sms-keywords", strange).await.refused(400, 10);
    assert_eq!(center.get(sam, "/sms-keywords").await.done()["families"], first, "nothing was changed");
}
