//! One batch: commands are decided and applied in the order in which they came, each followed by what
//! the contact center then owes by itself. Nothing is told to anybody here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use contact_center::contact::{Contact, ContactEvent, Stage};
use contact_center::notice::{Glimpse, Notice};
use contact_center::{Command, ContactCenter, Event, Moment, Refusal, Timestamp, UserId};
use store::EndedContact;
use tokio::sync::oneshot;

use crate::handle::Order;
use crate::random::Random;
use crate::record::{self, Record};
use crate::{Denial, Failure};

/// How much is done at once for the contact center itself, so that commands get their turn.
const DUTIES_LIMIT: usize = 256;

/// Who waits for which answer.
pub(crate) type Pending = (oneshot::Sender<Result<Vec<Event>, Denial>>, Result<Vec<Event>, Denial>);

/// What is to be kept and told when the batch is through.
#[derive(Default)]
pub(crate) struct Batch {
    pub record: Record,
    pub ended: Vec<EndedContact>,
    pub notices: Vec<Notice>,
    pub answers: Vec<Pending>,
    /// A bug stopped the batch halfway: the state is not to be used.
    pub broken: bool,
    /// A bug keeps the contact center from what it owes; it is not asked again at once.
    pub stuck: bool,
    /// The contact center owes more than fits into one batch.
    pub unfinished: bool,
}

/// What became of one command.
enum Outcome {
    Done(Vec<Event>),
    Refused(Refusal),
    /// It met a bug before it changed anything.
    Failed,
}

/// A contact center in the hands of its owner.
pub(crate) struct Deciding<'a> {
    pub center: &'a mut ContactCenter,
    pub random: &'a mut Random,
    pub now: Timestamp,
}

impl Batch {
    /// Carries out an order and keeps the answer.
    pub fn take(&mut self, order: Order, deciding: &mut Deciding<'_>) {
        let Order { command, reference, answer } = order;
        let reference = command.by().zip(reference);
        let result = match self.carry_out(&command, reference, deciding) {
            Some(Outcome::Done(events)) => Ok(events),
            Some(Outcome::Refused(refusal)) => Err(Denial::Refused(refusal)),
            Some(Outcome::Failed) | None => Err(Denial::Failed(Failure::NotStored)),
        };
        let changed = result.is_ok();
        self.answers.push((answer, result));
        if changed {
            self.do_duties(deciding);
        }
    }

    /// Does what the contact center owes by itself at this time.
    pub fn do_duties(&mut self, deciding: &mut Deciding<'_>) {
        self.unfinished = false;
        for _ in 0..DUTIES_LIMIT {
            if self.broken || self.stuck {
                return;
            }
            let now = deciding.now;
            // Asking changes tables of the state: a bug here is one halfway through a change.
            let Some(due) = caught(|| deciding.center.due(now)) else { return self.broken = true };
            let Some(duty) = due else { return };
            match self.carry_out(&Command::Do(duty), None, deciding) {
                Some(Outcome::Done(events)) if !events.is_empty() => {}
                Some(Outcome::Done(_)) => {
                    tracing::error!(?duty, "a duty has no effect");
                    self.stuck = true;
                }
                Some(Outcome::Refused(refusal)) => {
                    tracing::error!(?duty, ?refusal, "a duty was refused");
                    self.stuck = true;
                }
                Some(Outcome::Failed) | None => self.stuck = true,
            }
        }
        self.unfinished = true;
    }

    /// Decides and applies a command. Nothing comes back if the state can no longer be used.
    fn carry_out(
        &mut self,
        command: &Command,
        reference: Option<(UserId, u64)>,
        deciding: &mut Deciding<'_>,
    ) -> Option<Outcome> {
        if self.broken {
            return None;
        }
        let moment = Moment { now: deciding.now, random: [deciding.random.bits(), deciding.random.bits()] };
        let center = &*deciding.center;
        let decided = caught(|| {
            let events = center.decide(command, &moment)?;
            let glimpse = Glimpse::before(center, &events);
            Ok((events, glimpse))
        });
        let (events, glimpse) = match decided {
            Some(Ok(decided)) => decided,
            Some(Err(refusal)) => return Some(Outcome::Refused(refusal)),
            // Deciding changes nothing: the others in the batch are not harmed.
            None => return Some(Outcome::Failed),
        };
        let center = &mut *deciding.center;
        let changed = caught(|| {
            self.keep_again(&events, center);
            for event in &events {
                center.apply(event);
            }
            self.keep(&events, center);
            self.notices.extend(glimpse.after(center, &events, reference));
        });
        if changed.is_none() {
            self.broken = true;
            return None;
        }
        Some(Outcome::Done(events))
    }

    fn keep(&mut self, events: &[Event], center: &ContactCenter) {
        for event in events {
            self.record.push(event);
            if let Event::Contact(id, ContactEvent::Ended(_)) = event {
                self.archive(center.contacts().get(id));
            }
        }
    }

    /// Receipts come after the end of a session, too: what they said is kept when it is forgotten.
    fn keep_again(&mut self, events: &[Event], center: &ContactCenter) {
        for event in events {
            if let Event::Contact(id, ContactEvent::Forgotten) = event {
                self.archive(center.contacts().get(id).filter(|contact| !contact.deliveries.is_empty()));
            }
        }
    }

    fn archive(&mut self, contact: Option<&Arc<Contact>>) {
        if let Some(contact) = contact
            && let Stage::Ended(ended_at) = contact.stage
        {
            let transcript = record::write_transcript(contact);
            self.ended.push(EndedContact { id: contact.id, ended_at, transcript });
        }
    }

    /// Answers everybody that nothing was kept.
    pub fn fail(&mut self, failure: Failure) {
        for (_, answer) in &mut self.answers {
            // A refusal would have to be decided again too: it was decided on a state that is gone.
            *answer = Err(Denial::Failed(failure));
        }
        self.notices.clear();
    }
}

/// What the rules answer; nothing if they met a bug, which the log then has.
fn caught<T>(rule: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(rule)).inspect_err(|_| tracing::error!("the rules met a bug")).ok()
}
