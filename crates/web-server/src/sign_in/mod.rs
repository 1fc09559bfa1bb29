//! Who asks: HTTP Basic on any request, then a session cookie, and what protects both.
//!
//! A session is a signed cookie. The table of sessions holds what has no place in a cookie (when it was last
//! used, the numbers of its operations) and can be lost: a genuine cookie of an unknown session is taken back
//! after a look at the user. What is not taken back are sessions that were ended while this process ran.
//!
//! Nothing is told apart by the answer or its time: unknown users, wrong passwords, disabled users and
//! unknown contact centers are all refused alike.

mod buckets;
mod caller;
mod credentials;
mod passwords;
mod sessions;
mod token;
mod verify;
mod visitors;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use contact_center::people::PasswordHash;
use contact_center::{ContactCenterId, UserId};
use engine::Engine;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use parking_lot::Mutex;
use public_api::{Problem, StatusCode as Code};

use buckets::Buckets;
pub use caller::{Caller, SessionId, Visitor};
pub use passwords::hash_password;
pub(crate) use visitors::{Visitors, counted_as};

use crate::answers::{self, Refused};
use crate::clock;
use crate::config::SignInConfig;
use crate::push::Push;
use credentials::{Basic, Credentials, Identity};
use passwords::Passwords;
use sessions::{Absent, Sessions};
use token::{Keys, Token};

/// Name of the session cookie.
pub(crate) const SESSION_COOKIE: &str = "JSESSIONID";
/// Names the contact center where a user name alone would not.
pub(crate) const CENTER_HEADER: &str = "contactcenterid";
/// Names the header of the CSRF token.
const CSRF_HEADER_NAME: &str = "x-csrf-header";
/// Holds the CSRF token.
const CSRF_HEADER: &str = "x-csrf-token";

/// Passwords, sessions, and who is kept out.
pub(crate) struct SignIn {
    config: SignInConfig,
    engine: Engine,
    push: Arc<Push>,
    keys: Keys,
    /// What follows the cookie's value.
    cookie_attributes: &'static str,
    sessions: Mutex<Sessions>,
    credentials: Mutex<Credentials>,
    passwords: Passwords,
    failures: Mutex<Failures>,
    /// Counts what made sign-ins void, so that one that was under way at the time is looked at again.
    voids: AtomicU64,
}

struct Failures {
    by_user: Buckets<String>,
    by_address: Buckets<IpAddr>,
}

/// A request whose sender is known.
pub(crate) struct SignedIn {
    pub(crate) caller: Caller,
    /// The cookie to set with the answer.
    pub(crate) cookie: Option<HeaderValue>,
}

/// The session goes on although its user's password changes; ends when dropped.
pub(crate) struct Exemption<'s> {
    sign_in: &'s SignIn,
    session: SessionId,
}

impl SignIn {
    pub(crate) fn new(config: SignInConfig, encrypted: bool, engine: Engine, push: Arc<Push>) -> SignIn {
        SignIn {
            keys: Keys::new(&engine.server_secret()),
            cookie_attributes: if encrypted {
                "; Path=/; HttpOnly; SameSite=Lax; Secure"
            } else {
                "; Path=/; HttpOnly; SameSite=Lax"
            },
            sessions: Mutex::new(Sessions::new(&config)),
            credentials: Mutex::new(Credentials::new(&config)),
            passwords: Passwords::new(&config),
            failures: Mutex::new(Failures {
                by_user: Buckets::new(
                    config.max_failures_per_user,
                    config.failure_lifetime_per_user,
                    config.max_failing,
                ),
                by_address: Buckets::new(
                    config.max_failures_per_address,
                    config.failure_lifetime_per_address,
                    config.max_failing,
                ),
            }),
            voids: AtomicU64::new(0),
            config,
            engine,
            push,
        }
    }

    /// Who sent a request with these headers; `None` if it has no credentials at all.
    ///
    /// # Errors
    /// The answer to credentials that are wrong or cannot be verified now.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        address: IpAddr,
    ) -> Result<Option<SignedIn>, Refused> {
        let token = cookie(headers, SESSION_COOKIE).and_then(|cookie| self.keys.open(cookie));
        match (headers.get(AUTHORIZATION), token) {
            (Some(authorization), token) => {
                Box::pin(self.by_password(headers, authorization, token, address)).await.map(Some)
            }
            (None, Some(token)) => self.by_cookie(&token).await.map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Whether a change by this caller comes from a page of ours.
    ///
    /// # Errors
    /// The answer to a request that may come from someone else's page.
    pub(crate) fn check_csrf(
        &self,
        caller: &Caller,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(), Refused> {
        let harmless = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        if harmless || !caller.by_cookie_alone || !self.config.csrf_protection {
            return Ok(());
        }
        let genuine = headers
            .get(CSRF_HEADER)
            .is_some_and(|token| self.keys.is_csrf_token(caller.session, token.as_bytes()));
        if genuine {
            return Ok(());
        }
        Err(answers::text(http::StatusCode::FORBIDDEN, "Missing or invalid Csrf token").into())
    }

    /// Adds to an answer what this session's next requests need.
    pub(crate) fn add_headers(&self, signed_in: &SignedIn, method: &Method, headers: &mut HeaderMap) {
        if let Some(cookie) = &signed_in.cookie {
            headers.append(http::header::SET_COOKIE, cookie.clone());
        }
        if *method == Method::GET
            && let Ok(token) = HeaderValue::try_from(self.keys.csrf_token(signed_in.caller.session))
        {
            headers.insert(CSRF_HEADER_NAME, HeaderValue::from_static("X-CSRF-TOKEN"));
            headers.insert(CSRF_HEADER, token);
        }
    }

    /// The number that the next operation of the caller's session has in its answer and its notification.
    pub(crate) fn next_reference(&self, caller: &Caller) -> u64 {
        self.sessions.lock().next_reference(caller.session).unwrap_or(1)
    }

    /// Ends the caller's session and its notifications.
    pub(crate) fn sign_out(&self, caller: &Caller) {
        self.sessions.lock().end(caller.session, now_s());
        self.push.end_session((caller.center, caller.user), caller.session);
    }

    /// Ends the sessions of a user that began with an older password than this, or all of them.
    pub(crate) fn void(&self, center: ContactCenterId, user: UserId, older_than: Option<u32>) {
        let person = (center, user);
        self.voids.fetch_add(1, SeqCst);
        self.credentials.lock().void(person);
        let valid = {
            let mut sessions = self.sessions.lock();
            sessions.void(person, older_than, now_s());
            sessions.of(person)
        };
        // Also those are ended whose session was dropped from the table for want of room.
        self.push.end_other_sessions(person, &valid);
    }

    /// While this lives, a new password of the caller's does not end the caller's session.
    pub(crate) fn exempt(&self, caller: &Caller) -> Exemption<'_> {
        self.sessions.lock().set_exempt(caller.session, true);
        Exemption { sign_in: self, session: caller.session }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// The server has too many to do.
    pub(crate) async fn hash(&self, password: String) -> Result<PasswordHash, Problem> {
        self.passwords.hash(password).await.map_err(|_| busy())
    }

    /// Whether this is the caller's password. Wrong ones count as failed sign-ins.
    ///
    /// # Errors
    /// Too many were wrong, or the server has too many to do.
    pub(crate) async fn is_password_of(
        &self,
        caller: &Caller,
        password: String,
        hash: PasswordHash,
    ) -> Result<bool, Problem> {
        let name = caller.user.to_string();
        let wait = self.failures.lock().by_user.wait(&name, clock::now());
        if wait.is_some() {
            return Err(Problem::new(Code::NotAuthenticated, "Too many attempts"));
        }
        let turn = self.passwords.turn().await.map_err(|_| busy())?;
        let right = self.passwords.verify(turn, password, hash).await.map_err(|_| busy())?;
        if !right {
            self.failures.lock().by_user.take(&name, clock::now());
        }
        Ok(right)
    }

    /// Marks a session as in use.
    pub(crate) fn touch(&self, session: SessionId) {
        self.sessions.lock().touch(session, now_s());
    }

    /// Ends sessions that nobody uses; to be called every [`SWEEP_PERIOD`].
    pub(crate) fn sweep(&self) {
        let over = self.sessions.lock().sweep(now_s());
        for (person, session) in over {
            self.push.end_session(person, session);
        }
        self.credentials.lock().forget_expired(clock::now());
    }

    /// How many sessions are in the table.
    pub(crate) fn session_count(&self) -> usize {
        self.sessions.lock().len()
    }

    async fn by_cookie(&self, token: &Token) -> Result<SignedIn, Refused> {
        let found = self.sessions.lock().resume(token, now_s());
        let (session, renewed) = match found {
            Ok(found) => found,
            Err(Absent::Over) => return Err(answers::access_denied().into()),
            Err(Absent::Unknown) => Box::pin(self.take_back(token)).await?,
        };
        let caller = Caller {
            center: token.center,
            user: token.user,
            session: token.session,
            by_cookie_alone: true,
            must_change_password: session.must_change_password,
        };
        Ok(SignedIn { caller, cookie: renewed.map(|token| self.cookie(&token)) })
    }

    /// A genuine cookie of a session that this process has never seen, or has dropped for want of room.
    async fn take_back(&self, token: &Token) -> Result<(sessions::Session, Option<Token>), Refused> {
        let person = (token.center, token.user);
        for _ in 0..VOID_RETRIES {
            let voids = self.voids.load(SeqCst);
            let Some(identity) = self.identity(person).await? else { break };
            if identity.password_version != token.password_version {
                break;
            }
            {
                let mut sessions = self.sessions.lock();
                // Another request with the same cookie may have been faster, or have signed out.
                match sessions.resume(token, now_s()) {
                    Err(Absent::Unknown) => {
                        sessions.insert(token, identity.must_change_password, true, now_s());
                    }
                    Err(Absent::Over) => break,
                    Ok(_) => {}
                }
            }
            if self.voids.load(SeqCst) == voids {
                let resumed = self.sessions.lock().resume(token, now_s());
                return resumed.map_err(|_| answers::access_denied().into());
            }
            self.sessions.lock().forget(token.session);
        }
        Err(answers::access_denied().into())
    }

    async fn by_password(
        &self,
        headers: &HeaderMap,
        authorization: &HeaderValue,
        token: Option<Token>,
        address: IpAddr,
    ) -> Result<SignedIn, Refused> {
        let center: Option<Option<ContactCenterId>> = headers
            .get(CENTER_HEADER)
            .map(|name| name.to_str().ok().and_then(|name| name.trim().parse().ok()));
        // A name that no contact center can have tells nothing of those that there are.
        let basic = Basic::parse(authorization, center.flatten()).filter(|_| center != Some(None));
        let Some(basic) = basic else { return Err(answers::access_denied().into()) };
        for _ in 0..VOID_RETRIES {
            let voids = self.voids.load(SeqCst);
            let identity = self.verified(&basic, address).await?;
            let signed_in = self.session_for(identity, token.as_ref());
            if self.voids.load(SeqCst) == voids || self.is_current(identity).await? {
                return Ok(signed_in);
            }
            self.sessions.lock().forget(signed_in.caller.session);
            self.credentials.lock().void(identity.person);
        }
        Err(answers::access_denied().into())
    }

    /// The session of the cookie, if it is this user's, or else a new one.
    fn session_for(&self, identity: Identity, token: Option<&Token>) -> SignedIn {
        let (center, user) = identity.person;
        let mut caller = Caller {
            center,
            user,
            session: SessionId(0),
            by_cookie_alone: false,
            must_change_password: identity.must_change_password,
        };
        let mut sessions = self.sessions.lock();
        if let Some(token) = token.filter(|token| (token.center, token.user) == identity.person)
            && let Ok((session, renewed)) = sessions.resume(token, now_s())
        {
            caller.session = token.session;
            caller.must_change_password &= session.must_change_password;
            return SignedIn { caller, cookie: renewed.map(|token| self.cookie(&token)) };
        }
        let now_s = now_s();
        let token = Token {
            session: SessionId(u128::from_be_bytes(crate::random::bytes())),
            center,
            user,
            password_version: identity.password_version,
            began_s: now_s,
            issued_s: now_s,
        };
        sessions.insert(&token, identity.must_change_password, false, now_s);
        caller.session = token.session;
        SignedIn { caller, cookie: Some(self.cookie(&token)) }
    }

    fn cookie(&self, token: &Token) -> HeaderValue {
        let text = format!("{SESSION_COOKIE}={}{}", self.keys.seal(token), self.cookie_attributes);
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl Drop for Exemption<'_> {
    fn drop(&mut self) {
        self.sign_in.sessions.lock().set_exempt(self.session, false);
    }
}

/// How often unused sessions are looked for.
pub(crate) const SWEEP_PERIOD: Duration = Duration::from_secs(10);
/// How often a sign-in is tried again that was overtaken by a change of some user.
const VOID_RETRIES: usize = 8;

fn now_s() -> u64 {
    clock::wall_ms() / 1_000
}

/// The server cannot look at the password now.
fn busy() -> Problem {
    Problem::new(Code::InternalError, "Too many sign-ins at the moment.").with_http(503)
}

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut pairs =
        headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
