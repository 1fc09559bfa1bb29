//! What each speaker means for whom. It knows who has come as what, and nothing of how that decides who hears what.

use std::collections::{BTreeMap, BTreeSet};

use contact_center::audience::{Mode, Part};
use contact_center::contact::ContactEvent;
use contact_center::texting::{DeliveryState, built_in_keywords};
use contact_center::{ContactId, Event, PartyId, UserId};
use engine::Denial;

use crate::house::Seen;

/// At least so many texts to customers, and so many secrets, are said.
const LEAST: usize = 5_000;
/// Agents, consultants, coaches and those who barge in.
const KINDS_OF_SPEAKERS: usize = 4;

/// What somebody says with an order.
#[derive(Default)]
pub struct Said {
    pub by: Option<UserId>,
    /// By operations that speak to the customer.
    pub openly: Vec<String>,
    /// By all others.
    pub covertly: Vec<String>,
}

/// How it all ended.
pub struct Outcome {
    /// What each phone has got, in order.
    pub received: BTreeMap<String, Vec<String>>,
    /// Every text that went out by the log, and what became of it.
    pub deliveries: BTreeMap<String, DeliveryState>,
    /// Texts that the carrier was given, parts as texts of their own.
    pub submitted: u64,
    pub texted: usize,
}

#[derive(Default)]
pub struct Model {
    phones: BTreeMap<ContactId, String>,
    parts: BTreeMap<PartyId, (UserId, Part)>,
    /// What was meant for each phone, in the order in which it was said.
    meant: BTreeMap<String, Vec<String>>,
    secrets: BTreeSet<String>,
    /// How often each kind of part has said something.
    speakers: BTreeMap<String, usize>,
    accepted: usize,
    refused: usize,
}

impl Model {
    /// An order was answered; what it says is said if the log has it.
    pub fn hear(&mut self, said: &Said, answered: &Result<Vec<Event>, Denial>) {
        let Ok(events) = answered else {
            self.refused += 1;
            return;
        };
        self.accepted += 1;
        for event in events {
            if let Event::Contact(contact, event) = event {
                self.happened(*contact, event, said);
            }
        }
    }

    fn happened(&mut self, contact: ContactId, event: &ContactEvent, said: &Said) {
        match event {
            ContactEvent::Requested(new) => {
                let phone = new.thread.as_ref().unwrap().customer.as_str();
                self.phones.insert(contact, phone.to_owned());
            }
            ContactEvent::Joined(party) => {
                if let Some(user) = party.user {
                    self.parts.insert(party.id, (user, party.part));
                }
            }
            ContactEvent::PartChanged(party, part) => {
                self.parts.get_mut(party).unwrap().1 = *part;
            }
            ContactEvent::Logged(entry) => {
                let words = entry.text.as_deref().unwrap_or_default();
                let openly = said.openly.iter().any(|it| it == words);
                if !openly && !said.covertly.iter().any(|it| it == words) {
                    return;
                }
                let (user, part) = self.parts[&entry.from.party];
                assert_eq!(Some(user), said.by, "nobody speaks for others");
                *self.speakers.entry(format!("{part:?}")).or_default() += 1;
                if openly && matches!(part, Part::Agent | Part::Supervisor(Mode::BargeIn)) {
                    let meant = self.meant.entry(self.phones[&contact].clone()).or_default();
                    meant.push(words.to_owned());
                } else {
                    self.secrets.insert(words.to_owned());
                }
            }
            _ => {}
        }
    }

    /// Sessions that customers began.
    pub fn learn(&mut self, sessions: &[Seen]) {
        self.phones.extend(sessions.iter().map(|seen| (seen.contact, seen.phone.clone())));
    }

    pub fn check(&self, outcome: &Outcome, seed: u64) {
        let answers: BTreeSet<String> = built_in_keywords()
            .into_iter()
            .flat_map(|family| [family.stop_answer, family.start_answer, family.help_answer])
            .collect();
        let (mut arrived, mut blocked, mut answered) = (0, 0, 0);
        for (phone, received) in &outcome.received {
            for text in received {
                assert!(
                    !self.secrets.contains(text),
                    "{text:?} was said behind {phone}'s back (seed {seed})"
                );
            }
            let state = |text: &String| outcome.deliveries.get(text).copied();
            let meant = self.meant.get(phone).into_iter().flatten();
            let (stopped, meant): (Vec<_>, Vec<_>) =
                meant.partition(|text| state(text) == Some(DeliveryState::Blocked));
            let said: Vec<_> = received.iter().filter(|text| !answers.contains(*text)).collect();
            assert_eq!(said, meant, "what was meant for {phone}, once and in order (seed {seed})");
            answered += received.len() - said.len();
            arrived += said.len();
            blocked += stopped.len();
        }
        let delivered =
            |state: &DeliveryState| matches!(state, DeliveryState::Delivered | DeliveryState::Blocked);
        let others: Vec<_> = outcome.deliveries.iter().filter(|(_, state)| !delivered(state)).collect();
        assert!(others.is_empty(), "(seed {seed}) {others:?}");
        let all: usize = outcome.received.values().map(Vec::len).sum();
        assert_eq!(outcome.submitted, all as u64, "nothing else was given to the carrier (seed {seed})");
        println!(
            "{} orders followed, {} refused, {} texts by phones; {} secrets said, {arrived} texts arrived, {blocked} \
             blocked, {answered} answers to keywords; said by {:?}",
            self.accepted,
            self.refused,
            outcome.texted,
            self.secrets.len(),
            self.speakers
        );
        assert!(self.secrets.len() > LEAST && arrived > LEAST, "too little was said");
        assert!(blocked > 0 && answered > 0, "nobody opted out in time");
        assert_eq!(self.speakers.len(), KINDS_OF_SPEAKERS, "{:?}", self.speakers);
    }
}
