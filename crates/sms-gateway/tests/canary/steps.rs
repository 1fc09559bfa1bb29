//! A random walk of everybody who can do something.

use std::collections::BTreeSet;

use contact_center::audience::{Mode, Visibility};
use contact_center::capability::Action;
use contact_center::command::{Farewell, Order, Target, Words};
use contact_center::contact::{DataValue, EntryKind, UserData};
use contact_center::supervision::{MonitoringRequest, Scope};
use contact_center::{Channel, Command, ContactId, UserId};

use crate::house::{OURS, Seen, Staff, phones};
use crate::model::Said;
use crate::random::Random;

const MODES: [Mode; 3] = [Mode::Monitor, Mode::Coach, Mode::BargeIn];

/// What customers text mostly.
const TEXTS: [&str; 5] =
    ["Where is my parcel?", "hello?", "Thank you! 😀", "stop the delivery", "It costs 5 €, yes?"];

/// Speaking, which is done more often than all else.
const SPEAKING: [Action; 10] = [
    Action::SendMessage,
    Action::SendMessage,
    Action::SendToAgents,
    Action::SendUrl,
    Action::SendStartTypingNotification,
    Action::SendStartTypingToAgentsNotification,
    Action::SendCustomNotice,
    Action::SendCustomNoticeToAgents,
    Action::SendNicknameUpdatedNotice,
    Action::SendToAgents,
];

/// Everything else that can be done in a session.
const OTHERS: [Action; 16] = [
    Action::Accept,
    Action::Reject,
    Action::Transfer,
    Action::Leave,
    Action::Invite,
    Action::Consult,
    Action::SetInFocus,
    Action::SetDisposition,
    Action::AttachUserData,
    Action::DeleteUserData,
    Action::UpdateUserData,
    Action::Complete,
    Action::RemoveParticipantFromConference,
    Action::SwitchToMonitor,
    Action::SwitchToCoach,
    Action::SwitchToBargeIn,
];

/// One step.
pub enum Step {
    /// A phone texts.
    Text { phone: String, text: &'static str },
    /// Somebody wants something.
    Order { command: Box<Command>, said: Said },
}

/// The walk, and what it saw last.
pub struct Walk {
    random: Random,
    staff: Staff,
    phones: Vec<String>,
    sessions: Vec<Seen>,
    /// Phones without a session.
    quiet: Vec<String>,
    said: usize,
}

impl Walk {
    pub fn new(random: Random, staff: Staff) -> Walk {
        Walk { random, staff, phones: phones().collect(), sessions: Vec::new(), quiet: Vec::new(), said: 0 }
    }

    /// Looks who is where.
    pub fn look(&mut self, sessions: Vec<Seen>) {
        let busy: BTreeSet<_> = sessions.iter().map(|seen| seen.phone.as_str()).collect();
        self.quiet = self.phones.iter().filter(|phone| !busy.contains(phone.as_str())).cloned().collect();
        self.sessions = sessions;
    }

    pub fn next(&mut self) -> Step {
        match self.random.below(100) {
            0..10 => self.customer_texts(),
            10..13 => self.user_changes_state(),
            13..18 => self.supervisor_monitors(),
            18..22 => self.supervisor_intrudes(),
            22..23 => self.agent_texts_first(),
            _ => self.user_acts(),
        }
    }

    fn customer_texts(&mut self) -> Step {
        let begins = !self.quiet.is_empty() && self.random.percent(60);
        let phones = if begins { &self.quiet } else { &self.phones };
        let phone = phones[self.random.below(phones.len())].clone();
        let text = match self.random.below(100) {
            0..4 => "STOP",
            4..20 => "START",
            20..24 => "Help",
            _ => TEXTS[self.random.below(TEXTS.len())],
        };
        Step::Text { phone, text }
    }

    fn user_changes_state(&mut self) -> Step {
        let by = self.anybody();
        silent(match self.random.below(20) {
            0 => Command::CloseChannels { by },
            1..6 => Command::OpenChannel { by, channel: Channel::Sms, device: None },
            6 => Command::EnterState { by, of: by, channel: None, operation: "NotReady".to_owned() },
            _ => Command::EnterState { by, of: by, channel: None, operation: "Ready".to_owned() },
        })
    }

    fn supervisor_monitors(&mut self) -> Step {
        let (by, agent, channel) = (self.supervisor(), self.anybody(), Channel::Sms);
        if self.random.percent(20) {
            return silent(Command::CancelMonitoring { by, agent, channel });
        }
        let scope = [Scope::NextContact, Scope::AllContacts, Scope::CurrentContacts][self.random.below(3)];
        let request = MonitoringRequest { mode: MODES[self.random.below(3)], scope, nickname: None };
        silent(Command::Monitor { by, agent, channel, request })
    }

    fn supervisor_intrudes(&mut self) -> Step {
        let by = self.supervisor();
        let Some((contact, agent, _)) = self.somewhere() else { return self.customer_texts() };
        let mode = [None, Some(Mode::Monitor), Some(Mode::Coach), Some(Mode::BargeIn)][self.random.below(4)];
        let at_once = self.random.percent(50);
        silent(Command::Intrude { by, agent, contact, mode, at_once, nickname: None })
    }

    fn agent_texts_first(&mut self) -> Step {
        let by = self.anybody();
        let to = self.phones[self.random.below(self.phones.len())].parse().unwrap();
        let text = self.words("first");
        let command = Command::StartTexting {
            by,
            to,
            from: Some(OURS.parse().unwrap()),
            queue: None,
            nickname: None,
            text: Some(text.clone()),
            user_data: UserData::new(),
        };
        let said = Said { by: Some(by), openly: vec![text], covertly: Vec::new() };
        Step::Order { command: Box::new(command), said }
    }

    /// Does something that the user's desk offers, or something random.
    fn user_acts(&mut self) -> Step {
        let Some((contact, by, offered)) = self.somewhere() else { return self.customer_texts() };
        let action = if self.random.percent(15) {
            if self.random.percent(50) { self.random.one_of(&SPEAKING) } else { self.random.one_of(&OTHERS) }
        } else if self.random.percent(70) {
            let speaking: Vec<_> = SPEAKING.into_iter().filter(|action| offered.contains(action)).collect();
            self.random.one_of(if speaking.is_empty() { &offered } else { &speaking })
        } else {
            self.random.one_of(&offered)
        };
        let ends =
            matches!(action, Some(Action::Complete | Action::Leave | Action::Transfer | Action::Reject));
        let Some(action) = action.filter(|_| !ends || self.random.percent(15)) else {
            return self.customer_texts();
        };
        let mut said = Said { by: Some(by), ..Said::default() };
        let order = self.order_of(action, &mut said);
        Step::Order { command: Box::new(Command::Converse { by, contact, order }), said }
    }

    fn order_of(&mut self, action: Action, said: &mut Said) -> Order {
        match action {
            Action::Accept => Order::Accept { nickname: None },
            Action::Reject => Order::Reject,
            Action::Transfer => Order::Transfer { to: self.target(), farewell: self.farewell(said) },
            Action::Leave => Order::Leave { farewell: self.farewell(said) },
            Action::Invite => Order::Invite(self.target()),
            Action::Consult => Order::Consult(self.target()),
            Action::SetInFocus => Order::SetInFocus,
            Action::SetDisposition => {
                Order::SetDisposition { disposition: self.covertly(said, "disposition"), key: None }
            }
            Action::AttachUserData => Order::PutData { update: false, data: self.data(said) },
            Action::UpdateUserData => Order::PutData { update: true, data: self.data(said) },
            Action::DeleteUserData => Order::DeleteData { keys: vec!["key".to_owned()] },
            Action::Complete => Order::Complete { queue: None, farewell: self.farewell(said) },
            Action::RemoveParticipantFromConference => {
                Order::Remove { user: self.anybody(), farewell: self.farewell(said) }
            }
            Action::SendUrl => {
                let text = self.random.percent(50).then(|| self.openly(said, "see"));
                Order::SendUrl { url: self.openly(said, "https://example.com/"), text, tag: None }
            }
            Action::SwitchToMonitor => Order::Switch(Mode::Monitor),
            Action::SwitchToCoach => Order::Switch(Mode::Coach),
            Action::SwitchToBargeIn => Order::Switch(Mode::BargeIn),
            Action::SendMessage => {
                let flavor =
                    ["dear customer", "dear customer", "à vous 😀", "5 € [five]"][self.random.below(4)];
                let text = self.openly(said, flavor);
                say(EntryKind::Text, Visibility::All, text)
            }
            _ => {
                let (kind, to) = kind_of(action);
                say(kind, to, self.covertly(said, "psst"))
            }
        }
    }

    /// A session, somebody who is in it or invited, and what the desk offered.
    fn somewhere(&mut self) -> Option<(ContactId, UserId, Vec<Action>)> {
        if self.sessions.is_empty() {
            return None;
        }
        let session = &self.sessions[self.random.below(self.sessions.len())];
        let (user, offered) = &session.users[self.random.below(session.users.len())];
        Some((session.contact, *user, offered.clone()))
    }

    fn anybody(&mut self) -> UserId {
        let everybody: Vec<_> = self.staff.everybody().collect();
        everybody[self.random.below(everybody.len())]
    }

    fn supervisor(&mut self) -> UserId {
        self.staff.supervisors[self.random.below(self.staff.supervisors.len())]
    }

    fn target(&mut self) -> Target {
        if self.random.percent(20) {
            Target::QueueNamed("Texts".to_owned())
        } else {
            Target::User(self.anybody())
        }
    }

    fn farewell(&mut self, said: &mut Said) -> Option<Farewell> {
        let is_said = self.random.percent(50);
        is_said.then(|| Farewell { text: self.openly(said, "goodbye"), tag: None })
    }

    fn data(&mut self, said: &mut Said) -> UserData {
        [("key".to_owned(), DataValue::Text(self.covertly(said, "data")))].into()
    }

    fn openly(&mut self, said: &mut Said, flavor: &str) -> String {
        let words = self.words(flavor);
        said.openly.push(words.clone());
        words
    }

    fn covertly(&mut self, said: &mut Said, flavor: &str) -> String {
        let words = self.words(flavor);
        said.covertly.push(words.clone());
        words
    }

    /// Words that nobody else says.
    fn words(&mut self, flavor: &str) -> String {
        self.said += 1;
        format!("{flavor} {}", self.said)
    }
}

fn silent(command: Command) -> Step {
    Step::Order { command: Box::new(command), said: Said::default() }
}

fn say(kind: EntryKind, to: Visibility, text: String) -> Order {
    Order::Say(Words { kind, to, text: Some(text), tag: None })
}

/// What is said otherwise than by a text to the customer.
fn kind_of(action: Action) -> (EntryKind, Visibility) {
    match action {
        Action::SendStartTypingNotification => (EntryKind::TypingStarted, Visibility::All),
        Action::SendStopTypingNotification => (EntryKind::TypingStopped, Visibility::All),
        Action::SendStartTypingToAgentsNotification => (EntryKind::TypingStarted, Visibility::Agents),
        Action::SendStopTypingToAgentsNotification => (EntryKind::TypingStopped, Visibility::Agents),
        Action::SendCustomNotice => (EntryKind::CustomNotice, Visibility::All),
        Action::SendCustomNoticeToAgents => (EntryKind::CustomNotice, Visibility::Agents),
        Action::SendNicknameUpdatedNotice => (EntryKind::NicknameUpdated, Visibility::All),
        _ => (EntryKind::Text, Visibility::Agents),
    }
}
