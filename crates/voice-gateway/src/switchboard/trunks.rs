//! The ways outside: where each trunk is, whether we are registered there, and which calls come from it.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sip::digest::Login;
use sip::message::{Method, Name, Request, Response, Text, Uri};
use sip::user_agent::{Order, Target, Ticket};
use sip::{Flow, ListenerId, Transport};

use super::dial_plan;
use super::lines::{Far, Way};
use crate::config::Trunk;
use crate::random;
use crate::transport::{Encryption, Listener, TlsError, Transports, encryption};

/// How often the name of a trunk is looked up again.
const LOOKED_UP_EVERY: Duration = Duration::from_secs(300);
/// The pause after a look-up or a registration that failed; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// The shortest time for which a registration is taken for good.
const LEAST_REGISTRATION: Duration = Duration::from_secs(20);
/// Most addresses that a name may have.
const MOST_ADDRESSES: usize = 16;
/// How far the numbers of two registrations lie apart: an answer to a challenge takes one of them.
const CSEQ_STEP: u32 = 4;

/// All trunks.
pub(crate) struct Trunks {
    desks: Vec<Desk>,
    listeners: Vec<Listener>,
    looking: FuturesUnordered<Pin<Box<dyn Future<Output = LookedUp> + Send>>>,
}

/// The answer to a look-up.
pub(super) struct LookedUp {
    trunk: usize,
    found: io::Result<Vec<SocketAddr>>,
}

/// What is known of a trunk.
struct Desk {
    trunk: Trunk,
    encryption: Option<Encryption>,
    addresses: Vec<SocketAddr>,
    failures: u32,
    look_up_at: Option<Instant>,
    register_at: Option<Instant>,
    is_registered: bool,
    call_id: Text,
    cseq: u32,
}

/// A trunk cannot be trusted.
#[derive(Debug, thiserror::Error)]
#[error("trunk {trunk:?}")]
pub struct TrunkError {
    /// Its name.
    pub trunk: String,
    /// Why.
    #[source]
    pub cause: Box<TlsError>,
}

/// How a trunk stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkStatus {
    /// Its name.
    pub name: String,
    /// Whether its address is known.
    pub is_found: bool,
    /// Whether we are registered there; nothing if we do not want to be.
    pub is_registered: Option<bool>,
}

impl Trunks {
    /// Reads certificates; look-ups begin with the first [`Trunks::tick`].
    ///
    /// # Errors
    /// Which of them cannot be trusted, and why.
    pub(crate) fn new(
        trunks: &[Trunk],
        listeners: Vec<Listener>,
        now: Instant,
    ) -> Result<Trunks, TrunkError> {
        let desk = |trunk: &Trunk| {
            let name = trunk.server_name.as_deref().unwrap_or(&trunk.host);
            let needs = (trunk.transport == Transport::Tls)
                .then(|| encryption(trunk.authorities.as_ref(), name))
                .transpose();
            Ok(Desk {
                encryption: needs
                    .map_err(|cause| TrunkError { trunk: trunk.name.clone(), cause: Box::new(cause) })?,
                addresses: Vec::new(),
                failures: 0,
                look_up_at: Some(now),
                register_at: None,
                is_registered: false,
                call_id: Text::from(format!("{:016x}", random::number())),
                cseq: 1,
                trunk: trunk.clone(),
            })
        };
        let desks = trunks.iter().map(desk).collect::<Result<_, _>>()?;
        Ok(Trunks { desks, listeners, looking: FuturesUnordered::new() })
    }

    /// When there is something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.desks.iter().flat_map(|desk| [desk.look_up_at, desk.register_at]).flatten().min()
    }

    /// Does what is due. The orders are registrations.
    pub(super) fn tick(&mut self, transports: &mut Transports, now: Instant) -> Vec<Order> {
        let mut orders = Vec::new();
        for place in 0..self.desks.len() {
            let Some(desk) = self.desks.get_mut(place) else { break };
            if desk.look_up_at.is_some_and(|at| at <= now) {
                desk.look_up_at = None;
                let (host, port) = (desk.trunk.host.clone(), desk.trunk.port);
                self.looking.push(Box::pin(async move {
                    let found = tokio::net::lookup_host((host.as_str(), port)).await;
                    LookedUp { trunk: place, found: found.map(|all| all.take(MOST_ADDRESSES).collect()) }
                }));
            }
            let Some(desk) = self.desks.get_mut(place) else { break };
            if desk.register_at.is_some_and(|at| at <= now) {
                desk.register_at = None;
                let flow = self.flow(place, transports);
                match (flow, self.desks.get_mut(place)) {
                    (Some(flow), Some(desk)) => {
                        orders.extend(desk.registration(place, flow, &self.listeners));
                    }
                    (None, Some(desk)) => desk.failed(now),
                    (_, None) => {}
                }
            }
        }
        orders
    }

    /// The next look-up that is done. Waits for ever if there is none. Nothing is lost if it is no longer waited for.
    pub(super) async fn looked_up(&mut self) -> LookedUp {
        match self.looking.next().await {
            Some(looked_up) => looked_up,
            None => std::future::pending().await,
        }
    }

    /// Takes the answer to a look-up.
    pub(super) fn learn(&mut self, looked_up: LookedUp, now: Instant) {
        let speaks = |it: &SocketAddr| self.listeners.iter().any(|own| own.address.is_ipv4() == it.is_ipv4());
        let found = looked_up.found.map(|all| all.into_iter().filter(speaks).collect::<Vec<_>>());
        let Some(desk) = self.desks.get_mut(looked_up.trunk) else { return };
        match found {
            Ok(addresses) if !addresses.is_empty() => {
                desk.addresses = addresses;
                desk.failures = 0;
                desk.look_up_at = Some(now + LOOKED_UP_EVERY);
                if desk.trunk.registers && !desk.is_registered && desk.register_at.is_none() {
                    desk.register_at = Some(now);
                }
            }
            other => {
                let error = other.err().map(|error| error.to_string()).unwrap_or_default();
                tracing::warn!(
                    trunk = desk.trunk.name,
                    error,
                    "the trunk's host has no address that can be used"
                );
                desk.failures = desk.failures.saturating_add(1);
                desk.look_up_at = Some(now + pause(desk.failures));
            }
        }
    }

    /// What a trunk said to a registration.
    pub(super) fn answered(&mut self, ticket: Ticket, response: Option<&Response>, now: Instant) {
        let place = usize::try_from(ticket.0).unwrap_or(usize::MAX);
        let Some(desk) = self.desks.get_mut(place) else { return };
        match response {
            Some(response) if response.status.is_success() => {
                let granted = granted(response).unwrap_or(desk.trunk.registration).max(LEAST_REGISTRATION);
                if !desk.is_registered {
                    tracing::info!(trunk = desk.trunk.name, "registered");
                }
                desk.is_registered = true;
                desk.failures = 0;
                // Soon enough for one more attempt.
                desk.register_at = Some(now + granted * 4 / 5);
            }
            other => {
                let status = other.map_or(408, |it| it.status.code());
                if desk.is_registered || desk.failures == 0 {
                    tracing::warn!(trunk = desk.trunk.name, status, "not registered");
                }
                desk.failed(now);
            }
        }
    }

    /// A connection has ended. Whoever was registered over it is so no more.
    pub(super) fn lost(&mut self, flow: &Flow, now: Instant) {
        for desk in &mut self.desks {
            let is_its = desk.trunk.transport == flow.transport && desk.addresses.contains(&flow.peer);
            if is_its && desk.trunk.registers {
                desk.is_registered = false;
                let next = now + pause(desk.failures.max(1));
                desk.register_at = Some(desk.register_at.map_or(next, |at| at.min(next)));
            }
        }
    }

    /// The trunk that calls come from over this flow, if it is known by where it is.
    pub(super) fn at(&self, flow: &Flow) -> Option<usize> {
        let address = flow.peer.ip().to_canonical();
        self.desks.iter().position(|desk| {
            let is_there = || {
                desk.trunk.sources.contains(&address)
                    || desk.addresses.iter().any(|it| it.ip().to_canonical() == address)
            };
            !desk.trunk.proves_itself && is_there()
        })
    }

    /// All addresses that much may come from.
    pub(super) fn sources(&self) -> BTreeSet<IpAddr> {
        let of = |desk: &Desk| {
            let found = desk.addresses.iter().map(|it| it.ip().to_canonical());
            found.chain(desk.trunk.sources.iter().copied()).collect::<Vec<_>>()
        };
        self.desks.iter().flat_map(of).collect()
    }

    /// A trunk by its place.
    pub(super) fn get(&self, place: usize) -> Option<&Trunk> {
        self.desks.get(place).map(|desk| &desk.trunk)
    }

    /// The ways to a number outside, first choice first.
    pub(super) fn ways(&mut self, number: &str, transports: &mut Transports) -> Vec<Way> {
        let dialing = self.desks.iter().enumerate().map(|(place, desk)| (place, &desk.trunk.dialing));
        let ways = dial_plan::ways(dialing, number);
        ways.into_iter().filter_map(|(place, number)| self.way(place, &number, transports)).collect()
    }

    fn way(&mut self, place: usize, number: &str, transports: &mut Transports) -> Option<Way> {
        let desk = self.desks.get(place)?;
        if desk.trunk.registers && !desk.is_registered {
            return None;
        }
        let flow = self.flow(place, transports)?;
        let trunk = self.get(place)?;
        let port = (trunk.port != trunk.transport.default_port()).then_some(trunk.port);
        let uri = Uri::sip(Some(number), trunk.domain(), port)?;
        let target = Target {
            uri: Text::from(uri.as_str()),
            flow,
            route: Vec::new(),
            is_symmetric: trunk.is_behind_nat,
            headers: Vec::new(),
        };
        Some(Way {
            far: Far::Trunk(place),
            targets: vec![target],
            domain: trunk.domain().to_owned(),
            caller: trunk.caller.clone(),
            srtp: None,
        })
    }

    /// What is told of us to a trunk that asks.
    pub(super) fn credentials(&self, place: usize) -> Option<Login> {
        self.desks.get(place).and_then(Desk::credentials)
    }

    /// The way to a trunk; a connection is made if there is none.
    fn flow(&self, place: usize, transports: &mut Transports) -> Option<Flow> {
        let desk = self.desks.get(place)?;
        let peer = *desk.addresses.first()?;
        let transport = desk.trunk.transport;
        let fits = |it: &Listener| it.transport == transport && it.address.is_ipv4() == peer.is_ipv4();
        let local = self.listeners.iter().position(fits);
        let local = ListenerId(u16::try_from(local?).ok()?);
        if transport == Transport::Udp {
            return Some(Flow::udp(local, peer));
        }
        transports.connect(transport, local, peer, desk.encryption.clone())
    }

    /// How they stand, in the order of the configuration.
    pub(super) fn statuses(&self) -> Vec<TrunkStatus> {
        let status = |desk: &Desk| TrunkStatus {
            name: desk.trunk.name.clone(),
            is_found: !desk.addresses.is_empty(),
            is_registered: desk.trunk.registers.then_some(desk.is_registered),
        };
        self.desks.iter().map(status).collect()
    }
}

impl Desk {
    fn registration(&mut self, place: usize, flow: Flow, listeners: &[Listener]) -> Option<Order> {
        let account = self.trunk.account.as_ref()?;
        let own = listeners.get(usize::from(flow.local.0))?;
        let domain = self.trunk.domain();
        let address = Uri::sip(Some(&account.user), domain, None)?;
        let contact = Uri::sip(Some(&account.user), &host(own.address.ip()), Some(own.address.port()))?;
        self.cseq += CSEQ_STEP;
        let mut request = Request::new(Method::Register, Uri::sip(None, domain, None)?);
        let headers = &mut request.headers;
        headers.push(Name::From, format!("<{address}>"));
        headers.push(Name::To, format!("<{address}>"));
        headers.push(Name::CallId, self.call_id.clone());
        headers.push(Name::CSeq, format!("{} REGISTER", self.cseq));
        headers.push(Name::Contact, format!("<{contact};transport={}>", flow.transport.in_uri()));
        headers.push(Name::Expires, u32::try_from(self.trunk.registration.as_secs()).unwrap_or(u32::MAX));
        let ticket = Ticket(u64::try_from(place).unwrap_or(u64::MAX));
        Some(Order::Send { ticket, flow, request: Box::new(request), credentials: self.credentials() })
    }

    fn credentials(&self) -> Option<Login> {
        let account = self.trunk.account.as_ref()?;
        Some(Login { user: account.user.clone(), password: account.password.clone() })
    }

    fn failed(&mut self, now: Instant) {
        self.is_registered = false;
        self.failures = self.failures.saturating_add(1);
        self.register_at = Some(now + pause(self.failures));
        // Perhaps it has moved. The next one is tried first.
        let has_others = self.addresses.len() > 1;
        self.addresses.rotate_left(usize::from(has_others));
    }
}

/// An address as URIs have it.
pub(super) fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// The time that a registrar grants: of our Contact, else of all (RFC 3261, 10.2.4).
fn granted(response: &Response) -> Option<Duration> {
    let own = response.contact().and_then(|it| it.params.value("expires")).and_then(|it| it.parse().ok());
    own.or_else(|| response.number(&Name::Expires))
        .map(|seconds: u32| Duration::from_secs(u64::from(seconds)))
}

fn pause(failures: u32) -> Duration {
    (FIRST_PAUSE * (1 << failures.saturating_sub(1).min(16))).min(LONGEST_PAUSE)
}
