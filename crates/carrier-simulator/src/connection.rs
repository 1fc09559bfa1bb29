//! One connection: its socket, its timer and its line. All of it is one task.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{sleep_until, timeout};

use crate::clock;
use crate::line::{Event, Line, Next};
use crate::shared::Shared;
use crate::stream::{Moved, Stream};

/// Octets that are read at once.
const READ_OCTETS: usize = 64 * 1024;
/// Octets that may wait to be written; beyond that nothing more is read.
const MOST_UNSENT_OCTETS: usize = 256 * 1024;
/// How long the last octets may take.
const FINISH_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest time without a look.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// What all connections are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    /// Grows whenever all connections are to be dropped, as if a cable was pulled out.
    pub(crate) drops: u64,
    /// Whether the carrier takes leave.
    pub(crate) leaves: bool,
}

/// Serves a connection to its end.
pub(crate) async fn serve(shared: Arc<Shared>, mut stream: Stream, mut orders: watch::Receiver<Orders>) {
    let mut connection = Connection {
        line: Line::new(shared),
        unsent: Vec::new(),
        written: 0,
        octets: vec![0; READ_OCTETS],
        unread_until: None,
        drops: orders.borrow().drops,
    };
    let mut next = connection.line.handle(Event::Connected, clock::now(), &mut connection.unsent);
    loop {
        match next {
            Next::GoOn => {}
            Next::Pause(pause) => connection.unread_until = Some(clock::now() + pause),
            Next::Close { flush } => {
                if flush {
                    let unsent = &connection.unsent[connection.written..];
                    // Whoever does not read does not get it.
                    let _ = timeout(FINISH_TIMEOUT, stream.finish(unsent)).await;
                }
                return;
            }
        }
        next = match connection.step(&mut stream, &mut orders).await {
            Some(next) => next,
            None => return,
        };
    }
}

struct Connection {
    line: Line,
    /// What is to be sent, of which so much is written.
    unsent: Vec<u8>,
    written: usize,
    octets: Vec<u8>,
    /// Until when nothing is read, by a fault.
    unread_until: Option<Instant>,
    drops: u64,
}

impl Connection {
    /// Waits for something and does it; `None` if the connection is gone.
    async fn step(&mut self, stream: &mut Stream, orders: &mut watch::Receiver<Orders>) -> Option<Next> {
        let now = clock::now();
        self.unread_until = self.unread_until.filter(|until| *until > now);
        let deadline = self.line.deadline().into_iter().chain(self.unread_until).min();
        let rest = deadline.unwrap_or(now + LONGEST_REST).min(now + LONGEST_REST);
        let is_read = self.unread_until.is_none() && self.unsent.len() < MOST_UNSENT_OCTETS;
        let into = if is_read { self.octets.as_mut_slice() } else { &mut [] };
        let event = tokio::select! {
            biased;
            ordered = orders.changed() => {
                // Without anybody to give orders, it is over.
                ordered.ok()?;
                let Orders { drops, leaves } = *orders.borrow();
                if drops != self.drops {
                    return None;
                }
                if leaves { Event::Leave } else { Event::Look }
            }
            moved = stream.transfer(&self.unsent[self.written..], into) => match moved.ok()? {
                Moved::Read(0) => return None,
                Moved::Read(read) => Event::Octets(&self.octets[..read]),
                Moved::Written(0) => return None,
                Moved::Written(written) => {
                    self.written += written;
                    if self.written < self.unsent.len() {
                        return Some(Next::GoOn);
                    }
                    self.unsent.clear();
                    self.written = 0;
                    return Some(Next::GoOn);
                }
            },
            () = self.line.woken() => Event::Look,
            () = sleep_until(rest.into()) => Event::Look,
        };
        Some(self.line.handle(event, clock::now(), &mut self.unsent))
    }
}
