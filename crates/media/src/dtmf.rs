//! Telephone events (RFC 4733): keys that travel beside the sound, as packets of their own.
//!
//! An [`EventSender`] makes the packets of one key after the other; an [`EventReceiver`] tells each key once, however many of its packets are
//! lost or come twice. Tones within the sound are left to [`InBandDetector`], which nobody is bound to use.

use core::time::Duration;

use crate::tone::Goertzel;

/// How long a payload of an event is.
pub const EVENT_BYTES: usize = 4;
/// How often a key's last packet is sent, so that losing one does not lengthen the key (RFC 4733, section 2.5.1.4).
pub const END_PACKETS: u8 = 3;
/// How long a key that an application dials is held down, in milliseconds.
pub const KEY_MS: u16 = 100;
/// The pause after each such key, in milliseconds.
pub const PAUSE_MS: u16 = 60;
/// Time between two packets of one key, in milliseconds.
const PACKET_MS: u16 = 20;
/// How loud a key is said to be, in -dBm0.
const VOLUME: u8 = 10;
/// The most keys that wait to be sent.
pub const MAX_QUEUED_KEYS: usize = 64;
/// A key without its end is over when nothing more of it came for so long.
pub const LOST_END: Duration = Duration::from_millis(200);
/// A packet that is older than the newest key by more than this, in ticks of the RTP clock, is of a sender that began anew.
const MAX_LATE_TICKS: i32 = 5 * 48_000;

/// One of the sixteen keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u8);

impl Key {
    /// The keys in the order of their events.
    const SYMBOLS: &str = "0123456789*#ABCD";

    /// The key of this symbol: `0` to `9`, `*`, `#`, `A` to `D` in either case.
    pub fn from_char(symbol: char) -> Option<Key> {
        let event = Key::SYMBOLS.find(symbol.to_ascii_uppercase())?;
        u8::try_from(event).ok().map(Key)
    }

    /// The key of this event (RFC 4733, section 3.2), if it is one.
    pub const fn from_event(event: u8) -> Option<Key> {
        if event < 16 { Some(Key(event)) } else { None }
    }

    /// Its number as an event.
    pub const fn event(self) -> u8 {
        self.0
    }

    /// Its symbol.
    pub fn symbol(self) -> char {
        Key::SYMBOLS.as_bytes().get(usize::from(self.0)).map_or('?', |symbol| char::from(*symbol))
    }
}

/// What one packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The event: a [`Key`] if below 16, else a tone of lines and fax machines.
    pub event: u8,
    /// Whether it is over.
    pub is_end: bool,
    /// How loud, in -dBm0: 0 is loudest, 63 softest.
    pub volume: u8,
    /// How long so far, in ticks of the RTP clock.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; what follows the four octets is other events of other times, which nobody sends.
    pub fn parse(payload: &[u8]) -> Option<Event> {
        let [event, flags, high, low, ..] = *payload else { return None };
        let duration = u16::from_be_bytes([high, low]);
        Some(Event { event, is_end: flags & 0x80 != 0, volume: flags & 0x3F, duration })
    }

    /// As a payload.
    pub fn to_bytes(self) -> [u8; EVENT_BYTES] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.is_end) << 7 | self.volume.min(63), high, low]
    }
}

/// A packet to be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// The payload.
    pub payload: [u8; EVENT_BYTES],
    /// Set on a key's first packet.
    pub marker: bool,
    /// The time stamp's distance from that of this [`EventSender::tick`], back to the key's beginning, in ticks of the RTP clock.
    pub began_before: u32,
}

/// What one tick of an [`EventSender`] asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// No key is down, or two are kept apart: the sound goes on.
    Nothing,
    /// One packet of a key, instead of the sound of this tick.
    Packet(EventPacket),
    /// The last packet of a key, to be sent [`END_PACKETS`] times, with sequence numbers of their own.
    LastPacket(EventPacket),
}

/// Keys on their way out, one after the other, a packet for each tick of 20 ms.
#[derive(Debug, Clone)]
pub struct EventSender {
    clock_khz: u16,
    queue: [Key; MAX_QUEUED_KEYS],
    first: usize,
    count: usize,
    phase: Phase,
}

/// Where the sender is, and since how many milliseconds.
#[derive(Debug, Clone, Copy)]
enum Phase {
    Idle,
    Down(u16),
    Pause(u16),
}

/// More keys than [`MAX_QUEUED_KEYS`] would wait; none of those handed in was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {MAX_QUEUED_KEYS} keys would wait to be sent")]
pub struct TooManyKeys;

impl EventSender {
    /// A sender for a stream whose RTP clock ticks so often a second: 8,000, or 48,000 beside Opus.
    pub fn new(clock_hz: u32) -> EventSender {
        let clock_khz = u16::try_from(clock_hz / 1_000).unwrap_or(8);
        EventSender { clock_khz, queue: [Key(0); MAX_QUEUED_KEYS], first: 0, count: 0, phase: Phase::Idle }
    }

    /// Lets these keys follow those that wait.
    ///
    /// # Errors
    /// When they would be too many together.
    pub fn press(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), TooManyKeys> {
        let before = self.count;
        for key in keys {
            if self.count == MAX_QUEUED_KEYS {
                self.count = before;
                return Err(TooManyKeys);
            }
            self.queue[(self.first + self.count) % MAX_QUEUED_KEYS] = key;
            self.count += 1;
        }
        Ok(())
    }

    /// Whether no key is down and none waits.
    pub fn is_idle(&self) -> bool {
        self.count == 0 && matches!(self.phase, Phase::Idle)
    }

    /// Forgets the keys that wait; one that is down comes up in order.
    pub fn release(&mut self) {
        self.count = self.count.min(usize::from(matches!(self.phase, Phase::Down(_))));
    }

    /// What to send in this tick of 20 ms.
    pub fn tick(&mut self) -> Sending {
        match self.phase {
            Phase::Idle if self.count == 0 => Sending::Nothing,
            Phase::Idle => self.down(0),
            Phase::Down(since) => self.down(since),
            Phase::Pause(since) => {
                let since = since + PACKET_MS;
                self.phase = if since >= PAUSE_MS { Phase::Idle } else { Phase::Pause(since) };
                Sending::Nothing
            }
        }
    }

    fn down(&mut self, since: u16) -> Sending {
        let key = self.queue[self.first];
        let until = since + PACKET_MS;
        let is_end = until >= KEY_MS;
        let event = Event { event: key.0, is_end, volume: VOLUME, duration: until * self.clock_khz };
        let packet = EventPacket {
            payload: event.to_bytes(),
            marker: since == 0,
            began_before: u32::from(since * self.clock_khz),
        };
        if !is_end {
            self.phase = Phase::Down(until);
            return Sending::Packet(packet);
        }
        self.first = (self.first + 1) % MAX_QUEUED_KEYS;
        self.count -= 1;
        self.phase = Phase::Pause(0);
        Sending::LastPacket(packet)
    }
}

/// A key that the other side pressed, and let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPress {
    /// Which key.
    pub key: Key,
    /// How long it was down, as far as is known, in ticks of the RTP clock.
    pub duration: u32,
}

/// Keys on their way in. Each is told once, when it is let go: by the first of its last packets, or, where they are lost, by the next key or by
/// [`LOST_END`].
#[derive(Debug, Clone, Default)]
pub struct EventReceiver {
    newest: Option<Pressed>,
}

/// The newest key. Its time stamp tells it from the next one (RFC 4733, section 2.5.1.2).
#[derive(Debug, Clone, Copy)]
struct Pressed {
    timestamp: u32,
    key: Key,
    /// Of segments that are over (RFC 4733, section 2.5.1.3), and of this one.
    earlier: u32,
    duration: u16,
    heard_at: Duration,
    is_told: bool,
}

impl EventReceiver {
    /// Nothing came yet.
    pub const fn new() -> EventReceiver {
        EventReceiver { newest: None }
    }

    /// Takes in a packet; the keys that were let go by what it says, in order.
    ///
    /// Packets of older keys than the newest tell nothing: their key was told.
    pub fn receive(&mut self, timestamp: u32, payload: &[u8], now: Duration) -> [Option<KeyPress>; 2] {
        let Some(event) = Event::parse(payload) else { return [None; 2] };
        let Some(key) = Key::from_event(event.event) else { return [None; 2] };
        let mut cut_off = None;
        let mut pressed = Pressed { timestamp, key, earlier: 0, duration: 0, heard_at: now, is_told: false };
        if let Some(newest) = &mut self.newest {
            let ahead = timestamp.wrapping_sub(newest.timestamp).cast_signed();
            if ahead == 0 && newest.key == key {
                pressed = *newest;
            } else if (-MAX_LATE_TICKS..0).contains(&ahead) {
                return [None; 2];
            } else if newest.is_followed_by(timestamp, key) {
                pressed.earlier = newest.earlier + u32::from(newest.duration);
            } else {
                cut_off = newest.tell();
            }
        }
        pressed.duration = pressed.duration.max(event.duration);
        pressed.heard_at = now;
        let ended = if event.is_end { pressed.tell() } else { None };
        self.newest = Some(pressed);
        [cut_off, ended]
    }

    /// The key that is down, if it has not been heard of for [`LOST_END`]. To be asked now and then.
    pub fn lost_end(&mut self, now: Duration) -> Option<KeyPress> {
        let newest = self.newest.as_mut()?;
        if now.saturating_sub(newest.heard_at) < LOST_END { None } else { newest.tell() }
    }
}

impl Pressed {
    fn tell(&mut self) -> Option<KeyPress> {
        let told =
            KeyPress { key: self.key, duration: self.earlier.saturating_add(u32::from(self.duration)) };
        (!core::mem::replace(&mut self.is_told, true)).then_some(told)
    }

    /// Whether this is the next segment of the same key, which was down longer than 16 bits can tell.
    fn is_followed_by(&self, timestamp: u32, key: Key) -> bool {
        let next = self.timestamp.wrapping_add(u32::from(u16::MAX));
        !self.is_told && self.key == key && self.duration == u16::MAX && timestamp == next
    }
}

/// The frequencies of the keys' rows and columns (ITU-T Q.23), in Hz.
const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS_HZ: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
/// The keys by row and column.
const PAD: [&[u8; 4]; 4] = [b"123A", b"456B", b"789C", b"*0#D"];
/// Frames that a key must last: 40 ms (ITU-T Q.24).
const FRAMES_OF_KEY: u8 = 2;
/// Both tones together make up this share of the frame's power; speech has more besides.
const LEAST_SHARE: f32 = 0.8;
/// The softer tone is at most so much weaker in power than the louder one: 9 dB.
const MAX_TWIST: f32 = 8.0;
/// The power of a tone below which it is not looked at: about -40 dBm0.
const LEAST_POWER: f32 = 25_000.0;

/// Hears keys within the sound, for lines that have no events. Off unless a leg is told otherwise: speech can sound like a key.
#[derive(Debug, Clone)]
pub struct InBandDetector {
    rows: [Goertzel; 4],
    columns: [Goertzel; 4],
    candidate: Option<Key>,
    frames: u8,
}

impl InBandDetector {
    /// A detector for sound of so many samples a second.
    pub fn new(rate_hz: u32) -> InBandDetector {
        let detector = |hz| Goertzel::new(hz, rate_hz);
        InBandDetector {
            rows: ROWS_HZ.map(detector),
            columns: COLUMNS_HZ.map(detector),
            candidate: None,
            frames: 0,
        }
    }

    /// Takes in a frame of 20 ms; the key, once it has lasted for two of them.
    pub fn hear(&mut self, frame: &[i16]) -> Option<Key> {
        let key = self.key_within(frame);
        if key != self.candidate {
            self.candidate = key;
            self.frames = 0;
        }
        self.frames = self.frames.saturating_add(1);
        key.filter(|_| self.frames == FRAMES_OF_KEY)
    }

    fn key_within(&self, frame: &[i16]) -> Option<Key> {
        let (row, row_power) = loudest(&self.rows, frame);
        let (column, column_power) = loudest(&self.columns, frame);
        let (soft, loud) = (row_power.min(column_power), row_power.max(column_power));
        let total =
            frame.iter().map(|sample| f32::from(*sample).powi(2)).sum::<f32>() / frame.len().max(1) as f32;
        let is_key = soft >= LEAST_POWER && loud <= soft * MAX_TWIST && soft + loud >= total * LEAST_SHARE;
        if is_key { Key::from_char(char::from(PAD[row][column])) } else { None }
    }
}

fn loudest(tones: &[Goertzel; 4], frame: &[i16]) -> (usize, f32) {
    let mut best = (0, 0.0);
    for (index, tone) in tones.iter().enumerate() {
        let power = tone.power(frame);
        if power > best.1 {
            best = (index, power);
        }
    }
    best
}

#[cfg(test)]
mod tests;
