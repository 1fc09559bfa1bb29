//! The lines that there are now.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use contact_center::calls::LegPlan;
use contact_center::{CallId, DeviceId, LegId};
use sip::Flow;
use sip::user_agent::{Peer, ReferId, SessionId, Target};

use super::voice::Voice;
use crate::config::Srtp;

/// All lines.
#[derive(Default)]
pub(super) struct Lines {
    by_leg: BTreeMap<LegId, Line>,
    by_session: BTreeMap<SessionId, LegId>,
    by_family: BTreeSet<(CallId, LegId)>,
    last_session: u64,
    /// Lines that have ended here, and for which older news may still be on its way.
    over: BTreeSet<LegId>,
    /// Those whose end is known to the rules, each with how much had been announced then.
    settled: VecDeque<(u64, LegId)>,
}

/// A line.
pub(super) struct Line {
    pub leg: LegId,
    pub session: SessionId,
    pub stage: Stage,
    /// What it is wanted for; nothing for a line that arrived and is not known to the rules yet.
    pub plan: Option<LegPlan>,
    pub far: Far,
    /// The way to the other side, as far as it is known.
    pub flow: Option<Flow>,
    pub peer: Peer,
    pub voice: Voice,
    /// Whether the phone has put us aside.
    pub is_held: bool,
    /// Where else to try.
    pub ways: VecDeque<Way>,
    /// Whether sound is to be encrypted.
    pub srtp: Srtp,
    /// What the rules keep of the dialog.
    pub kept: String,
    /// A transfer that the phone wants, and that the rules have not taken yet.
    pub refer: Option<ReferId>,
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Far {
    Device(DeviceId),
    /// A trunk by its place.
    Trunk(usize),
}

/// How far a line is, as SIP sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// They call us; whether they were told that it rings, and whether they hear something already.
    Offered { rings: bool, hears: bool },
    /// We have said yes, and they have not confirmed yet.
    Answering,
    /// We call, and whether the phone was asked to answer by itself.
    Calling { answers_itself: bool },
    /// It rings there, and whether the phone was asked to answer by itself.
    Ringing { answers_itself: bool },
    /// We gave up a call only to make it again in a way that has the phone answer by itself.
    CallingAnew,
    /// It stands.
    Up,
}

/// One way to somebody outside, or the one way to a device.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub far: Far,
    pub targets: Vec<Target>,
    /// The domain of the caller's address.
    pub domain: String,
    /// The number shown instead of the caller's.
    pub caller: Option<String>,
    /// Whether sound is to be encrypted on it, if otherwise than configured.
    pub srtp: Option<Srtp>,
}

impl Lines {
    pub fn new() -> Lines {
        Lines::default()
    }

    /// A number for a session that we begin.
    pub fn next_session(&mut self) -> SessionId {
        self.last_session += 1;
        SessionId(self.last_session)
    }

    pub fn insert(&mut self, line: Line) {
        self.by_session.insert(line.session, line.leg);
        self.by_family.extend(line.plan.as_ref().map(|plan| (plan.family, line.leg)));
        self.by_leg.insert(line.leg, line);
    }

    pub fn line(&self, leg: LegId) -> Option<&Line> {
        self.by_leg.get(&leg)
    }

    pub fn line_mut(&mut self, leg: LegId) -> Option<&mut Line> {
        self.by_leg.get_mut(&leg)
    }

    /// Takes in what a line is wanted for now.
    pub fn plan(&mut self, plan: LegPlan) {
        let Some(line) = self.by_leg.get_mut(&plan.leg) else { return };
        if let Some(old) = &line.plan {
            self.by_family.remove(&(old.family, line.leg));
        }
        self.by_family.insert((plan.family, line.leg));
        line.plan = Some(plan);
    }

    /// The line of a session. A session that is no line's any more has none.
    pub fn leg_of(&self, session: SessionId) -> Option<LegId> {
        self.by_session.get(&session).copied()
    }

    /// Gives a line another session.
    pub fn move_to(&mut self, leg: LegId, session: SessionId) {
        if let Some(line) = self.by_leg.get_mut(&leg) {
            self.by_session.remove(&line.session);
            line.session = session;
            self.by_session.insert(session, leg);
        }
    }

    /// Ends a line: whatever older news wants of it is not done any more.
    pub fn end(&mut self, leg: LegId) {
        if let Some(line) = self.by_leg.remove(&leg) {
            self.by_session.remove(&line.session);
            if let Some(plan) = &line.plan {
                self.by_family.remove(&(plan.family, leg));
            }
        }
        self.over.insert(leg);
    }

    /// The rules know that a line has ended; of what was announced up to now, some may not have been heard.
    pub fn settle_end(&mut self, leg: LegId, announced: u64) {
        self.settled.push_back((announced, leg));
    }

    /// What was announced up to here has been heard.
    pub fn heard(&mut self, announced: u64) {
        while let Some((_, leg)) = self.settled.pop_front_if(|(at, _)| *at <= announced) {
            self.over.remove(&leg);
        }
    }

    /// Whether a line has ended, and what is wanted of it is old news.
    pub fn is_over(&self, leg: LegId) -> bool {
        self.over.contains(&leg)
    }

    pub fn len(&self) -> usize {
        self.by_leg.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Line> {
        self.by_leg.values()
    }

    /// The lines that may come to hear each other.
    pub fn of_family(&self, family: CallId) -> impl Iterator<Item = &Line> {
        let members = self.by_family.range((family, LegId(0))..=(family, LegId(u128::MAX)));
        members.filter_map(|(_, leg)| self.by_leg.get(leg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_news_of_a_line_that_has_ended_is_known_to_be_old() {
        let mut lines = Lines::new();
        let leg = LegId(1);
        lines.end(leg);
        lines.heard(5);
        assert!(lines.is_over(leg));
        lines.settle_end(leg, 7);
        lines.heard(6);
        assert!(lines.is_over(leg));
        lines.heard(7);
        assert!(!lines.is_over(leg));
    }
}
