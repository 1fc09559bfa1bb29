//! The phones of all calls: three to a call, on a few sockets, each known by the port of its leg.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::calls::voice::{DATAGRAM_OCTETS, Ear, FRAME_OCTETS, Mouth, Role};
use crate::clock::{self, Clock};
use crate::error::LoadError;
use crate::histogram::Histogram;

/// Sockets of all phones together; leg n belongs to the n-th, over and over.
pub const SOCKETS: usize = 8;
/// How long the phones rest when there is nothing to do: what delays are measured too long by, at most.
const REST: Duration = Duration::from_micros(50);
const FRAME_NS: u64 = 20_000_000;
const NS_PER_SAMPLE: u64 = FRAME_NS / FRAME_OCTETS as u64;
/// Octets before the sound.
const HEADER_OCTETS: usize = DATAGRAM_OCTETS - FRAME_OCTETS;
/// Datagrams of one socket that are taken at a time.
const MOST_AT_ONCE: usize = 64;
/// A prime: consecutive phones speak at phases that are far from each other.
const PHASE_STEP_NS: u64 = 7_368_787;

/// What was heard in a window of time.
pub struct Heard {
    /// Marks that were sent within it count.
    pub window: std::ops::Range<u64>,
    /// From mouths that are an ear's only one.
    pub direct: Histogram,
    /// From mouths that are heard among others.
    pub mixed: Histogram,
    /// Marks by the number of ears that must hear them.
    pub due: u64,
    /// Marks that customers heard of supervisors who coach.
    pub leaks: u64,
    /// Datagrams that came.
    pub datagrams: u64,
}

impl Heard {
    /// Nothing yet.
    pub fn new(window: std::ops::Range<u64>) -> Heard {
        let (direct, mixed) = (Histogram::new(), Histogram::new());
        Heard { window, direct, mixed, due: 0, leaks: 0, datagrams: 0 }
    }
}

/// Who hears whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Each hears the one before: the relay.
    Ring,
    /// The supervisor coaches.
    Coached,
}

impl Table {
    fn ears_of(self, mouth: Role) -> &'static [Role] {
        match (self, mouth) {
            (Table::Ring, Role::Customer) => &[Role::Agent],
            (Table::Ring, Role::Agent) => &[Role::Supervisor],
            (Table::Ring, Role::Supervisor) => &[Role::Customer],
            (Table::Coached, Role::Customer) => &[Role::Agent, Role::Supervisor],
            (Table::Coached, Role::Agent) => &[Role::Customer, Role::Supervisor],
            (Table::Coached, Role::Supervisor) => &[Role::Agent],
        }
    }

    fn is_direct(self, ear: Role) -> bool {
        self == Table::Ring || ear == Role::Customer
    }
}

struct Phone {
    to: SocketAddr,
    next: u64,
    mouth: Mouth,
    /// When its last mark was sent.
    marked: Option<u64>,
    /// Of which mark of each mouth of its call it has heard the beginning.
    heard: [Option<u64>; 3],
    /// Whose voice the last sample was.
    last: Option<Role>,
    /// Whether the supervisor was at the end of the last datagram.
    hears_supervisor: bool,
}

/// All of them, and their sockets.
pub struct Phones {
    pub clock: Clock,
    table: Table,
    sockets: Vec<UdpSocket>,
    phones: Vec<Phone>,
    by_port: HashMap<u16, usize>,
    /// The phone that speaks next: all have the same pace.
    next: usize,
    order: Vec<usize>,
    ear: Ear,
    idle_ns: u64,
}

/// The sockets of phones to be.
pub fn sockets() -> Result<Vec<UdpSocket>, LoadError> {
    let bind = |_| {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    (0..SOCKETS).map(bind).collect()
}

impl Phones {
    /// A phone for each port of a leg. Phones that take the place of others begin at other SSRCs, since their time stamps
    /// begin anew.
    pub fn new(
        sockets: &[UdpSocket],
        table: Table,
        ports: &[u16],
        first_ssrc: u32,
        speak_always: bool,
    ) -> Result<Phones, LoadError> {
        let sockets = sockets.iter().map(UdpSocket::try_clone).collect::<Result<_, _>>()?;
        let clock = Clock::start();
        let now = clock.ns();
        let phone = |(leg, port): (usize, &u16)| Phone {
            to: SocketAddr::from(([127, 0, 0, 1], *port)),
            next: now + leg as u64 * PHASE_STEP_NS % FRAME_NS,
            mouth: Mouth::new(
                Role::of(leg),
                first_ssrc + leg as u32,
                speak_always && Role::of(leg) == Role::Supervisor,
            ),
            marked: None,
            heard: [None; 3],
            last: None,
            hears_supervisor: false,
        };
        let phones: Vec<Phone> = ports.iter().enumerate().map(phone).collect();
        let mut order: Vec<usize> = (0..phones.len()).collect();
        order.sort_by_key(|leg| phones[*leg].next);
        let by_port = ports.iter().enumerate().map(|(leg, port)| (*port, leg)).collect();
        Ok(Phones { clock, table, sockets, phones, by_port, next: 0, order, ear: Ear::new(), idle_ns: 0 })
    }

    /// Time in which there was nothing to send and nothing to take.
    pub fn idle_ns(&self) -> u64 {
        self.idle_ns
    }

    /// Whether a supervisor was at the end of the last datagram that the customer of a call got.
    pub fn customer_hears_supervisor(&self, call: usize) -> bool {
        self.phones[call * Role::ALL.len()].hears_supervisor
    }

    /// Sends what is due, and takes what is there.
    pub fn turn(&mut self, heard: &mut Heard) -> Result<(), LoadError> {
        let now = self.clock.ns();
        let mut was_idle = true;
        while let Some(leg) = self.order.get(self.next).copied()
            && self.phones[leg].next <= now
        {
            self.speak(leg, heard)?;
            self.next = (self.next + 1) % self.order.len();
            was_idle = false;
        }
        for socket in 0..self.sockets.len() {
            was_idle &= self.listen(socket, heard)? == 0;
        }
        if was_idle {
            let idle_since = self.clock.ns();
            clock::let_gather(REST);
            self.idle_ns += self.clock.ns() - idle_since;
        }
        Ok(())
    }

    fn speak(&mut self, leg: usize, heard: &mut Heard) -> Result<(), LoadError> {
        let mut datagram = [0; DATAGRAM_OCTETS];
        let phone = &mut self.phones[leg];
        phone.next += FRAME_NS;
        let is_mark = phone.mouth.speak(&mut datagram);
        if is_mark {
            let now = self.clock.ns();
            phone.marked = Some(now);
            if heard.window.contains(&now) {
                heard.due += self.table.ears_of(Role::of(leg)).len() as u64;
            }
        }
        match self.sockets[leg % SOCKETS].send_to(&datagram, phone.to) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            sent => sent.map(drop).map_err(LoadError::from),
        }
    }

    fn listen(&mut self, socket: usize, heard: &mut Heard) -> Result<usize, LoadError> {
        let mut datagram = [0; 2_048];
        for count in 0..MOST_AT_ONCE {
            let (length, from) = match self.sockets[socket].recv_from(&mut datagram) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(count),
                received => received?,
            };
            // RTCP comes from other ports.
            let Some(ear) = self.by_port.get(&from.port()).copied() else { continue };
            heard.datagrams += 1;
            if length == DATAGRAM_OCTETS {
                self.hear(ear, &datagram[HEADER_OCTETS..length], heard);
            }
        }
        Ok(MOST_AT_ONCE)
    }

    fn hear(&mut self, ear: usize, sound: &[u8], heard: &mut Heard) {
        let now = self.clock.ns();
        let role = Role::of(ear);
        for (at, octet) in sound.iter().enumerate() {
            let voice = self.ear.hear(*octet);
            let before = std::mem::replace(&mut self.phones[ear].last, voice);
            let Some(voice) = voice.filter(|voice| before != Some(*voice)) else { continue };
            if !self.table.ears_of(voice).contains(&role) {
                heard.leaks += 1;
                continue;
            }
            let mouth = ear - ear % Role::ALL.len() + voice as usize;
            let Some(marked) = self.phones[mouth].marked else { continue };
            if self.phones[ear].heard[voice as usize].replace(marked) == Some(marked) {
                continue;
            }
            if heard.window.contains(&marked) {
                // The mark began with its datagram's first sample, and is heard after those before it here.
                let delay = (now + at as u64 * NS_PER_SAMPLE).saturating_sub(marked);
                if self.table.is_direct(role) { &mut heard.direct } else { &mut heard.mixed }.record(delay);
            }
        }
        // A change may be smoothed over the first samples.
        let end = sound.last().and_then(|octet| self.ear.hear(*octet));
        self.phones[ear].hears_supervisor = end == Some(Role::Supervisor);
    }
}
