//! A conversation in writing: who is in it, who is invited, what was said. A web chat and a session
//! of text messages are the same thing here.
//!
//! A contact changes by [`ContactEvent`]s alone. Its log is append-only and numbered from 1 over all
//! entries, whoever may see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::audience::{self, Mode, Part, Visibility};
use crate::channel::Channel;
use crate::ids::{ContactId, CustomerKey, PartyId, QueueId, UserId};
use crate::log::Log;
use crate::moment::Timestamp;
use crate::texting::{Delivery, Thread};

/// A value of user data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DataValue {
    /// An integer.
    Number(i64),
    /// A text.
    Text(String),
    /// Yes or no; in calls only.
    Flag(bool),
    /// No value.
    Null,
    /// Several values; in calls only.
    List(Vec<DataValue>),
    /// Values by name; in calls only.
    Object(UserData),
}

impl DataValue {
    /// How much room it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(_) | Self::Flag(_) | Self::Null => 8,
            Self::List(values) => values.iter().map(|value| 1 + value.bytes()).sum(),
            Self::Object(values) => values.iter().map(|(key, value)| 1 + key.len() + value.bytes()).sum(),
        }
    }
}

/// The data attached to a contact.
pub type UserData = BTreeMap<String, DataValue>;

/// Where a party stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// In the conversation.
    Present,
    /// Closed the conversation and still works on the contact.
    WrapUp,
    /// Accepted, but there was no conversation left to join.
    JoinFailed,
    /// No longer involved.
    Gone,
}

/// Somebody who is or was in the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its name in this contact.
    pub id: PartyId,
    /// What it is here.
    pub part: Part,
    /// The user, for all but customers and external systems.
    pub user: Option<UserId>,
    /// The name shown.
    pub nickname: Arc<str>,
    /// Whether it is here.
    pub standing: Standing,
}

/// Why a user is invited, and what becomes of it on acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Invitation {
    /// The queue chose this agent.
    Routed,
    /// An agent transferred the contact.
    Transfer,
    /// An agent asks to join in front of the customer.
    Conference,
    /// An agent asks for advice.
    Consultation,
    /// The supervisor wants to come in.
    Intrusion(Mode),
}

impl Invitation {
    /// The part that the invited user will have.
    pub fn part(self) -> Part {
        match self {
            Self::Routed | Self::Transfer | Self::Conference => Part::Agent,
            Self::Consultation => Part::Consultant,
            Self::Intrusion(mode) => Part::Supervisor(mode),
        }
    }

    /// Whether the contact depends on it: nobody handles it until somebody accepts.
    pub fn hands_over(self) -> bool {
        matches!(self, Self::Routed | Self::Transfer)
    }
}

/// An invitation that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who is invited.
    pub user: UserId,
    /// To what.
    pub invitation: Invitation,
    /// Until when.
    pub lapses_at: Timestamp,
}

/// A place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The queue.
    pub queue: QueueId,
    /// Lower is nearer to the front.
    pub rank: i64,
}

/// What kind of entry the log has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the message type of the same name in the contract")]
pub enum EntryKind {
    Text,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantRejoined,
    TypingStarted,
    TypingStopped,
    PushUrl,
    Notice,
    CustomNotice,
    NicknameUpdated,
}

/// The sender of an entry as it was at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The party.
    pub party: PartyId,
    /// What it was.
    pub part: Part,
    /// The user, if it was one.
    pub user: Option<UserId>,
    /// The name shown.
    pub nickname: Arc<str>,
}

/// One entry of the log. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1, over all entries of the contact.
    pub index: u32,
    /// What it is.
    pub kind: EntryKind,
    /// Who it is from.
    pub from: Sender,
    /// For whom it was meant.
    pub visibility: Visibility,
    /// Viewers cleared up to here or beyond do not get it: they got another entry in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_below: Option<Visibility>,
    /// When.
    pub at: Timestamp,
    /// The text, address or notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Arc<str>>,
    /// The sender's own tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Arc<str>>,
}

impl Entry {
    /// Whether `viewer` is shown this entry: the rule of visibility, one's own entries, and the
    /// entries that stand in for one another.
    pub fn is_for(&self, viewer: &Party) -> bool {
        let level = audience::level(self.visibility, self.from.part);
        let seen = audience::perceives(viewer.part, level) || self.from.party == viewer.id;
        let replaced = self.instead_below.is_some_and(|below| viewer.part.clearance() >= below);
        seen && !replaced
    }
}

/// How far a contact has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// In a queue.
    Waiting(Place),
    /// Offered, or in the hands of agents.
    Assigned,
    /// Over for everyone.
    Ended(Timestamp),
}

/// What a user has to do with a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// May accept or reject.
    Invited,
    /// Is in the conversation.
    Chatting,
    /// Closed it and works on.
    LeftChat,
    /// Accepted too late.
    JoinFailed,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its name for agents and supervisors.
    pub id: ContactId,
    /// Chat or text session.
    pub channel: Channel,
    /// The customer's key to it.
    pub customer_key: CustomerKey,
    /// When it came.
    pub received_at: Timestamp,
    /// The queue it was last in, to which it returns.
    pub origin: QueueId,
    /// How far it has come.
    pub stage: Stage,
    /// Whether the conversation has been closed for the customer.
    pub closed: bool,
    /// Everybody who was ever here, in order of arrival.
    pub parties: Vec<Party>,
    /// The invitations that stand.
    pub offers: Vec<Offer>,
    /// Who is not to be offered it again before when.
    pub refused: Vec<(UserId, Timestamp)>,
    /// Attached data.
    pub user_data: Arc<UserData>,
    /// Counts changes of the attached data.
    pub data_version: u32,
    /// When somebody last said, joined or left something.
    pub last_activity: Timestamp,
    /// The number of the next entry.
    pub next_index: u32,
    /// Bytes of text said so far.
    pub log_bytes: usize,
    /// Between which numbers it goes, for a session of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Thread>,
    /// Whether an agent began it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outbound: bool,
    /// Whether the customer has opted out of text messages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opted_out: bool,
    /// How the entries that went out as texts stand, by index. Empty in a sketch.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deliveries: BTreeMap<u32, Delivery>,
    /// Everything that was said and done. Empty in a sketch.
    pub log: Log,
}

/// How an offer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferEnd {
    /// The user came in.
    Accepted,
    /// The user said no.
    Rejected,
    /// The user said nothing.
    Lapsed,
    /// It was taken back.
    Withdrawn,
}

/// How a user's involvement ended, which is the state the user is last shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Departure {
    /// By the user's own doing, or by being removed.
    Completed,
    /// The contact was taken away.
    Revoked,
}

/// What happened to a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactEvent {
    /// It began. The log and the parties are empty.
    Requested(Box<Contact>),
    /// It was put into a queue.
    Queued(Place),
    /// A user was invited; until then it may have waited in a queue.
    Offered(Offer),
    /// An invitation ended.
    OfferEnded {
        /// Whose.
        user: UserId,
        /// How.
        end: OfferEnd,
        /// Until when this user is not offered the contact again.
        not_before: Option<Timestamp>,
    },
    /// Somebody came in.
    Joined(Party),
    /// A party became something else, in the conversation.
    PartChanged(PartyId, Part),
    /// A party is shown under another name.
    Renamed(PartyId, Arc<str>),
    /// An agent closed the conversation and works on, or stopped.
    Stands(PartyId, Standing, Option<Departure>),
    /// Something was said or done.
    Logged(Arc<Entry>),
    /// The attached data became this.
    DataChanged(Arc<UserData>),
    /// The customer opted out of text messages, or in again.
    OptedOut(bool),
    /// The conversation was closed for the customer.
    Closed,
    /// It is over for everyone.
    Ended(Timestamp),
    /// It was dropped from memory.
    Forgotten,
}

impl Contact {
    /// The parties in the conversation, in order of arrival.
    pub fn present(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.standing == Standing::Present)
    }

    /// The party of a user that has not gone.
    pub fn party_of(&self, user: UserId) -> Option<&Party> {
        self.parties.iter().find(|party| party.user == Some(user) && party.standing != Standing::Gone)
    }

    /// The invitation of a user.
    pub fn offer_of(&self, user: UserId) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.user == user)
    }

    /// The customer's party.
    pub fn customer(&self) -> Option<&Party> {
        self.parties.iter().find(|party| party.part == Part::Customer)
    }

    /// Whether the customer can still be talked with.
    pub fn is_open(&self) -> bool {
        !self.closed && self.customer().is_some_and(|customer| customer.standing == Standing::Present)
    }

    /// What a user has to do with it; nothing for strangers and for those who are done.
    pub fn state_of(&self, user: UserId) -> Option<UserState> {
        if matches!(self.stage, Stage::Ended(_)) {
            return None;
        }
        match self.party_of(user).map(|party| party.standing) {
            Some(Standing::Present) => Some(UserState::Chatting),
            Some(Standing::WrapUp) => Some(UserState::LeftChat),
            Some(Standing::JoinFailed) => Some(UserState::JoinFailed),
            Some(Standing::Gone) | None => self.offer_of(user).map(|_| UserState::Invited),
        }
    }

    /// Agents and consultants who have it in their hands, in conversation or after it.
    pub fn handlers(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| {
            matches!(party.part, Part::Agent | Part::Consultant) && party.standing != Standing::Gone
        })
    }

    /// Whether it takes up one of this user's places on the channel.
    pub fn occupies(&self, user: UserId) -> bool {
        self.handlers().any(|party| party.user == Some(user))
            || self
                .offers
                .iter()
                .any(|offer| offer.user == user && !matches!(offer.invitation, Invitation::Intrusion(_)))
    }

    /// Every user who is in it or invited, each once.
    pub fn users(&self) -> Vec<UserId> {
        let parties = self.parties.iter().filter(|party| party.standing != Standing::Gone);
        let mut users: Vec<_> = parties
            .filter_map(|party| party.user)
            .chain(self.offers.iter().map(|offer| offer.user))
            .collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    /// The contact without its log, to try a decision on.
    pub fn sketch(&self) -> Self {
        Self {
            log: Log::default(),
            parties: self.parties.clone(),
            offers: self.offers.clone(),
            refused: self.refused.clone(),
            user_data: self.user_data.clone(),
            thread: self.thread.clone(),
            deliveries: BTreeMap::new(),
            ..*self
        }
    }

    /// Takes in what happened. [`ContactEvent::Requested`] and [`ContactEvent::Forgotten`] are
    /// about the table of contacts and change nothing here.
    pub fn apply(&mut self, event: &ContactEvent) {
        match event {
            ContactEvent::Requested(_) | ContactEvent::Forgotten => {}
            ContactEvent::Queued(place) => {
                self.stage = Stage::Waiting(*place);
                self.origin = place.queue;
            }
            ContactEvent::Offered(offer) => {
                if offer.invitation.hands_over() {
                    self.stage = Stage::Assigned;
                }
                self.offers.push(offer.clone());
            }
            ContactEvent::OfferEnded { user, not_before, .. } => {
                self.offers.retain(|offer| offer.user != *user);
                self.refused.retain(|(refuser, _)| refuser != user);
                self.refused.extend(not_before.map(|until| (*user, until)));
            }
            ContactEvent::Joined(party) => self.parties.push(party.clone()),
            ContactEvent::PartChanged(id, part) => self.change_party(*id, |party| party.part = *part),
            ContactEvent::Renamed(id, nickname) => {
                self.change_party(*id, |party| party.nickname = nickname.clone());
            }
            ContactEvent::Stands(id, standing, _) => {
                self.change_party(*id, |party| party.standing = *standing);
            }
            ContactEvent::Logged(entry) => {
                self.next_index = entry.index + 1;
                self.last_activity = entry.at;
                self.log_bytes += entry.text.as_ref().map_or(0, |text| text.len());
                self.log.push(entry.clone());
            }
            ContactEvent::DataChanged(data) => {
                self.user_data = data.clone();
                self.data_version += 1;
            }
            ContactEvent::OptedOut(out) => self.opted_out = *out,
            ContactEvent::Closed => self.closed = true,
            ContactEvent::Ended(at) => {
                self.stage = Stage::Ended(*at);
                self.offers.clear();
            }
        }
    }

    fn change_party(&mut self, id: PartyId, change: impl FnOnce(&mut Party)) {
        let party = self.parties.iter_mut().find(|party| party.id == id);
        debug_assert!(party.is_some(), "party {id} is not in contact {}", self.id);
        if let Some(party) = party {
            change(party);
        }
    }
}
