//! `load chat`: from a customer's POST to the notification that the agent's browser gets, while
//! many other sessions are held.

use std::time::Duration;

use serde::Serialize;

use crate::clock::as_ns;
use crate::endpoint::{Endpoint, Transport};
use crate::error::LoadError;
use crate::histogram::median;
use crate::http;
use crate::process::{self, ServerProcess};
use crate::push::options::Place;
use crate::push::step::{self, Pace, StepResult};
use crate::report::{Report, figure};
use crate::rest::api::Api;
use crate::rest::people::{self, People};
use crate::rest::souffleur::{self, Durability, Installation};
use crate::stamp;
use crate::swarm::{Swarm, Traffic};

const NOTIFICATIONS: &str = "/api/v2/notifications";
const SUBSCRIPTION: &str = "/v2/me/*";
/// Memory is read when the server has had this long to come to rest.
const REST: Duration = Duration::from_secs(2);

/// What `load chat` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct ChatOptions {
    /// Push sessions that are held; one belongs to each agent, the others hear nothing.
    #[arg(long, value_delimiter = ',', default_value = "100,1000,10000")]
    pub sessions: Vec<usize>,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "websocket,long-polling")]
    pub transport: Vec<Transport>,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "normal,full")]
    pub durability: Vec<Durability>,
    /// Chats that customers write in; each agent has three.
    #[arg(long, default_value_t = 30)]
    pub chats: usize,
    /// Sessions of each user who hears nothing.
    #[arg(long, default_value_t = 25)]
    pub sessions_per_listener: usize,
    /// Messages per second of all customers.
    #[arg(long, default_value_t = 200)]
    pub rate: u64,
    /// Bytes of text in each message.
    #[arg(long, default_value_t = 200)]
    pub payload: usize,
    /// Connections that the customers' requests come by.
    #[arg(long, default_value_t = 16)]
    pub senders: usize,
    /// Sessions that are being set up at the same time.
    #[arg(long, default_value_t = 100)]
    pub at_once: usize,
    /// Length of each measurement.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Time under the same load before each measurement counts.
    #[arg(long, default_value_t = 2)]
    pub warm_up: u64,
    /// How often everything is measured, on a fresh server each time.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    #[command(flatten)]
    pub installation: Installation,
    #[command(flatten)]
    pub place: Place,
}

/// One of the combinations that are measured.
#[derive(Clone, Copy, PartialEq)]
struct Case {
    sessions: usize,
    transport: Transport,
    durability: Durability,
}

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    sessions: usize,
    transport: &'static str,
    durability: &'static str,
    round: usize,
    setups_per_second: f64,
    kb_per_session: f64,
    step: StepResult,
    #[serde(skip)]
    case: Case,
}

/// Customers who write, in one chat after another.
struct Customers {
    host: String,
    headers: String,
    paths: Vec<String>,
    payload: usize,
}

impl Traffic for Customers {
    fn write(&self, out: &mut Vec<u8>, _sender: usize, sequence: u64, due_ns: u64) {
        let path = &self.paths[sequence as usize % self.paths.len()];
        let mut body = br#"{"operationName":"SendMessage","text":""#.to_vec();
        stamp::write(&mut body, due_ns, self.payload);
        body.extend_from_slice(b"\"}");
        http::encode_post(out, &self.host, path, &self.headers, &body);
    }
}

/// Measures every combination in every round, and prints a table of medians.
pub fn run(options: &ChatOptions) -> Result<(), LoadError> {
    process::settle(options.place.load_core());
    let mut report = Report::create(&options.place.out, "chat")?;
    let mut cases = Vec::new();
    for &transport in &options.transport {
        for &durability in &options.durability {
            let of = |&sessions| Case { sessions, transport, durability };
            cases.extend(options.sessions.iter().map(of));
        }
    }
    let mut rows = Vec::new();
    for round in 1..=options.rounds {
        for &case in &cases {
            let row = measure(case, round, options)?;
            report.line(&row)?;
            eprintln!(
                "{:12} {:6} {:>6} sessions round {round}: {:.0}/s  p50 {:.2} p99 {:.2} p99.9 {:.2} ms, {} lost",
                row.transport,
                row.durability,
                row.sessions,
                row.step.deliveries_per_second,
                row.step.p50_ms,
                row.step.p99_ms,
                row.step.p999_ms,
                row.step.lost,
            );
            rows.push(row);
        }
    }
    print_table(&cases, &rows, options);
    Ok(())
}

fn measure(case: Case, round: usize, options: &ChatOptions) -> Result<Row, LoadError> {
    let server = souffleur::start(&options.installation, case.durability, options.place.server_core())?;
    let mut api = Api::connect(server.address)?;
    let people = people::provision_chats(&mut api, options.chats)?;
    let endpoint =
        Endpoint { address: server.address, path: NOTIFICATIONS.to_owned(), transport: case.transport };
    let mut swarm = Swarm::new(endpoint)?;
    let (setups_per_second, kb_per_session) =
        open_sessions(&mut swarm, &mut api, &people, &server, case.sessions, options)?;
    for _ in 0..options.senders {
        swarm.add_posting_sender()?;
    }
    let customers = Customers {
        host: server.address.to_string(),
        headers: format!("ContactCenterId: {}\r\n", people.contact_center_id),
        paths: people.customer_chats.iter().map(|id| format!("/api/v2/chats/{id}")).collect(),
        payload: options.payload,
    };
    let pace = Pace {
        deliveries_per_second: options.rate,
        fan_out: 1,
        warm_up: Duration::from_secs(options.warm_up),
        length: Duration::from_secs(options.seconds),
    };
    let step = step::run(&mut swarm, &customers, &server, pace, 0)?;
    Ok(Row {
        kind: "chat",
        sessions: case.sessions,
        transport: case.transport.name(),
        durability: case.durability.name(),
        round,
        setups_per_second,
        kb_per_session,
        step,
        case,
    })
}

/// Opens the agents' sessions first, then those that hear nothing; says set-ups per second and KB each.
fn open_sessions(
    swarm: &mut Swarm,
    api: &mut Api,
    people: &People,
    server: &ServerProcess,
    sessions: usize,
    options: &ChatOptions,
) -> Result<(f64, f64), LoadError> {
    let count = sessions.max(people.agents.len());
    let silent = count - people.agents.len();
    let listeners = people::provision_listeners(api, silent.div_ceil(options.sessions_per_listener))?;
    rest(swarm)?;
    let before_kb = server.resident_kb()?;
    let took = swarm.open_sessions(count, options.at_once, |number| {
        let user = people.agents.get(number).unwrap_or_else(|| {
            let silent = number - people.agents.len();
            &listeners[silent % listeners.len()]
        });
        (user.cookies.clone(), Some(SUBSCRIPTION.to_owned()))
    })?;
    rest(swarm)?;
    let grown_kb = server.resident_kb()? as f64 - before_kb as f64;
    Ok((count as f64 / took.as_secs_f64(), grown_kb / count as f64))
}

fn rest(swarm: &mut Swarm) -> Result<(), LoadError> {
    let until = swarm.clock.ns() + as_ns(REST);
    swarm.run_until(until, &mut |_, _| {})
}

fn print_table(cases: &[Case], rows: &[Row], options: &ChatOptions) {
    println!(
        "\nFrom the customer's POST to the agent's notification, {} messages/s in {} chats, medians of {} rounds\n",
        options.rate, options.chats, options.rounds
    );
    println!(
        "| transport | durability | sessions | messages/s | p50 ms | p99 ms | p99.9 ms | CPU us/message | KB/session | set-ups/s | lost |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for case in cases {
        let of =
            |value: fn(&Row) -> f64| median(rows.iter().filter(|row| row.case == *case).map(value).collect());
        let cells = [
            case.transport.name().to_owned(),
            case.durability.name().to_owned(),
            case.sessions.to_string(),
            figure(of(|row| row.step.deliveries_per_second), 0),
            figure(of(|row| row.step.p50_ms), 2),
            figure(of(|row| row.step.p99_ms), 2),
            figure(of(|row| row.step.p999_ms), 2),
            figure(of(|row| row.step.server_cpu_us_per_delivery), 0),
            figure(of(|row| row.kb_per_session), 1),
            figure(of(|row| row.setups_per_second), 0),
            figure(of(|row| row.step.lost as f64), 0),
        ];
        println!("| {} |", cells.join(" | "));
    }
}
