//! **The rule of visibility**: who perceives whom in a contact, whatever its channel. Everything
//! that anyone is shown passes through [`perceives`]; nothing else decides it.
//!
//! Three levels are ordered from open to secret. What somebody says has a level, and so has the
//! person saying it; the stricter of the two counts. Everybody is cleared up to one level.
//! Monitoring, coaching and barging in are presets of these two numbers.

use serde::{Deserialize, Serialize};

use crate::ids::PartyId;

/// For whom something is meant, from everyone to the fewest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Visibility {
    /// Everyone, the customer included.
    All,
    /// Agents and supervisors; never the customer.
    Agents,
    /// Supervisors alone.
    Supervisors,
}

/// How a supervisor takes part in a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// Perceives all, is perceived by supervisors only, says nothing.
    Monitor,
    /// Is perceived by agents and supervisors, never by the customer.
    Coach,
    /// Is perceived by everyone.
    BargeIn,
}

/// What a party is in a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Part {
    /// The person who contacted us.
    Customer,
    /// A workflow or another system.
    External,
    /// An agent who handles the contact in front of the customer.
    Agent,
    /// An agent who was asked for advice behind the customer's back.
    Consultant,
    /// Whoever joined through supervision.
    Supervisor(Mode),
}

impl Part {
    /// By whom this party's presence, and at most its words, may be perceived.
    pub fn visibility(self) -> Visibility {
        match self {
            Self::Customer | Self::External | Self::Agent | Self::Supervisor(Mode::BargeIn) => {
                Visibility::All
            }
            Self::Consultant | Self::Supervisor(Mode::Coach) => Visibility::Agents,
            Self::Supervisor(Mode::Monitor) => Visibility::Supervisors,
        }
    }

    /// Up to which level this party perceives others.
    pub fn clearance(self) -> Visibility {
        match self {
            Self::Customer | Self::External => Visibility::All,
            Self::Agent | Self::Consultant => Visibility::Agents,
            Self::Supervisor(_) => Visibility::Supervisors,
        }
    }

    /// Whether this party may say anything at all.
    pub fn may_speak(self) -> bool {
        self != Self::Supervisor(Mode::Monitor)
    }
}

/// The level of what is said: as meant, but never more open than the speaker.
pub fn level(meant: Visibility, speaker: Part) -> Visibility {
    meant.max(speaker.visibility())
}

/// **The rule**: a listener perceives what its clearance reaches.
pub fn perceives(listener: Part, level: Visibility) -> bool {
    level <= listener.clearance()
}

/// One line of the table "who perceives whom": a party, and who is aware of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerceivedBy {
    /// The party in question.
    pub party: PartyId,
    /// Who sees that this party is there.
    pub seen_by: Vec<PartyId>,
    /// Who perceives what this party says to as many as it may.
    pub heard_by: Vec<PartyId>,
}

/// The whole table over the parties present in a contact, in their order.
pub fn table(parties: &[(PartyId, Part)]) -> Vec<PerceivedBy> {
    let others_perceiving = |me: PartyId, part: Part| {
        parties
            .iter()
            .filter(|(id, listener)| *id != me && perceives(*listener, part.visibility()))
            .map(|(id, _)| *id)
            .collect::<Vec<_>>()
    };
    parties
        .iter()
        .map(|&(party, part)| {
            let seen_by = others_perceiving(party, part);
            let heard_by = if part.may_speak() { seen_by.clone() } else { Vec::new() };
            PerceivedBy { party, seen_by, heard_by }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Mode::{BargeIn, Coach, Monitor};
    use Part::{Agent, Consultant, Customer, Supervisor};

    const PARTIES: [Part; 6] =
        [Customer, Agent, Consultant, Supervisor(Coach), Supervisor(BargeIn), Supervisor(Monitor)];

    /// Who perceives a text that `speaker` meant for `meant`, in the order of [`PARTIES`].
    fn check(speaker: Part, meant: Visibility, heard: [bool; 6]) {
        let level = level(meant, speaker);
        assert_eq!(PARTIES.map(|listener| perceives(listener, level)), heard, "{speaker:?} to {meant:?}");
    }

    #[test]
    fn words_reach_whom_the_contract_names() {
        let (all, agents) = ([true; 6], [false, true, true, true, true, true]);
        check(Customer, Visibility::All, all);
        check(Agent, Visibility::All, all);
        check(Agent, Visibility::Agents, agents);
        check(Consultant, Visibility::All, agents);
        check(Supervisor(Coach), Visibility::All, agents);
        check(Supervisor(Coach), Visibility::Agents, agents);
        check(Supervisor(BargeIn), Visibility::All, all);
        check(Supervisor(BargeIn), Visibility::Agents, agents);
        check(Supervisor(Monitor), Visibility::All, [false, false, false, true, true, true]);
    }

    #[test]
    fn the_table_of_a_coached_contact_keeps_the_coach_from_the_customer() {
        let (customer, agent, coach) = (PartyId(1), PartyId(2), PartyId(3));
        let table = table(&[(customer, Customer), (agent, Agent), (coach, Supervisor(Coach))]);
        assert_eq!(table[0].heard_by, [agent, coach]);
        assert_eq!(table[1].heard_by, [customer, coach]);
        assert_eq!(table[2].heard_by, [agent]);
        assert_eq!(table[2].seen_by, [agent]);
    }

    #[test]
    fn a_monitor_is_heard_by_nobody() {
        let (agent, monitor, coach) = (PartyId(2), PartyId(3), PartyId(4));
        let table = table(&[(agent, Agent), (monitor, Supervisor(Monitor)), (coach, Supervisor(Coach))]);
        assert_eq!(table[1].seen_by, [coach]);
        assert!(table[1].heard_by.is_empty());
    }
}
