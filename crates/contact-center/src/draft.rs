//! A decision in the making about one contact: events are tried on a sketch of the contact, so that
//! what is decided next sees what was decided before. Nothing here touches the contact itself.

use std::sync::Arc;

use crate::audience::{Part, Visibility};
use crate::contact::{
    Contact, ContactEvent, Departure, Entry, EntryKind, Invitation, Offer, OfferEnd, Party, Place, Sender,
    Stage, Standing,
};
use crate::event::Event;
use crate::ids::{PartyId, UserId};
use crate::limits;
use crate::moment::Timestamp;
use crate::refusal::Refusal;

/// What is said, for [`Draft::say`].
pub(crate) struct Saying<'a> {
    pub kind: EntryKind,
    pub meant: Visibility,
    pub text: Option<&'a str>,
    pub tag: Option<&'a str>,
}

/// The name under which the contact center itself speaks.
const SYSTEM: &str = "system";

/// The sketch and the events so far.
pub(crate) struct Draft {
    pub contact: Contact,
    pub events: Vec<Event>,
    pub now: Timestamp,
}

impl Draft {
    pub fn new(contact: &Contact, now: Timestamp) -> Self {
        Self { contact: contact.sketch(), events: Vec::new(), now }
    }

    pub fn push(&mut self, event: ContactEvent) {
        self.contact.apply(&event);
        self.events.push(Event::Contact(self.contact.id, event));
    }

    /// The party, which the caller has seen.
    fn party(&self, id: PartyId) -> Party {
        let party = self.contact.parties.iter().find(|party| party.id == id);
        let Some(party) = party else { unreachable!("party {id} is not in contact {}", self.contact.id) };
        party.clone()
    }

    /// Adds an entry from a party as it is now.
    fn log(&mut self, from: &Party, saying: &Saying<'_>, instead_below: Option<Visibility>) {
        let from =
            Sender { party: from.id, part: from.part, user: from.user, nickname: from.nickname.clone() };
        let entry = Entry {
            index: self.contact.next_index,
            kind: saying.kind,
            from,
            visibility: saying.meant,
            instead_below,
            at: self.now,
            text: saying.text.map(Arc::from),
            tag: saying.tag.map(Arc::from),
        };
        self.push(ContactEvent::Logged(Arc::new(entry)));
    }

    /// Somebody says something. What it is meant for is narrowed to what the speaker may reach.
    ///
    /// # Errors
    /// [`Refusal::MonitorMayNotSpeak`]; [`Refusal::LimitReached`].
    pub fn say(&mut self, party: PartyId, saying: Saying<'_>) -> Result<(), Refusal> {
        let from = self.party(party);
        if !from.part.may_speak() {
            return Err(Refusal::MonitorMayNotSpeak);
        }
        if self.contact.next_index as usize > limits::MESSAGES_PER_CONTACT {
            return Err(Refusal::LimitReached {
                of: "messages of a contact",
                limit: limits::MESSAGES_PER_CONTACT,
            });
        }
        if self.contact.log_bytes + saying.text.map_or(0, str::len) > limits::LOG_BYTES_PER_CONTACT {
            let limit = limits::LOG_BYTES_PER_CONTACT;
            return Err(Refusal::LimitReached { of: "bytes of text in a contact", limit });
        }
        let meant = crate::audience::level(saying.meant, from.part);
        self.log(&from, &Saying { meant, ..saying }, None);
        Ok(())
    }

    /// The contact center itself says something.
    pub fn say_as_system(&mut self, kind: EntryKind, meant: Visibility, text: &str) {
        let id = PartyId::of(self.contact.id, 0);
        let (nickname, standing) = (Arc::from(SYSTEM), Standing::Present);
        let from = Party { id, part: Part::External, user: None, nickname, standing };
        self.log(&from, &Saying { kind, meant, text: Some(text), tag: None }, None);
    }

    fn announce(&mut self, from: &Party, kind: EntryKind) {
        self.log(from, &Saying { kind, meant: Visibility::All, text: None, tag: None }, None);
    }

    /// Brings a new party into the conversation.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub fn join(&mut self, user: Option<UserId>, nickname: &str, part: Part) -> Result<(), Refusal> {
        let party = self.new_party(user, nickname, part, Standing::Present)?;
        self.push(ContactEvent::Joined(party.clone()));
        self.announce(&party, EntryKind::ParticipantJoined);
        Ok(())
    }

    /// Brings in a customer who texts: the first text is the first that is heard of the customer.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub fn join_unannounced(&mut self, nickname: &str) -> Result<(), Refusal> {
        let party = self.new_party(None, nickname, Part::Customer, Standing::Present)?;
        self.push(ContactEvent::Joined(party));
        Ok(())
    }

    /// Gives the contact to a user who came too late for the conversation.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub fn join_in_vain(&mut self, user: UserId, nickname: &str, part: Part) -> Result<(), Refusal> {
        let party = self.new_party(Some(user), nickname, part, Standing::JoinFailed)?;
        self.push(ContactEvent::Joined(party));
        Ok(())
    }

    fn new_party(
        &self,
        user: Option<UserId>,
        nickname: &str,
        part: Part,
        standing: Standing,
    ) -> Result<Party, Refusal> {
        let number = self.contact.parties.len() + 1;
        if number > limits::PARTIES_PER_CONTACT {
            return Err(Refusal::LimitReached {
                of: "parties of a contact",
                limit: limits::PARTIES_PER_CONTACT,
            });
        }
        let id = PartyId::of(self.contact.id, u16::try_from(number).unwrap_or(u16::MAX));
        Ok(Party { id, part, user, nickname: Arc::from(nickname), standing })
    }

    /// Makes a party something else. Whoever perceives it afterwards is told that it rejoined;
    /// whoever no longer does is told instead that it left.
    ///
    /// # Errors
    /// [`Refusal::LimitReached`].
    pub fn change_part(&mut self, party: PartyId, part: Part) -> Result<(), Refusal> {
        if self.contact.next_index as usize > limits::SWITCHES_PER_CONTACT {
            return Err(Refusal::LimitReached {
                of: "entries of a contact",
                limit: limits::SWITCHES_PER_CONTACT,
            });
        }
        let before = self.party(party);
        self.push(ContactEvent::PartChanged(party, part));
        let after = self.party(party);
        self.announce(&after, EntryKind::ParticipantRejoined);
        if after.part.visibility() > before.part.visibility() {
            let left =
                Saying { kind: EntryKind::ParticipantLeft, meant: Visibility::All, text: None, tag: None };
            self.log(&before, &left, Some(after.part.visibility()));
        }
        Ok(())
    }

    /// A party leaves the conversation, to be gone or to work on alone.
    pub fn leave(&mut self, party: PartyId, standing: Standing, departure: Option<Departure>) {
        let from = self.party(party);
        if from.standing == Standing::Present {
            self.announce(&from, EntryKind::ParticipantLeft);
        }
        self.push(ContactEvent::Stands(party, standing, departure));
    }

    pub fn offer(&mut self, user: UserId, invitation: Invitation, lapse_ms: u64) {
        self.push(ContactEvent::Offered(Offer { user, invitation, lapses_at: self.now.plus_ms(lapse_ms) }));
    }

    pub fn end_offer(&mut self, user: UserId, end: OfferEnd, not_before: Option<Timestamp>) {
        self.push(ContactEvent::OfferEnded { user, end, not_before });
    }

    fn withdraw_offers(&mut self, kept: impl Fn(&Offer) -> bool) {
        let withdrawn: Vec<_> =
            self.contact.offers.iter().filter(|offer| !kept(offer)).map(|offer| offer.user).collect();
        for user in withdrawn {
            self.end_offer(user, OfferEnd::Withdrawn, None);
        }
    }

    /// Everybody but the customer goes, the contact being taken away from them.
    fn clear_users(&mut self) {
        let users: Vec<_> = self
            .contact
            .parties
            .iter()
            .filter(|party| party.user.is_some() && party.standing != Standing::Gone)
            .map(|party| party.id)
            .collect();
        for party in users {
            self.leave(party, Standing::Gone, Some(Departure::Revoked));
        }
        self.withdraw_offers(|_| false);
    }

    /// Puts the contact into a queue; whoever is still in it loses it.
    pub fn enqueue(&mut self, place: Place) {
        self.clear_users();
        self.push(ContactEvent::Queued(place));
    }

    /// Closes the conversation for the customer.
    pub fn close(&mut self) {
        if !self.contact.closed {
            self.push(ContactEvent::Closed);
        }
        self.withdraw_offers(|offer| offer.invitation.hands_over());
    }

    /// Ends the contact for everyone.
    pub fn end(&mut self) {
        if !self.contact.closed {
            self.push(ContactEvent::Closed);
        }
        self.clear_users();
        self.push(ContactEvent::Ended(self.now));
    }

    /// Whether nobody has the contact in hand, waits for it, or is about to take it.
    pub fn is_orphaned(&self) -> bool {
        let assigned = self.contact.stage == Stage::Assigned;
        let handled = self.contact.handlers().next().is_some();
        assigned && !handled && !self.contact.offers.iter().any(|offer| offer.invitation.hands_over())
    }
}
