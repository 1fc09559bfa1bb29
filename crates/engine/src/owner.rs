//! The owner of a contact center: one task, which alone changes the state.
//!
//! It takes what waits, decides and applies it, has it committed, announces it, and answers. A commit
//! is over before the next batch begins, so that between two batches the state is the committed one:
//! then queries see it. If a commit fails, or a bug stops a batch halfway, the state is thrown away
//! and loaded again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bus::{Announcement, Bus};
use contact_center::{ContactCenter, ContactCenterId, Timestamp};
use store::{Commit, CommitError, Epoch, Store};
use tokio::sync::{mpsc, watch};

use crate::batch::{Batch, Deciding};
use crate::clock::{self, Clock};
use crate::figures::Figures;
use crate::handle::{Message, Query};
use crate::random::Random;
use crate::record;
use crate::snapshots::{Snapshots, Subject};
use crate::{Denial, Failure, StartError};

/// How many commands and queries make a batch at most.
const BATCH_LIMIT: usize = 256;

/// How often others are let before, as long as they bring orders, until a batch is decided.
const GATHERING_TURNS: usize = 3;

/// How long to wait between two attempts to load the state again.
const RELOAD_PAUSE_MS: u64 = 200;

/// How long to leave alone what the contact center owes after a bug kept it from being done.
const STUCK_PAUSE_MS: u64 = 1_000;

/// What an owner works with.
pub(crate) struct Owner {
    pub id: ContactCenterId,
    pub store: Arc<dyn Store>,
    pub bus: Arc<dyn Bus>,
    pub clock: Clock,
    pub random: Random,
    pub snapshot_bytes: u64,
    pub queue: mpsc::Receiver<Message>,
    pub stopping: watch::Receiver<bool>,
    pub figures: Figures,
    pub state: State,
}

/// What an owner owns. Thrown away and loaded again as a whole.
pub(crate) struct State {
    pub center: ContactCenter,
    pub epoch: Epoch,
    pub sequence: u64,
    pub snapshots: Snapshots,
    /// What the contact center owes, as far as its deadlines do not say it.
    arrears: Arrears,
}

/// What is left of the things that the contact center owes.
#[derive(Debug, Clone, Copy)]
enum Arrears {
    None,
    /// There was too much for one batch.
    GoOn,
    /// A bug is in the way. What is due is left alone until then.
    Stuck(Timestamp),
}

/// The owner has to end.
struct Stop;

impl Owner {
    pub async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH_LIMIT);
        // The first round is for what became due while nobody was here.
        loop {
            if let Err(Stop) = self.work(&mut waiting).await {
                tracing::warn!(center = %self.id, "the owner ends early");
                return;
            }
            if let Err(Stop) = self.wait(&mut waiting).await {
                break;
            }
        }
        let State { center, epoch, sequence, snapshots, .. } = &mut self.state;
        let subject = Subject { id: self.id, epoch: *epoch, sequence: *sequence, center };
        snapshots.finish(&self.store, &subject).await;
        tracing::debug!(center = %self.id, sequence = self.state.sequence, "the owner has ended");
    }

    /// Waits for messages or for what is due. When no more messages can come, it is time to stop.
    async fn wait(&mut self, waiting: &mut Vec<Message>) -> Result<(), Stop> {
        let wake = self.state.wake_time();
        tokio::select! {
            biased;
            () = asked_to_stop(&mut self.stopping), if !self.queue.is_closed() => {
                self.queue.close();
                Ok(())
            }
            count = self.queue.recv_many(waiting, BATCH_LIMIT) => {
                if count == 0 {
                    return Err(Stop);
                }
                self.gather(waiting).await;
                Ok(())
            }
            () = wait_for(&self.clock, wake) => Ok(()),
        }
    }

    /// Lets whoever is about to give an order give it. A batch costs a commit, whatever its size; and
    /// nobody waits here but for tasks that are ready.
    async fn gather(&mut self, waiting: &mut Vec<Message>) {
        for _ in 0..GATHERING_TURNS {
            let before = waiting.len();
            tokio::task::yield_now().await;
            while waiting.len() < BATCH_LIMIT
                && let Ok(message) = self.queue.try_recv()
            {
                waiting.push(message);
            }
            if waiting.len() == before {
                return;
            }
        }
    }

    /// One batch.
    async fn work(&mut self, waiting: &mut Vec<Message>) -> Result<(), Stop> {
        let mut queries = Vec::new();
        let mut batch = self.decide(waiting, &mut queries);
        self.figures.show_levels(self.queue.len(), self.state.center.open_contacts());
        let settled = self.settle(&mut batch).await;
        self.figures.count_answers(batch.answers.iter().map(|(_, answer)| answer));
        for (sender, answer) in batch.answers {
            drop(sender.send(answer));
        }
        match settled {
            Settled::Kept => {}
            Settled::Lost => self.reload(&mut queries).await?,
            Settled::Displaced => return Err(Stop),
        }
        for query in queries {
            query(Ok(&self.state.center));
        }
        Ok(())
    }

    /// Decides and applies what waits; lays the queries aside.
    fn decide(&mut self, waiting: &mut Vec<Message>, queries: &mut Vec<Query>) -> Batch {
        let now = self.clock.now();
        let left_alone = match self.state.arrears {
            Arrears::Stuck(until) if now < until => Some(until),
            _ => None,
        };
        let mut batch = Batch { stuck: left_alone.is_some(), ..Batch::default() };
        let mut deciding = Deciding { center: &mut self.state.center, random: &mut self.random, now };
        batch.do_duties(&mut deciding);
        for message in waiting.drain(..) {
            match message {
                Message::Execute(order) => batch.take(order, &mut deciding),
                Message::Query(query) => queries.push(query),
            }
        }
        self.state.arrears = match left_alone {
            Some(until) => Arrears::Stuck(until),
            None if batch.stuck => Arrears::Stuck(now.plus_ms(STUCK_PAUSE_MS)),
            None if batch.unfinished => Arrears::GoOn,
            None => Arrears::None,
        };
        batch
    }

    /// Has the batch kept, then announces it.
    async fn settle(&mut self, batch: &mut Batch) -> Settled {
        if batch.broken {
            batch.fail(Failure::NotStored);
            return Settled::Lost;
        }
        if batch.record.is_empty() {
            return Settled::Kept;
        }
        self.figures.count_batch(batch.answers.len());
        let events = std::mem::take(&mut batch.record).into_bytes();
        let bytes = events.len() as u64;
        let started = clock::instant();
        let commit = Commit {
            center: self.id,
            epoch: self.state.epoch,
            sequence: self.state.sequence + 1,
            events,
            ended: std::mem::take(&mut batch.ended),
        };
        let committed = self.store.commit(commit).await;
        self.figures.count_commit(clock::instant() - started);
        match committed {
            Ok(()) => {
                self.state.sequence += 1;
                let State { center, epoch, sequence, snapshots, .. } = &mut self.state;
                let subject = Subject { id: self.id, epoch: *epoch, sequence: *sequence, center };
                snapshots.grow(bytes, &self.store, &subject);
                self.announce(std::mem::take(&mut batch.notices));
                Settled::Kept
            }
            Err(error) => {
                tracing::error!(center = %self.id, error = &error as &dyn std::error::Error, "a commit failed");
                let displaced = matches!(error, CommitError::NotOwner(_));
                batch.fail(if displaced { Failure::Stopped } else { Failure::NotStored });
                if displaced { Settled::Displaced } else { Settled::Lost }
            }
        }
    }

    fn announce(&self, notices: Vec<contact_center::notice::Notice>) {
        if notices.is_empty() {
            return;
        }
        let announcement = Announcement { center: self.id, notices: notices.into() };
        // A listener with a bug loses what it was told; what was kept stays kept.
        if catch_unwind(AssertUnwindSafe(|| self.bus.announce(announcement))).is_err() {
            tracing::error!(center = %self.id, "a listener met a bug");
        }
    }

    /// Throws the state away and loads it again, until that succeeds. Whoever comes meanwhile is told
    /// to try again.
    async fn reload(&mut self, queries: &mut Vec<Query>) -> Result<(), Stop> {
        let mut waiting = Vec::new();
        loop {
            match load(&self.store, self.id, self.snapshot_bytes).await {
                Ok(state) => {
                    tracing::info!(center = %self.id, sequence = state.sequence, "the state was loaded again");
                    self.state = state;
                    return Ok(());
                }
                Err(error) => {
                    tracing::error!(center = %self.id, error = &error as &dyn std::error::Error, "no state can be loaded");
                }
            }
            turn_away(queries.drain(..).map(Message::Query));
            let pause = clock::pause(RELOAD_PAUSE_MS);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    biased;
                    () = &mut pause => break,
                    () = asked_to_stop(&mut self.stopping) => return Err(Stop),
                    count = self.queue.recv_many(&mut waiting, BATCH_LIMIT) => {
                        if count == 0 {
                            return Err(Stop);
                        }
                        turn_away(waiting.drain(..));
                    }
                }
            }
        }
    }
}

/// What became of a batch.
enum Settled {
    Kept,
    /// The state is not what is kept: it has to be loaded again.
    Lost,
    /// Somebody else owns the contact center.
    Displaced,
}

impl State {
    pub fn new(center: ContactCenter, epoch: Epoch, sequence: u64, snapshots: Snapshots) -> Self {
        Self { center, epoch, sequence, snapshots, arrears: Arrears::None }
    }

    /// When there is something to do without a message.
    fn wake_time(&self) -> Option<Timestamp> {
        match self.arrears {
            Arrears::None => self.center.deadline().map(|(at, _)| at),
            Arrears::GoOn => Some(Timestamp::default()),
            Arrears::Stuck(until) => Some(until),
        }
    }
}

/// Takes over a contact center.
pub(crate) async fn load(
    store: &Arc<dyn Store>,
    id: ContactCenterId,
    snapshot_bytes: u64,
) -> Result<State, StartError> {
    let taken = store.take(id).await?;
    let epoch = taken.epoch;
    let recovered = record::recover(id, &taken)?;
    let snapshots = Snapshots::new(snapshot_bytes, recovered.snapshot_bytes, recovered.log_bytes);
    Ok(State::new(recovered.center, epoch, recovered.sequence, snapshots))
}

fn turn_away(messages: impl Iterator<Item = Message>) {
    for message in messages {
        match message {
            Message::Execute(order) => {
                crate::figures::count_turned_away(Failure::NotStored);
                drop(order.answer.send(Err(Denial::Failed(Failure::NotStored))));
            }
            Message::Query(query) => query(Err(Failure::NotStored)),
        }
    }
}

/// Waits for the order to stop. If nobody can give it any more, the owner ends when its last user
/// has gone.
async fn asked_to_stop(stopping: &mut watch::Receiver<bool>) {
    let asked = stopping.wait_for(|stop| *stop).await.is_ok();
    if !asked {
        std::future::pending::<()>().await;
    }
}

async fn wait_for(clock: &Clock, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.wait_for(at).await,
        None => std::future::pending().await,
    }
}
