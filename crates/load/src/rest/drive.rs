//! Keep-alive connections that post without pause: the next request follows the answer.

use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;
use mio::{Events, Poll, Token};
use serde::Serialize;

use crate::clock::{Clock, as_ns};
use crate::connection::{Connection, SCRATCH_BYTES};
use crate::error::LoadError;
use crate::histogram::Histogram;
use crate::http;
use crate::process::ServerProcess;

const EVENTS_PER_TURN: usize = 256;

/// After the measurement, the answers that are still out have this long to come.
const DRAIN_LIMIT_NS: u64 = 10_000_000_000;

/// What one connection posts, in turn.
pub struct Client {
    pub requests: [Box<[u8]>; 2],
    /// Which comes next. Kept from one measurement to the next, as the server keeps its state.
    pub next: usize,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct DriveResult {
    pub clients: usize,
    pub operations_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub server_cpu_us_per_operation: f64,
    pub refused: u64,
}

struct Active<'a> {
    client: &'a mut Client,
    connection: Connection,
    awaiting: bool,
    sent_ns: u64,
}

struct Tally {
    latencies: Histogram,
    refused: u64,
}

/// Posts for the warm-up and the length; only the length counts.
pub fn drive(
    address: SocketAddr,
    clients: &mut [Client],
    server: &ServerProcess,
    warm_up: Duration,
    length: Duration,
) -> Result<DriveResult, LoadError> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS_PER_TURN);
    let mut scratch = vec![0; SCRATCH_BYTES].into_boxed_slice();
    let clock = Clock::start();
    let count = clients.len();
    let mut active = Vec::new();
    for (number, client) in clients.iter_mut().enumerate() {
        let connection = Connection::open(address, poll.registry(), Token(number))?;
        let mut one = Active { client, connection, awaiting: false, sent_ns: 0 };
        one.post(clock.ns())?;
        active.push(one);
    }
    let mut tally = Tally { latencies: Histogram::new(), refused: 0 };
    let mut at_start = None;
    let mut at_end = None;
    let window = as_ns(warm_up)..as_ns(warm_up + length);
    while active.iter().any(|one| one.awaiting) && clock.ns() < window.end + DRAIN_LIMIT_NS {
        let now = clock.ns();
        if now >= window.start && at_start.is_none() {
            at_start = Some((server.cpu_us()?, now));
        }
        if now >= window.end && at_end.is_none() {
            at_end = Some((server.cpu_us()?, now));
        }
        poll.poll(&mut events, Some(Duration::from_millis(10)))?;
        for event in &events {
            let one = &mut active[event.token().0];
            let Some(accepted) = one.receive(&mut scratch)? else { continue };
            let now = clock.ns();
            if window.contains(&now) {
                tally.latencies.record(now - one.sent_ns);
                tally.refused += u64::from(!accepted);
            }
            if now < window.end {
                one.post(now)?;
            }
        }
    }
    let end = (server.cpu_us()?, clock.ns());
    let (cpu_after, until) = at_end.unwrap_or(end);
    let (cpu_before, since) = at_start.unwrap_or(end);
    let operations = tally.latencies.total();
    Ok(DriveResult {
        clients: count,
        operations_per_second: operations as f64 / ((until - since).max(1) as f64 / 1e9),
        p50_ms: tally.latencies.percentile_ms(0.5),
        p99_ms: tally.latencies.percentile_ms(0.99),
        p999_ms: tally.latencies.percentile_ms(0.999),
        server_cpu_us_per_operation: (cpu_after - cpu_before) as f64 / operations.max(1) as f64,
        refused: tally.refused,
    })
}

impl Active<'_> {
    fn post(&mut self, now: u64) -> Result<(), LoadError> {
        let Client { requests, next } = &mut *self.client;
        self.connection.outgoing.extend_from_slice(&requests[*next]);
        *next = (*next + 1) % requests.len();
        self.awaiting = true;
        self.sent_ns = now;
        self.connection.flush()
    }

    /// Reads; says of an answer whether the operation was accepted.
    fn receive(&mut self, scratch: &mut [u8]) -> Result<Option<bool>, LoadError> {
        let mut outcome = None;
        self.connection.receive(scratch, |bytes, _| {
            let Some((response, taken)) = http::decode_response(bytes)? else { return Ok(0) };
            let accepted = memmem::find(&response.body, b"\"statusCode\":0").is_some();
            outcome = Some(accepted && response.status == 200);
            Ok(taken)
        })?;
        match outcome {
            Some(_) => self.awaiting = false,
            // The event may also say that the connection now stands, or takes more.
            None => self.connection.flush()?,
        }
        Ok(outcome)
    }
}
