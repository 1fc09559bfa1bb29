//! One bind at the carrier: every text that comes is accepted at once, and phones text as fast as the window lets them.

use mio::{Registry, Token};

use crate::connection::Connection;
use crate::error::LoadError;
use crate::stamp;
use crate::texts::tally::Tally;
use crate::texts::wire::{self, Unit};

/// More texts than this are never without an answer on one bind.
pub const MOST_WINDOW: usize = 4096;

/// What the phones text.
#[derive(Clone, Debug)]
pub struct Phones {
    /// How many; they text in turn.
    pub count: usize,
    /// Whom they text, without the plus.
    pub to: String,
    /// Bytes of text in each.
    pub payload: usize,
    /// Texts on one bind that wait for their answer.
    pub window: usize,
}

/// The number of a phone, without the plus.
pub fn number_of(phone: usize) -> String {
    format!("4917{:08}", 10_000_000 + phone)
}

/// A connection of an ESME.
pub struct Bind {
    connection: Connection,
    receives: bool,
    underway: usize,
    next_sequence: u32,
    /// When the text of a sequence number was sent, by its remainder.
    sent_ns: Box<[u64]>,
}

impl Bind {
    /// Takes over an accepted connection.
    pub fn adopt(stream: mio::net::TcpStream, registry: &Registry, token: Token) -> Result<Bind, LoadError> {
        Ok(Bind {
            connection: Connection::adopt(stream, registry, token)?,
            receives: false,
            underway: 0,
            next_sequence: 1,
            sent_ns: vec![0; MOST_WINDOW].into_boxed_slice(),
        })
    }

    /// Reads, counts and answers.
    pub fn receive(&mut self, scratch: &mut [u8], now: u64, tally: &mut Tally) -> Result<(), LoadError> {
        let Bind { connection, receives, underway, sent_ns, .. } = self;
        connection.receive(scratch, |bytes, out| {
            let mut used = 0;
            while let Some((unit, taken)) = wire::decode(&bytes[used..])? {
                used += taken;
                match unit.command {
                    wire::BIND_RECEIVER | wire::BIND_TRANSMITTER | wire::BIND_TRANSCEIVER => {
                        *receives = unit.command != wire::BIND_TRANSMITTER;
                        tally.binds += 1;
                        wire::encode(out, unit.command | wire::ANSWER, 0, unit.sequence, b"carrier\0");
                    }
                    wire::SUBMIT_SM => accept(&unit, out, now, tally),
                    wire::ENQUIRE_LINK | wire::UNBIND => {
                        wire::encode(out, unit.command | wire::ANSWER, 0, unit.sequence, b"");
                    }
                    answer if answer == wire::DELIVER_SM | wire::ANSWER => {
                        *underway = underway.saturating_sub(1);
                        let sent = sent_ns[unit.sequence as usize % MOST_WINDOW];
                        tally.acknowledge(unit.status == 0, sent, now);
                    }
                    _ => return Err(LoadError::wire("a unit that an ESME sends", bytes)),
                }
            }
            Ok(used)
        })?;
        connection.flush()
    }

    /// Lets phones text until the window is full.
    pub fn deliver(&mut self, phones: &Phones, now: u64, tally: &mut Tally) -> Result<(), LoadError> {
        while self.receives && self.underway < phones.window.min(MOST_WINDOW) {
            self.text(tally.texted as usize % phones.count, phones, now, tally);
        }
        self.connection.flush()
    }

    /// Lets one phone text, if texts can be sent on this bind.
    pub fn deliver_one(
        &mut self,
        phone: usize,
        phones: &Phones,
        now: u64,
        tally: &mut Tally,
    ) -> Result<bool, LoadError> {
        if self.receives {
            self.text(phone, phones, now, tally);
            self.connection.flush()?;
        }
        Ok(self.receives)
    }

    fn text(&mut self, phone: usize, phones: &Phones, now: u64, tally: &mut Tally) {
        let mut text = Vec::with_capacity(phones.payload);
        stamp::write(&mut text, now, phones.payload);
        let out = &mut self.connection.outgoing;
        wire::encode_text(out, self.next_sequence, &number_of(phone), &phones.to, &text);
        self.sent_ns[self.next_sequence as usize % MOST_WINDOW] = now;
        // Sequence numbers end at 0x7FFFFFFF (SMPP 3.4, 3.2); no measurement gets there.
        self.next_sequence += 1;
        self.underway += 1;
        tally.texted += 1;
    }
}

fn accept(unit: &Unit<'_>, out: &mut Vec<u8>, now: u64, tally: &mut Tally) {
    tally.submit(unit.body, now);
    let mut id = Vec::with_capacity(12);
    crate::http::decimal(&mut id, tally.submitted);
    id.push(0);
    wire::encode(out, wire::SUBMIT_SM | wire::ANSWER, 0, unit.sequence, &id);
}
