//! The table of sessions: who is in, since when, and who no longer is. Times are seconds since 1970.

use std::collections::{BTreeMap, BTreeSet};

use contact_center::{ContactCenterId, UserId};

use super::caller::SessionId;
use super::token::Token;
use crate::config::SignInConfig;

/// A user of a contact center.
pub(crate) type Person = (ContactCenterId, UserId);

/// All sessions that this process knows of.
#[derive(Debug)]
pub(crate) struct Sessions {
    limits: Limits,
    open: BTreeMap<SessionId, Session>,
    by_person: BTreeMap<Person, BTreeSet<SessionId>>,
    /// Sessions whose cookies are not good any more, and when they would have been refused anyway.
    ended: BTreeMap<SessionId, u64>,
    /// Sessions that are about to change their own password, which does not end them.
    exempt: BTreeSet<SessionId>,
}

#[derive(Debug, Clone)]
struct Limits {
    idle_s: u64,
    absolute_s: u64,
    renewal_s: u64,
    max_sessions: usize,
    max_per_person: usize,
    max_ended: usize,
}

/// One session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) person: Person,
    pub(crate) password_version: u32,
    pub(crate) must_change_password: bool,
    began_s: u64,
    issued_s: u64,
    used_s: u64,
    /// Whether its cookie has ever come back.
    returned: bool,
    references: u64,
}

/// Why a cookie's session is not in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It may be taken back, if the user still is who it says.
    Unknown,
    /// It is over.
    Over,
}

impl Sessions {
    pub(crate) fn new(config: &SignInConfig) -> Sessions {
        Sessions {
            limits: Limits {
                idle_s: config.idle_timeout.as_secs(),
                absolute_s: config.absolute_timeout.as_secs(),
                renewal_s: config.cookie_renewal.as_secs(),
                max_sessions: config.max_sessions.max(1),
                max_per_person: config.max_sessions_per_user.max(1),
                max_ended: config.max_ended_sessions,
            },
            open: BTreeMap::new(),
            by_person: BTreeMap::new(),
            ended: BTreeMap::new(),
            exempt: BTreeSet::new(),
        }
    }

    /// The session of a genuine cookie, marked as in use; with it a new cookie's content if one is due.
    pub(crate) fn resume(&mut self, token: &Token, now_s: u64) -> Result<(Session, Option<Token>), Absent> {
        let limits = &self.limits;
        let Some(session) = self.open.get_mut(&token.session) else {
            let is_over = self.ended.contains_key(&token.session)
                || now_s.saturating_sub(token.issued_s) > limits.idle_s + limits.renewal_s
                || now_s.saturating_sub(token.began_s) > limits.absolute_s;
            return Err(if is_over { Absent::Over } else { Absent::Unknown });
        };
        if session.is_over(limits, now_s) || session.person != (token.center, token.user) {
            return Err(Absent::Over);
        }
        session.used_s = now_s;
        session.returned = true;
        let is_stale = token.password_version != session.password_version;
        let due = is_stale || now_s.saturating_sub(token.issued_s.max(session.issued_s)) >= limits.renewal_s;
        if due {
            session.issued_s = now_s;
        }
        let renewed = due.then(|| session.token(token.session));
        Ok((session.clone(), renewed))
    }

    /// Puts a session into the table: a new one, or one that comes back by its cookie.
    pub(crate) fn insert(&mut self, token: &Token, must_change_password: bool, returned: bool, now_s: u64) {
        let person = (token.center, token.user);
        self.make_room(person, now_s);
        let session = Session {
            person,
            password_version: token.password_version,
            must_change_password,
            began_s: token.began_s,
            issued_s: token.issued_s,
            used_s: now_s,
            returned,
            // Numbers go on where the process before may have stopped.
            references: now_s.saturating_sub(token.began_s) * u64::from(returned),
        };
        self.open.insert(token.session, session);
        self.by_person.entry(person).or_default().insert(token.session);
    }

    /// Marks a session as in use.
    pub(crate) fn touch(&mut self, id: SessionId, now_s: u64) {
        if let Some(session) = self.open.get_mut(&id) {
            session.used_s = now_s;
        }
    }

    /// The sessions of a person.
    pub(crate) fn of(&self, person: Person) -> BTreeSet<SessionId> {
        self.by_person.get(&person).cloned().unwrap_or_default()
    }

    /// The next number for an operation of this session.
    pub(crate) fn next_reference(&mut self, id: SessionId) -> Option<u64> {
        let session = self.open.get_mut(&id)?;
        session.references += 1;
        Some(session.references)
    }

    /// Ends a session for good.
    pub(crate) fn end(&mut self, id: SessionId, now_s: u64) {
        self.forget(id);
        if self.limits.max_ended == 0 {
            return;
        }
        if self.ended.len() >= self.limits.max_ended {
            self.ended.retain(|_, until| *until > now_s);
        }
        while self.ended.len() >= self.limits.max_ended {
            self.ended.pop_first();
        }
        // The longest time that any cookie of the session could be taken back.
        self.ended.insert(id, now_s + self.limits.idle_s + self.limits.renewal_s);
    }

    /// Ends the sessions of a person whose password is older than this one, or all. One that is exempt goes on
    /// with the new password.
    pub(crate) fn void(&mut self, person: Person, older_than: Option<u32>, now_s: u64) {
        let Some(ids) = self.by_person.get(&person) else { return };
        let mut void = Vec::new();
        for id in ids {
            let Some(session) = self.open.get_mut(id) else { continue };
            match older_than {
                Some(version) if session.password_version >= version => {}
                Some(version) if self.exempt.contains(id) => {
                    session.password_version = version;
                    session.must_change_password = false;
                }
                _ => void.push(*id),
            }
        }
        for id in void {
            self.end(id, now_s);
        }
    }

    pub(crate) fn set_exempt(&mut self, id: SessionId, exempt: bool) {
        if exempt {
            self.exempt.insert(id);
        } else {
            self.exempt.remove(&id);
        }
    }

    /// Ends the sessions that nobody has used for too long, and says which.
    pub(crate) fn sweep(&mut self, now_s: u64) -> Vec<(Person, SessionId)> {
        let limits = &self.limits;
        let over = self.open.iter().filter(|(_, session)| session.is_over(limits, now_s));
        let over: Vec<_> = over.map(|(id, session)| (session.person, *id)).collect();
        for (_, id) in &over {
            self.end(*id, now_s);
        }
        self.ended.retain(|_, until| *until > now_s);
        over
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Takes sessions out that can come back by their cookies: first those whose cookie never did.
    fn make_room(&mut self, person: Person, now_s: u64) {
        let idlest = |sessions: &Sessions, ids: &mut dyn Iterator<Item = SessionId>| {
            ids.filter_map(|id| sessions.open.get(&id).map(|session| (session.returned, session.used_s, id)))
                .min()
                .map(|(_, _, id)| id)
        };
        let own = self.by_person.get(&person);
        if own.is_some_and(|own| own.len() >= self.limits.max_per_person)
            && let Some(id) = idlest(self, &mut own.into_iter().flatten().copied())
        {
            self.forget(id);
        }
        if self.open.len() < self.limits.max_sessions {
            return;
        }
        self.open.retain(|id, session| {
            let over = session.is_over(&self.limits, now_s);
            if over && let Some(own) = self.by_person.get_mut(&session.person) {
                own.remove(id);
            }
            !over
        });
        self.by_person.retain(|_, own| !own.is_empty());
        if self.open.len() >= self.limits.max_sessions {
            // A part at once, so that not every sign-in has to look through the whole table.
            let mut by_use: Vec<_> =
                self.open.iter().map(|(id, session)| (session.returned, session.used_s, *id)).collect();
            by_use.sort_unstable();
            for (_, _, id) in by_use.iter().take(self.limits.max_sessions / 50 + 1) {
                self.forget(*id);
            }
        }
    }

    /// Takes a session out of the table; its cookie can bring it back.
    pub(crate) fn forget(&mut self, id: SessionId) {
        let Some(session) = self.open.remove(&id) else { return };
        if let Some(own) = self.by_person.get_mut(&session.person) {
            own.remove(&id);
            if own.is_empty() {
                self.by_person.remove(&session.person);
            }
        }
    }
}

impl Session {
    fn is_over(&self, limits: &Limits, now_s: u64) -> bool {
        now_s.saturating_sub(self.used_s) > limits.idle_s
            || now_s.saturating_sub(self.began_s) > limits.absolute_s
    }

    fn token(&self, id: SessionId) -> Token {
        Token {
            session: id,
            center: self.person.0,
            user: self.person.1,
            password_version: self.password_version,
            began_s: self.began_s,
            issued_s: self.issued_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Person = (ContactCenterId(1), UserId(1));
    const BELA: Person = (ContactCenterId(1), UserId(2));

    fn token(id: u128, person: Person, at_s: u64) -> Token {
        Token {
            session: SessionId(id),
            center: person.0,
            user: person.1,
            password_version: 1,
            began_s: at_s,
            issued_s: at_s,
        }
    }

    fn sessions(change: impl FnOnce(&mut SignInConfig)) -> Sessions {
        let mut config = SignInConfig::default();
        change(&mut config);
        Sessions::new(&config)
    }

    /// What a cookie finds some time after its session began.
    #[track_caller]
    fn check(sessions: &mut Sessions, cookie: &Token, now_s: u64, expected: Result<bool, Absent>) {
        let found = sessions.resume(cookie, now_s).map(|(_, renewed)| renewed.is_some());
        assert_eq!(found, expected);
    }

    #[test]
    fn a_session_lives_as_long_as_it_is_used() {
        let (mut sessions, cookie) = (sessions(|_| ()), token(1, ANNA, 0));
        sessions.insert(&cookie, false, false, 0);
        check(&mut sessions, &cookie, 10, Ok(false));
        check(&mut sessions, &cookie, 1_800, Ok(true));
        check(&mut sessions, &cookie, 3_600, Ok(true));
        check(&mut sessions, &cookie, 5_401, Err(Absent::Over));
    }

    #[test]
    fn a_session_ends_after_a_day_however_much_it_is_used() {
        let (mut sessions, cookie) = (sessions(|_| ()), token(1, ANNA, 0));
        sessions.insert(&cookie, false, false, 0);
        for hour in 1..48 {
            sessions.touch(cookie.session, hour * 1_800);
        }
        check(&mut sessions, &cookie, 86_400, Ok(true));
        check(&mut sessions, &cookie, 86_401, Err(Absent::Over));
    }

    #[test]
    fn a_new_cookie_is_due_every_five_minutes_and_not_for_each_request() {
        let (mut sessions, cookie) = (sessions(|_| ()), token(1, ANNA, 0));
        sessions.insert(&cookie, false, false, 0);
        check(&mut sessions, &cookie, 299, Ok(false));
        check(&mut sessions, &cookie, 300, Ok(true));
        check(&mut sessions, &cookie, 301, Ok(false));
    }

    #[test]
    fn an_unknown_session_may_come_back_unless_it_ended_or_is_too_old() {
        let mut sessions = sessions(|_| ());
        check(&mut sessions, &token(1, ANNA, 0), 2_100, Err(Absent::Unknown));
        check(&mut sessions, &token(1, ANNA, 0), 2_101, Err(Absent::Over));
        sessions.end(SessionId(1), 0);
        check(&mut sessions, &token(1, ANNA, 0), 1, Err(Absent::Over));
    }

    #[test]
    fn a_newer_password_ends_all_sessions_but_the_one_that_set_it() {
        let mut sessions = sessions(|_| ());
        for (id, person) in [(1, ANNA), (2, ANNA), (3, BELA)] {
            sessions.insert(&token(id, person, 0), true, false, 0);
        }
        sessions.set_exempt(SessionId(1), true);
        sessions.void(ANNA, Some(2), 0);
        assert_eq!(sessions.of(ANNA), [SessionId(1)].into());
        let (session, renewed) = sessions.resume(&token(1, ANNA, 0), 1).unwrap();
        assert!(!session.must_change_password);
        assert_eq!(renewed.unwrap().password_version, 2);
        check(&mut sessions, &token(2, ANNA, 0), 1, Err(Absent::Over));
        check(&mut sessions, &token(3, BELA, 0), 1, Ok(false));
        sessions.void(ANNA, None, 0);
        check(&mut sessions, &token(1, ANNA, 0), 1, Err(Absent::Over));
    }

    #[test]
    fn programs_without_cookies_do_not_drive_out_browsers() {
        let mut sessions = sessions(|config| config.max_sessions_per_user = 3);
        sessions.insert(&token(1, ANNA, 0), false, false, 0);
        check(&mut sessions, &token(1, ANNA, 0), 1, Ok(false));
        for id in 2..100 {
            sessions.insert(&token(id, ANNA, 1), false, false, id as u64);
        }
        assert_eq!(sessions.len(), 3);
        check(&mut sessions, &token(1, ANNA, 0), 100, Ok(false));
    }

    #[test]
    fn the_table_keeps_its_limit() {
        let mut sessions = sessions(|config| config.max_sessions = 10);
        for id in 0..100 {
            sessions.insert(&token(id, (ContactCenterId(1), UserId(id)), 0), false, false, id as u64);
            assert!(sessions.len() <= 10);
        }
        assert_eq!(sessions.by_person.len(), sessions.len());
    }

    #[test]
    fn idle_sessions_are_swept() {
        let mut sessions = sessions(|_| ());
        sessions.insert(&token(1, ANNA, 0), false, false, 0);
        sessions.insert(&token(2, BELA, 0), false, false, 1_000);
        assert_eq!(sessions.sweep(1_801), [(ANNA, SessionId(1))]);
        assert_eq!(sessions.sweep(1_801), []);
    }
}
