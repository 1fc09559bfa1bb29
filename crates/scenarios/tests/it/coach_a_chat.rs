//! The main story, told to push clients that others wrote: an agent chats or texts, a supervisor coaches, and
//! the customer never notices.

use serde_json::{Value, json};
use test_kit::{CHATS, Medium, Notification, SMS_SESSIONS};

use crate::center::{Center, visibility_of};
use crate::customer_side::CustomerSide;
use crate::outside_desk::{OutsideDesk, PushClient};
use crate::seed_switch_to_coach::CAPABILITIES_AFTER_SWITCH_TO_COACH;

/// Sessions that are soon forgotten, so that a client can be late without a long test.
const FORGETFUL: &str = "
[push]
timeout_ms = 2000
max_interval_ms = 2000

[limits]
customer_requests_per_second = 100000
";
/// Hold, grace, sweep, and some to spare: after this no session of `FORGETFUL` is left.
const FORGOTTEN_AFTER_MS: u64 = 6_500;

#[tokio::test]
async fn outside_client_cometd_3_coaches_a_chat_by_long_polling() {
    coach(CHATS, PushClient { name: "cometd-3", transport: "long-polling" }).await;
}

#[tokio::test]
async fn outside_client_cometd_3_coaches_a_chat_by_websocket() {
    coach(CHATS, PushClient { name: "cometd-3", transport: "websocket" }).await;
}

#[tokio::test]
async fn outside_client_cometd_9_coaches_a_chat_by_long_polling() {
    coach(CHATS, PushClient { name: "cometd-9", transport: "long-polling" }).await;
}

#[tokio::test]
async fn outside_client_cometd_9_coaches_a_chat_by_websocket() {
    coach(CHATS, PushClient { name: "cometd-9", transport: "websocket" }).await;
}

#[tokio::test]
async fn outside_client_faye_coaches_a_chat_by_long_polling() {
    coach(CHATS, PushClient { name: "faye", transport: "long-polling" }).await;
}

#[tokio::test]
async fn outside_client_faye_coaches_a_chat_by_websocket() {
    coach(CHATS, PushClient { name: "faye", transport: "websocket" }).await;
}

#[tokio::test]
async fn outside_client_cometd_3_coaches_an_sms_session_by_long_polling() {
    coach(SMS_SESSIONS, PushClient { name: "cometd-3", transport: "long-polling" }).await;
}

#[tokio::test]
async fn outside_client_faye_coaches_an_sms_session_by_websocket() {
    coach(SMS_SESSIONS, PushClient { name: "faye", transport: "websocket" }).await;
}

async fn coach(medium: Medium, client: PushClient) {
    let mut story = Story::begin(medium, client).await;
    story.coach_whispers().await;
    story.supervisor_barges_in_and_steps_back().await;
    story.supervisor_falls_silent().await;
    story.another_supervisor_intrudes().await;
    story.monitoring_is_canceled().await;
    story.supervisor_oversleeps().await;
    story.agent_completes().await;
    story.customer_never_noticed_the_coach().await;
    story.agent.close().await;
}

struct Story {
    center: Center,
    agent: OutsideDesk,
    supervisor: OutsideDesk,
    second_supervisor: OutsideDesk,
    customer: CustomerSide,
    chat: String,
}

/// Everything that only agents and supervisors may read.
const SECRETS: [&str; 4] =
    ["offer a voucher", "sent by the wrong operation", "well done", "are you still there"];

impl Story {
    /// Three people log in, a customer opens a chat, and the coach arrives with the agent.
    async fn begin(medium: Medium, client: PushClient) -> Story {
        let center = Center::open_on_with(medium, FORGETFUL).await;
        let base = center.server.base();
        let anna = center.person("anna", "ROLE_AGENT").await;
        let sam = center.person("sam", "ROLE_SUPERVISOR").await;
        let sue = center.person("sue", "ROLE_SUPERVISOR").await;
        let mut agent = OutsideDesk::seat(&base, &anna, medium, client).await;
        let mut supervisor = OutsideDesk::seat(&base, &sam, medium, client).await;
        let second_supervisor = OutsideDesk::seat(&base, &sue, medium, client).await;
        let own = format!("/api/v2/me/channels/{}", medium.channel);
        agent.succeed(&own, json!({"operationName": "Ready"})).await;

        let customer = center.customer_side("Milo").await;
        let offer = agent.inbox.offered().await;
        assert_eq!(offer.capabilities(), ["Accept", "Reject"]);
        let chat = offer.chat_id().expect("an offer names the chat").to_owned();

        let coach =
            json!({"operationName": "Coach", "supervisorMonitoringMode": "NextChat", "nickname": "Sam"});
        supervisor.succeed(&format!("/api/v2/users/{}/channels/{}", anna.id, medium.channel), coach).await;
        let accept = json!({"operationName": "Accept", "nickname": "Anna"});
        agent.succeed(&format!("/api/v2/me/{}/{chat}", medium.collection), accept).await;
        Story { center, agent, supervisor, second_supervisor, customer, chat }
    }

    async fn coach_whispers(&mut self) {
        let chat = &self.chat;
        self.agent.inbox.status(chat, "Chatting").await;
        self.supervisor.inbox.status(chat, "Chatting").await;
        for inbox in [&self.agent.inbox, &self.supervisor.inbox] {
            let list = inbox.participants(0, chat, "the coach", |it| it.participant("Sam").is_some()).await;
            assert_eq!(visibility_of(&list, "Sam"), "Agents");
            assert_eq!(visibility_of(&list, self.customer.nickname()), "All");
        }
        self.customer.say("Where is my parcel?").await;
        self.agent.inbox.text(chat, "Where is my parcel?").await;
        self.supervisor.inbox.text(chat, "Where is my parcel?").await;

        self.supervisor.say(chat, "SendToAgents", SECRETS[0]).await;
        // The coach's client offers SendMessage too; it must not reach the customer either.
        self.supervisor.say(chat, "SendMessage", SECRETS[1]).await;
        for secret in &SECRETS[..2] {
            assert_eq!(self.agent.inbox.text(chat, secret).await["visibility"], "Agents");
            self.supervisor.inbox.text(chat, secret).await;
        }
        self.agent.say(chat, "SendToAgents", SECRETS[2]).await;
        self.supervisor.inbox.text(chat, SECRETS[2]).await;

        self.agent.say(chat, "SendMessage", "I am looking.").await;
        self.customer.reads("I am looking.").await;
        self.customer.never_saw("Sam").await;
    }

    async fn supervisor_barges_in_and_steps_back(&mut self) {
        let list = self.switch("SwitchToBargeIn", "All").await;
        assert!(list.capabilities().ends_with(&["SwitchToMonitor", "SwitchToCoach"]), "{list:?}");
        self.customer.sees("ParticipantRejoined", "Sam").await;
        self.supervisor.say(&self.chat, "SendMessage", "Sam here, too.").await;
        self.customer.reads("Sam here, too.").await;

        let list = self.switch("SwitchToCoach", "Agents").await;
        assert_eq!(list.capabilities(), CAPABILITIES_AFTER_SWITCH_TO_COACH);
        self.customer.sees("ParticipantLeft", "Sam").await;
    }

    async fn supervisor_falls_silent(&mut self) {
        let before = self.agent.inbox.len();
        self.switch("SwitchToMonitor", "Supervisors").await;
        let without = |it: &Notification| it.participant("Sam").is_none();
        self.agent.inbox.participants(before, &self.chat, "no supervisor", without).await;
        let send = json!({"operationName": "SendToAgents", "text": "nobody may read this"});
        let answer = self.supervisor.post(&self.own_path(), send).await;
        assert_eq!(answer, (403, json!(3)), "who monitors can't send");
        self.switch("SwitchToCoach", "Agents").await;
    }

    async fn another_supervisor_intrudes(&mut self) {
        let chat = self.chat.clone();
        let intrude = json!({"operationName": "Intrude", "supervisorVisibilityMode": "Monitor"});
        let path = format!("/api/v2/users/{}/{}/{chat}", self.agent.person.id, self.center.medium.collection);
        self.second_supervisor.succeed(&path, intrude).await;
        let invitation = self.second_supervisor.inbox.status(&chat, "Invited").await;
        assert_eq!(invitation.capabilities(), ["Accept", "Reject"]);
        let accept = json!({"operationName": "Accept", "nickname": "Sue"});
        self.second_supervisor.succeed(&self.own_path(), accept).await;
        self.second_supervisor.inbox.status(&chat, "Chatting").await;
        // Who arrives later reads what was whispered before.
        self.second_supervisor.inbox.text(&chat, SECRETS[0]).await;
        let sue = |it: &Notification| it.participant("Sue").is_some();
        self.supervisor.inbox.participants(0, &chat, "the other supervisor", sue).await;
    }

    async fn monitoring_is_canceled(&mut self) {
        let path = format!("/api/v2/users/{}/channels/{}", self.agent.person.id, self.center.medium.channel);
        self.second_supervisor.succeed(&path, json!({"operationName": "Monitor"})).await;
        let cancel = json!({"operationName": "CancelSupervisorMonitoring"});
        self.second_supervisor.succeed(&path, cancel.clone()).await;
        let again = self.second_supervisor.post(&path, cancel).await;
        assert_eq!(again, (400, json!(2)), "there is nothing left to cancel");
    }

    /// The supervisor's machine sleeps until the server has forgotten its session; the client wakes up,
    /// shakes hands again, and coaching goes on.
    async fn supervisor_oversleeps(&mut self) {
        self.supervisor.freeze(FORGOTTEN_AFTER_MS).await;
        self.supervisor.wait_for_handshakes(2).await;
        self.agent.say(&self.chat, "SendToAgents", SECRETS[3]).await;
        self.supervisor.inbox.text(&self.chat, SECRETS[3]).await;
    }

    async fn agent_completes(&mut self) {
        let chat = self.chat.clone();
        self.agent.operate(&chat, "Complete").await;
        self.agent.inbox.status(&chat, "Completed").await;
        for supervisor in [&self.supervisor, &self.second_supervisor] {
            let last = supervisor.inbox.status(&chat, "Revoked").await;
            assert_eq!(last.capabilities(), [""; 0]);
        }
    }

    async fn customer_never_noticed_the_coach(&mut self) {
        assert_eq!(self.customer.has_read().await, ["I am looking.", "Sam here, too."]);
        let Some(browser) = self.customer.browser() else { return };
        let transcript = browser.transcript().await;
        let everything = json!([transcript, browser.chat().await, browser.new_messages().await]);
        let everything = everything.to_string();
        for secret in SECRETS {
            assert!(!everything.contains(secret), "the customer could read {secret:?}: {everything}");
        }
        assert!(!everything.contains("Sue"), "the customer could see who monitors: {everything}");
        let of_sam: Vec<&Value> = transcript.iter().filter(|it| it["from"]["nickname"] == "Sam").collect();
        let kinds: Vec<&Value> = of_sam.iter().map(|entry| &entry["type"]).collect();
        assert_eq!(kinds.len(), 3, "arrival, one text, leaving: {of_sam:?}");
        assert_eq!((kinds[1], kinds[2]), (&json!("Text"), &json!("ParticipantLeft")));
    }

    /// Where everybody finds the conversation as their own.
    fn own_path(&self) -> String {
        format!("/api/v2/me/{}/{}", self.center.medium.collection, self.chat)
    }

    /// Switches the supervisor's mode, and waits for the list in which he has this visibility.
    async fn switch(&mut self, operation: &str, visibility: &str) -> Notification {
        let before = self.supervisor.inbox.len();
        self.supervisor.operate(&self.chat, operation).await;
        let what = format!("Sam as {visibility}");
        let fits = |it: &Notification| visibility_of(it, "Sam") == visibility;
        self.supervisor.inbox.participants(before, &self.chat, &what, fits).await
    }
}
