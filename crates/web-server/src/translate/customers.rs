//! Chats as their customers see them: nothing that names a user, a time or a clearance.

use std::borrow::Cow;

use contact_center::contact::{Contact, Entry};
use contact_center::notice::{PartyView, roster};
use contact_center::{CustomerState, customer_state};
use public_api::resources::{Capability, CustomerChat, CustomerMessage, CustomerParticipant, Id};

use super::sessions::said;
use super::words;

/// What a customer may do while the chat is open, in the order in which clients know it.
static OPEN: [Capability; 4] = [
    Capability::SendMessage,
    Capability::SendStartTypingNotification,
    Capability::SendStopTypingNotification,
    Capability::Complete,
];

/// A chat as its customer sees it, and those in it.
pub struct Seen {
    parties: Vec<PartyView>,
}

impl Seen {
    pub fn of(contact: &Contact) -> Self {
        Self { parties: contact.customer().map(|customer| roster(contact, customer)).unwrap_or_default() }
    }

    pub fn chat<'a>(&'a self, contact: &'a Contact) -> CustomerChat<'a> {
        let state = customer_state(contact);
        CustomerChat {
            id: Id::print(&contact.customer_key),
            state: words::customer_state(state),
            capabilities: Cow::Borrowed(if state == CustomerState::Idle { &[] } else { &OPEN }),
            participants: self.parties.iter().map(participant).collect(),
        }
    }
}

/// An entry that the customer may see.
pub fn message(entry: &Entry) -> CustomerMessage<'_> {
    CustomerMessage {
        index: entry.index,
        r#type: words::message_type(entry.kind),
        from: CustomerParticipant {
            nickname: Cow::Borrowed(&entry.from.nickname),
            participant_id: Id::print(&entry.from.party),
            r#type: words::participant_type(entry.from.part),
        },
        said: said(entry),
    }
}

fn participant(party: &PartyView) -> CustomerParticipant<'_> {
    CustomerParticipant {
        nickname: Cow::Borrowed(&party.nickname),
        participant_id: Id::print(&party.id),
        r#type: words::participant_type(party.part),
    }
}
