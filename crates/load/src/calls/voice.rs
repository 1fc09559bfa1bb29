//! What phones say, so that every ear can tell who spoke.

use media::codec::Law;
use media::rtp::Packet;

/// Octets of a frame of 20 ms.
pub const FRAME_OCTETS: usize = 160;
/// Octets of a datagram.
pub const DATAGRAM_OCTETS: usize = 172;
/// Of each so many frames of a mouth, one is a mark.
pub const FRAMES_PER_MARK: u64 = 25;
/// The A-law's payload type.
pub const PAYLOAD_TYPE: u8 = 8;

/// Who speaks in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Customer,
    Agent,
    Supervisor,
}

impl Role {
    /// In the order of a call's legs.
    pub const ALL: [Role; 3] = [Role::Customer, Role::Agent, Role::Supervisor];

    /// The role of a leg, by its number over all calls.
    pub fn of(leg: usize) -> Role {
        Role::ALL[leg % Role::ALL.len()]
    }

    /// The sample of its marks.
    fn sample(self) -> i16 {
        match self {
            Role::Customer => 4_000,
            Role::Agent => 8_000,
            Role::Supervisor => -8_000,
        }
    }

    /// Which frames of a round are marks, so that those of one call never meet.
    pub fn mark_at(self) -> u64 {
        match self {
            Role::Customer => 0,
            Role::Agent => 8,
            Role::Supervisor => 16,
        }
    }
}

/// Octets to roles.
pub struct Ear {
    roles: [Option<Role>; 256],
}

impl Ear {
    /// Where marks lie between is drawn halfway.
    pub fn new() -> Ear {
        let role = |octet: usize| match Law::A.decode_one(octet as u8) {
            ..-4_000 => Some(Role::Supervisor),
            6_000.. => Some(Role::Agent),
            2_000.. => Some(Role::Customer),
            _ => None,
        };
        Ear { roles: std::array::from_fn(role) }
    }

    /// Whose mark an octet is.
    pub fn hear(&self, octet: u8) -> Option<Role> {
        self.roles[usize::from(octet)]
    }
}

/// The datagrams of one phone.
pub struct Mouth {
    role: Role,
    frames: u64,
    speaks_always: bool,
    ssrc: u32,
}

impl Mouth {
    /// Silent but for marks, or one mark without an end.
    pub fn new(role: Role, ssrc: u32, speaks_always: bool) -> Mouth {
        Mouth { role, frames: 0, speaks_always, ssrc }
    }

    /// Writes the next datagram; whether it is a mark.
    pub fn speak(&mut self, datagram: &mut [u8; DATAGRAM_OCTETS]) -> bool {
        let is_mark = self.speaks_always || self.frames % FRAMES_PER_MARK == self.role.mark_at();
        let sample = if is_mark { self.role.sample() } else { 0 };
        let packet = Packet {
            marker: self.frames == 0,
            payload_type: PAYLOAD_TYPE,
            sequence: self.frames as u16,
            timestamp: (self.frames * FRAME_OCTETS as u64) as u32,
            ssrc: self.ssrc,
            payload: &[Law::A.encode_one(sample); FRAME_OCTETS],
        };
        self.frames += 1;
        packet.write(datagram).is_some() && is_mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ear_knows_everyone_by_their_marks() {
        let ear = Ear::new();
        for role in Role::ALL {
            let mut mouth = Mouth::new(role, 1, false);
            let mut datagram = [0; DATAGRAM_OCTETS];
            let marks: Vec<u64> = (0..50).filter(|_| mouth.speak(&mut datagram)).collect();
            assert_eq!(marks, [role.mark_at(), role.mark_at() + FRAMES_PER_MARK]);
            let mut always = Mouth::new(role, 1, true);
            assert!(always.speak(&mut datagram));
            assert_eq!(ear.hear(datagram[100]), Some(role));
        }
        assert_eq!(ear.hear(Law::A.silence()), None);
    }
}
