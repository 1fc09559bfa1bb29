//! A simulated SIP phone that really speaks SIP and RTP over sockets: it registers, calls, answers, puts aside, presses keys and
//! hands calls on; it says a tone or syllables, and judges every frame that it hears.
//!
//! What holds always: what a phone says it heard was in packets that came to its socket. Nothing is known to it but what came over
//! the wire. Each phone has one task and one socket for SIP, and one task and one socket for the sound of each call; they end with
//! it, as if its cable were pulled. [`Phone::leave`] takes leave instead.
//!
//! Left out: TCP, TLS, encrypted sound, RTCP, a jitter buffer (a packet that comes late is not heard).

mod call;
mod clock;
mod config;
mod hearing;
mod random;
mod signaling;
mod sound;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use config::{Answering, PhoneConfig, PhoneVoice};
pub use hearing::{Counts, HUM_FRAMES, HeardFrame, Mark};
pub use media::codec::Codec as PhoneCodec;
pub use view::{CallState, CallView, Ending, PhoneCall, PhoneError, Registration, View};

use crate::DEADLINE_MS;
use signaling::{Ask, Lines, Shared, Signaling, Whom};
use sound::Room;

/// Orders that wait for a phone's task.
const MOST_ASKS: usize = 64;

/// A phone.
pub struct Phone {
    number: String,
    address: SocketAddr,
    asks: mpsc::Sender<Ask>,
    view: watch::Receiver<View>,
    room: Arc<Room>,
    lines: Arc<Lines>,
    task: JoinHandle<()>,
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Phone {
    /// Switches a phone on. It neither registers nor calls by itself.
    ///
    /// # Errors
    /// Its address or port can't be had.
    pub async fn start(config: PhoneConfig) -> std::io::Result<Phone> {
        let socket = UdpSocket::bind(SocketAddr::new(config.host, config.port)).await?;
        let address = socket.local_addr()?;
        let number = config.number.clone();
        let (asks, asked) = mpsc::channel(MOST_ASKS);
        let (shown, view) = watch::channel(View::default());
        let room = Arc::new(Room::new(&config));
        let lines = Arc::new(Mutex::new(BTreeMap::new()));
        let shared = Shared { view: shown, room: Arc::clone(&room), lines: Arc::clone(&lines), asks: asked };
        let task = crate::start_task(Signaling::new(config, socket, address, shared).run());
        Ok(Phone { number, address, asks, view, room, lines, task })
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Where it speaks SIP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it stands.
    #[must_use]
    pub fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Registers, and from now on again before the registration ends.
    ///
    /// # Errors
    /// The server said no, or nothing.
    pub async fn register(&self) -> Result<(), PhoneError> {
        self.ask("the registration", |done| Ask::Register { is_wanted: true, done }).await
    }

    /// Ends the registration.
    ///
    /// # Errors
    /// The server said no, or nothing.
    pub async fn unregister(&self) -> Result<(), PhoneError> {
        self.ask("the end of the registration", |done| Ask::Register { is_wanted: false, done }).await
    }

    /// Calls a number. What becomes of it is seen by [`Phone::established`] and [`Phone::ended`].
    ///
    /// # Errors
    /// The phone is broken.
    pub async fn call(&self, number: &str) -> Result<PhoneCall, PhoneError> {
        let (done, called) = oneshot::channel();
        self.tell(Ask::Call { number: number.to_owned(), done }).await?;
        called.await.map_err(|_| self.broken())
    }

    /// Waits until it rings.
    ///
    /// # Errors
    /// It does not in time.
    pub async fn ringing(&self) -> Result<PhoneCall, PhoneError> {
        let rings = |view: &View| {
            view.calls.iter().find(|(_, call)| call.state == CallState::Ringing).map(|(id, _)| *id)
        };
        self.until("ringing", rings).await
    }

    /// Takes a call.
    ///
    /// # Errors
    /// It does not come to stand.
    pub async fn answer(&self, call: PhoneCall) -> Result<(), PhoneError> {
        self.tell(Ask::Answer(call)).await?;
        self.established(call).await
    }

    /// Turns a call away with a status of SIP.
    ///
    /// # Errors
    /// It does not end in time.
    pub async fn refuse(&self, call: PhoneCall, status: u16) -> Result<(), PhoneError> {
        self.tell(Ask::Refuse(call, status)).await?;
        self.ended(call).await.map(|_| ())
    }

    /// Waits until a call stands.
    ///
    /// # Errors
    /// It ended instead, or it does not in time.
    pub async fn established(&self, call: PhoneCall) -> Result<(), PhoneError> {
        let stands = |view: &View| match &view.calls.get(&call)?.state {
            CallState::Established => Some(Ok(())),
            CallState::Ended(ending) => Some(Err(ending.clone())),
            CallState::Calling { .. } | CallState::Ringing => None,
        };
        let outcome = self.until("an answer", stands).await?;
        outcome.map_err(|ending| match ending {
            Ending::Refused(status) => PhoneError::Refused { number: self.number.clone(), status },
            other => self.over(&other),
        })
    }

    /// Waits until a call that was not there yet stands: for phones that answer by themselves.
    ///
    /// # Errors
    /// None does in time.
    pub async fn in_call(&self) -> Result<PhoneCall, PhoneError> {
        let stands = |view: &View| {
            view.calls.iter().find(|(_, call)| call.state == CallState::Established).map(|(id, _)| *id)
        };
        self.until("a call", stands).await
    }

    /// Waits until a call is over; by what.
    ///
    /// # Errors
    /// It does not end in time.
    pub async fn ended(&self, call: PhoneCall) -> Result<Ending, PhoneError> {
        let over = |view: &View| match &view.calls.get(&call)?.state {
            CallState::Ended(ending) => Some(ending.clone()),
            _ => None,
        };
        self.until("the end of a call", over).await
    }

    /// Hangs up, gives up, or turns away.
    ///
    /// # Errors
    /// The call does not end in time.
    pub async fn hang_up(&self, call: PhoneCall) -> Result<(), PhoneError> {
        self.tell(Ask::HangUp(call)).await?;
        self.ended(call).await.map(|_| ())
    }

    /// Puts the far side aside, by re-INVITE. It goes on speaking: that nobody hears it is the server's matter.
    ///
    /// # Errors
    /// The far side said no, or the call is over.
    pub async fn hold(&self, call: PhoneCall) -> Result<(), PhoneError> {
        self.ask("holding", |done| Ask::Hold { call, is_wanted: true, done }).await
    }

    /// Takes the far side up again.
    ///
    /// # Errors
    /// The far side said no, or the call is over.
    pub async fn resume(&self, call: PhoneCall) -> Result<(), PhoneError> {
        self.ask("resuming", |done| Ask::Hold { call, is_wanted: false, done }).await
    }

    /// Hands a call on to a number, without asking there first (REFER).
    ///
    /// # Errors
    /// The far side said no, or the call is over.
    pub async fn transfer(&self, call: PhoneCall, number: &str) -> Result<(), PhoneError> {
        let number = number.to_owned();
        self.ask("the transfer", |done| Ask::Transfer { call, to: Whom::Number(number), done }).await
    }

    /// Hands a call on to whom another call of this phone is with (REFER with Replaces).
    ///
    /// # Errors
    /// The far side said no, or the call is over.
    pub async fn transfer_to(&self, call: PhoneCall, other: PhoneCall) -> Result<(), PhoneError> {
        self.ask("the transfer", |done| Ask::Transfer { call, to: Whom::Call(other), done }).await
    }

    /// Presses keys (RFC 4733); they follow one another as fast as an application dials.
    ///
    /// # Errors
    /// The far side takes none, they are none, or too many.
    pub fn send_digits(&self, call: PhoneCall, digits: &str) -> Result<(), PhoneError> {
        let line = self.lines.lock().get(&call).cloned();
        let is_taken = line.is_some_and(|line| line.press(digits));
        if is_taken { Ok(()) } else { Err(PhoneError::Keys { number: self.number.clone() }) }
    }

    /// Whether it says its voice, or silence; in all calls.
    pub fn speak(&self, speaks: bool) {
        self.room.speaks.store(speaks, Ordering::Relaxed);
    }

    /// The place in what it hears where it is now: what has arrived at its sockets by now stands before it.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let lines: Vec<_> = self.lines.lock().values().cloned().collect();
        for line in lines {
            line.drain();
        }
        self.room.hearing.lock().mark()
    }

    /// What it has heard since, at most two minutes.
    #[must_use]
    pub fn heard_since(&self, mark: Mark) -> Vec<HeardFrame> {
        self.room.hearing.lock().since(mark)
    }

    /// In how many frames it has ever heard a tone, by place in [`PhoneConfig::tones`].
    #[must_use]
    pub fn total_of_tone(&self, place: usize) -> u64 {
        self.room.hearing.lock().total_of_tone(place)
    }

    /// The keys that were pressed for it, in order.
    #[must_use]
    pub fn digits(&self) -> String {
        self.room.hearing.lock().digits.clone()
    }

    /// Its packets.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.room.hearing.lock().counts
    }

    /// Waits until what it has heard since a mark is as wanted.
    ///
    /// # Errors
    /// It does not become so in time.
    pub async fn hears(
        &self,
        what: &str,
        mark: Mark,
        is_wanted: impl Fn(&[HeardFrame]) -> bool,
    ) -> Result<Vec<HeardFrame>, PhoneError> {
        let waiting = async {
            loop {
                let heard = self.room.heard.notified();
                let frames = self.heard_since(mark);
                if is_wanted(&frames) {
                    return frames;
                }
                heard.await;
            }
        };
        let heard = timeout(Duration::from_millis(DEADLINE_MS), waiting).await;
        heard.map_err(|_| self.timed_out(what))
    }

    /// Waits until the keys that were pressed for it are these, in all.
    ///
    /// # Errors
    /// They are not in time.
    pub async fn gets_digits(&self, digits: &str) -> Result<(), PhoneError> {
        let waiting = async {
            loop {
                let heard = self.room.heard.notified();
                if self.digits() == digits {
                    return;
                }
                heard.await;
            }
        };
        let got = timeout(Duration::from_millis(DEADLINE_MS), waiting).await;
        got.map_err(|_| self.timed_out(&format!("getting {digits} instead of {}", self.digits())))
    }

    /// Waits until something is seen of it.
    ///
    /// # Errors
    /// It is not in time.
    pub async fn until<T>(&self, what: &str, look: impl Fn(&View) -> Option<T>) -> Result<T, PhoneError> {
        let mut view = self.view.clone();
        let seen = timeout(Duration::from_millis(DEADLINE_MS), async {
            view.wait_for(|view| look(view).is_some()).await.ok().and_then(|view| look(&view))
        });
        match seen.await {
            Ok(seen) => seen.ok_or_else(|| self.broken()),
            Err(_) => Err(self.timed_out(what)),
        }
    }

    /// Hangs up everywhere and ends the registration.
    pub async fn leave(self) {
        let view = self.view();
        for (id, call) in &view.calls {
            if !matches!(call.state, CallState::Ended(_)) {
                // A call that does not end is left behind, as a phone without power leaves it.
                let _ = self.hang_up(*id).await;
            }
        }
        if view.registration == Registration::Registered {
            let _ = self.unregister().await;
        }
    }

    async fn tell(&self, ask: Ask) -> Result<(), PhoneError> {
        self.asks.send(ask).await.map_err(|_| self.broken())
    }

    async fn ask(
        &self,
        what: &str,
        ask: impl FnOnce(oneshot::Sender<Result<(), u16>>) -> Ask,
    ) -> Result<(), PhoneError> {
        let (done, outcome) = oneshot::channel();
        self.tell(ask(done)).await?;
        match timeout(Duration::from_millis(DEADLINE_MS), outcome).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(status))) => Err(PhoneError::Refused { number: self.number.clone(), status }),
            // The call has taken along who would have answered.
            Ok(Err(_)) => Err(self.over(&Ending::There)),
            Err(_) => Err(self.timed_out(what)),
        }
    }

    fn timed_out(&self, what: &str) -> PhoneError {
        let (view, counts) = (self.view(), self.counts());
        PhoneError::TimedOut {
            number: self.number.clone(),
            what: what.to_owned(),
            waited_ms: DEADLINE_MS,
            seen: format!("{:?}, {:?}, {counts:?}", view.registration, view.calls),
        }
    }

    fn over(&self, ending: &Ending) -> PhoneError {
        PhoneError::Over { number: self.number.clone(), ending: format!("{ending:?}") }
    }

    fn broken(&self) -> PhoneError {
        PhoneError::Broken { number: self.number.clone() }
    }
}
