//! Session timers: whoever is gone for good is noticed (RFC 4028).

use core::time::Duration;

use crate::message::{Headers, Name, Params, Response};
use crate::transaction::ClientId;

use super::asked::{MOST_TRIES, What};
use super::io::SessionId;
use super::session::{Alarm, Asked4028, Refresher, Session, Timer4028};
use super::{Turn, UserAgent};

/// No session timer is shorter, whatever anybody says (section 5); in seconds.
const LEAST_S: u32 = 90;
/// None is longer: a day; in seconds.
const MOST_S: u32 = 86_400;

impl Asked4028 {
    pub(super) fn of(headers: &Headers) -> Self {
        let value = headers.first(&Name::SessionExpires).map(|it| it.as_str()).unwrap_or("");
        let (seconds, params) = value.split_once(';').unwrap_or((value, ""));
        let refresher = Params::of(params).value("refresher").and_then(|it| match it {
            _ if it.eq_ignore_ascii_case("uac") => Some(Refresher::Client),
            _ if it.eq_ignore_ascii_case("uas") => Some(Refresher::Server),
            _ => None,
        });
        let least = headers.first(&Name::MinSe).and_then(|it| it.split(';').next()?.trim().parse().ok());
        Self {
            expires_s: seconds.trim().parse().ok(),
            least_s: least,
            refresher,
            is_supported: headers.lists(&Name::Supported, "timer") || headers.lists(&Name::Require, "timer"),
        }
    }
}

impl UserAgent {
    fn least_s(&self) -> u32 {
        self.config.least_session_expires_s.max(LEAST_S)
    }

    /// Whether the far side wants a timer that is too short for us: then what the shortest is.
    pub(super) fn check_timer(&self, asked: &Asked4028) -> Result<(), u32> {
        let least = self.least_s();
        // Who does not know of 422 cannot learn from it; the interval is lengthened then (section 9).
        let is_short = asked.is_supported && asked.expires_s.is_some_and(|it| it < least);
        if is_short { Err(least) } else { Ok(()) }
    }

    /// What our 2xx to the far side's request agrees to (section 9).
    pub(super) fn agree_timer(&self, asked: &Asked4028) -> Timer4028 {
        let least_s = asked.least_s.unwrap_or(0).clamp(self.least_s(), MOST_S);
        let ours = self.config.session_expires_s;
        let interval_s = asked.expires_s.map_or(ours, |it| it.min(ours)).clamp(least_s, MOST_S);
        let we_refresh = !asked.is_supported || asked.refresher == Some(Refresher::Server);
        Timer4028 {
            interval_s,
            least_s,
            we_refresh,
            is_agreed: asked.is_supported || asked.expires_s.is_some(),
        }
    }

    /// What the far side's 2xx to our request says (section 7.2).
    pub(super) fn timer_by_answer(&self, response: &Response, least_s: u32) -> Timer4028 {
        let said = Asked4028::of(&response.headers);
        let least_s = least_s.max(self.least_s()).min(MOST_S);
        match said.expires_s {
            Some(seconds) => Timer4028 {
                interval_s: seconds.clamp(least_s, MOST_S),
                least_s,
                we_refresh: said.refresher != Some(Refresher::Server),
                is_agreed: true,
            },
            // It takes no part; that it is still there is worth a look now and then.
            None => {
                let interval_s = self.config.session_expires_s.clamp(least_s, MOST_S);
                Timer4028 { interval_s, least_s, we_refresh: true, is_agreed: false }
            }
        }
    }

    /// Starts the timer of a call anew, after each 2xx of INVITE or UPDATE (section 10).
    pub(super) fn wind(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(call) = self.sessions.get_mut(&id).and_then(Session::call) else { return };
        let Timer4028 { interval_s, we_refresh, .. } = call.timer;
        let interval = Duration::from_secs(interval_s.into());
        // Time enough for a BYE before the far side has forgotten the call.
        let expires = interval - Duration::from_secs((interval_s / 3).min(32).into());
        self.alarm(id, Alarm::Refresh, we_refresh.then(|| turn.now + interval / 2));
        self.alarm(id, Alarm::Expire, (!we_refresh).then(|| turn.now + expires));
    }

    /// It is time for us to refresh a session.
    pub(super) fn refresh(&mut self, id: SessionId, turn: &mut Turn<'_>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let updates = session.peer.updates;
        let is_busy = session.theirs.is_some();
        let Some(call) = session.call() else { return };
        if is_busy || call.change.is_some() || call.accepted.is_some() || call.owed_ack.is_some() {
            // What is under way will refresh it, or end the call.
            let soon = turn.now + Duration::from_secs(10);
            return self.alarm(id, Alarm::Refresh, Some(soon));
        }
        let sdp = if updates { None } else { call.last_sdp.clone() };
        self.send_change(id, !updates, sdp, false, turn);
    }

    /// Sends a request once more with the session timer that its 422 asks for (section 6). False if that is no use.
    pub(super) fn lengthen(&mut self, client: ClientId, response: &Response, turn: &mut Turn<'_>) -> bool {
        let Some(asked) = self.asked.get(&client).filter(|it| it.tries < MOST_TRIES) else { return false };
        let Some(least_s) = Asked4028::of(&response.headers).least_s.filter(|it| *it <= MOST_S) else {
            return false;
        };
        let request = match &asked.what {
            What::Invite(fork) if !fork.is_lost => Some(&fork.request),
            _ => None,
        };
        let Some(mut request) = request.cloned() else { return false };
        let expires_s = request.number(&Name::SessionExpires).unwrap_or(0).max(least_s);
        request.headers.set(Name::MinSe, least_s);
        request.headers.set(Name::SessionExpires, expires_s);
        self.repeat(client, request, turn);
        true
    }
}

impl Timer4028 {
    /// What a 2xx of ours says of the timer.
    pub(super) fn write_answer(&self, headers: &mut Headers, is_supported: bool) {
        if !self.is_agreed {
            return;
        }
        let refresher = if self.we_refresh { "uas" } else { "uac" };
        headers.push(Name::SessionExpires, format!("{};refresher={refresher}", self.interval_s));
        if is_supported && !self.we_refresh {
            headers.push(Name::Require, "timer");
        }
    }

    /// What a re-INVITE or UPDATE of ours says of the timer.
    pub(super) fn write_request(&self, headers: &mut Headers) {
        let refresher = if self.we_refresh { "uac" } else { "uas" };
        let value = if self.is_agreed {
            format!("{};refresher={refresher}", self.interval_s)
        } else {
            self.interval_s.to_string()
        };
        headers.push(Name::SessionExpires, value);
        headers.push(Name::MinSe, self.least_s.max(LEAST_S));
    }
}
