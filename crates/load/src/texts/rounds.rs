//! `load texts`: rounds over both servers in turn, and the medians of what was measured.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use crate::error::LoadError;
use crate::histogram::median;
use crate::process;
use crate::report::{Report, figure};
use crate::rest::api::Api;
use crate::servers::bound_commit;
use crate::texts::carrier::Phones;
use crate::texts::exchange::{Exchange, Flow};
use crate::texts::kannel::{self, Kannel};
use crate::texts::measure::{Goal, Outcome, measure};
use crate::texts::options::{Direction, Relay, TextsOptions};
use crate::texts::posts::{Desk, Posts};
use crate::texts::souffleur::{self, Commits};

const KANNEL: &str = "kannel";
/// The number that phones text, without the plus.
const OUR_NUMBER: &str = "4930000000";

/// One of the combinations that are measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Case {
    server: String,
    direction: &'static str,
    clients: usize,
    window: usize,
}

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    #[serde(flatten)]
    case: Case,
    round: usize,
    outcome: Outcome,
    bound: Option<Bound>,
}

/// What SQLite does with as many rows in a commit, flushed, on the same disk in the same minute.
#[derive(Clone, Copy, Debug, Serialize)]
struct Bound {
    /// Commands that the server kept with one commit.
    batch: f64,
    /// What one commit took the server.
    commit_ms: f64,
    /// A text that goes out takes several: said, claimed, settled.
    commands_per_second: f64,
    rows_per_second: f64,
}

impl Row {
    fn of_bound(&self, value: impl Fn(&Bound) -> f64) -> f64 {
        self.bound.as_ref().map_or(f64::NAN, value)
    }
}

/// Measures every combination in every round, and prints a table of medians.
pub fn run(options: &TextsOptions) -> Result<(), LoadError> {
    process::settle(options.place.load_core());
    let mut report = Report::create(&options.place.out, "texts")?;
    let mut rows: Vec<Row> = Vec::new();
    for round in 1..=options.rounds {
        for relay in &options.relays {
            match relay {
                Relay::Kannel if !kannel::is_installed() => {
                    eprintln!("left out: Kannel is not installed (Debian: apt install kannel)");
                }
                Relay::Kannel => measure_kannel(options, round, &mut rows)?,
                Relay::Souffleur => measure_souffleur(options, round, &mut rows)?,
            }
        }
    }
    for row in &rows {
        report.line(row)?;
    }
    print_table(&rows, options);
    Ok(())
}

/// What is put on a server at a time.
#[derive(Clone, Copy, PartialEq)]
enum Load {
    Out { clients: usize },
    In,
}

impl Load {
    fn direction(self) -> Direction {
        if self == Load::In { Direction::In } else { Direction::Out }
    }

    /// Phones text by the binds, however many clients there are.
    fn all(options: &TextsOptions) -> Vec<Load> {
        let of = |direction: &Direction| match direction {
            Direction::In => vec![Load::In],
            Direction::Out => options.clients.iter().map(|&clients| Load::Out { clients }).collect(),
        };
        options.directions.iter().flat_map(of).collect()
    }
}

fn measure_kannel(options: &TextsOptions, round: usize, rows: &mut Vec<Row>) -> Result<(), LoadError> {
    for &window in &options.windows {
        let mut exchange = Exchange::new()?;
        let carrier = exchange.open_carrier()?;
        let hook = exchange.open_hook()?;
        let setting = kannel::Setting { carrier, hook, window, binds: options.binds };
        let boxes = Kannel::start(&setting, &mut exchange, options.place.server_core())?;
        for load in Load::all(options) {
            let host = boxes.sendsms.to_string();
            let posts = Posts::Kannel { host, payload: options.payload, phones: options.phones };
            let flow = flow(load, posts, boxes.sendsms, window, &mut exchange, options)?;
            let goal = if load == Load::In { Goal::Hook } else { Goal::Carrier };
            let outcome = measure(&mut exchange, flow, goal, &boxes.running(), times(options), || Ok(()))?;
            add(rows, case(KANNEL, load, window), round, outcome, None);
        }
    }
    Ok(())
}

fn measure_souffleur(options: &TextsOptions, round: usize, rows: &mut Vec<Row>) -> Result<(), LoadError> {
    let settings =
        options.durability.iter().flat_map(|it| options.windows.iter().map(move |window| (*it, *window)));
    for (durability, window) in settings {
        let mut exchange = Exchange::new()?;
        let carrier = exchange.open_carrier()?;
        let setting = souffleur::Setting { carrier, durability, window, binds: options.binds };
        let core = options.place.server_core();
        let server = souffleur::start(&setting, &options.installation, &mut exchange, core)?;
        let mut api = Api::connect(server.address)?;
        let desks = souffleur::open_sessions(&mut api, &mut exchange, &phones(options, window))?;
        let desks: Rc<[Desk]> = desks.into();
        for load in Load::all(options) {
            let host = server.address.to_string();
            let posts = Posts::Souffleur { host, payload: options.payload, desks: Rc::clone(&desks) };
            let flow = flow(load, posts, server.address, window, &mut exchange, options)?;
            let goal = if load == Load::In { Goal::Answer } else { Goal::Carrier };
            let mut edges = Vec::new();
            let processes = [server.running()];
            let outcome = measure(&mut exchange, flow, goal, &processes, times(options), || {
                edges.push(souffleur::commits(&mut api)?);
                Ok(())
            })?;
            let name = format!("souffleur, {}", durability.name());
            add(rows, case(&name, load, window), round, outcome, Some(bound(&edges, options)?));
        }
    }
    Ok(())
}

/// Makes the connections that post, if any do, and says what flows.
fn flow(
    load: Load,
    posts: Posts,
    address: SocketAddr,
    window: usize,
    exchange: &mut Exchange,
    options: &TextsOptions,
) -> Result<Flow, LoadError> {
    exchange.remove_posters();
    Ok(match load {
        Load::In => Flow::In(phones(options, window)),
        Load::Out { clients } => {
            exchange.add_posters(address, clients)?;
            Flow::Out { posts, most_underway: options.most_underway }
        }
    })
}

fn case(server: &str, load: Load, window: usize) -> Case {
    let clients = match load {
        Load::Out { clients } => clients,
        Load::In => 0,
    };
    Case { server: server.to_owned(), direction: load.direction().name(), clients, window }
}

/// The bound at the size of the batches between two looks at the server's metrics.
fn bound(edges: &[Commits], options: &TextsOptions) -> Result<Bound, LoadError> {
    let [before, after] = edges else {
        return Err(LoadError::wire("two looks at the metrics", b""));
    };
    let commits = (after.commits - before.commits).max(1.0);
    let commands = after.commands - before.commands;
    let batch = commands / commits;
    let length = Duration::from_secs(options.seconds) / 2;
    let folder = &options.installation.data;
    let rows_per_second = bound_commit::rows_per_second(folder, batch.round().max(1.0) as u64, length)?;
    Ok(Bound {
        batch,
        commit_ms: (after.seconds - before.seconds) * 1e3 / commits,
        commands_per_second: commands / options.seconds as f64,
        rows_per_second,
    })
}

fn phones(options: &TextsOptions, window: usize) -> Phones {
    Phones { count: options.phones, to: OUR_NUMBER.to_owned(), payload: options.payload, window }
}

fn times(options: &TextsOptions) -> (Duration, Duration) {
    (Duration::from_secs(options.warm_up), Duration::from_secs(options.seconds))
}

fn add(rows: &mut Vec<Row>, case: Case, round: usize, outcome: Outcome, bound: Option<Bound>) {
    eprintln!(
        "{:18} {:3} round {round}: {:>3} clients, window {:>3}: {:>8.0}/s  p50 {:.2} p99 {:.2} ms  {:.1} us/text, {:.0} % of a core, generator idle {:.0} %, {} refused, {} lost",
        case.server,
        case.direction,
        case.clients,
        case.window,
        outcome.texts_per_second,
        outcome.p50_ms,
        outcome.p99_ms,
        outcome.cpu_us_per_text,
        outcome.core_share * 100.0,
        outcome.generator_idle_share * 100.0,
        outcome.refused,
        outcome.lost,
    );
    if let Some(Bound { batch, commit_ms, rows_per_second, .. }) = bound {
        eprintln!(
            "{:22} {batch:.1} commands a commit of {commit_ms:.2} ms; SQLite keeps {rows_per_second:.0} rows/s in such, {:.2} ms a commit",
            "",
            batch.round().max(1.0) * 1e3 / rows_per_second,
        );
    }
    rows.push(Row { kind: "texts", case, round, outcome, bound });
}

fn print_table(rows: &[Row], options: &TextsOptions) {
    println!("\nTexts of {} bytes, medians of {} rounds\n", options.payload, options.rounds);
    println!(
        "| server | way | clients | window | texts/s | of Kannel | commands/commit | ms/commit | texts of SQLite's rows | commands of SQLite's rows | p50 ms | p99 ms | CPU us/text | core % | generator idle % | refused | lost |"
    );
    println!(
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    let mut cases: Vec<&Case> = Vec::new();
    for row in rows {
        if !cases.contains(&&row.case) {
            cases.push(&row.case);
        }
    }
    for case in cases {
        let all = |case: &Case, value: &dyn Fn(&Row) -> f64| {
            median(rows.iter().filter(|row| row.case == *case).map(value).collect())
        };
        let of = |value: fn(&Outcome) -> f64| all(case, &|row| value(&row.outcome));
        let kannel =
            all(&Case { server: KANNEL.to_owned(), ..case.clone() }, &|row| row.outcome.texts_per_second);
        let rate = of(|it| it.texts_per_second);
        let cells = [
            case.server.clone(),
            case.direction.to_owned(),
            case.clients.to_string(),
            case.window.to_string(),
            figure(rate, 0),
            figure(rate.zip(kannel).map(|(rate, kannel)| rate / kannel), 2),
            figure(all(case, &|row| row.of_bound(|it| it.batch)), 1),
            figure(all(case, &|row| row.of_bound(|it| it.commit_ms)), 2),
            figure(all(case, &|row| row.of_bound(|it| row.outcome.texts_per_second / it.rows_per_second)), 2),
            figure(all(case, &|row| row.of_bound(|it| it.commands_per_second / it.rows_per_second)), 2),
            figure(of(|it| it.p50_ms), 2),
            figure(of(|it| it.p99_ms), 2),
            figure(of(|it| it.cpu_us_per_text), 1),
            figure(of(|it| it.core_share * 100.0), 0),
            figure(of(|it| it.generator_idle_share * 100.0), 0),
            figure(of(|it| it.refused as f64), 0),
            figure(of(|it| it.lost as f64), 0),
        ];
        println!("| {} |", cells.join(" | "));
    }
}
