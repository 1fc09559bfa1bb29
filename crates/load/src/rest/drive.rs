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

/// What one connection posts, in turn.
pub struct Client {
    pub requests: [Box<[u8]>; 2],
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
    client: &'a Client,
    connection: Connection,
    turn: usize,
    sent_ns: u64,
}

/// Posts for the warm-up and the length; only the length counts.
pub fn drive(
    address: SocketAddr,
    clients: &[Client],
    server: &ServerProcess,
    warm_up: Duration,
    length: Duration,
) -> Result<DriveResult, LoadError> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(EVENTS_PER_TURN);
    let mut scratch = vec![0; SCRATCH_BYTES].into_boxed_slice();
    let clock = Clock::start();
    let mut active = Vec::new();
    for (number, client) in clients.iter().enumerate() {
        let mut connection = Connection::open(address, poll.registry(), Token(number))?;
        connection.outgoing.extend_from_slice(&client.requests[0]);
        active.push(Active { client, connection, turn: 0, sent_ns: clock.ns() });
    }
    let mut latencies = Histogram::new();
    let (mut refused, mut cpu_at_start) = (0, None);
    let window = as_ns(warm_up)..as_ns(warm_up + length);
    loop {
        let now = clock.ns();
        if now >= window.end {
            break;
        }
        if now >= window.start && cpu_at_start.is_none() {
            cpu_at_start = Some((server.cpu_us()?, now));
        }
        poll.poll(&mut events, Some(Duration::from_nanos(window.end - now)))?;
        for event in &events {
            let one = &mut active[event.token().0];
            let Some(accepted) = one.advance(&mut scratch)? else { continue };
            let now = clock.ns();
            if window.contains(&now) {
                latencies.record(now - one.sent_ns);
                refused += u64::from(!accepted);
            }
            one.sent_ns = now;
            one.connection.flush()?;
        }
    }
    let ended = clock.ns();
    let (cpu_before, since) = cpu_at_start.unwrap_or((server.cpu_us()?, ended));
    let operations = latencies.total();
    Ok(DriveResult {
        clients: clients.len(),
        operations_per_second: operations as f64 / ((ended - since).max(1) as f64 / 1e9),
        p50_ms: latencies.percentile_ms(0.5),
        p99_ms: latencies.percentile_ms(0.99),
        p999_ms: latencies.percentile_ms(0.999),
        server_cpu_us_per_operation: (server.cpu_us()? - cpu_before) as f64 / operations.max(1) as f64,
        refused,
    })
}

impl Active<'_> {
    /// Reads an answer and puts the next request in line; says whether the operation was accepted.
    fn advance(&mut self, scratch: &mut [u8]) -> Result<Option<bool>, LoadError> {
        let Active { client, connection, turn, .. } = self;
        let mut outcome = None;
        connection.receive(scratch, |bytes, outgoing| {
            let Some((response, taken)) = http::decode_response(bytes)? else { return Ok(0) };
            let accepted =
                response.status == 200 && memmem::find(&response.body, b"\"statusCode\":0").is_some();
            if !accepted && outcome.is_none() && *turn == 0 {
                return Err(LoadError::wire("statusCode 0", bytes));
            }
            outcome = Some(accepted);
            *turn += 1;
            outgoing.extend_from_slice(&client.requests[*turn % 2]);
            Ok(taken)
        })?;
        // Also sends the first request, once the connection stands.
        if outcome.is_none() {
            connection.flush()?;
        }
        Ok(outcome)
    }
}
