//! What clients are told of a real history of commands, member by member.

use contact_center::audience::Mode;
use contact_center::command::Order;
use contact_center::notice::{Glimpse, Notice};
use contact_center::people::{PasswordHash, Role};
use contact_center::provisioning::{Change, QueueChange, UserChange};
use contact_center::supervision::{MonitoringRequest, Scope};
use contact_center::texting::Outcome;
use contact_center::{
    Channel, Command, ContactCenter, ContactCenterId, ContactId, Event, Moment, SettingName, Timestamp,
    UserId,
};
use public_api::{CHAT, SMS};
use serde_json::{Value, json};

use super::{customers, notices, sessions, users};

const BASE: &str = "http://10.10.15.212:9090/api/v2";

/// The moment of the documented sample.
const NOON: i64 = 1_399_313_371_000;

fn place() -> super::Place<'static> {
    super::Place { base: BASE, center: ContactCenterId(7), now: Timestamp(NOON) }
}

/// A contact center with a history, and what its users were told of it.
struct History {
    center: ContactCenter,
    random: u128,
    told: Vec<Notice>,
}

impl History {
    fn begin() -> Self {
        let mut history = Self { center: ContactCenter::default(), random: 0xA000, told: Vec::new() };
        let id = ContactCenterId(7);
        let administrator = somebody("admin", Role::Admin);
        history.provision(Change::Found { id, name: "Test".to_owned(), administrator });
        history
    }

    fn provision(&mut self, change: Change) -> Vec<Event> {
        self.run(Command::Provision { by: None, change })
    }

    fn add(&mut self, name: &str, role: Role, channel: Channel) -> UserId {
        let events = self.provision(Change::CreateUser(somebody(name, role)));
        let [Event::UserKept(user)] = events.as_slice() else { panic!("one user: {events:?}") };
        let user = user.id;
        self.run(Command::OpenChannel { by: user, channel, device: None });
        user
    }

    fn ready(&mut self, user: UserId) {
        let operation = "Ready".to_owned();
        self.run(Command::EnterState { by: user, of: user, channel: None, operation });
    }

    fn request(&mut self, channel: Channel, nickname: &str) -> ContactId {
        let events = self.run(Command::RequestContact {
            channel,
            endpoint: None,
            nickname: nickname.to_owned(),
            user_data: [].into(),
        });
        events[0].contact().expect("a contact was made")
    }

    fn converse(&mut self, by: UserId, contact: ContactId, order: Order) {
        self.run(Command::Converse { by, contact, order });
    }

    /// Decides and applies a command and what is due after it. Forgets what was told before.
    fn run(&mut self, command: Command) -> Vec<Event> {
        self.told.clear();
        let events = self.step(&command);
        while let Some(duty) = self.center.due(Timestamp(NOON)) {
            self.step(&Command::Do(duty));
        }
        events
    }

    fn step(&mut self, command: &Command) -> Vec<Event> {
        self.random += 0x1_0000_0000;
        let moment = Moment { now: Timestamp(NOON), random: [self.random, self.random + 1] };
        let events = self.center.decide(command, &moment).expect("the command is allowed");
        let glimpse = Glimpse::before(&self.center, &events);
        events.iter().for_each(|event| self.center.apply(event));
        self.told.extend(glimpse.after(&self.center, &events, None));
        events
    }

    /// The events that were pushed to a user since the last command.
    fn pushed_to(&self, user: UserId) -> Vec<Value> {
        let own = self.told.iter().filter(|notice| notices::recipient(notice) == Some(user));
        own.filter_map(|notice| notices::news(notice, place()))
            .map(|news| serde_json::from_slice(&news.event).expect("an event is JSON"))
            .collect()
    }

    fn party(&self, contact: ContactId, nickname: &str) -> String {
        let parties = &self.center.contacts()[&contact].parties;
        parties.iter().find(|party| &*party.nickname == nickname).expect("a party").id.to_string()
    }
}

fn somebody(name: &str, role: Role) -> UserChange {
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some("First".to_owned()),
        last_name: Some("Last".to_owned()),
        roles: Some(vec![role]),
        password: Some(PasswordHash("hash".to_owned())),
        ..UserChange::default()
    }
}

/// A contact with customer, agent and supervisor, as in the documented sample.
struct Coached {
    history: History,
    agent: UserId,
    supervisor: UserId,
    contact: ContactId,
}

fn coached(channel: Channel, before: Mode) -> Coached {
    let mut history = History::begin();
    let agent = history.add("test_agent", Role::Agent, channel);
    let supervisor = history.add("test_supervisor", Role::Supervisor, channel);
    let request = MonitoringRequest { mode: before, scope: Scope::NextContact, nickname: None };
    history.run(Command::Monitor { by: supervisor, agent, channel, request });
    history.ready(agent);
    let contact = history.request(channel, "test_clientL");
    history.converse(agent, contact, Order::Accept { nickname: None });
    history.converse(supervisor, contact, Order::Switch(Mode::Coach));
    Coached { history, agent, supervisor, contact }
}

/// The two notifications of the documented page, with the IDs of this history.
fn check_switch_to_coach(channel: Channel, topic: &str, [noun, nouns]: [&str; 2], message_type: &str) {
    let Coached { history, agent, supervisor, contact } = coached(channel, Mode::Monitor);
    let user = |id: UserId| (format!("{BASE}/users/{id}"), format!("/users/{id}"));
    let participant = |nickname: &str, id: UserId, visibility: &str| {
        let party = history.party(contact, nickname);
        let (uri, path) = user(id);
        json!({"nickname": nickname, "type": "Agent", "uri": uri, "path": path, "visibility": visibility,
            "participantId": party, "id": party})
    };
    let customer = history.party(contact, "test_clientL");
    let told = history.pushed_to(supervisor);
    let expected = json!([
        {"channel": topic, "data": {
            "messageType": message_type,
            "notificationType": "ParticipantsUpdated",
            noun: {
                "id": contact.to_string(),
                "uri": format!("{BASE}/{nouns}/{contact}"),
                "path": format!("/{nouns}/{contact}"),
                "state": "Chatting",
                "chatType": "Inbound",
                "capabilities": ["Leave", "SetInFocus", "SetDisposition", "AttachUserData", "DeleteUserData",
                    "UpdateUserData", "Transfer", "Invite", "Consult", "SendToAgents",
                    "SendStartTypingToAgentsNotification", "SendStopTypingToAgentsNotification", "SendMessage",
                    "SendStartTypingNotification", "SendStopTypingNotification", "SwitchToMonitor",
                    "SwitchBargeIn"],
                "participants": [
                    participant("test_agent", agent, "All"),
                    participant("test_supervisor", supervisor, "Agents"),
                    {"nickname": "test_clientL", "type": "Customer", "visibility": "All",
                        "participantId": customer, "id": customer},
                ],
                "userData": {},
                "receivedDate": "2014-05-05 18:09:31.000+0000",
            },
        }},
        {"channel": topic, "data": {
            "messageType": "MessageLogUpdated",
            "notificationType": "NewMessages",
            "messages": [{
                "index": 4,
                "type": "ParticipantRejoined",
                "from": participant("test_supervisor", supervisor, "Agents"),
                "visibility": "All",
                "timestamp": "2014-05-05 18:09:31.000+0000",
                "timestampSeconds": NOON,
            }],
            format!("{noun}Uri"): format!("{BASE}/{nouns}/{contact}"),
            format!("{noun}Path"): format!("/{nouns}/{contact}"),
        }},
    ]);
    assert_eq!(Value::from(told), expected);
}

#[test]
fn switching_to_coach_a_text_session_is_told_as_documented() {
    check_switch_to_coach(
        Channel::Sms,
        "/v2/me/smssessions",
        ["smssession", "smssessions"],
        "SMSsessionStateChangeMessage",
    );
}

#[test]
fn switching_to_coach_a_chat_is_told_in_the_words_of_chats() {
    check_switch_to_coach(Channel::Chat, "/v2/me/chats", ["chat", "chats"], "ChatStateChangeMessage");
}

#[test]
fn a_supervisor_reads_who_perceives_whom_and_others_do_not() {
    let Coached { history, agent, supervisor, contact } = coached(Channel::Chat, Mode::Monitor);
    let read = |user| {
        let view = history.center.view(&history.center.contacts()[&contact], user).expect("a view");
        serde_json::to_value(sessions::session_read(&CHAT, &view, user, BASE)).expect("JSON")
    };
    let party = |nickname| history.party(contact, nickname);
    let (me, colleague, customer) = (party("test_supervisor"), party("test_agent"), party("test_clientL"));
    let expected = json!([
        {"participantId": colleague, "seenBy": [me, customer], "heardBy": [me, customer]},
        {"participantId": me, "seenBy": [colleague], "heardBy": [colleague]},
        {"participantId": customer, "seenBy": [colleague, me], "heardBy": [colleague, me]},
    ]);
    assert_eq!(read(supervisor)["perception"], expected);
    assert_eq!(read(agent).get("perception"), None);
}

#[test]
fn the_customer_is_shown_no_coach_and_no_address() {
    let Coached { history, contact, .. } = coached(Channel::Chat, Mode::Monitor);
    let contact = &history.center.contacts()[&contact];
    let chat = serde_json::to_value(customers::Seen::of(contact).chat(contact)).expect("JSON");
    let party = |nickname| history.party(contact.id, nickname);
    let expected = json!({
        "id": contact.customer_key.to_string(),
        "state": "Chatting",
        "capabilities": ["SendMessage", "SendStartTypingNotification", "SendStopTypingNotification", "Complete"],
        "participants": [
            {"nickname": "test_agent", "participantId": party("test_agent"), "type": "Agent"},
            {"nickname": "test_clientL", "participantId": party("test_clientL"), "type": "Customer"},
        ],
    });
    assert_eq!(chat, expected);
    let first = serde_json::to_value(customers::message(&contact.log[0])).expect("JSON");
    let from =
        json!({"nickname": "test_clientL", "participantId": party("test_clientL"), "type": "Customer"});
    assert_eq!(first, json!({"index": 1, "type": "ParticipantJoined", "from": from}));
}

#[test]
fn an_end_is_told_with_empty_lists() {
    let Coached { mut history, agent, supervisor, contact } = coached(Channel::Chat, Mode::BargeIn);
    history.converse(agent, contact, Order::Complete { queue: None, farewell: None });
    for (user, state) in [(agent, "Completed"), (supervisor, "Revoked")] {
        let told = history.pushed_to(user);
        let last = &told.last().expect("the end is told")["data"];
        assert_eq!(
            (&last["notificationType"], &last["chat"]["state"]),
            (&json!("StatusChange"), &json!(state))
        );
        assert_eq!((&last["chat"]["capabilities"], &last["chat"]["participants"]), (&json!([]), &json!([])));
    }
}

#[test]
fn words_stand_in_the_member_of_their_kind() {
    use contact_center::audience::Visibility;
    use contact_center::command::Words;
    use contact_center::contact::EntryKind;
    let Coached { mut history, agent, contact, .. } = coached(Channel::Chat, Mode::Monitor);
    history.provision(Change::SetSetting(SettingName::IncludeMessageType, 1));
    let mut said = |kind| {
        let words =
            Words { kind, to: Visibility::All, text: Some("x".to_owned()), tag: Some("tag".to_owned()) };
        history.converse(agent, contact, Order::Say(words));
        let log = &history.center.contacts()[&contact].log;
        let entry = log.iter().next_back().expect("an entry").clone();
        serde_json::to_value(sessions::message(&entry, None, BASE)).expect("JSON")
    };
    let text = said(EntryKind::Text);
    assert_eq!((&text["text"], &text["messageType"]), (&json!("x"), &json!("tag")));
    assert_eq!(said(EntryKind::PushUrl)["url"], "x");
    assert_eq!(said(EntryKind::CustomNotice)["noticeText"], "x");
    assert_eq!(said(EntryKind::NicknameUpdated)["noticeText"], "x");
    assert_eq!(said(EntryKind::TypingStarted).get("text"), None, "previews are off");
}

#[test]
fn a_closed_channel_is_told_as_offline_and_without_do_not_disturb() {
    let mut history = History::begin();
    let agent = history.add("anna", Role::Agent, Channel::Chat);
    let open = &history.pushed_to(agent)[0]["data"];
    let not_ready = json!({"id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6", "displayName": "Not Ready", "state": "NotReady"});
    let expected = json!({"channel": "chat", "dndState": "Off", "userState": not_ready});
    assert_eq!(
        (&open["messageType"], &open["channels"]),
        (&json!("ChannelStateChangeMessageV2"), &json!([expected]))
    );
    history.run(Command::CloseChannels { by: agent });
    let offline =
        json!({"id": "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB", "displayName": "Offline", "state": "LoggedOut"});
    assert_eq!(
        history.pushed_to(agent)[0]["data"]["channels"],
        json!([{"channel": "chat", "userState": offline}])
    );
}

#[test]
fn a_user_has_no_channels_before_the_session_and_the_same_list_twice_in_it() {
    let mut history = History::begin();
    let agent = history.add("anna", Role::Agent, Channel::Sms);
    let read = |center: &ContactCenter| {
        let source = super::Source { center, base: BASE, now: Timestamp(NOON) };
        let query = public_api::Query::parse("subresources=*");
        let user = users::user(source, &center.users()[&agent], &query, users::Involvement::Own(&[], &[]));
        serde_json::to_value(user).expect("JSON")
    };
    let user = read(&history.center);
    assert_eq!(user["channels"][0]["channel"], SMS.channel);
    assert_eq!(user["channels"], user["channelStates"]);
    assert_eq!((&user["settings"], &user["chats"]), (&json!({}), &json!([])));
    history.run(Command::CloseChannels { by: agent });
    assert_eq!(read(&history.center).get("channels"), None);
}

#[test]
fn a_text_is_told_with_its_delivery_and_again_when_that_changes() {
    let mut history = History::begin();
    let agent = history.add("anna", Role::Agent, Channel::Sms);
    let queue = QueueChange {
        name: Some("parcels".to_owned()),
        phone_number: Some("+15550100".to_owned()),
        ..QueueChange::default()
    };
    history.provision(Change::CreateQueue(Channel::Sms, queue));
    let events = history.run(Command::StartTexting {
        by: agent,
        to: "+15550199".parse().expect("a number"),
        from: None,
        queue: None,
        nickname: None,
        text: Some("Hello".to_owned()),
        user_data: [].into(),
    });
    let contact = events.iter().find_map(Event::contact).expect("a contact");
    let told = history.pushed_to(agent);
    assert_eq!(told[0]["data"]["smssession"]["chatType"], "Outbound");
    let log = told.last().expect("the log")["data"]["messages"].as_array().expect("messages").clone();
    let text = log.last().expect("the text");
    assert_eq!(text["delivery"], json!({"state": "Waiting", "parts": 0}));
    let id = history.center.waiting_texts().next().expect("a text waits").id;
    history.run(Command::ClaimTexts { carrier: "carrier".into(), texts: vec![(id, 2)] });
    assert!(history.pushed_to(agent).is_empty(), "a claim is no news");
    let names = vec!["1a".into(), "1b".into()];
    history.run(Command::SettleTexts(vec![(id, Outcome::Accepted { names })]));
    let expected = json!({"channel": "/v2/me/smssessions", "data": {
        "messageType": "MessageDeliveryUpdated",
        "notificationType": "DeliveryUpdated",
        "deliveries": [{"index": text["index"], "state": "Sent", "parts": 2}],
        "smssessionUri": format!("{BASE}/smssessions/{contact}"),
        "smssessionPath": format!("/smssessions/{contact}"),
    }});
    assert_eq!(history.pushed_to(agent), [expected]);
}
