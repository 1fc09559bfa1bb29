//! The sound of calls on its way: ports, the threads that carry packets, the recorder.
//!
//! [`Media`] is the handle that the rest of the gateway has. What it is asked takes effect on a media thread, in the
//! order in which it was asked; what happens comes back as [`MediaEvent`]s. A table of who hears whom is one message
//! and one step.
//!
//! What always holds: all legs that may come to hear each other are on one thread. A media thread waits for nobody: not
//! for a disk, not for whoever reads its news. When in doubt, silence.

mod clock;
mod engine;
mod event;
mod family;
mod figures;
mod inbox;
mod line;
mod news;
mod order;
mod ports;
mod recorder;
mod registry;
mod slots;
mod sounds;
mod tasks;

use std::path::PathBuf;
use std::sync::Arc;

use contact_center::{CallId, LegId};
use media::bridge::Identity;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

pub use event::{MediaEvent, RecordingError};
pub use order::LegMedia;
pub use ports::{BadRange, IpVersion, LocalPorts, MediaAddress, NoPort};
pub use recorder::{Gap, RenderError, Run, SHEET, Sheet, TrackSheet, render_as_heard};
pub use registry::EarPlan;
pub use sounds::Sounds;

use clock::Clock;
use engine::{Birth, Door};
use inbox::NotTaken;
use line::Line;
use order::{Done, Order};
use ports::Ports;
use recorder::Recorder;
use registry::{Change, Moving, Registry};

/// News that may wait for whoever reads it.
const QUEUED_EVENTS: usize = 8_192;
/// The most media threads.
pub const MOST_THREADS: usize = 64;
/// How many cores there are for one media thread, unless the configuration says otherwise.
const CORES_PER_THREAD: usize = 2;

/// What the media engine has to know.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// The addresses on which legs receive, at least one.
    pub addresses: Vec<MediaAddress>,
    /// The lowest RTP port.
    pub first_port: u16,
    /// The highest port.
    pub last_port: u16,
    /// How many threads carry packets, up to [`MOST_THREADS`]; one for two cores if it is not said.
    pub threads: Option<usize>,
    /// The folder of recordings; without it there are none.
    pub recordings: Option<PathBuf>,
    /// What is played.
    pub sounds: Sounds,
}

/// Why there is no media engine.
#[derive(Debug, thiserror::Error)]
pub enum MediaStartError {
    /// Legs would have nowhere to receive.
    #[error("there is no media address in the configuration")]
    NoAddress,
    /// The range of ports holds no pair.
    #[error(transparent)]
    Ports(#[from] BadRange),
    /// The number of threads is out of range.
    #[error("{0} media threads: 1 to {MOST_THREADS} are possible")]
    Threads(usize),
    /// The folder of recordings is missing, or none.
    #[error("the folder of recordings {path} cannot be used")]
    Recordings {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The system gave no thread, or not what a thread waits with.
    #[error("a media thread cannot be started")]
    Thread(#[source] std::io::Error),
}

/// Why something that was asked was not done. What had been asked before stands.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The leg has no ports.
    #[error("the leg is not open")]
    UnknownLeg,
    /// The leg has ports already.
    #[error("the leg is open already")]
    KnownLeg,
    /// There are no ports for the leg.
    #[error(transparent)]
    NoPort(#[from] NoPort),
    /// The thread is far behind; to be asked again.
    #[error("the media thread is far behind with its orders")]
    Busy,
    /// The thread has died; its legs are gone.
    #[error("the media thread has died")]
    Died,
}

/// The media engine. Cheap to clone; the threads end when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Media {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    ports: Ports,
    registry: Mutex<Registry>,
    events: mpsc::Sender<MediaEvent>,
    // Dropped in this order: the recorder ends when no thread can send it anything.
    doors: Vec<Door>,
    recorder: Option<Recorder>,
}

impl Media {
    /// Starts the threads.
    ///
    /// # Errors
    /// What is wrong with the configuration, or with the system.
    pub fn start(config: MediaConfig) -> Result<(Media, mpsc::Receiver<MediaEvent>), MediaStartError> {
        if config.addresses.is_empty() {
            return Err(MediaStartError::NoAddress);
        }
        let clock = Clock::start();
        let ports = Ports::new(&config.addresses, (config.first_port, config.last_port), clock)?;
        let threads = config.threads.unwrap_or_else(usual_threads);
        if !(1..=MOST_THREADS).contains(&threads) {
            return Err(MediaStartError::Threads(threads));
        }
        let (events, news) = mpsc::channel(QUEUED_EVENTS);
        let recorder = config.recordings.map(|folder| start_recorder(folder, clock, &events)).transpose()?;
        let tap = || recorder.as_ref().map(Recorder::tap);
        let mut doors = Vec::new();
        for number in 0..threads {
            let (sounds, events) = (config.sounds.clone(), events.clone());
            let birth = Birth { number, clock, sounds, events, tap: tap() };
            doors.push(engine::start(birth).map_err(MediaStartError::Thread)?);
        }
        let registry = Mutex::new(Registry::default());
        Ok((Media { shared: Arc::new(Shared { clock, ports, registry, events, doors, recorder }) }, news))
    }

    /// Opens the ports of a leg. Nothing is sent or taken there before [`Media::configure`].
    ///
    /// # Errors
    /// There are no ports, the leg has some, or the thread takes no orders.
    pub fn open(&self, leg: LegId, family: CallId, version: IpVersion) -> Result<LocalPorts, MediaError> {
        let mut registry = self.shared.registry.lock();
        if registry.is_open(leg) {
            return Err(MediaError::KnownLeg);
        }
        let thread = self.thread_for(&registry, family)?;
        let pair = self.shared.ports.open(version)?;
        let local = pair.local;
        let key = registry.open(leg, family, thread);
        let line = Box::new(Line::new(key, leg, identity(), pair));
        let opened = self.order(thread, Order::Open { line, family });
        // What was asked for the leg before, and by others for hearing it, comes true now.
        let opened = opened.and_then(|()| self.score_family(&registry, family));
        match opened {
            Ok(()) => Ok(local),
            Err(error) => {
                self.close_known(&mut registry, leg);
                Err(error)
            }
        }
    }

    /// Tells what offer and answer agreed for a leg, the first time or anew.
    ///
    /// # Errors
    /// The leg is not open, or its thread takes no orders. If the engine cannot do it, [`MediaEvent::Refused`] follows.
    pub fn configure(&self, leg: LegId, media: LegMedia) -> Result<(), MediaError> {
        let registry = self.shared.registry.lock();
        let (key, thread) = registry.place_of(leg).ok_or(MediaError::UnknownLeg)?;
        self.order(thread, Order::Configure { leg: key, media: Box::new(media) })
    }

    /// Says for some legs what they hear and where they are recorded. For each family it is one step for all its legs.
    ///
    /// Legs need not be open yet: what is asked for a leg is kept until it is closed. A leg whose plan names another
    /// family than before goes there with its ports.
    ///
    /// # Errors
    /// A thread takes no orders; what is asked is kept all the same, and comes true when it is asked again.
    pub fn score(&self, plans: &[EarPlan]) -> Result<(), MediaError> {
        let mut registry = self.shared.registry.lock();
        let mut changes = Vec::new();
        let mut families: Vec<CallId> = Vec::new();
        let mut outcome = Ok(());
        for plan in plans {
            let thread = self.thread_for(&registry, plan.family)?;
            if let Some(moving) = registry.ask(plan, thread, &mut changes) {
                outcome = outcome.and(self.move_leg(moving));
            }
            if !families.contains(&plan.family) {
                families.push(plan.family);
            }
        }
        self.record(changes);
        for family in families {
            outcome = outcome.and(self.score_family(&registry, family));
        }
        outcome
    }

    /// Tells when every thread has followed what it was ordered up to now.
    pub(crate) fn tell_when_done(&self, done: oneshot::Sender<()>) {
        let done = Arc::new(Done(Some(done)));
        for thread in 0..self.shared.doors.len() {
            // A thread that takes no orders carries no sound that could be wrong, or is told again soon.
            drop(self.order(thread, Order::Done(Arc::clone(&done))));
        }
    }

    /// Sends digits to the far side of a leg. [`MediaEvent::DigitsSent`] follows, or [`MediaEvent::Refused`].
    ///
    /// # Errors
    /// The leg is not open, or its thread takes no orders.
    pub fn send_digits(&self, leg: LegId, digits: String) -> Result<(), MediaError> {
        let registry = self.shared.registry.lock();
        let (leg, thread) = registry.place_of(leg).ok_or(MediaError::UnknownLeg)?;
        self.order(thread, Order::SendDigits { leg, digits })
    }

    /// Closes a leg and forgets what was asked for it. [`MediaEvent::Closed`] follows if it was agreed. An unknown leg is
    /// no fault.
    pub fn close(&self, leg: LegId) {
        self.close_known(&mut self.shared.registry.lock(), leg);
    }

    /// How many legs have ports.
    pub fn open_legs(&self) -> usize {
        self.shared.ports.in_use()
    }

    fn close_known(&self, registry: &mut Registry, leg: LegId) {
        let place = registry.place_of(leg);
        let mut changes = Vec::new();
        registry.close(leg, &mut changes);
        if let Some((leg, thread)) = place {
            // A dead thread has closed it.
            let _ = self.order(thread, Order::Close { leg });
        }
        self.record(changes);
    }

    /// Where a family is, or the living thread with the fewest legs.
    fn thread_for(&self, registry: &Registry, family: CallId) -> Result<usize, MediaError> {
        if let Some(thread) = registry.thread_of(family) {
            return Ok(thread);
        }
        let living =
            (0..self.shared.doors.len()).filter(|thread| self.shared.doors[*thread].address.is_alive());
        living.min_by_key(|thread| registry.load_of(*thread)).ok_or(MediaError::Died)
    }

    fn order(&self, thread: usize, order: Order) -> Result<(), MediaError> {
        let door = self.shared.doors.get(thread).ok_or(MediaError::Died)?;
        door.address.order(order).map_err(|refused| match refused {
            NotTaken::Full => MediaError::Busy,
            NotTaken::Closed => MediaError::Died,
        })
    }

    fn score_family(&self, registry: &Registry, family: CallId) -> Result<(), MediaError> {
        let Some(thread) = registry.thread_of(family) else { return Ok(()) };
        self.order(thread, Order::Score { family, rows: registry.rows(family) })
    }

    fn move_leg(&self, moving: Moving) -> Result<(), MediaError> {
        let Moving { leg, from_thread, to_thread, to } = moving;
        if from_thread == to_thread {
            return self.order(from_thread, Order::Move { leg, to, address: None });
        }
        if let Err(error) = self.order(to_thread, Order::Expect { leg }) {
            // There is nowhere to go, and nobody knows the leg any more where it is.
            self.order(from_thread, Order::Close { leg })?;
            return Err(error);
        }
        let address = self.shared.doors.get(to_thread).map(|door| door.address.clone());
        let moved = self.order(from_thread, Order::Move { leg, to, address });
        if moved.is_err() {
            self.order(to_thread, Order::Arrive { leg, line: None, known: None, family: to })?;
        }
        moved
    }

    /// Tells the recorder. Calls go on without it.
    fn record(&self, changes: Vec<Change>) {
        let at = self.shared.clock.now();
        for change in changes {
            let named = match &change {
                Change::Begin { name, .. } => Some(Arc::clone(name)),
                Change::Party { .. } | Change::End { .. } => None,
            };
            let order = match change {
                Change::Begin { recording, name } => recorder::Order::Begin { recording, name, at },
                Change::Party { recording, party, label, is_customer } => {
                    recorder::Order::Party { recording, party, label, is_customer }
                }
                Change::End { recording } => recorder::Order::End { recording, at },
            };
            let cause = match &self.shared.recorder {
                None => RecordingError::NotConfigured,
                Some(recorder) => match recorder.order(order) {
                    Ok(()) => continue,
                    Err(_) => RecordingError::Limit,
                },
            };
            if let Some(recording) = named
                && let Err(error) =
                    self.shared.events.try_send(MediaEvent::RecordingFailed { recording, cause })
            {
                tracing::warn!(%error, "that there is no recording had no reader");
            }
        }
    }
}

fn usual_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.div_ceil(CORES_PER_THREAD).min(MOST_THREADS)
}

fn start_recorder(
    folder: PathBuf,
    clock: Clock,
    events: &mpsc::Sender<MediaEvent>,
) -> Result<Recorder, MediaStartError> {
    let is_folder = std::fs::metadata(&folder).and_then(|it| match it.is_dir() {
        true => Ok(()),
        false => Err(std::io::Error::from(std::io::ErrorKind::NotADirectory)),
    });
    is_folder.map_err(|cause| MediaStartError::Recordings { path: folder.clone(), cause })?;
    Recorder::start(folder, clock, events.clone()).map_err(MediaStartError::Thread)
}

/// Where an outgoing stream begins: all random (RFC 3550, section 5.1).
fn identity() -> Identity {
    let (first, second) = (crate::random::number(), crate::random::number());
    Identity { ssrc: first as u32, sequence: (first >> 32) as u16, timestamp: second as u32 }
}

#[cfg(test)]
mod tests;
