//! What phones do in calls, and what the rules are told of it.

use std::sync::Arc;

use contact_center::LegId;
use contact_center::calls::{Cause, LineReport};
use sip::message::{Name, Status, Uri};
use sip::sdp::Description;
use sip::user_agent::{self, Event, Order, Peer, Referred, SessionId};

use super::Switchboard;
use super::lines::{Far, Stage};
use super::reports::Settled;
use super::text;

impl Switchboard {
    /// Something happens in a call. What happens in one that is no line's any more concerns nobody.
    pub(super) fn call_goes_on(&mut self, event: Event) {
        match event {
            Event::Progress { session, status, sdp, peer, .. } => {
                self.on_line(session, |it, leg| it.rings(leg, status, sdp.as_deref(), peer));
            }
            Event::Answered { session, sdp, peer, record, .. } => {
                self.on_line(session, |it, leg| it.is_answered(leg, sdp.as_deref(), peer, &record.to_text()));
            }
            Event::Accepted { session, record } => {
                self.on_line(session, |it, leg| it.is_up(leg, &record.to_text()));
            }
            Event::Offer { session, sdp } => {
                self.on_line(session, |it, leg| it.is_offered(leg, session, sdp.as_deref()));
            }
            Event::OfferAnswered { session, sdp } => {
                self.on_line(session, |it, leg| it.offer_is_answered(leg, sdp.as_deref()));
            }
            Event::Ended { session, cause, .. } => {
                self.on_line(session, |it, leg| it.has_ended(leg, cause));
            }
            Event::Referred(referred) => {
                self.on_line(referred.session, |it, leg| it.is_referred(leg, &referred));
            }
            Event::Digit { session, digit, .. } => {
                self.on_line(session, |it, leg| it.pass_digit_on(leg, digit));
            }
            Event::Notified { session, status } if !status.is_success() => {
                self.on_line(session, |it, leg| {
                    if it.lines.line(leg).is_some_and(|it| matches!(it.stage, Stage::Ringing { .. })) {
                        it.call_anew(leg);
                    }
                });
            }
            _ => {}
        }
    }

    fn on_line(&mut self, session: SessionId, then: impl FnOnce(&mut Switchboard, LegId)) {
        if let Some(leg) = self.lines.leg_of(session) {
            then(self, leg);
        }
    }

    fn rings(&mut self, leg: LegId, status: Status, sdp: Option<&[u8]>, peer: Peer) {
        let Some(line) = self.lines.line_mut(leg) else { return };
        line.peer = peer;
        let (Stage::Calling { answers_itself } | Stage::Ringing { answers_itself }) = line.stage else {
            return;
        };
        let is_first = matches!(line.stage, Stage::Calling { .. });
        line.stage = Stage::Ringing { answers_itself };
        let was_heard = line.voice.agreed.is_some();
        let is_heard = sdp.is_some_and(|sdp| self.accept(leg, sdp).is_ok());
        let early_media = was_heard || is_heard;
        let is_news = is_first || (is_heard && !was_heard);
        if is_news && (early_media || status == Status::RINGING || is_first) {
            self.reports.hand_in(LineReport::Ringing { leg, early_media });
        }
    }

    fn is_answered(&mut self, leg: LegId, sdp: Option<&[u8]>, peer: Peer, dialog: &str) {
        if self.lines.line(leg).is_some_and(|it| it.stage == Stage::CallingAnew) {
            // It is taken back already: its end follows, and then the call that the phone answers by itself.
            return;
        }
        let accepted = match sdp {
            Some(sdp) => self.accept(leg, sdp).is_ok(),
            None => self.lines.line(leg).is_some_and(|it| it.voice.agreed.is_some()),
        };
        if !accepted {
            tracing::debug!(%leg, "the answer does not fit the offer");
            return self.end_up(leg, Cause::Failed);
        }
        if let Some(line) = self.lines.line_mut(leg) {
            line.peer = peer;
            line.voice.settle();
        }
        self.is_up(leg, dialog);
    }

    fn end_up(&mut self, leg: LegId, cause: Cause) {
        if let Some(line) = self.lines.line_mut(leg) {
            line.stage = Stage::Up;
        }
        self.end(leg, cause);
    }

    fn is_up(&mut self, leg: LegId, dialog: &str) {
        let Some(line) = self.lines.line_mut(leg) else { return };
        line.stage = Stage::Up;
        dialog.clone_into(&mut line.kept);
        self.reports.hand_in(LineReport::Answered { leg, dialog: Arc::from(dialog) });
        self.note_hold(leg);
    }

    /// The far side wants to change its sound: to put us aside, to take us up again, to speak from elsewhere.
    fn is_offered(&mut self, leg: LegId, session: SessionId, sdp: Option<&[u8]>) {
        let answer = match sdp.map(Description::read) {
            // It wants our offer.
            None => self.offer(leg).ok_or(sip::sdp::Unacceptable::Address),
            Some(Ok(offer)) => self.answer_to(leg, &offer),
            Some(Err(fault)) => Err(fault),
        };
        match answer {
            Ok(sdp) => {
                self.order(Order::AnswerOffer { session, sdp });
                self.note_hold(leg);
                self.note_dialog(leg);
            }
            Err(fault) => {
                let host = self.lines.line(leg).and_then(|it| it.flow);
                let host = host.map(|flow| super::name_of(&self.listeners, &flow).0).unwrap_or_default();
                let warning = text(format!("{} {host} \"{fault}\"", fault.warn_code()));
                let headers = vec![(Name::Warning, warning)];
                self.order(Order::RefuseOffer { session, status: Status::NOT_ACCEPTABLE_HERE, headers });
            }
        }
    }

    fn offer_is_answered(&mut self, leg: LegId, sdp: Option<&[u8]>) {
        let accepted = sdp.is_some_and(|sdp| self.accept(leg, sdp).is_ok());
        let has_sound = self.lines.line(leg).is_some_and(|it| it.voice.agreed.is_some());
        if !accepted && !has_sound {
            return self.end(leg, Cause::Failed);
        }
        self.note_hold(leg);
        self.note_dialog(leg);
    }

    /// Tells the rules if a line is to be ended in another way than they know: the far side has moved.
    fn note_dialog(&mut self, leg: LegId) {
        let Some(line) = self.lines.line_mut(leg).filter(|it| it.stage == Stage::Up) else { return };
        let Some(record) = self.agent.record(line.session) else { return };
        let dialog = record.to_text();
        if dialog != line.kept {
            dialog.clone_into(&mut line.kept);
            self.reports.hand_in(LineReport::DialogChanged { leg, dialog: Arc::from(dialog) });
        }
    }

    /// Tells the rules if the phone has put us aside or taken us up again.
    fn note_hold(&mut self, leg: LegId) {
        let Some(line) = self.lines.line_mut(leg).filter(|it| it.stage == Stage::Up) else { return };
        let held = line.voice.is_held();
        if line.is_held != held {
            line.is_held = held;
            self.reports.hand_in(LineReport::Held { leg, held });
        }
    }

    fn has_ended(&mut self, leg: LegId, cause: user_agent::Cause) {
        let Some(line) = self.lines.line(leg) else { return };
        match (&cause, line.stage) {
            (_, Stage::CallingAnew) => self.call_again(leg),
            // Another way may lead there.
            (user_agent::Cause::Refused { status, .. }, Stage::Calling { .. } | Stage::Ringing { .. })
                if matches!(line.far, Far::Trunk(_)) && is_the_ways_fault(*status) =>
            {
                self.try_next_way(leg, cause_of(&cause));
            }
            // The phone wants it unencrypted, or has no codec that we have.
            (user_agent::Cause::Refused { status, .. }, Stage::Calling { .. } | Stage::Ringing { .. })
                if matches!(status.code(), 415 | 488 | 606) && !line.ways.is_empty() =>
            {
                self.try_next_way(leg, cause_of(&cause));
            }
            (user_agent::Cause::FlowLost, Stage::Calling { .. }) => self.try_next_way(leg, cause_of(&cause)),
            _ => self.ended(leg, cause_of(&cause)),
        }
    }

    fn is_referred(&mut self, leg: LegId, referred: &Referred) {
        let Referred { session, refer, to, replaces, replaces_session, .. } = referred;
        let (session, refer) = (*session, *refer);
        let number = Uri::parse(to.clone()).and_then(|uri| Some(uri.plain_user()?.into_owned()));
        let other = replaces_session.and_then(|it| self.lines.leg_of(it));
        let is_possible = replaces.is_none() || other.is_some();
        let Some(line) = self.lines.line_mut(leg) else { return };
        let (Some(number), true, None) = (number, is_possible, line.refer) else {
            return self.order(Order::AnswerRefer { session, refer, status: Status::DECLINE });
        };
        line.refer = Some(refer);
        self.reports.hand_in(LineReport::Referred { leg, to: number.into(), replaces: other });
    }

    /// A report is kept, or the rules said no.
    pub(super) fn settled(&mut self, settled: Settled) {
        let Settled { report, answer } = settled;
        match report {
            LineReport::Referred { leg, .. } => {
                let Some(line) = self.lines.line_mut(leg) else { return };
                let (session, Some(refer)) = (line.session, line.refer.take()) else { return };
                let is_taken = answer.is_ok_and(|changed| changed);
                let status = if is_taken { Status::ACCEPTED } else { Status::DECLINE };
                self.order(Order::AnswerRefer { session, refer, status });
                if is_taken {
                    self.order(Order::ReportRefer { session, refer, status: Status::OK });
                }
            }
            LineReport::Ended { leg, .. } => {
                self.lines.settle_end(leg, self.news.announced());
                self.lines.heard(self.news.known());
            }
            LineReport::Registered { .. } => {}
            LineReport::Arrived(arrival) => {
                if let Err(refusal) = answer {
                    tracing::warn!(?refusal, "a call was not taken");
                    self.end(arrival.leg, Cause::Failed);
                }
            }
            // What was wanted between our first look and now may be over.
            LineReport::Recovered => self.must_read = true,
            report => {
                // Nobody knows the line any more that stands now.
                self.must_read |= matches!((&report, &answer), (LineReport::Answered { .. }, Ok(false)));
                if let Err(refusal) = answer {
                    tracing::warn!(?refusal, kind = ?std::mem::discriminant(&report), "a report was not taken");
                }
            }
        }
        self.settle();
    }
}

/// Whether another trunk may reach who was not reached over this one.
fn is_the_ways_fault(status: Status) -> bool {
    matches!(status.code(), 401 | 403 | 407 | 408 | 500..=599)
}

/// Why a line has ended.
fn cause_of(cause: &user_agent::Cause) -> Cause {
    match cause {
        user_agent::Cause::Refused { status, .. } => match status.code() {
            486 | 600 => Cause::Busy,
            401 | 403 | 407 | 603 | 607 => Cause::Declined,
            404 | 410 | 484 | 485 | 604 => Cause::NoSuchNumber,
            487 => Cause::NoAnswer,
            300..=399 | 408 | 480 | 502..=504 => Cause::Unavailable,
            _ => Cause::Failed,
        },
        user_agent::Cause::NotAnswered => Cause::NoAnswer,
        user_agent::Cause::Canceled => Cause::GivenUp,
        user_agent::Cause::HungUp | user_agent::Cause::Ordered => Cause::HungUp,
        user_agent::Cause::Replaced { .. } => Cause::Replaced,
        user_agent::Cause::NotConfirmed
        | user_agent::Cause::Lost
        | user_agent::Cause::Expired
        | user_agent::Cause::FlowLost => Cause::Failed,
    }
}
