//! A family of calls on its thread: the bridge between its legs, and what goes in and out of it.

use std::net::SocketAddr;
use std::time::Duration;

use contact_center::CallId;
use media::bridge::{Bridge, Ear, Event, Leg, LegConfig, LegKey, Playing, Refused, Sink};

use super::event::MediaEvent;
use super::figures::Tally;
use super::line::{Line, Port};
use super::news::News;
use super::order::{LegMedia, Row};
use super::recorder::{Parties, Tap, Voice};
use super::slots::Slots;
use super::sounds::Sounds;

/// How far the place of a frame in its track may be from where its packet was when the right to hear it began.
const DOUBT: Duration = Duration::from_millis(40);

/// What the families on a thread share.
pub(super) struct Surroundings {
    pub lines: Slots<Line>,
    pub sounds: Sounds,
    pub news: News,
    pub tap: Option<Tap>,
    pub tally: Tally,
}

/// Legs that may come to hear each other.
pub(super) struct Family {
    pub id: CallId,
    bridge: Bridge,
    members: Members,
    version: u64,
    /// The earliest time at which the thread will look whether something is due.
    pub scheduled: Option<Duration>,
}

/// Who belongs to the family, by the names that the bridge knows.
#[derive(Default)]
struct Members {
    /// Each leg with the slot of its line.
    legs: Vec<Member>,
    rows: Vec<Row>,
    /// Legs that are recorded.
    voices: Vec<(LegKey, Voice)>,
    /// Which ear hears which mouth, and since when. When in doubt, a frame is said to have been heard by nobody.
    audience: Vec<Hearing>,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    leg: LegKey,
    slot: usize,
    /// Whether offer and answer have agreed something, so that the bridge knows it.
    is_agreed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Hearing {
    ear: LegKey,
    mouth: LegKey,
    since: Duration,
}

impl Family {
    /// A family without legs.
    pub fn new(id: CallId) -> Family {
        Family { id, bridge: Bridge::new(), members: Members::default(), version: 0, scheduled: None }
    }

    /// Whether there is no leg.
    pub fn is_empty(&self) -> bool {
        self.members.legs.is_empty()
    }

    /// The slots of all legs.
    pub fn slots(&self) -> impl Iterator<Item = usize> {
        self.members.legs.iter().map(|member| member.slot)
    }

    /// A leg comes; it hears nothing and is heard by nobody yet.
    pub fn join(&mut self, leg: LegKey, slot: usize) {
        self.members.legs.push(Member { leg, slot, is_agreed: false });
    }

    /// A leg goes to another family, with what the bridge knows of it, if offer and answer have agreed something.
    pub fn release(&mut self, leg: LegKey, now: Duration, around: &mut Surroundings) -> Option<Leg> {
        let released = self.bridge.release(leg, now, &mut Outlet { members: &mut self.members, around });
        self.forget(leg);
        released
    }

    /// A leg comes from another family, and hears what the rows say.
    pub fn adopt(
        &mut self,
        leg: LegKey,
        slot: usize,
        known: Option<Leg>,
        now: Duration,
        around: &mut Surroundings,
    ) -> Result<(), Refused> {
        let is_agreed = known.is_some();
        if let Some(known) = known {
            self.bridge.adopt(known, now)?;
        }
        self.members.legs.push(Member { leg, slot, is_agreed });
        self.apply_rows(now, around);
        Ok(())
    }

    /// When something is due next.
    pub fn due(&self) -> Option<Duration> {
        self.bridge.next_tick()
    }

    /// Does what offer and answer have agreed.
    pub fn configure(
        &mut self,
        leg: LegKey,
        media: LegMedia,
        now: Duration,
        around: &mut Surroundings,
    ) -> Result<(), Refused> {
        let is_recorded = self.members.voices.iter().any(|(it, _)| *it == leg);
        let member =
            self.members.legs.iter_mut().find(|member| member.leg == leg).ok_or(Refused::UnknownLeg)?;
        let line = around.lines.at(member.slot).ok_or(Refused::UnknownLeg)?;
        let config = LegConfig {
            codec: media.codec,
            payload_type: media.payload_type,
            dtmf: media.dtmf,
            remote: media.remote,
            remote_control: media.remote_control,
            latching: media.latching,
            may_send: media.may_send,
            may_receive: media.may_receive,
            srtp: media.srtp,
            identity: line.identity,
            recorded: is_recorded,
            silent_after: media.silent_after,
        };
        if member.is_agreed {
            return self.bridge.change(leg, config, now);
        }
        self.bridge.open(leg, config, now)?;
        member.is_agreed = true;
        // Rows that name it were waiting for it.
        self.apply_rows(now, around);
        Ok(())
    }

    /// Replaces the whole table in one step.
    pub fn score(&mut self, rows: Vec<Row>, now: Duration, around: &mut Surroundings) {
        self.members.rows = rows;
        self.apply_rows(now, around);
    }

    fn apply_rows(&mut self, now: Duration, around: &mut Surroundings) {
        let playing =
            |row: &Row| row.plays.map(|it| Playing { sound: around.sounds.of(it.sound), order: it.order });
        // Out of the way of what the bridge tells meanwhile.
        let rows = std::mem::take(&mut self.members.rows);
        let ears: Vec<Ear<'_>> =
            rows.iter().map(|row| Ear { leg: row.leg, hears: &row.hears, plays: playing(row) }).collect();
        self.version += 1;
        self.bridge.score(&ears, self.version, now, &mut Outlet { members: &mut self.members, around });
        self.members.rows = rows;
        self.choose_voices();
    }

    /// Has those legs recorded that the rows say.
    fn choose_voices(&mut self) {
        for member in self.members.legs.iter().filter(|member| member.is_agreed) {
            let wanted = self.members.rows.iter().find(|row| row.leg == member.leg).and_then(|row| row.voice);
            let had = self.members.voices.iter().position(|(leg, _)| *leg == member.leg);
            let is_same =
                |(recording, party), voice: &Voice| voice.recording == recording && voice.party == party;
            if let (Some(wanted), Some(had)) = (wanted, had)
                && is_same(wanted, &self.members.voices[had].1)
            {
                continue;
            }
            if let Some(had) = had {
                self.members.voices.remove(had);
            }
            if let Some((recording, party)) = wanted {
                self.members.voices.push((member.leg, Voice { recording, party, lost: 0 }));
            }
            // The leg is there, since it is agreed.
            let _ = self.bridge.record(member.leg, wanted.is_some());
        }
    }

    /// Takes a datagram that came for a leg.
    pub fn receive(
        &mut self,
        leg: LegKey,
        port: Port,
        datagram: &mut [u8],
        from: SocketAddr,
        now: Duration,
        around: &mut Surroundings,
    ) {
        if !self.members.legs.iter().any(|member| member.leg == leg && member.is_agreed) {
            around.tally.untimely += 1;
            return;
        }
        let mut outlet = Outlet { members: &mut self.members, around };
        match port {
            Port::Rtp => self.bridge.receive(leg, datagram, from, now, &mut outlet),
            Port::Rtcp => self.bridge.receive_control(leg, datagram, from, now, &mut outlet),
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Duration, around: &mut Surroundings) {
        self.bridge.tick(now, &mut Outlet { members: &mut self.members, around });
    }

    /// Sends digits to the far side of a leg.
    pub fn send_digits(&mut self, leg: LegKey, digits: &str, now: Duration) -> Result<(), Refused> {
        self.bridge.send_digits(leg, digits, now)
    }

    /// A leg goes. Its line stays in its slot.
    pub fn close(&mut self, leg: LegKey, now: Duration, around: &mut Surroundings) {
        self.bridge.close(leg, now, &mut Outlet { members: &mut self.members, around });
        self.forget(leg);
    }

    fn forget(&mut self, leg: LegKey) {
        self.members.legs.retain(|member| member.leg != leg);
        self.members.voices.retain(|(it, _)| *it != leg);
        self.members.audience.retain(|it| it.ear != leg && it.mouth != leg);
        self.members.rows.retain(|row| row.leg != leg);
        // Should it come back, nobody hears it before another table says so.
        self.members.rows.iter_mut().for_each(|row| row.hears.retain(|mouth| *mouth != leg));
    }
}

/// Where the bridge puts what it makes.
struct Outlet<'a> {
    members: &'a mut Members,
    around: &'a mut Surroundings,
}

impl Outlet<'_> {
    fn line(&self, leg: LegKey) -> Option<&Line> {
        self.members.legs.iter().find(|member| member.leg == leg).and_then(|it| self.around.lines.at(it.slot))
    }

    fn put(&mut self, leg: LegKey, port: Port, to: SocketAddr, datagram: &[u8]) {
        match self.line(leg).map(|line| line.send(port, to, datagram)) {
            Some(Ok(_)) => self.around.tally.sent += 1,
            // No room, no route, or nobody there: as if the network had lost it.
            Some(Err(_)) => self.around.tally.unsent += 1,
            None => {}
        }
    }

    fn note_hearing(&mut self, ear: LegKey, mouth: LegKey, hears: bool, at: Duration) {
        self.members.audience.retain(|it| it.ear != ear || it.mouth != mouth);
        if hears {
            self.members.audience.push(Hearing { ear, mouth, since: at });
        }
    }
}

impl Sink for Outlet<'_> {
    fn send(&mut self, leg: LegKey, to: SocketAddr, datagram: &[u8]) {
        self.put(leg, Port::Rtp, to, datagram);
    }

    fn send_control(&mut self, leg: LegKey, to: SocketAddr, datagram: &[u8]) {
        self.put(leg, Port::Rtcp, to, datagram);
    }

    fn event(&mut self, event: Event) {
        let about = match &event {
            Event::Hears { ear, mouth, hears, at } => return self.note_hearing(*ear, *mouth, *hears, *at),
            Event::Heard { leg }
            | Event::FellSilent { leg }
            | Event::Digit { leg, .. }
            | Event::DigitsSent { leg }
            | Event::Played { leg, .. }
            | Event::Goodbye { leg }
            | Event::Closed { leg, .. } => *leg,
        };
        let Some(leg) = self.line(about).map(|line| line.id) else { return };
        let news = match event {
            Event::Hears { .. } => return,
            Event::Heard { .. } => MediaEvent::Heard { leg },
            Event::FellSilent { .. } => MediaEvent::FellSilent { leg },
            Event::Digit { key, lasted, .. } => MediaEvent::Digit { leg, digit: key.symbol(), lasted },
            Event::DigitsSent { .. } => MediaEvent::DigitsSent { leg },
            Event::Played { order, .. } => {
                let ended = self.members.rows.iter().filter(|row| row.leg == about).find_map(|row| row.plays);
                let Some(ended) = ended.filter(|it| it.order == order) else { return };
                MediaEvent::SoundEnded { leg, sound: ended.sound }
            }
            Event::Goodbye { .. } => MediaEvent::Goodbye { leg },
            Event::Closed { figures, .. } => MediaEvent::Closed { leg, figures },
        };
        self.around.news.tell(news);
    }

    fn track(&mut self, leg: LegKey, samples: &[i16], rate_hz: u32, spoken_at: Duration) {
        let Members { voices, audience, .. } = &mut *self.members;
        let heard_by = audience.iter().filter(|it| it.mouth == leg && it.since + DOUBT <= spoken_at);
        let party = |ear| voices.iter().find(|(leg, _)| *leg == ear).map(|(_, voice)| voice.party);
        let by = heard_by.filter_map(|it| party(it.ear)).fold(Parties::default(), Parties::with);
        let voice = voices.iter_mut().find(|(it, _)| *it == leg);
        if let (Some((_, voice)), Some(tap)) = (voice, &self.around.tap) {
            tap.offer(voice, samples, rate_hz, spoken_at, by);
        }
    }
}
