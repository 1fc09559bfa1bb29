//! Who comes in: devices by their passwords, trunks by theirs or by where they are. Wrong passwords are counted, and
//! who guesses too often is not listened to for a while.
//!
//! Passwords are looked up in the contact center, which takes a moment: whoever needs one waits here, and nobody else.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use contact_center::DeviceId;
use engine::{Failure, Handle};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sip::Flow;
use sip::digest::{Authenticator, Authorization, Guesses, Limits, Locked, Secret, Verdict};
use sip::message::{Method, Name, Request, Status, Text};
use sip::user_agent::{Offered, RequestId};

use super::lines::Far;
use crate::config::Trunk;

/// How long what was looked up is believed. A changed password is known sooner if its owner is told of it.
const BELIEVED_FOR: Duration = Duration::from_secs(10);
/// How long a number is believed to be nobody's: a device that is made now has a phone that waits for it.
const NOBODYS_FOR: Duration = Duration::from_secs(1);
/// Most numbers that are remembered, known and unknown ones.
const MOST_KNOWN: usize = 50_000;
/// Most requests that wait until their password is looked up.
const MOST_WAITING: usize = 10_000;
/// Longer numbers are nobody's.
const LONGEST_NUMBER: usize = 64;

/// Whoever stands before the door.
#[derive(Debug)]
pub(super) enum Visitor {
    /// With a call.
    Call(Box<Offered>),
    /// With something else.
    Request { id: RequestId, flow: Flow, request: Box<Request> },
}

/// What is thought of a visitor.
#[derive(Debug)]
pub(super) enum Opinion {
    /// It is this one.
    Known(Far),
    /// It has to be looked up first: this number.
    Unsure(String),
    /// Not now, or not like this.
    TurnedAway(Status, Vec<(Name, Text)>),
}

/// A device that can sign in.
#[derive(Debug, Clone)]
struct Identity {
    device: DeviceId,
    secret: Secret,
}

/// The answer to a look-up.
pub(super) struct LookedUp {
    number: String,
    found: Result<Option<Identity>, Failure>,
}

/// The doors.
pub(super) struct Doors {
    center: Handle,
    authenticator: Authenticator,
    guesses: Guesses,
    /// Accounts of trunks that have to show their password.
    trunks: BTreeMap<String, (usize, Secret)>,
    known: BTreeMap<String, (Option<Identity>, Instant)>,
    waiting: BTreeMap<String, Vec<Visitor>>,
    waiting_count: usize,
    looking: FuturesUnordered<Pin<Box<dyn Future<Output = LookedUp> + Send>>>,
}

impl Visitor {
    pub fn request(&self) -> &Request {
        match self {
            Visitor::Call(offered) => &offered.request,
            Visitor::Request { request, .. } => request,
        }
    }

    pub fn flow(&self) -> &Flow {
        match self {
            Visitor::Call(offered) => &offered.flow,
            Visitor::Request { flow, .. } => flow,
        }
    }
}

impl Doors {
    pub fn new(center: Handle, trunks: &[Trunk], authenticator: Authenticator) -> Doors {
        let proving = trunks.iter().enumerate().filter(|(_, trunk)| trunk.proves_itself);
        let account = |(place, trunk): (usize, &Trunk)| {
            let account = trunk.account.as_ref()?;
            let secret = Secret::of(&account.user, authenticator.realm(), &account.password);
            Some((account.user.clone(), (place, secret)))
        };
        Doors {
            trunks: proving.filter_map(account).collect(),
            center,
            authenticator,
            guesses: Guesses::new(Limits::default()),
            known: BTreeMap::new(),
            waiting: BTreeMap::new(),
            waiting_count: 0,
            looking: FuturesUnordered::new(),
        }
    }

    /// Judges by the password that a visitor shows.
    pub fn judge(&mut self, visitor: &Visitor, now: Instant) -> Opinion {
        let request = visitor.request();
        let source = visitor.flow().peer.ip().to_canonical();
        let realm = self.authenticator.realm().to_owned();
        let Some(authorization) = Authorization::of(request, &realm) else {
            return self.challenge(request, false, now);
        };
        let number = authorization.user.clone().into_owned();
        if number.is_empty() || number.len() > LONGEST_NUMBER || self.guesses.is_locked(source, &number, now)
        {
            return Opinion::TurnedAway(Status::FORBIDDEN, Vec::new());
        }
        let (who, secret) = if let Some((trunk, secret)) = self.trunks.get(&number) {
            (Some(Far::Trunk(*trunk)), Some(secret))
        } else {
            match self.known.get(&number).filter(|(_, until)| now < *until) {
                Some((found, _)) => {
                    (found.as_ref().map(|it| Far::Device(it.device)), found.as_ref().map(|it| &it.secret))
                }
                None => return Opinion::Unsure(number),
            }
        };
        let verdict = self.authenticator.judge(&request.method, &authorization, secret, now);
        match (verdict, who) {
            (Verdict::Right, Some(who)) => {
                self.guesses.right(source, &number);
                Opinion::Known(who)
            }
            (Verdict::Stale, _) => self.challenge(request, true, now),
            (Verdict::Right | Verdict::Wrong, _) => {
                self.note_wrong(source, &number, now);
                Opinion::TurnedAway(Status::FORBIDDEN, Vec::new())
            }
        }
    }

    /// Has a visitor wait until a number is looked up.
    ///
    /// # Errors
    /// The visitor, if too many wait.
    pub fn look_up(&mut self, number: String, visitor: Visitor) -> Result<(), Visitor> {
        if self.waiting_count >= MOST_WAITING {
            return Err(visitor);
        }
        self.waiting_count += 1;
        if let Some(waiting) = self.waiting.get_mut(&number) {
            waiting.push(visitor);
            return Ok(());
        }
        self.waiting.insert(number.clone(), vec![visitor]);
        let center = self.center.clone();
        self.looking.push(Box::pin(async move {
            let asked = number.clone();
            let found = center.query(move |center| {
                let device = center.device_numbered(&asked)?;
                let sip = device.sip.as_ref()?;
                let secret = Secret { md5: sip.ha1_md5.clone(), sha256: sip.ha1_sha256.clone() };
                Some(Identity { device: device.id, secret })
            });
            LookedUp { found: found.await, number }
        }));
        Ok(())
    }

    /// The next look-up that is done. Waits for ever if there is none. Nothing is lost if it is no longer waited for.
    pub async fn looked_up(&mut self) -> LookedUp {
        match self.looking.next().await {
            Some(looked_up) => looked_up,
            None => std::future::pending().await,
        }
    }

    /// Remembers what was looked up. Those who waited for it come back, and may go on unless it failed.
    pub fn learn(&mut self, looked_up: LookedUp, now: Instant) -> (Vec<Visitor>, bool) {
        let LookedUp { number, found } = looked_up;
        let visitors = self.waiting.remove(&number).unwrap_or_default();
        self.waiting_count -= visitors.len();
        let Ok(found) = found else { return (visitors, false) };
        if self.known.len() >= MOST_KNOWN {
            self.known.retain(|_, (_, until)| now < *until);
        }
        if self.known.len() < MOST_KNOWN {
            let until = now + if found.is_some() { BELIEVED_FOR } else { NOBODYS_FOR };
            self.known.insert(number, (found, until));
            return (visitors, true);
        }
        // Whoever floods us with names learns nothing, and nor do others for a moment.
        (visitors, false)
    }

    /// Devices have changed.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    fn challenge(&mut self, request: &Request, is_stale: bool, now: Instant) -> Opinion {
        let challenges = self.authenticator.challenges(is_stale, now);
        let is_for_us = request.method == Method::Register;
        let (status, name) = if is_for_us {
            (Status::UNAUTHORIZED, Name::WwwAuthenticate)
        } else {
            (Status::PROXY_AUTHENTICATION_REQUIRED, Name::ProxyAuthenticate)
        };
        let headers = challenges.into_iter().map(|value| (name.clone(), Text::from(value))).collect();
        Opinion::TurnedAway(status, headers)
    }

    fn note_wrong(&mut self, source: IpAddr, number: &str, now: Instant) {
        // A line that tools such as fail2ban look for.
        tracing::warn!(target: "souffleur::auth", ip = %source, "wrong password of a telephone");
        metrics::counter!("souffleur_sip_wrong_passwords_total").increment(1);
        for locked in self.guesses.wrong(source, number, now) {
            if let Locked::Source(ip) = locked {
                tracing::warn!(target: "souffleur::auth", %ip, "too many wrong passwords: not listened to for a while");
            }
        }
    }
}
