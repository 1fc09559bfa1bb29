//! How calls end, and what follows.

use crate::Flow;
use crate::digest::Login;
use crate::message::{Method, Name, Request, Status, Text};
use crate::transaction::{self, ServerId};

use super::asked::What;
use super::compose::plain;
use super::dialog::Dialog;
use super::io::{Cause, Event, SessionId};
use super::record::DialogRecord;
use super::session::{Alarm, Phase};
use super::{Due, Turn, UserAgent};

impl UserAgent {
    /// Ends a call in whatever state it is, and says why.
    pub(super) fn hang_up(&mut self, id: SessionId, reason: Option<Text>, cause: Cause, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id).filter(|it| !it.is_over) else { return };
        match &mut session.phase {
            Phase::Calling(_) => {
                self.cancel_forks(id, None, reason, turn);
                self.ended(id, cause, None, turn);
            }
            Phase::Ringing(_) => {
                let headers = reason.map(|it| (Name::Reason, it)).into_iter().collect();
                self.refuse_because(id, Status::TEMPORARILY_UNAVAILABLE, headers, cause, turn);
            }
            Phase::Up(call) if call.accepted.is_some_and(|it| it.is_first) => {
                // No BYE before the ACK (RFC 3261, section 15).
                call.ending = Some(reason);
                session.is_over = true;
                self.close_requests(id, turn);
                turn.tell(Event::Ended { session: id, cause, reason: None });
            }
            Phase::Up(_) => {
                self.send_bye(id, reason, turn);
                self.ended(id, cause, None, turn);
            }
        }
    }

    /// Sends BYE in a call that stands; before it the ACK that is still owed.
    pub(super) fn send_bye(&mut self, id: SessionId, reason: Option<Text>, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let credentials = session.credentials.clone();
        let Some(call) = session.call() else { return };
        let (owed, dialog) = (call.owed_ack.take(), call.dialog.clone());
        if let Some((client, number)) = owed {
            self.send_first_ack(client, &dialog, number, None, turn);
        }
        self.bye(dialog, reason, credentials, turn);
    }

    pub(super) fn bye(
        &mut self,
        mut dialog: Dialog,
        reason: Option<Text>,
        credentials: Option<Login>,
        turn: &mut Turn<'_>,
    ) {
        let mut request = dialog.request(Method::Bye);
        if let Some(reason) = reason {
            request.headers.push(Name::Reason, reason);
        }
        let flow = self.way(&dialog);
        self.ask(request, flow, What::Aside, credentials, turn);
    }

    pub(super) fn end_kept(&mut self, record: &DialogRecord, reason: Option<Text>, turn: &mut Turn<'_>) {
        if let Some(dialog) = Dialog::of_record(record) {
            self.bye(dialog, reason, None, turn);
        }
    }

    /// Tells the end of a call, and forgets it. All transactions that still run know enough to end by themselves.
    pub(super) fn ended(&mut self, id: SessionId, cause: Cause, reason: Option<Text>, turn: &mut Turn<'_>) {
        self.close_requests(id, turn);
        let Some(session) = self.sessions.remove(&id) else { return };
        for (kind, at) in session.alarms.all() {
            if let Some(alarm) = Alarm::of(kind) {
                self.agenda.remove(&(at, Due::Session(id, alarm)));
            }
        }
        if let Some(source) = session.source {
            self.leave_source(source);
        }
        if let Some(connection) = session.connection {
            self.connections.remove(&(connection, id));
        }
        match session.phase {
            Phase::Ringing(ringing) => {
                self.invites.remove(&ringing.server);
                if self.ringing.get(&ringing.merge_key).is_some_and(|it| it.0 == id) {
                    self.ringing.remove(&ringing.merge_key);
                }
            }
            Phase::Up(call) => {
                if let Some(accepted) = call.accepted {
                    self.invites.remove(&accepted.server);
                    // It is acknowledged by the end, too: nothing is repeated any more.
                    self.pass(transaction::Input::Acknowledged(accepted.server), turn);
                }
                if let Some(change) = call.change {
                    self.give_up_change(change, turn);
                }
            }
            Phase::Calling(_) => {}
        }
        if !session.is_over {
            turn.tell(Event::Ended { session: id, cause, reason });
        }
    }

    /// Answers what the far side still waits for within a call that ends.
    fn close_requests(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let theirs = session.theirs.take();
        let refers = core::mem::take(&mut session.refers);
        if let Some(theirs) = theirs {
            self.invites.remove(&theirs.server);
            self.reply(theirs.server, plain(&theirs.answer, Status::REQUEST_TERMINATED), turn);
        }
        for (server, answer) in refers.into_iter().filter_map(|it| it.open) {
            self.reply(server, plain(&answer, Status::REQUEST_TERMINATED), turn);
        }
    }

    /// The far side hung up.
    pub(super) fn hung_up(&mut self, id: SessionId, request: &Request, turn: &mut Turn<'_>) {
        let reason = request.headers.first(&Name::Reason).map(Text::detached);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match &session.phase {
            // A called phone may not do that (section 15), but then it wants no more.
            Phase::Calling(_) => {
                self.cancel_forks(id, None, None, turn);
                self.ended(id, Cause::HungUp, reason, turn);
            }
            Phase::Ringing(ringing) => {
                let (server, answer) = (ringing.server, plain(&ringing.answer, Status::REQUEST_TERMINATED));
                self.reply(server, answer, turn);
                self.ended(id, Cause::Canceled, reason, turn);
            }
            Phase::Up(_) => {
                if let Some((client, number)) = session.call().and_then(|it| it.owed_ack.take()) {
                    let dialog = session.call().map(|it| it.dialog.clone());
                    if let Some(dialog) = dialog {
                        self.send_first_ack(client, &dialog, number, None, turn);
                    }
                }
                self.ended(id, Cause::HungUp, reason, turn);
            }
        }
    }

    /// Our 2xx was repeated for as long as it may (RFC 3261, section 13.3.1.4).
    pub(super) fn not_confirmed(&mut self, server: ServerId, turn: &mut Turn<'_>) {
        let Some(id) = self.invites.remove(&server) else { return };
        let Some(call) = self.sessions.get_mut(&id).and_then(super::session::Session::call) else { return };
        let is_meant = call.accepted.is_some_and(|it| it.server == server);
        if is_meant {
            call.accepted = None;
            let reason = call.ending.take().flatten();
            self.send_bye(id, reason, turn);
            self.ended(id, Cause::NotConfirmed, None, turn);
        }
    }

    /// Nobody can be answered there any more.
    pub(super) fn waiting_lost(&mut self, server: ServerId, turn: &mut Turn<'_>) {
        let Some(id) = self.invites.remove(&server) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match &mut session.phase {
            Phase::Ringing(_) => self.ended(id, Cause::FlowLost, None, turn),
            Phase::Up(call) if call.accepted.is_some_and(|it| it.server == server) => {
                call.accepted = None;
                let reason = call.ending.take().flatten();
                self.send_bye(id, reason, turn);
                self.ended(id, Cause::FlowLost, None, turn);
            }
            _ => {}
        }
    }

    /// A connection is gone, and with it the calls that have no other way.
    pub(super) fn flow_lost(&mut self, flow: &Flow, turn: &mut Turn<'_>) {
        let Some(connection) = flow.connection else { return };
        let range = (connection, SessionId(0))..=(connection, SessionId(u64::MAX));
        let ids: Vec<SessionId> = self.connections.range(range).map(|it| it.1).collect();
        for id in ids {
            self.connections.remove(&(connection, id));
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.connection = None;
            let Some(call) = session.call() else { continue };
            call.dialog.flow.connection = None;
            if call.dialog.is_symmetric {
                self.hang_up(id, None, Cause::FlowLost, turn);
            }
        }
    }

    /// Notes over which connection a call goes.
    pub(super) fn list_connection(&mut self, id: SessionId, flow: &Flow) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.connection == flow.connection {
            return;
        }
        if let Some(before) = core::mem::replace(&mut session.connection, flow.connection) {
            self.connections.remove(&(before, id));
        }
        if let Some(connection) = flow.connection {
            self.connections.insert((connection, id));
        }
    }

    /// What became of a request within a call by which nothing hangs, except that the far side may know the call no more
    /// (RFC 3261, section 12.2.1.2).
    pub(super) fn within_settled(&mut self, id: SessionId, status: Status, turn: &mut Turn<'_>) {
        let is_up = self.sessions.get(&id).is_some_and(|it| matches!(it.phase, Phase::Up(_)));
        if is_up && status == Status::REQUEST_TIMEOUT {
            self.hang_up(id, None, Cause::Lost, turn);
        }
    }

    /// A call has rung for as long as it may; or it is time to remind a proxy that it still rings.
    pub(super) fn rang(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let until = match &session.phase {
            Phase::Ringing(ringing) => Some(ringing.ring_until),
            _ => None,
        };
        if until.is_some_and(|until| turn.now < until) {
            self.remind(id, turn);
        } else {
            self.hang_up(id, None, Cause::NotAnswered, turn);
        }
    }
}
