//! A fresh server with its sessions and senders.

use std::path::Path;
use std::time::Duration;

use crate::clock::as_ns;
use crate::endpoint::{Endpoint, Transport};
use crate::error::LoadError;
use crate::process::{ServerCommand, ServerProcess, own_program};
use crate::push::options::{PushOptions, Target};
use crate::push::publish::{Publisher, Publishes, channel};
use crate::push::step::{self, Pace, StepResult};
use crate::swarm::{Sender, Swarm};

/// Memory is read when the server has had this long to come to rest.
const REST: Duration = Duration::from_secs(2);

/// A server with everything that a step needs.
pub struct Rig {
    // Dropped first, so that the sessions are gone before the server is.
    swarm: Swarm,
    publishes: Publishes,
    server: ServerProcess,
    sent: u64,
    pub sessions: usize,
    pub setups_per_second: f64,
    pub kb_per_session: f64,
}

impl Rig {
    /// Starts the server and sets up all sessions.
    pub fn start(target: Target, sessions: usize, options: &PushOptions) -> Result<Rig, LoadError> {
        let transport = options.transport;
        if !target.speaks(transport) {
            return Err(LoadError::NotSpoken { target: target.name(), transport: transport.name() });
        }
        let server = ServerProcess::start(&command(target, options)?, options.place.server_core())?;
        let path = match target {
            Target::Ours => "/api/v2/notifications",
            Target::CometdNodejs | Target::BoundWs => "/",
            Target::Faye => "/bayeux",
        };
        let endpoint = Endpoint { address: server.address, path: path.to_owned(), transport };
        let groups = (sessions / options.fan_out).max(1);
        let sessions = groups * options.fan_out;
        let mut swarm = Swarm::new(endpoint.clone())?;
        rest(&mut swarm)?;
        let before_kb = server.resident_kb()?;
        let took = swarm.open_sessions(sessions, options.at_once, |number| {
            (String::new(), Some(channel(number % groups)))
        })?;
        rest(&mut swarm)?;
        let after_kb = server.resident_kb()?;
        let publishers = add_senders(&mut swarm, options)?;
        Ok(Rig {
            swarm,
            publishes: Publishes { endpoint, groups, payload: options.payload, publishers },
            server,
            sent: 0,
            sessions,
            setups_per_second: sessions as f64 / took.as_secs_f64(),
            kb_per_session: (after_kb as f64 - before_kb as f64) / sessions as f64,
        })
    }

    /// Sends at the rate and measures.
    pub fn step(&mut self, rate: u64, options: &PushOptions) -> Result<StepResult, LoadError> {
        let pace = Pace {
            deliveries_per_second: rate,
            fan_out: options.fan_out as u64,
            warm_up: Duration::from_secs(options.warm_up),
            length: Duration::from_secs(options.seconds),
        };
        // Numbers go on from step to step, so that each step begins with another group.
        self.sent += 1;
        step::run(&mut self.swarm, &self.publishes, &self.server, pace, self.sent)
    }
}

fn rest(swarm: &mut Swarm) -> Result<(), LoadError> {
    let until = swarm.clock.ns() + as_ns(REST);
    swarm.run_until(until, &mut |_, _| {})
}

fn add_senders(swarm: &mut Swarm, options: &PushOptions) -> Result<Vec<Publisher>, LoadError> {
    let first = swarm.sessions.len();
    swarm.open_sessions(options.senders, options.at_once, |_| (String::new(), None))?;
    let mut publishers = Vec::new();
    for number in first..first + options.senders {
        let session = &swarm.sessions[number];
        let publisher =
            Publisher { client_id: session.client_id().to_owned(), cookies: session.cookies().to_owned() };
        publishers.push(publisher);
        match options.transport {
            Transport::Websocket => swarm.senders.push(Sender::OnSession(number)),
            Transport::LongPolling => swarm.add_posting_sender()?,
        }
    }
    Ok(publishers)
}

fn command(target: Target, options: &PushOptions) -> Result<ServerCommand, LoadError> {
    match target {
        Target::Ours => Ok(ServerCommand::new(own_program()?, &["push-server"])),
        Target::BoundWs => Ok(ServerCommand::new(own_program()?, &["serve-bound-ws"])),
        Target::CometdNodejs => node(&options.place.peers, "cometd-nodejs.js"),
        Target::Faye => node(&options.place.peers, "faye.js"),
    }
}

fn node(peers: &Path, script: &str) -> Result<ServerCommand, LoadError> {
    if !peers.join("node_modules").is_dir() {
        return Err(LoadError::PeersMissing { folder: peers.display().to_string() });
    }
    Ok(ServerCommand::new("node", &[&peers.join(script).to_string_lossy()]))
}
