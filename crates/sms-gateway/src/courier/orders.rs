//! Commands on their way to the contact center. Its owner answers in their order, so that one queue holds them all and
//! only its front is waited for.

use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use contact_center::{Command, Event};
use engine::{Answer, Denial, Failure, Handle};

use super::incoming::ReceiptUnderWay;
use super::settling::Settlement;
use crate::message::LineId;

/// Most commands on their way; the owner's queue has room for more, which is for others.
pub(super) const MOST_ORDERS: usize = 1_024;

/// What a command is for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// To begin with.
    Recover,
    /// That acknowledgements were read.
    Telling,
    /// A text that came.
    Arrival(Waiter),
    /// A receipt that came.
    Receipt(ReceiptUnderWay),
    /// The texts in these places may be handed over.
    Claim(Vec<u32>),
    /// What became of texts.
    Settle(Vec<Settlement>),
}

/// Who waits for a verdict.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiter {
    pub line: LineId,
    pub connection: u64,
    pub ticket: u64,
}

pub(super) type Answered = Result<Vec<Event>, Denial>;

/// All commands on their way.
pub(super) struct Orders {
    center: Handle,
    pending: VecDeque<(Pending, Purpose)>,
}

enum Pending {
    HandedIn(Answer),
    /// It found no place. Its answer keeps its place among the others all the same.
    TurnedAway(Failure),
}

impl Orders {
    pub fn new(center: Handle) -> Orders {
        Orders { center, pending: VecDeque::new() }
    }

    pub fn hand_in(&mut self, command: Command, purpose: Purpose) {
        let pending = match self.center.hand_in(command, None) {
            Ok(answer) => Pending::HandedIn(answer),
            Err(failure) => Pending::TurnedAway(failure),
        };
        self.pending.push_back((pending, purpose));
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    pub fn has_room(&self) -> bool {
        self.pending.len() < MOST_ORDERS
    }

    /// The next answer; never if nothing was asked.
    pub async fn next(&mut self) -> (Purpose, Answered) {
        match poll_fn(|context| self.poll(context)).await {
            Some(answered) => answered,
            None => pending().await,
        }
    }

    /// The next answer if it is there.
    pub fn ready(&mut self) -> Option<(Purpose, Answered)> {
        match self.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answered) => answered,
            Poll::Pending => None,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<(Purpose, Answered)>> {
        let answered = match self.pending.front_mut() {
            None => return Poll::Ready(None),
            Some((Pending::TurnedAway(failure), _)) => Err(Denial::Failed(*failure)),
            Some((Pending::HandedIn(answer), _)) => match Pin::new(answer).poll(context) {
                Poll::Ready(answered) => answered,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(self.pending.pop_front().map(|(_, purpose)| (purpose, answered)))
    }
}
