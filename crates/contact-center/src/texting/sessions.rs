//! Sessions of texts: which one an arriving text belongs to, and when a new one begins.

use std::sync::Arc;

use super::arrival::Arrival;
use super::arrivals::Arrived;
use super::{PartialId, PhoneNumber, TextEvent, Thread};
use crate::ContactCenter;
use crate::audience::{Part, Visibility};
use crate::channel::Channel;
use crate::contact::{ContactEvent, EntryKind, Invitation, UserData};
use crate::customer::NewContact;
use crate::directory::{MULTIMEDIA, Queue};
use crate::draft::{Draft, Saying};
use crate::event::Event;
use crate::ids::UserId;
use crate::moment::{Moment, Timestamp};
use crate::people::Role;
use crate::refusal::Refusal;
use crate::settings::SettingName;

/// A whole text of a customer.
pub(super) struct Heard<'a> {
    pub thread: &'a Thread,
    pub text: &'a str,
    pub moment: &'a Moment,
}

/// What an agent wants who texts a customer first.
pub(crate) struct Beginning<'a> {
    pub by: UserId,
    pub to: &'a PhoneNumber,
    pub from: Option<&'a PhoneNumber>,
    pub queue: Option<&'a str>,
    pub nickname: Option<&'a str>,
    pub text: Option<&'a str>,
    pub user_data: &'a UserData,
}

impl ContactCenter {
    /// A text arrived. No events: it had arrived before.
    pub(crate) fn receive_text(&self, arrival: &Arrival, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let origin = &arrival.origin;
        let name = origin.message_id.as_ref().map(|id| Arc::from(format!("{}/{id}", arrival.carrier)));
        let name: Option<Arc<str>> = name;
        if self.texting.arrivals.hold(origin, name.as_deref(), moment.now) {
            return Ok(Vec::new());
        }
        let (connection, sequence, fingerprint) = (origin.connection, origin.sequence, origin.fingerprint);
        let arrived = Arrived { connection, sequence, fingerprint, name, at: moment.now };
        let mut events = vec![Event::Text(TextEvent::Arrived(arrived))];
        // Two texts at once are one that stayed incomplete and the one after it.
        let texts = self.collect(&arrival.thread, &arrival.body, moment.now, &mut events)?;
        if !texts.is_empty() {
            let heard = Heard { thread: &arrival.thread, text: &texts.join("\n"), moment };
            self.take_text(&heard, &mut events)?;
        }
        Ok(events)
    }

    /// Acknowledgements were read. No events: it is known, or nothing depends on it.
    pub(crate) fn settle_arrivals(&self, connection: u64, until: Timestamp) -> Vec<Event> {
        let news = self.texting.arrivals.would_settle(connection, until);
        news.then_some(Event::Text(TextEvent::Settled { connection, until })).into_iter().collect()
    }

    /// The parts of a text have not all come in time.
    pub(crate) fn give_up_on(&self, id: PartialId, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let (thread, text) = self.give_up_parts(id)?;
        let mut events = vec![Event::Text(TextEvent::PartsGone(id))];
        self.take_text(&Heard { thread: &thread, text: &text, moment }, &mut events)?;
        Ok(events)
    }

    /// A whole text takes effect: as a keyword, and as something said in a session.
    fn take_text(&self, heard: &Heard<'_>, events: &mut Vec<Event>) -> Result<(), Refusal> {
        let meaning = self.hear_keyword(heard, events)?;
        let session = self.tables.threads.get(heard.thread).and_then(|id| self.contacts.get(id));
        if let Some(contact) = session {
            let mut draft = Draft::new(contact, heard.moment.now);
            let customer = contact.customer().map(|customer| customer.id);
            let said = customer.is_some_and(|customer| draft.say(customer, words(heard.text)).is_ok());
            if said {
                if let Some(notice) = meaning.notice {
                    draft.say_as_system(EntryKind::Notice, Visibility::Agents, notice);
                }
                if let Some(answer) = meaning.answer {
                    draft.say_as_system(EntryKind::Text, Visibility::All, answer);
                }
                events.append(&mut draft.events);
                return Ok(());
            }
            // It is full: what is no keyword begins a session of its own.
            self.customer_goes(&mut draft);
            events.append(&mut draft.events);
        }
        if meaning.is_keyword {
            let (thread, at) = (heard.thread.clone(), heard.moment.now);
            let answer = meaning.answer.map(|text| TextEvent::Answered { thread, text: Arc::from(text), at });
            events.extend(answer.map(Event::Text));
            return Ok(());
        }
        self.begin_session(heard, events)
    }

    fn begin_session(&self, heard: &Heard<'_>, events: &mut Vec<Event>) -> Result<(), Refusal> {
        let Heard { thread, text, moment } = heard;
        let queue = self.queue_of_text(&thread.ours, text)?;
        let nickname = thread.customer.shared();
        let new = NewContact {
            channel: Channel::Sms,
            queue: queue.id,
            user_data: &UserData::new(),
            nickname: &nickname,
            outbound: false,
        };
        let mut draft = self.new_contact(&new, Some(thread), moment)?;
        let Some(customer) = draft.contact.customer().map(|customer| customer.id) else { return Ok(()) };
        draft.say(customer, words(text))?;
        draft.push(ContactEvent::Queued(self.last_place(queue.id)));
        if let Some(agent) = self.returning_agent(thread, queue) {
            draft.offer(agent, Invitation::Routed, self.settings.ms(SettingName::OfferLapseSeconds));
        }
        events.append(&mut draft.events);
        Ok(())
    }

    /// The agent who last worked on the thread, if free to do it again.
    fn returning_agent(&self, thread: &Thread, queue: &Queue) -> Option<UserId> {
        let agent = self.texting.last_agent(thread)?;
        let wanted = self.settings.is_on(SettingName::SmsReturnToLastAgent);
        (wanted && self.is_available(agent, Channel::Sms) && self.serves(agent, queue)).then_some(agent)
    }

    /// The queue of a number, by the first word of a text if the number's queues have keywords.
    fn queue_of_text(&self, ours: &PhoneNumber, text: &str) -> Result<&Queue, Refusal> {
        let word = text.split_whitespace().next().unwrap_or_default();
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
        let mut of_number = None;
        for queue in self.queues.values().filter(|queue| queue.channel == Channel::Sms) {
            let number = queue.phone_number.as_deref().and_then(|number| number.parse::<PhoneNumber>().ok());
            if number.as_ref() != Some(ours) {
                continue;
            }
            if queue.keywords.is_empty() {
                of_number = Some(queue);
            } else if queue.keywords.iter().any(|keyword| keyword.to_lowercase() == word) {
                return Ok(queue);
            }
        }
        match of_number {
            Some(queue) => Ok(queue),
            None => self.default_queue(Channel::Sms),
        }
    }

    pub(crate) fn start_texting(
        &self,
        order: &Beginning<'_>,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let user = self.require(order.by, Role::Agent)?;
        self.require_feature(MULTIMEDIA)?;
        self.channel_of(order.by, Channel::Sms).ok_or(Refusal::ChannelNotOpen(Channel::Sms))?;
        if self.is_suppressed(order.to) {
            return Err(Refusal::OptedOut);
        }
        let queue = match order.queue {
            Some(name) => self.queue_named(Channel::Sms, name)?,
            None => self.default_queue(Channel::Sms)?,
        };
        let own = |queue: &Queue| queue.phone_number.as_deref().and_then(|number| number.parse().ok());
        let any = || self.queues.values().filter(|queue| queue.channel == Channel::Sms).find_map(own);
        let ours =
            order.from.cloned().or_else(|| own(queue)).or_else(any).ok_or(Refusal::NoNumberToTextFrom)?;
        let thread = Thread { customer: order.to.clone(), ours };
        if self.tables.threads.contains_key(&thread) {
            return Err(Refusal::SessionOpen);
        }
        let nickname = thread.customer.shared();
        let new = NewContact {
            channel: Channel::Sms,
            queue: queue.id,
            user_data: order.user_data,
            nickname: &nickname,
            outbound: true,
        };
        let mut draft = self.new_contact(&new, Some(&thread), moment)?;
        draft.join(Some(order.by), order.nickname.unwrap_or(&user.user_name), Part::Agent)?;
        let used_up = self.bring_supervisors(&mut draft, order.by)?;
        if let (Some(text), Some(agent)) = (order.text, draft.contact.party_of(order.by).map(|me| me.id)) {
            self.check_goes_out(&draft.contact, text)?;
            draft.say(agent, words(text))?;
        }
        draft.events.extend(used_up);
        Ok(draft.events)
    }
}

fn words(text: &str) -> Saying<'_> {
    Saying { kind: EntryKind::Text, meant: Visibility::All, text: Some(text), tag: None }
}
