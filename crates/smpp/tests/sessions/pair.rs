//! Both sides against each other: octets in any pieces, answers in any order, time-outs, lost connections.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use smpp::esme::{self, Esme, SubmitResult};
use smpp::smsc::{self, DeliverResult, Delivery, Smsc};
use smpp::{BindAs, Content, Status};

use crate::story::{pdus, start};
use crate::{DELIVER_SM, SUBMIT_SM, address, config, part, submission};

/// Something that happens to the two.
#[derive(Debug, Clone)]
enum Event {
    Submit,
    Deliver,
    /// So many octets arrive at the carrier.
    ToSmsc(usize),
    /// So many octets arrive at the esme.
    ToEsme(usize),
    /// The carrier's shell answers one of the submissions it has.
    AnswerSubmit {
        which: usize,
        takes: bool,
    },
    /// The esme's shell answers one of the texts it has.
    AnswerText {
        which: usize,
        takes: bool,
    },
    Wait(u64),
    EsmeLeaves,
    SmscLeaves,
    /// The connection breaks, and takes along what was on its way.
    Lose,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let octets = || prop_oneof![Just(usize::MAX), 1usize..40, 1usize..400];
    let event = prop_oneof![
        20 => Just(Event::Submit),
        10 => Just(Event::Deliver),
        20 => octets().prop_map(Event::ToSmsc),
        20 => octets().prop_map(Event::ToEsme),
        20 => (any::<usize>(), any::<bool>()).prop_map(|(which, takes)| Event::AnswerSubmit { which, takes }),
        10 => (any::<usize>(), any::<bool>()).prop_map(|(which, takes)| Event::AnswerText { which, takes }),
        8 => (1u64..15_000).prop_map(Event::Wait),
        1 => Just(Event::EsmeLeaves),
        1 => Just(Event::SmscLeaves),
        1 => Just(Event::Lose),
    ];
    proptest::collection::vec(event, 0..150)
}

struct World {
    now: Instant,
    esme: Esme,
    smsc: Smsc,
    to_smsc: VecDeque<u8>,
    to_esme: VecDeque<u8>,
    is_lost: bool,
    tickets: u64,
    /// What is open at each shell: the other side's tickets, with the number that the text says.
    submissions: Vec<(u64, u64)>,
    texts: Vec<(u64, u64)>,
    /// What was told of each of our own.
    submit_results: BTreeMap<u64, SubmitResult>,
    deliver_results: BTreeMap<u64, DeliverResult>,
    /// What the shells answered.
    submit_answers: BTreeMap<u64, Result<String, Status>>,
    text_answers: BTreeMap<u64, Status>,
    /// What was ever in an `Output::Send`, by the number that the text says.
    submits_sent: BTreeSet<u64>,
    delivers_sent: BTreeSet<u64>,
    /// How many octets each answer of the esme ends after, and how many the carrier has read.
    answers_end: Vec<u64>,
    esme_sent: u64,
    smsc_read: u64,
    closed: [bool; 2],
}

impl World {
    fn new() -> World {
        let esme = esme::Config { most_unanswered: 4, window: 3, ..config(BindAs::Transceiver) };
        let smsc = smsc::Config { most_unanswered: 4, window: 3, ..smsc::Config::default() };
        let mut world = World {
            now: start(),
            esme: Esme::new(esme),
            smsc: Smsc::new(smsc),
            to_smsc: VecDeque::new(),
            to_esme: VecDeque::new(),
            is_lost: false,
            tickets: 0,
            submissions: Vec::new(),
            texts: Vec::new(),
            submit_results: BTreeMap::new(),
            deliver_results: BTreeMap::new(),
            submit_answers: BTreeMap::new(),
            text_answers: BTreeMap::new(),
            submits_sent: BTreeSet::new(),
            delivers_sent: BTreeSet::new(),
            answers_end: Vec::new(),
            esme_sent: 0,
            smsc_read: 0,
            closed: [false; 2],
        };
        world.esme(esme::Input::Connected);
        world.smsc(smsc::Input::Connected);
        world
    }

    fn esme(&mut self, input: esme::Input<'_>) {
        let mut out = Vec::new();
        self.esme.handle(input, self.now, &mut out);
        for output in out {
            let is_told = matches!(output, esme::Output::Submitted { result: SubmitResult::NotSent, .. });
            assert!(!self.closed[0] || is_told, "{output:?} after the end");
            match output {
                esme::Output::Send(octets) => {
                    self.esme_sent += octets.len() as u64;
                    for ticket in texts_of(&octets, SUBMIT_SM) {
                        assert!(self.submits_sent.insert(ticket), "{ticket} was handed out twice");
                    }
                    if !self.is_lost {
                        self.to_smsc.extend(octets);
                    }
                }
                esme::Output::Submitted { ticket, result } => {
                    let first = self.submit_results.insert(ticket, result).is_none();
                    assert!(first, "{ticket} was reported on twice");
                }
                esme::Output::Incoming(incoming) => {
                    let Content::Text(units) = incoming.content else { panic!("a text") };
                    self.texts.push((incoming.ticket, number(&String::from_utf16_lossy(&units))));
                }
                esme::Output::Close(_) => self.closed[0] = true,
                esme::Output::Bound { .. } | esme::Output::BindRefused(_) | esme::Output::Fault(_) => {}
            }
        }
        let confirmed = self.esme.answers_confirmed() as usize;
        let end = confirmed.checked_sub(1).map_or(0, |last| self.answers_end[last]);
        assert!(end <= self.smsc_read, "an answer is confirmed that the carrier has not read");
    }

    fn smsc(&mut self, input: smsc::Input<'_>) {
        let mut out = Vec::new();
        self.smsc.handle(input, self.now, &mut out);
        for output in out {
            let is_told = matches!(output, smsc::Output::Delivered { result: DeliverResult::NotSent, .. });
            assert!(!self.closed[1] || is_told, "{output:?} after the end");
            match output {
                smsc::Output::Send(octets) => {
                    for ticket in texts_of(&octets, DELIVER_SM) {
                        assert!(self.delivers_sent.insert(ticket), "{ticket} was handed out twice");
                    }
                    if !self.is_lost {
                        self.to_esme.extend(octets);
                    }
                }
                smsc::Output::BindAsked(_) => self.smsc(smsc::Input::AnswerBind(Status::OK)),
                smsc::Output::Submitted(submitted) => {
                    let text = String::from_utf8_lossy(&submitted.part.short_message).into_owned();
                    self.submissions.push((submitted.ticket, number(&text)));
                }
                smsc::Output::Delivered { ticket, result } => {
                    let first = self.deliver_results.insert(ticket, result).is_none();
                    assert!(first, "{ticket} was reported on twice");
                }
                smsc::Output::Close(_) => self.closed[1] = true,
                smsc::Output::Fault(_) => {}
            }
        }
    }

    fn play(&mut self, event: Event) {
        match event {
            Event::Submit => {
                self.tickets += 1;
                let (ticket, submission) = (self.tickets, submission(&format!("text {}", self.tickets)));
                self.esme(esme::Input::Submit { ticket, submission });
            }
            Event::Deliver => {
                self.tickets += 1;
                let (ticket, part) = (self.tickets, part(&format!("text {}", self.tickets)));
                let delivery = Delivery::text(address("+491701234567"), address("72800"), part);
                self.smsc(smsc::Input::Deliver { ticket, delivery });
            }
            Event::ToSmsc(octets) => {
                let octets: Vec<u8> = self.to_smsc.drain(..octets.min(self.to_smsc.len())).collect();
                self.smsc_read += octets.len() as u64;
                self.smsc(smsc::Input::Octets(&octets));
            }
            Event::ToEsme(octets) => {
                let octets: Vec<u8> = self.to_esme.drain(..octets.min(self.to_esme.len())).collect();
                self.esme(esme::Input::Octets(&octets));
            }
            Event::AnswerSubmit { which, takes } if !self.submissions.is_empty() => {
                let (ticket, number) = self.submissions.remove(which % self.submissions.len());
                let result = if takes { Ok(format!("id-{number}")) } else { Err(Status::QUEUE_FULL) };
                self.submit_answers.insert(number, result.clone());
                self.smsc(smsc::Input::AnswerSubmit { ticket, result });
            }
            Event::AnswerText { which, takes } if !self.texts.is_empty() => {
                let (ticket, number) = self.texts.remove(which % self.texts.len());
                let status = if takes { Status::OK } else { Status::TEMPORARY_APPLICATION_ERROR };
                self.text_answers.insert(number, status);
                let before = self.esme_sent;
                self.esme(esme::Input::Answer { ticket, status });
                if self.esme_sent > before {
                    self.answers_end.push(before + ANSWER_OCTETS);
                }
            }
            Event::AnswerSubmit { .. } | Event::AnswerText { .. } => {}
            Event::Wait(ms) => self.wait(Duration::from_millis(ms)),
            Event::EsmeLeaves => self.esme(esme::Input::Unbind),
            Event::SmscLeaves => self.smsc(smsc::Input::Unbind),
            Event::Lose => self.lose(),
        }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let deadlines = [self.esme.deadline(), self.smsc.deadline()];
            let next = deadlines.into_iter().flatten().map(|(due, _)| due).min();
            let Some(due) = next.filter(|due| *due <= until) else { break };
            self.now = self.now.max(due);
            self.esme(esme::Input::Tick);
            self.smsc(smsc::Input::Tick);
            let is_done = |deadline: Option<(Instant, _)>, now| deadline.is_none_or(|(due, _)| due > now);
            assert!(is_done(self.esme.deadline(), self.now) && is_done(self.smsc.deadline(), self.now));
        }
        self.now = until;
    }

    fn lose(&mut self) {
        self.is_lost = true;
        self.to_smsc.clear();
        self.to_esme.clear();
        self.esme(esme::Input::Closed);
        self.smsc(smsc::Input::Closed);
    }

    /// What must be true whatever happened, when all is over.
    fn judge(&self) {
        assert_eq!((self.esme.deadline(), self.smsc.deadline()), (None, None));
        for (ticket, result) in &self.submit_results {
            let was_sent = self.submits_sent.contains(ticket);
            let answer = self.submit_answers.get(ticket);
            match result {
                SubmitResult::Accepted { id } => assert_eq!(answer, Some(&Ok(id.clone()))),
                // The carrier's session says the first two by itself.
                SubmitResult::Refused(Status::THROTTLED | Status::SYSTEM_ERROR) => assert_eq!(answer, None),
                SubmitResult::Refused(status) => assert_eq!(answer, Some(&Err(*status))),
                SubmitResult::Unanswered => assert!(was_sent, "{ticket} was never handed out"),
                SubmitResult::NotSent => assert!(!was_sent && answer.is_none(), "{ticket} was handed out"),
            }
        }
        for (ticket, result) in &self.deliver_results {
            let was_sent = self.delivers_sent.contains(ticket);
            let answer = self.text_answers.get(ticket);
            match result {
                DeliverResult::Answered(Status::THROTTLED) => assert_eq!(answer, None),
                DeliverResult::Answered(Status::TEMPORARY_APPLICATION_ERROR) => {
                    assert!(answer.is_none_or(|status| !status.is_ok()));
                }
                DeliverResult::Answered(status) => assert_eq!(answer, Some(status)),
                DeliverResult::Unanswered => assert!(was_sent),
                DeliverResult::NotSent => assert!(!was_sent && answer.is_none()),
                DeliverResult::Unwritable(status) => panic!("{status}"),
            }
        }
        assert_eq!(self.submit_results.len() + self.deliver_results.len(), self.tickets as usize);
    }
}

/// A deliver_sm_resp with an empty ID.
const ANSWER_OCTETS: u64 = 17;

/// The numbers that the texts of one command say, in what was sent.
fn texts_of(octets: &[u8], command: u32) -> Vec<u64> {
    let pdus = pdus(octets).into_iter().filter(|pdu| pdu[4..8] == command.to_be_bytes());
    pdus.map(|pdu| number(&String::from_utf8_lossy(&pdu))).collect()
}

fn number(text: &str) -> u64 {
    let digits = text.rsplit("text ").next().unwrap_or_default();
    digits.trim_end_matches('\0').parse().expect("each text has its number")
}

proptest! {
    #[test]
    fn nothing_is_sent_twice_reported_twice_or_forgotten(events in events()) {
        let mut world = World::new();
        for event in events {
            world.play(event);
        }
        world.lose();
        world.judge();
    }

    #[test]
    fn without_a_loss_everything_arrives_and_both_part_as_friends(
        events in events(), pieces in proptest::collection::vec(1usize..200, 8)) {
        let is_calm = |event: &Event| {
            !matches!(event, Event::Wait(_) | Event::EsmeLeaves | Event::SmscLeaves | Event::Lose)
        };
        let mut world = World::new();
        for event in events.into_iter().filter(is_calm) {
            world.play(event);
        }
        let settle = |world: &mut World| {
            for piece in pieces.iter().cycle().take(2_000) {
                world.play(Event::ToSmsc(*piece));
                world.play(Event::ToEsme(*piece));
                world.play(Event::AnswerSubmit { which: *piece, takes: true });
                world.play(Event::AnswerText { which: *piece, takes: true });
            }
        };
        settle(&mut world);
        prop_assert_eq!(world.submit_results.len() + world.deliver_results.len(), world.tickets as usize);
        let is_unsettled = |result: &SubmitResult| *result == SubmitResult::Unanswered;
        prop_assert!(!world.submit_results.values().any(is_unsettled));
        prop_assert!(!world.deliver_results.values().any(|result| *result == DeliverResult::Unanswered));
        // A second later the answers are confirmed.
        world.wait(Duration::from_secs(1));
        settle(&mut world);
        prop_assert_eq!(world.esme.answers_confirmed() as usize, world.answers_end.len());
        world.play(Event::EsmeLeaves);
        settle(&mut world);
        prop_assert_eq!(world.closed, [true, true]);
        world.lose();
        world.judge();
    }
}
