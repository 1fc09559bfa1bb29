//! Who is told of a change, and what. A [`Glimpse`] is taken before events are applied and compared
//! afterwards, user by user, with what each may perceive. So a notification always equals the
//! snapshot that a read would give, and nothing is ever sent that a read would not show.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ContactCenter;
use crate::agent::OpenChannel;
use crate::audience::{self, Part};
use crate::calls::news::CallGlimpse;
use crate::calls::{CallChange, CallEvent, CallView, DeviceView, LegPlan};
use crate::capability::{self, Action};
use crate::channel::Channel;
use crate::contact::{
    Contact, ContactEvent, Departure, Entry, EntryKind, OfferEnd, Party, Standing, UserData, UserState,
};
use crate::event::Event;
use crate::ids::{ContactId, LegId, PartyId, UserId};
use crate::moment::Timestamp;
use crate::settings::SettingName;
use crate::texting::{Delivery, OutgoingText, TextEvent, TextId};

/// A party as it is shown to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyView {
    /// Its name in the contact.
    pub id: PartyId,
    /// What it is.
    pub part: Part,
    /// The user, if it is one.
    pub user: Option<UserId>,
    /// The name shown.
    pub nickname: Arc<str>,
}

/// The state of a contact as a user sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewState {
    /// Not over for this user.
    Open(UserState),
    /// Over for this user.
    Over(Departure),
}

/// A contact as one user sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactView {
    /// The contact.
    pub id: ContactId,
    /// Its channel.
    pub channel: Channel,
    /// The state.
    pub state: ViewState,
    /// What the user may do now.
    pub capabilities: Vec<Action>,
    /// Whom the user perceives, the customer last.
    pub parties: Vec<PartyView>,
    /// The attached data.
    pub user_data: Arc<UserData>,
    /// When it came.
    pub received_at: Timestamp,
    /// Whether an agent began it.
    pub outbound: bool,
}

/// What about a contact changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactChange {
    /// The user's state in it.
    Status,
    /// The parties or what the user may do.
    Participants,
    /// The attached data.
    Properties,
}

/// Something that a user is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A contact changed.
    Contact {
        /// Who is told.
        to: UserId,
        /// What changed.
        change: ContactChange,
        /// How it looks now.
        view: Box<ContactView>,
        /// The number that the user gave to the order behind this.
        reference: Option<u64>,
    },
    /// Something was said or done in a contact.
    Entries {
        /// Who is told.
        to: UserId,
        /// In which contact.
        contact: ContactId,
        /// Its channel.
        channel: Channel,
        /// What, in order.
        entries: Vec<Arc<Entry>>,
        /// How those of them stand that went out as texts, by index.
        deliveries: BTreeMap<u32, Delivery>,
    },
    /// Channels were opened or closed, or their state changed.
    Channels {
        /// Who is told.
        to: UserId,
        /// Which, and how they are now; a closed one is absent.
        channels: Vec<(Channel, Option<OpenChannel>)>,
    },
    /// Something about the user's devices changed.
    Devices {
        /// Who is told.
        to: UserId,
        /// All devices of the user.
        devices: Vec<DeviceView>,
    },
    /// A text that went out of a contact stands otherwise than before.
    Delivery {
        /// Who is told.
        to: UserId,
        /// In which contact.
        contact: ContactId,
        /// Its channel.
        channel: Channel,
        /// Which entry it is.
        index: u32,
        /// How it stands.
        delivery: Delivery,
    },
    /// A call changed.
    Call {
        /// Who is told.
        to: UserId,
        /// What changed.
        change: CallChange,
        /// How it looks now.
        view: Box<CallView>,
    },
    /// What these lines are wanted for now, all to be brought about in one step. For nobody but the telephone gateway.
    Lines(Vec<LegPlan>),
    /// Digits to send as tones. For nobody but the telephone gateway.
    Digits {
        /// To which lines.
        to: Vec<LegId>,
        /// The digits.
        digits: Arc<str>,
    },
    /// A text waits for a carrier. For nobody but the gateway.
    TextWaiting(Arc<OutgoingText>),
    /// Whoever signed in as this user with an older password, or at all, no longer is.
    SignInsVoid {
        /// The user.
        user: UserId,
        /// Older passwords are void; none: all are.
        older_than: Option<u32>,
    },
}

impl ContactCenter {
    /// The contact as a user in it, or invited to it, sees it.
    pub fn view(&self, contact: &Contact, user: UserId) -> Option<ContactView> {
        let state = ViewState::Open(contact.state_of(user)?);
        let lists_sends = self.settings.is_on(SettingName::MonitorListsSends);
        Some(ContactView {
            id: contact.id,
            channel: contact.channel,
            state,
            capabilities: capability::capabilities(contact, user, lists_sends),
            parties: contact
                .party_of(user)
                .map(|viewer| self.roster_shown(contact, viewer))
                .unwrap_or_default(),
            user_data: contact.user_data.clone(),
            received_at: contact.received_at,
            outbound: contact.outbound,
        })
    }

    /// The parties that a viewer perceives, with the names that the viewer may see.
    fn roster_shown(&self, contact: &Contact, viewer: &Party) -> Vec<PartyView> {
        let mut roster = roster(contact, viewer);
        if let Some(masked) = self.mask(contact, viewer) {
            for party in roster.iter_mut().filter(|party| party.part == Part::Customer) {
                party.nickname = masked.clone();
            }
        }
        roster
    }

    /// The entries from `first` on that a viewer may see, with the names that the viewer may see.
    pub fn entries_shown<'a>(
        &self,
        contact: &'a Contact,
        viewer: &'a Party,
        first: u32,
    ) -> impl Iterator<Item = Arc<Entry>> + use<'a> {
        let masked = self.mask(contact, viewer);
        entries_for(contact, viewer, first).map(move |entry| {
            let mut entry = entry.clone();
            if let (Part::Customer, Some(masked)) = (entry.from.part, &masked) {
                Arc::make_mut(&mut entry).from.nickname = masked.clone();
            }
            entry
        })
    }

    /// What a viewer is shown instead of the customer's number, if it is not for the viewer.
    fn mask(&self, contact: &Contact, viewer: &Party) -> Option<Arc<str>> {
        let thread = contact.thread.as_ref()?;
        let user = self.users().get(&viewer.user?)?;
        (!self.shows_numbers_to(user)).then(|| thread.customer.masked())
    }
}

/// The parties that a viewer perceives, itself included; the customer last.
pub fn roster(contact: &Contact, viewer: &Party) -> Vec<PartyView> {
    let seen =
        |party: &&Party| party.id == viewer.id || audience::perceives(viewer.part, party.part.visibility());
    let mut roster: Vec<_> = contact
        .present()
        .filter(seen)
        .map(|party| PartyView {
            id: party.id,
            part: party.part,
            user: party.user,
            nickname: party.nickname.clone(),
        })
        .collect();
    roster.sort_by_key(|party| party.user.is_none());
    roster
}

/// The entries from `first` on (an index) that a viewer may see; for one who has gone, until then.
pub fn entries_for<'a>(
    contact: &'a Contact,
    viewer: &'a Party,
    first: u32,
) -> impl Iterator<Item = &'a Arc<Entry>> {
    let own_end =
        |entry: &Arc<Entry>| entry.kind == EntryKind::ParticipantLeft && entry.from.party == viewer.id;
    let gone = viewer.standing == Standing::Gone;
    let end = gone.then(|| contact.log.iter().rev().position(own_end)).flatten();
    let seen = contact.log.len() - end.unwrap_or(0);
    let skipped = first.saturating_sub(1) as usize;
    contact.log.range(skipped..seen).filter(move |entry| entry.is_for(viewer))
}

/// What is remembered of a contact from before a change.
#[derive(Debug)]
struct ContactGlimpse {
    id: ContactId,
    next_index: u32,
    data_version: u32,
    views: Vec<(UserId, ContactView, Option<Party>)>,
}

/// What is remembered from before a change.
#[derive(Debug)]
pub struct Glimpse {
    contacts: Vec<ContactGlimpse>,
    calls: CallGlimpse,
    /// The entries whose way to the customer the events are about, and how they stood.
    deliveries: Vec<(ContactId, u32, Option<Delivery>)>,
    /// The outgoing texts from here on are new.
    next_text: TextId,
}

impl Glimpse {
    /// Looks at everything that the events are about, before they are applied.
    pub fn before(center: &ContactCenter, events: &[Event]) -> Self {
        let mut ids: Vec<_> = events.iter().filter_map(Event::contact).collect();
        ids.dedup();
        let contacts = ids.into_iter().map(|id| ContactGlimpse::of(center, id)).collect();
        let stood = |event: &Event| {
            let Event::Text(event) = event else { return None };
            let (id, index) = center.outgoing_text(event.outgoing()?)?.entry?;
            let stood = center.contacts().get(&id)?.deliveries.get(&index).cloned();
            Some((id, index, stood))
        };
        let deliveries = events.iter().filter_map(stood).collect();
        let calls = CallGlimpse::before(center, events);
        Self { contacts, calls, deliveries, next_text: center.next_text() }
    }

    /// Looks again, after they were applied, and says who is to be told what. The first news of a
    /// contact to the user who gave the order carries its number.
    pub fn after(
        self,
        center: &ContactCenter,
        events: &[Event],
        mut reference: Option<(UserId, u64)>,
    ) -> Vec<Notice> {
        let mut notices = Vec::new();
        for glimpse in &self.contacts {
            glimpse.compare(center, events, &mut notices);
        }
        for notice in &mut notices {
            if let Notice::Contact { to, reference: slot, .. } = notice
                && let Some((_, number)) = reference.take_if(|(by, _)| by == to)
            {
                *slot = Some(number);
            }
        }
        self.calls.after(center, events, &mut notices);
        tell_agents(center, events, &mut notices);
        for (contact, index, stood) in &self.deliveries {
            tell_delivery(center, *contact, *index, stood.as_ref(), &mut notices);
        }
        tell_gateway(center, events, self.next_text, &mut notices);
        notices
    }
}

/// Those who see the entry are told how it now stands with its customer.
fn tell_delivery(
    center: &ContactCenter,
    id: ContactId,
    index: u32,
    stood: Option<&Delivery>,
    notices: &mut Vec<Notice>,
) {
    let Some(contact) = center.contacts().get(&id) else { return };
    let delivery = contact.deliveries.get(&index).filter(|delivery| stood != Some(delivery));
    let position = (index as usize).wrapping_sub(1);
    let (Some(delivery), Some(entry)) = (delivery, contact.log.get(position)) else { return };
    for user in contact.users() {
        let reads = |party: &Party| party.standing != Standing::JoinFailed && entry.is_for(party);
        if contact.party_of(user).is_some_and(reads) {
            let (channel, delivery) = (contact.channel, delivery.clone());
            notices.push(Notice::Delivery { to: user, contact: id, channel, index, delivery });
        }
    }
}

/// The gateway is told of texts that can be claimed: new ones, and those that came back.
fn tell_gateway(center: &ContactCenter, events: &[Event], first: TextId, notices: &mut Vec<Notice>) {
    let released = events.iter().filter_map(|event| match event {
        Event::Text(TextEvent::Released(id)) => center.outgoing_text(*id),
        _ => None,
    });
    notices.extend(center.waiting_texts_from(first).chain(released).cloned().map(Notice::TextWaiting));
}

impl ContactGlimpse {
    fn of(center: &ContactCenter, id: ContactId) -> Self {
        let Some(contact) = center.contacts().get(&id) else {
            return Self { id, next_index: 1, data_version: 0, views: Vec::new() };
        };
        let views = contact
            .users()
            .into_iter()
            .filter_map(|user| Some((user, center.view(contact, user)?, contact.party_of(user).cloned())))
            .collect();
        Self { id, next_index: contact.next_index, data_version: contact.data_version, views }
    }

    fn compare(&self, center: &ContactCenter, events: &[Event], notices: &mut Vec<Notice>) {
        let Some(contact) = center.contacts().get(&self.id) else { return };
        let mut users = contact.users();
        users.extend(self.views.iter().map(|(user, ..)| *user));
        users.sort_unstable();
        users.dedup();
        for user in users {
            let before = self.views.iter().find(|(viewer, ..)| *viewer == user);
            match (before, center.view(contact, user)) {
                (None, None) => {}
                (Some((_, before, party)), None) => {
                    self.tell_the_end(center, contact, events, (user, before, party.as_ref()), notices);
                }
                (before, Some(now)) => {
                    let before = before.map(|(_, view, _)| view);
                    self.tell_the_change(center, contact, user, before, now, notices);
                }
            }
        }
    }

    /// The last news for a user who is no longer in the contact: what was said until then, and the
    /// state in which it is over.
    fn tell_the_end(
        &self,
        center: &ContactCenter,
        contact: &Contact,
        events: &[Event],
        (user, before, party): (UserId, &ContactView, Option<&Party>),
        notices: &mut Vec<Notice>,
    ) {
        if let Some(party) = party {
            let said = center
                .entries_shown(contact, party, self.next_index)
                .filter(|entry| entry.kind != EntryKind::ParticipantLeft)
                .collect();
            push_entries(contact, user, said, notices);
        }
        let view = ContactView {
            state: ViewState::Over(departure(contact, user, events)),
            capabilities: Vec::new(),
            parties: Vec::new(),
            ..before.clone()
        };
        push_change(user, ContactChange::Status, view, notices);
    }

    fn tell_the_change(
        &self,
        center: &ContactCenter,
        contact: &Contact,
        user: UserId,
        before: Option<&ContactView>,
        now: ContactView,
        notices: &mut Vec<Notice>,
    ) {
        let chatting = ViewState::Open(UserState::Chatting);
        let was_in = before.is_some_and(|before| before.state != ViewState::Open(UserState::Invited));
        let first = if was_in { self.next_index } else { 1 };
        let entries = contact
            .party_of(user)
            .filter(|party| party.standing != Standing::JoinFailed)
            .map(|party| center.entries_shown(contact, party, first).collect())
            .unwrap_or_default();
        let status = before.is_none_or(|before| before.state != now.state);
        if status && now.state == chatting {
            let joining = ContactView { parties: Vec::new(), ..now.clone() };
            push_change(user, ContactChange::Status, joining, notices);
            push_change(user, ContactChange::Participants, now, notices);
        } else if status {
            push_change(user, ContactChange::Status, now, notices);
        } else {
            let seen = before.map(|before| (&before.parties, &before.capabilities));
            if seen != Some((&now.parties, &now.capabilities)) {
                push_change(user, ContactChange::Participants, now.clone(), notices);
            }
            if self.data_version != contact.data_version {
                push_change(user, ContactChange::Properties, now, notices);
            }
        }
        push_entries(contact, user, entries, notices);
    }
}

fn push_change(to: UserId, change: ContactChange, view: ContactView, notices: &mut Vec<Notice>) {
    notices.push(Notice::Contact { to, change, view: Box::new(view), reference: None });
}

fn push_entries(contact: &Contact, to: UserId, entries: Vec<Arc<Entry>>, notices: &mut Vec<Notice>) {
    if entries.is_empty() {
        return;
    }
    let delivery = |entry: &Arc<Entry>| Some((entry.index, contact.deliveries.get(&entry.index)?.clone()));
    let deliveries = entries.iter().filter_map(delivery).collect();
    let (contact, channel) = (contact.id, contact.channel);
    notices.push(Notice::Entries { to, contact, channel, entries, deliveries });
}

/// How a user's involvement ended: by what was said of the user's party or offer.
fn departure(contact: &Contact, user: UserId, events: &[Event]) -> Departure {
    let party =
        |id: PartyId| contact.parties.iter().find(|party| party.id == id).and_then(|party| party.user);
    let ends = events.iter().rev().find_map(|event| match event {
        Event::Contact(id, ContactEvent::Stands(of, _, departure))
            if *id == contact.id && party(*of) == Some(user) =>
        {
            *departure
        }
        Event::Contact(id, ContactEvent::OfferEnded { user: of, end, .. })
            if *id == contact.id && *of == user =>
        {
            Some(if *end == OfferEnd::Rejected { Departure::Completed } else { Departure::Revoked })
        }
        _ => None,
    });
    ends.unwrap_or(Departure::Revoked)
}

/// What agents are told of their own channels and devices, and whose sign-ins end.
fn tell_agents(center: &ContactCenter, events: &[Event], notices: &mut Vec<Notice>) {
    let mut changed: Vec<(UserId, Channel)> = Vec::new();
    let mut device_owners: Vec<UserId> = Vec::new();
    for event in events {
        match event {
            Event::ChannelOpened { user, channel: Channel::Voice, .. }
            | Event::ChannelClosed { user, channel: Channel::Voice }
            | Event::StateChanged { user, channel: Channel::Voice, .. }
            | Event::DisturbanceSwitched { user, channel: Channel::Voice, .. } => device_owners.push(*user),
            Event::ChannelOpened { user, channel, .. }
            | Event::ChannelClosed { user, channel }
            | Event::StateChanged { user, channel, .. }
            | Event::DisturbanceSwitched { user, channel, .. } => changed.push((*user, *channel)),
            Event::DeviceKept(device) => device_owners.extend(device.owner),
            Event::Call(
                CallEvent::StandingKept(device, _)
                | CallEvent::StandingEnded(device)
                | CallEvent::PhonesKept(device, _),
            ) => device_owners.extend(center.devices().get(device).and_then(|device| device.owner)),
            Event::UserKept(user) => notices.push(Notice::SignInsVoid {
                user: user.id,
                older_than: user.enabled.then_some(user.password_version),
            }),
            Event::UserDeleted(user) => notices.push(Notice::SignInsVoid { user: *user, older_than: None }),
            _ => {}
        }
    }
    changed.sort_unstable();
    changed.dedup();
    for of_user in changed.chunk_by(|a, b| a.0 == b.0) {
        let to = of_user[0].0;
        let now = |channel: Channel| (channel, center.channel_of(to, channel).cloned());
        let channels = of_user.iter().map(|(_, channel)| now(*channel)).collect();
        notices.push(Notice::Channels { to, channels });
    }
    device_owners.sort_unstable();
    device_owners.dedup();
    notices
        .extend(device_owners.into_iter().map(|to| Notice::Devices { to, devices: center.device_views(to) }));
}
