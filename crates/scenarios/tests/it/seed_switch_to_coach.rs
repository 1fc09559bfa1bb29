//! The documented exchange of `SwitchToCoach`, on a chat and on a session of texts, member by member.

use serde_json::{Map, Value, json};
use test_kit::{CHATS, Desk, Medium, Notification, SMS_SESSIONS};

use crate::center::{Center, is_from, user_uri};
use crate::customer_side::Conversation;
use crate::supervision::coached;

/// As the documentation prints them, in this order.
pub const CAPABILITIES_AFTER_SWITCH_TO_COACH: [&str; 17] = [
    "Leave",
    "SetInFocus",
    "SetDisposition",
    "AttachUserData",
    "DeleteUserData",
    "UpdateUserData",
    "Transfer",
    "Invite",
    "Consult",
    "SendToAgents",
    "SendStartTypingToAgentsNotification",
    "SendStopTypingToAgentsNotification",
    "SendMessage",
    "SendStartTypingNotification",
    "SendStopTypingNotification",
    "SwitchToMonitor",
    "SwitchBargeIn",
];

/// The words in which the two printed pages differ.
struct Page {
    medium: Medium,
    resource: &'static str,
    message_type: &'static str,
    uri: &'static str,
    path: &'static str,
    topic: &'static str,
}

const CHAT_PAGE: Page = Page {
    medium: CHATS,
    resource: "chat",
    message_type: "ChatStateChangeMessage",
    uri: "chatUri",
    path: "chatPath",
    topic: "/v2/me/chats",
};

const SMS_PAGE: Page = Page {
    medium: SMS_SESSIONS,
    resource: "smssession",
    message_type: "SMSsessionStateChangeMessage",
    uri: "smssessionUri",
    path: "smssessionPath",
    topic: "/v2/me/smssessions",
};

#[tokio::test]
async fn switching_from_monitoring_to_coaching_a_chat_is_told_as_documented() {
    documented_exchange(&CHAT_PAGE, "Monitor").await;
}

#[tokio::test]
async fn switching_from_barging_in_to_coaching_a_chat_is_told_as_documented() {
    documented_exchange(&CHAT_PAGE, "BargeIn").await;
}

#[tokio::test]
async fn switching_from_monitoring_to_coaching_an_sms_session_is_told_as_documented() {
    documented_exchange(&SMS_PAGE, "Monitor").await;
}

#[tokio::test]
async fn switching_from_barging_in_to_coaching_an_sms_session_is_told_as_documented() {
    documented_exchange(&SMS_PAGE, "BargeIn").await;
}

async fn documented_exchange(page: &Page, mode: &str) {
    let center = Center::open_on(page.medium).await;
    let agent = center.ready_agent("test_agent").await;
    let supervisor = center.supervisor("test_supervisor").await;
    let subscribe = json!({"supervisorMonitoringMode": "NextChat", "nickname": "test_supervisor"});
    supervisor.supervise(&agent.person.id, mode, subscribe).await.success();
    let talk = center.conversation(&agent, "test_clientL").await;
    let arrived = |entry: &Value| is_from(entry, "ParticipantJoined", "test_supervisor");
    supervisor.inbox.entry(&talk.id, "the supervisor's arrival", arrived).await;

    let before = supervisor.inbox.len();
    let answer = supervisor.operate(&talk.id, "SwitchToCoach", Value::Null).await;
    assert_eq!(as_printed_answer(answer), json!({"statusCode": 0}));
    let list = supervisor.inbox.participants(before, &talk.id, "the new mode", |_| true).await;
    let rejoined =
        supervisor.inbox.take("the log", |it| it.position >= before && it.kind() == "NewMessages").await;
    assert!(list.position < rejoined.position, "the list comes before the log");

    let exchange = Exchange { page, center: &center, agent: &agent, supervisor: &supervisor, talk: &talk };
    exchange.check_list(&list);
    exchange.check_entry(&list, &rejoined);
}

/// The pages of texts misspell the collection here and there; each spelling leads to the same session.
#[tokio::test]
async fn misspelled_collections_of_the_printed_pages_lead_to_the_same_session() {
    let center = Center::open_on(SMS_SESSIONS).await;
    let (agent, supervisor, talk) = coached(&center, "NextChat").await;
    let right = agent.read(&format!("/me/smssessions/{}", talk.id)).await;
    for collection in ["smsessions", "smsssession"] {
        assert_eq!(agent.read(&format!("/me/{collection}/{}", talk.id)).await, right);
        let listed = agent.read(&format!("/me/{collection}?fields=*")).await;
        assert_eq!(listed["smssessions"][0]["id"], talk.id, "{listed}");
        let path = format!("/api/v2/me/{collection}/{}", talk.id);
        for operation in ["SwitchToMonitor", "SwitchToCoach"] {
            let request = json!({"operationName": operation});
            let answer = supervisor.http.post(&path, &request).await.expect("an answer").success();
            assert_eq!(as_printed_answer(answer), json!({"statusCode": 0}), "{collection}");
        }
    }
}

struct Exchange<'a> {
    page: &'a Page,
    center: &'a Center,
    agent: &'a Desk,
    supervisor: &'a Desk,
    talk: &'a Conversation,
}

impl Exchange<'_> {
    fn check_list(&self, list: &Notification) {
        let Page { resource, message_type, topic, .. } = self.page;
        assert_eq!(list.channel, *topic);
        assert_members(&list.data, &[resource, "notificationType", "messageType"], &["referenceId"]);
        assert_eq!(list.data["notificationType"], "ParticipantsUpdated");
        assert_eq!(list.data["messageType"], *message_type);
        let chat = &list.data[*resource];
        let printed = ["receivedDate", "chatType", "capabilities", "uri", "state", "participants", "id"];
        assert_members(chat, &printed, &["path", "userData"]);
        assert_time(&chat["receivedDate"]);
        assert_eq!(chat["chatType"], "Inbound");
        assert_eq!(chat["capabilities"], json!(CAPABILITIES_AFTER_SWITCH_TO_COACH));
        assert_eq!(chat["uri"], self.chat_uri());
        assert_eq!(chat["state"], "Chatting");
        assert_eq!(chat["id"], self.talk.id);
        let expected = [
            json!({"nickname": "test_agent", "type": "Agent", "uri": user_uri(self.center, self.agent), "visibility": "All"}),
            json!({"nickname": "test_supervisor", "type": "Agent", "uri": user_uri(self.center, self.supervisor),
                "visibility": "Agents"}),
            json!({"nickname": self.talk.customer.nickname(), "type": "Customer", "visibility": "All"}),
        ];
        let participants: Vec<Value> = list.participants().iter().map(as_printed).collect();
        assert_eq!(participants, expected, "agents first, in the order of their coming, then the customer");
    }

    fn check_entry(&self, list: &Notification, rejoined: &Notification) {
        let Page { medium, uri, path, topic, .. } = self.page;
        assert_eq!(rejoined.channel, *topic);
        assert_members(&rejoined.data, &["messages", "notificationType", "messageType", uri], &[path]);
        assert_eq!(rejoined.data["notificationType"], "NewMessages");
        assert_eq!(rejoined.data["messageType"], "MessageLogUpdated");
        assert_eq!(rejoined.data[*uri], self.chat_uri());
        assert_eq!(rejoined.data[*path], format!("/{}/{}", medium.collection, self.talk.id));
        let [entry] = rejoined.messages() else { panic!("one entry: {rejoined:?}") };
        assert_members(entry, &["index", "from", "timestamp", "visibility", "type", "timestampSeconds"], &[]);
        assert_eq!(
            entry["index"], 4,
            "before: the customer's arrival or first text, the agent's and the supervisor's arrival"
        );
        assert_eq!(entry["visibility"], "All");
        assert_eq!(entry["type"], "ParticipantRejoined");
        assert_eq!(Some(&entry["from"]), list.participant("test_supervisor"));
        assert_eq!(entry["from"]["visibility"], "Agents");
        assert_time(&entry["timestamp"]);
        let millis = entry["timestampSeconds"].as_u64().expect("an integer");
        assert!(millis > 1_700_000_000_000, "milliseconds, despite the name: {millis}");
        let fraction = format!(".{:03}", millis % 1000);
        let time = entry["timestamp"].as_str().unwrap_or("");
        assert!(time.contains(&fraction), "one instant, written twice: {time} and {millis}");
    }

    fn chat_uri(&self) -> String {
        let collection = self.page.medium.collection;
        format!("{}/api/v2/{collection}/{}", self.center.server.base(), self.talk.id)
    }
}

/// An answer without the member that the printed pages do not know yet.
pub fn as_printed_answer(mut answer: Value) -> Value {
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("referenceId");
    }
    answer
}

/// Asserts that all printed members are there, and no others than the later ones.
fn assert_members(object: &Value, printed: &[&str], later: &[&str]) {
    let names: Vec<&str> =
        object.as_object().map(Map::keys).into_iter().flatten().map(String::as_str).collect();
    assert!(printed.iter().all(|name| names.contains(name)), "{printed:?} in {object}");
    assert!(
        names.iter().all(|name| printed.contains(name) || later.contains(name)),
        "only {printed:?} in {object}"
    );
}

/// A participant without the members whose values are the server's choice; those are checked here.
fn as_printed(participant: &Value) -> Value {
    let mut printed = participant.clone();
    let members = printed.as_object_mut().expect("a participant is an object");
    let id = members.remove("participantId").expect("a participantId");
    assert!(id.as_str().is_some_and(|id| !id.is_empty()), "{participant}");
    assert_eq!(members.remove("id").unwrap_or(id.clone()), id, "id repeats participantId");
    members.remove("path");
    printed
}

/// `yyyy-MM-dd HH:mm:ss.SSSZ`, with the space that the printed pages have lost.
pub fn assert_time(time: &Value) {
    let text = time.as_str().unwrap_or_else(|| panic!("a time is a string: {time}"));
    let shape: String = text.chars().map(|it| if it.is_ascii_digit() { 'd' } else { it }).collect();
    let shape = shape.replacen("-dddd", "+dddd", usize::from(shape.ends_with("-dddd")));
    assert_eq!(shape, "dddd-dd-dd dd:dd:dd.ddd+dddd", "{text}");
}
