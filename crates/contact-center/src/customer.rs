//! What customers do: begin, say something, go. A customer is whoever has the contact's key.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ContactCenter;
use crate::audience::{Part, Visibility};
use crate::channel::Channel;
use crate::contact::{Contact, ContactEvent, EntryKind, Party, Stage, Standing, UserData};
use crate::conversation::check_data;
use crate::draft::{Draft, Saying};
use crate::event::Event;
use crate::ids::{ContactId, CustomerKey, QueueId};
use crate::limits;
use crate::log::Log;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::settings::SettingName;
use crate::texting::Thread;

/// A contact that is about to begin.
pub(crate) struct NewContact<'a> {
    pub channel: Channel,
    pub queue: QueueId,
    pub user_data: &'a UserData,
    pub nickname: &'a str,
    /// Whether an agent begins it.
    pub outbound: bool,
}

/// How a conversation looks to its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerState {
    /// Nobody is there yet, as far as the customer can see.
    WaitingForAgent,
    /// Somebody is.
    Chatting,
    /// It is over.
    Idle,
}

impl ContactCenter {
    /// The contact that a customer's key opens.
    ///
    /// # Errors
    /// [`Refusal::UnknownContact`].
    pub fn contact_by_key(&self, key: CustomerKey) -> Result<&Contact, Refusal> {
        let contact = self.tables.customers.get(&key).and_then(|id| self.contacts.get(id));
        contact.map(Arc::as_ref).ok_or(Refusal::UnknownContact)
    }

    pub(crate) fn request_contact(
        &self,
        channel: Channel,
        endpoint: Option<&str>,
        nickname: &str,
        user_data: &UserData,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let queue = match endpoint {
            Some(name) => self.queue_named(channel, name)?,
            None => self.default_queue(channel)?,
        };
        let mut draft = self.new_contact(
            &NewContact { channel, queue: queue.id, user_data, nickname, outbound: false },
            None,
            moment,
        )?;
        draft.push(ContactEvent::Queued(self.last_place(queue.id)));
        Ok(draft.events)
    }

    /// A contact with its customer in it, in no queue yet.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`]; [`Refusal::OutOfRange`].
    pub(crate) fn new_contact(
        &self,
        new: &NewContact<'_>,
        thread: Option<&Thread>,
        moment: &Moment,
    ) -> Result<Draft, Refusal> {
        if self.tables.open_contacts >= limits::OPEN_CONTACTS {
            return Err(Refusal::LimitReached { of: "open contacts", limit: limits::OPEN_CONTACTS });
        }
        check_data(new.user_data)?;
        let contact = Contact {
            id: ContactId::from_random(moment.random[0]),
            channel: new.channel,
            customer_key: CustomerKey(moment.random[1]),
            received_at: moment.now,
            origin: new.queue,
            stage: Stage::Assigned,
            closed: false,
            parties: Vec::new(),
            offers: Vec::new(),
            refused: Vec::new(),
            user_data: Arc::new(new.user_data.clone()),
            data_version: 0,
            last_activity: moment.now,
            next_index: 1,
            log_bytes: 0,
            thread: thread.cloned(),
            outbound: new.outbound,
            opted_out: thread.is_some_and(|thread| self.suppression_of(&thread.customer).is_some()),
            deliveries: BTreeMap::new(),
            log: Log::default(),
        };
        let mut draft = Draft::new(&contact, moment.now);
        draft.push(ContactEvent::Requested(Box::new(contact)));
        match thread {
            Some(_) => draft.join_unannounced(new.nickname)?,
            None => draft.join(None, new.nickname, Part::Customer)?,
        }
        Ok(draft)
    }

    pub(crate) fn customer_says(
        &self,
        key: CustomerKey,
        kind: EntryKind,
        text: Option<&str>,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let contact = self.contact_by_key(key)?;
        let customer = open_customer(contact)?;
        let text = match kind {
            EntryKind::TypingStarted if !self.settings.is_on(SettingName::TypingPreview) => None,
            _ => text,
        };
        let mut draft = Draft::new(contact, moment.now);
        draft.say(customer.id, Saying { kind, meant: Visibility::All, text, tag: None })?;
        Ok(draft.events)
    }

    pub(crate) fn customer_leaves(&self, key: CustomerKey, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let contact = self.contact_by_key(key)?;
        open_customer(contact)?;
        let mut draft = Draft::new(contact, moment.now);
        self.customer_goes(&mut draft);
        Ok(draft.events)
    }

    /// The customer goes. A contact that no agent has in hand, or was handed, ends with that.
    pub(crate) fn customer_goes(&self, draft: &mut Draft) {
        let Some(customer) = draft.contact.customer().map(|party| party.id) else { return };
        draft.leave(customer, Standing::Gone, None);
        let handled = draft.contact.handlers().next().is_some();
        let handed_over =
            draft.contact.offers.iter().any(|offer| offer.invitation == crate::contact::Invitation::Transfer);
        if !handled && !handed_over {
            draft.end();
        }
    }
}

fn open_customer(contact: &Contact) -> Result<&Party, Refusal> {
    contact.customer().filter(|_| contact.is_open()).ok_or(Refusal::ContactNotRunning)
}

/// How the conversation looks to its customer.
pub fn customer_state(contact: &Contact) -> CustomerState {
    let agent_in_sight = contact
        .present()
        .any(|party| party.part != Part::Customer && party.part.visibility() == Visibility::All);
    match (contact.is_open(), agent_in_sight) {
        (false, _) => CustomerState::Idle,
        (true, true) => CustomerState::Chatting,
        (true, false) => CustomerState::WaitingForAgent,
    }
}
