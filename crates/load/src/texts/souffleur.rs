//! The whole server with a carrier: its configuration, its agents, and a session for each phone.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;

use crate::clock::as_ns;
use crate::error::LoadError;
use crate::process::ServerProcess;
use crate::rest::api::Api;
use crate::rest::people::{accept_offers, add_user, administrator, enter_channel, set_state};
use crate::rest::souffleur::{self, Durability, Installation};
use crate::texts::carrier::Phones;
use crate::texts::exchange::{Exchange, wait};
use crate::texts::posts::Desk;

/// Below the first capacity of an agent for text sessions.
const SESSIONS_PER_AGENT: usize = 3;
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
const CHANNEL: &str = "smssession";

/// What a server is told.
pub struct Setting {
    pub carrier: SocketAddr,
    pub durability: Durability,
    /// Texts at the carrier without an answer, on each bind.
    pub window: usize,
    pub binds: usize,
}

/// Starts the server, and waits until the carrier is bound.
pub fn start(
    setting: &Setting,
    installation: &Installation,
    exchange: &mut Exchange,
    core: Option<usize>,
) -> Result<ServerProcess, LoadError> {
    let Setting { carrier, durability, window, binds } = setting;
    let further = format!(
        r#"
[[sms.carrier]]
name = "load"
host = "{}"
port = {}
system_id = "load"
password = "load"
connections = {binds}
window = {window}

[[sms.route]]
prefix = ""
carriers = ["load"]
"#,
        carrier.ip(),
        carrier.port(),
    );
    let wanted = exchange.tally.binds + *binds as u64;
    let server = souffleur::start_with(installation, *durability, &further, core)?;
    wait(exchange, "bind of the server", |it| it.tally.binds >= wanted)?;
    Ok(server)
}

/// Makes a queue for the number that phones text, and agents; every phone texts once and gets its session.
pub fn open_sessions(
    api: &mut Api,
    exchange: &mut Exchange,
    phones: &Phones,
) -> Result<Vec<Desk>, LoadError> {
    let administrator = administrator(api)?;
    let number = format!("+{}", phones.to);
    let queue = json!({"name": "Parcels", "channel": CHANNEL, "phoneNumber": number});
    api.post("/api/v2/queues", &administrator.headers, &queue)?;
    let mut desks = Vec::new();
    for first in (0..phones.count).step_by(SESSIONS_PER_AGENT) {
        // One agent after another: whoever is Ready is the only one.
        let agent = add_user(api, &administrator, &format!("agent-{first}"), &["ROLE_AGENT"])?;
        enter_channel(api, &agent, CHANNEL, "Ready")?;
        let mine = first..(first + SESSIONS_PER_AGENT).min(phones.count);
        for phone in mine.clone() {
            let deadline = exchange.clock.ns() + as_ns(ANSWER_LIMIT);
            if !exchange.text(phone, phones, deadline)? {
                return Err(LoadError::NotThere {
                    what: "answer to a text",
                    waited_s: ANSWER_LIMIT.as_secs(),
                });
            }
        }
        let sessions = accept_offers(api, &agent, "smssessions", mine.len())?;
        set_state(api, &agent, CHANNEL, "NotReady")?;
        let path = |id: &String| format!("/api/v2/me/smssessions/{id}");
        desks.push(Desk { headers: agent.headers, paths: sessions.iter().map(path).collect() });
    }
    Ok(desks)
}

/// What the server has committed so far, by its metrics.
#[derive(Clone, Copy, Debug)]
pub struct Commits {
    pub commands: f64,
    pub commits: f64,
    pub seconds: f64,
}

/// Reads the server's metrics.
pub fn commits(api: &mut Api) -> Result<Commits, LoadError> {
    let text = api.text("/metrics")?;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = line.and_then(|line| line.trim().parse().ok());
        value.ok_or_else(|| LoadError::wire("metrics of commits", text.as_bytes()))
    };
    Ok(Commits {
        commands: value("souffleur_batch_commands_sum")?,
        commits: value("souffleur_batch_commands_count")?,
        seconds: value("souffleur_commit_seconds_sum")?,
    })
}
