//! From what the rules want of lines to what phones are told.

use std::collections::VecDeque;

use contact_center::LegId;
use contact_center::calls::{Cause, LegPlan, LegWants, LineReport, Reach};
use sip::message::{Name, Status, Text, Uri};
use sip::user_agent::{DialogRecord, Invite, Order, RING_AT_MOST};
use sip::{Flow, Transport};

use super::lines::{Far, Line, Stage, Way};
use super::voice::Voice;
use super::{Switchboard, name_of, text};
use crate::config::Srtp;
use crate::media::EarPlan;

/// Why a line ends, for the phone's own log (RFC 3326).
const DONE: &str = "Q.850;cause=16;text=\"Normal call clearing\"";

impl Switchboard {
    /// Brings about what is wanted. Who hears whom comes first, and in one step: nobody hears anything for longer because
    /// something else takes its time.
    pub(super) fn carry_out(&mut self, mut plans: Vec<LegPlan>) {
        plans.retain(|plan| !self.lines.is_over(plan.leg));
        let is_ours = |plan: &&LegPlan| {
            let is_over = matches!(plan.wants, LegWants::Gone(_));
            self.lines.line(plan.leg).is_some() || (!plan.incoming && !is_over)
        };
        let ears: Vec<EarPlan> = plans.iter().filter(is_ours).map(ear).collect();
        self.score(&ears);
        for plan in plans {
            self.make_so(plan);
        }
        self.settle();
    }

    fn make_so(&mut self, plan: LegPlan) {
        let (leg, wants) = (plan.leg, plan.wants);
        let Some(stage) = self.lines.line(leg).map(|line| line.stage) else { return self.begin(plan) };
        self.lines.plan(plan);
        match (wants, stage) {
            (LegWants::Gone(cause), _) => self.end(leg, cause),
            (LegWants::Ring, Stage::Offered { .. }) => self.ring(leg),
            (LegWants::Answer, Stage::Offered { .. }) => self.answer(leg),
            (
                LegWants::Answer,
                Stage::Calling { answers_itself: false } | Stage::Ringing { answers_itself: false },
            ) => self.have_answered(leg),
            _ => {}
        }
    }

    /// A line that is not here.
    fn begin(&mut self, plan: LegPlan) {
        let leg = plan.leg;
        let cause = match plan.wants {
            LegWants::Ring | LegWants::Answer if !plan.incoming => return self.call(plan),
            LegWants::Gone(cause) => cause,
            _ => Cause::Failed,
        };
        self.end_kept(plan.dialog.as_deref());
        self.ended(leg, cause);
    }

    /// Ends what an earlier process has left.
    pub(super) fn end_kept(&mut self, dialog: Option<&str>) {
        if let Some(record) = dialog.and_then(DialogRecord::from_text) {
            self.order(Order::EndKept { record: Box::new(record), reason: Some(Text::fixed(DONE)) });
        }
    }

    /// Calls somebody.
    fn call(&mut self, plan: LegPlan) {
        let leg = plan.leg;
        if self.lines.len() >= self.config.most_lines {
            return self.ended(leg, Cause::Unavailable);
        }
        let ways = self.ways(&plan);
        let far = match (&plan.reach, ways.front()) {
            (Reach::Device(device), _) => Far::Device(*device),
            (_, Some(way)) => way.far,
            // There is none: the line ends at once.
            (Reach::Outside(_), None) => Far::Trunk(usize::MAX),
        };
        let session = self.lines.next_session();
        self.lines.insert(Line {
            leg,
            session,
            stage: Stage::Calling { answers_itself: false },
            plan: Some(plan),
            far,
            flow: None,
            peer: sip::user_agent::Peer::default(),
            voice: Voice::new(),
            is_held: false,
            ways,
            srtp: self.config.srtp,
            kept: String::new(),
            refer: None,
        });
        self.try_next_way(leg, Cause::Unavailable);
    }

    fn ways(&mut self, plan: &LegPlan) -> VecDeque<Way> {
        match &plan.reach {
            Reach::Outside(number) => self.trunks.ways(number, &mut self.transports).into(),
            Reach::Device(device) => {
                let mut targets = self.phones.targets(*device);
                let is_tls = |flow: &Flow| flow.transport == Transport::Tls;
                // One offer goes to all of them: where encryption is a must, it goes to those that can.
                if self.config.srtp == Srtp::Required && targets.iter().any(|it| is_tls(&it.flow)) {
                    targets.retain(|it| is_tls(&it.flow));
                }
                if let Some(first) = targets.first().map(|it| it.flow.peer.is_ipv4()) {
                    targets.retain(|it| it.flow.peer.is_ipv4() == first);
                }
                let domain = targets.first().map(|it| name_of(&self.listeners, &it.flow).0);
                let Some(domain) = domain else { return VecDeque::new() };
                let way = |srtp: Option<Srtp>| {
                    let (targets, domain) = (targets.clone(), domain.clone());
                    Way { far: Far::Device(*device), targets, domain, caller: None, srtp }
                };
                // Whoever signs in over TLS is offered encryption first; a phone that refuses it is called without.
                let all_tls = targets.iter().all(|it| is_tls(&it.flow));
                let first = (self.config.srtp == Srtp::Optional && all_tls).then_some(Srtp::Required);
                first.map(Some).into_iter().chain([None]).map(way).collect()
            }
        }
    }

    /// Calls by the next way, or gives up for this cause.
    pub(super) fn try_next_way(&mut self, leg: LegId, otherwise: Cause) {
        let Some(line) = self.lines.line_mut(leg) else { return };
        let Some(way) = line.ways.pop_front() else { return self.ended(leg, otherwise) };
        line.far = way.far;
        line.srtp = way.srtp.unwrap_or(self.config.srtp);
        line.flow = way.targets.first().map(|it| it.flow);
        line.voice.agreed = None;
        let answers_itself = line.plan.as_ref().is_some_and(|it| it.wants == LegWants::Answer);
        line.stage = Stage::Calling { answers_itself };
        let number = line.plan.as_ref().map(|it| it.caller.number.clone()).unwrap_or_default();
        let Some(sdp) = self.offer(leg) else { return self.ended(leg, Cause::Unavailable) };
        let session = self.lines.next_session();
        self.lines.move_to(leg, session);
        let credentials = match way.far {
            Far::Trunk(place) => self.trunks.credentials(place),
            Far::Device(_) => None,
        };
        let headers = if answers_itself { answer_by_itself(&way.domain) } else { Vec::new() };
        self.order(Order::Invite(Box::new(Invite {
            session,
            from: from(way.caller.as_deref().unwrap_or(&number), &way.domain),
            targets: way.targets,
            to: None,
            headers,
            sdp: Some(sdp),
            credentials,
            ring_limit: RING_AT_MOST,
        })));
    }

    /// Has a phone answer that rings already, or is about to.
    fn have_answered(&mut self, leg: LegId) {
        let Some(line) = self.lines.line_mut(leg) else { return };
        if !matches!(line.far, Far::Device(_)) {
            return;
        }
        let session = line.session;
        if matches!(line.stage, Stage::Ringing { .. }) && line.peer.talks {
            line.stage = Stage::Ringing { answers_itself: true };
            return self.order(Order::Talk { session, event: "talk" });
        }
        self.call_anew(leg);
    }

    /// Takes a call back, to make it again in a way that has the phone answer by itself.
    pub(super) fn call_anew(&mut self, leg: LegId) {
        let Some(line) = self.lines.line_mut(leg) else { return };
        line.stage = Stage::CallingAnew;
        let session = line.session;
        self.order(Order::HangUp { session, reason: None });
    }

    /// The call that was taken back is over.
    pub(super) fn call_again(&mut self, leg: LegId) {
        let Some(plan) = self.lines.line(leg).and_then(|it| it.plan.clone()) else { return };
        let ways = self.ways(&plan);
        if let Some(line) = self.lines.line_mut(leg) {
            line.ways = ways;
        }
        self.try_next_way(leg, Cause::Unavailable);
    }

    /// Tells a caller that it rings, or lets it hear what there is to hear already.
    pub(super) fn ring(&mut self, leg: LegId) {
        let Some(line) = self.lines.line(leg) else { return };
        let Stage::Offered { rings, hears } = line.stage else { return };
        let session = line.session;
        let may_hear =
            line.plan.as_ref().is_some_and(|it| !it.hears.is_empty()) && line.voice.theirs.is_some();
        let mut stage = Stage::Offered { rings: true, hears };
        if may_hear && !hears {
            let Some(sdp) = self.answer_offer(leg) else { return self.turn_down(leg) };
            stage = Stage::Offered { rings, hears: true };
            self.order(Order::Ring { session, status: Status::SESSION_PROGRESS, sdp: Some(sdp) });
        } else if !rings {
            self.order(Order::Ring { session, status: Status::RINGING, sdp: None });
        }
        if let Some(line) = self.lines.line_mut(leg) {
            line.stage = stage;
        }
    }

    /// Takes a call.
    fn answer(&mut self, leg: LegId) {
        let Some(line) = self.lines.line(leg) else { return };
        let Stage::Offered { hears, .. } = line.stage else { return };
        let session = line.session;
        let sdp = match (hears, line.voice.theirs.is_some()) {
            (true, _) => None,
            (false, true) => match self.answer_offer(leg) {
                Some(sdp) => Some(sdp),
                None => return self.turn_down(leg),
            },
            (false, false) => match self.offer(leg) {
                Some(sdp) => Some(sdp),
                None => return self.turn_down(leg),
            },
        };
        if let Some(line) = self.lines.line_mut(leg) {
            line.stage = Stage::Answering;
        }
        self.order(Order::Answer { session, sdp });
    }

    /// There are no ports for a call, or nothing in common.
    fn turn_down(&mut self, leg: LegId) {
        if let Some(session) = self.lines.line(leg).map(|it| it.session) {
            let headers = vec![(Name::RetryAfter, Text::fixed("5"))];
            self.order(Order::Refuse { session, status: Status::SERVICE_UNAVAILABLE, headers });
        }
        self.ended(leg, Cause::Failed);
    }

    /// Ends a line.
    pub(super) fn end(&mut self, leg: LegId, cause: Cause) {
        let Some(line) = self.lines.line(leg) else { return };
        let (session, stage, refer) = (line.session, line.stage, line.refer);
        if let Some(refer) = refer {
            // It was taken: that is why the line ends.
            self.order(Order::AnswerRefer { session, refer, status: Status::ACCEPTED });
            self.order(Order::ReportRefer { session, refer, status: Status::OK });
        }
        match stage {
            Stage::Offered { .. } => {
                self.order(Order::Refuse { session, status: refusal(cause), headers: Vec::new() });
            }
            Stage::CallingAnew => {}
            Stage::Calling { .. } | Stage::Ringing { .. } => {
                let reason = (cause == Cause::Replaced)
                    .then_some(Text::fixed("SIP;cause=200;text=\"Call completed elsewhere\""));
                self.order(Order::HangUp { session, reason });
            }
            Stage::Answering | Stage::Up => {
                self.order(Order::HangUp { session, reason: Some(Text::fixed(DONE)) });
            }
        }
        self.ended(leg, cause);
    }

    /// A line has ended.
    pub(super) fn ended(&mut self, leg: LegId, cause: Cause) {
        self.lines.end(leg);
        self.media.close(leg);
        self.reports.hand_in(LineReport::Ended { leg, cause });
    }
}

/// The ear of a line, as the media engine wants it.
pub(super) fn ear(plan: &LegPlan) -> EarPlan {
    EarPlan {
        leg: plan.leg,
        family: plan.family,
        hears: plan.hears.clone(),
        plays: plan.plays,
        track: plan.track.clone(),
    }
}

/// Whoever calls, as a phone shows it. A caller who is not known has no name either (RFC 3323).
fn from(number: &str, domain: &str) -> Text {
    match Uri::sip(Some(number), domain, None).filter(|_| !number.is_empty()) {
        Some(uri) => text(format!("<{uri}>")),
        None => Text::fixed("\"Anonymous\" <sip:anonymous@anonymous.invalid>"),
    }
}

/// What has phones answer by themselves, in the words of their makers and of RFC 5373.
fn answer_by_itself(domain: &str) -> Vec<(Name, Text)> {
    vec![
        (Name::CallInfo, text(format!("<sip:{domain}>;answer-after=0"))),
        (Name::AlertInfo, Text::fixed("info=alert-autoanswer")),
        (Name::AnswerMode, Text::fixed("Auto")),
    ]
}

/// How a caller is told why there is no call.
fn refusal(cause: Cause) -> Status {
    match cause {
        Cause::Busy => Status::BUSY_HERE,
        Cause::Declined => Status::DECLINE,
        Cause::NoSuchNumber => Status::NOT_FOUND,
        Cause::Failed => Status::SERVER_ERROR,
        Cause::Restarted => Status::SERVICE_UNAVAILABLE,
        Cause::HungUp | Cause::NoAnswer | Cause::GivenUp | Cause::Unavailable | Cause::Replaced => {
            Status::TEMPORARILY_UNAVAILABLE
        }
    }
}
