//! The switchboard: one task that has all lines. It brings about what the rules want of them, and reports what
//! telephones do.
//!
//! What always holds: what a line is wanted for is derived from the state of the contact center, and read again from
//! there whenever something may have been missed. Each line that was wanted or that arrived is reported as ended exactly
//! once. Who hears whom is handed on to the media engine as it comes, in one step, before anything else is done.

mod calls;
pub(crate) mod dial_plan;
mod doors;
mod lines;
mod news;
mod phones;
mod plans;
mod recovery;
mod reports;
mod sound;
mod trunks;
mod visits;
mod voice;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contact_center::calls::LineReport;
use contact_center::notice::Notice;
use engine::Handle;
use metrics::{Gauge, gauge};
use parking_lot::Mutex;
use sip::digest::{self, Authenticator};
use sip::message::Text;
use sip::user_agent::{self, Event, Input, Order, Output, UserAgent};
use sip::{Transport, registrar, transaction};
use tokio::sync::{mpsc, watch};

pub(crate) use news::Ear;
pub(crate) use trunks::Trunks;
pub use trunks::{TrunkError, TrunkStatus};

use crate::clock;
use crate::config::Config;
use crate::media::{Media, MediaEvent};
use crate::random;
use crate::transport::{Listener, Received, Transports};
use doors::Doors;
use lines::Lines;
use news::{News, Told};
use phones::Phones;
use reports::Reports;

/// Messages that are worked on before others have their turn.
const MOST_AT_ONCE: usize = 64;
/// When the media engine could not be told who hears whom, it is told again so much later.
const TELL_AGAIN: Duration = Duration::from_millis(20);

/// What the switchboard is made of.
pub(crate) struct Parts {
    pub config: Arc<Config>,
    pub transports: Transports,
    /// The addresses that others reach our sockets by, in their order.
    pub listeners: Vec<Listener>,
    pub trunks: Trunks,
    pub media: Media,
    pub media_events: mpsc::Receiver<MediaEvent>,
    pub ear: Arc<Ear>,
    pub status: Arc<Mutex<Status>>,
}

/// How the switchboard stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// How many lines there are.
    pub lines: usize,
    /// How many devices have a phone.
    pub devices: usize,
    /// How the trunks stand.
    pub trunks: Vec<TrunkStatus>,
}

pub(crate) struct Switchboard {
    config: Arc<Config>,
    center: Handle,
    listeners: Vec<Listener>,
    agent: UserAgent,
    /// What the user agent wants done.
    outputs: Vec<Output>,
    transports: Transports,
    media: Media,
    media_events: mpsc::Receiver<MediaEvent>,
    news: News,
    reports: Reports,
    lines: Lines,
    doors: Doors,
    phones: Phones,
    trunks: Trunks,
    /// All plans are to be read anew.
    must_read: bool,
    /// When the media engine is to be told again who hears whom.
    tell_again_at: Option<Instant>,
    status: Arc<Mutex<Status>>,
    lines_gauge: Gauge,
    devices_gauge: Gauge,
}

impl Switchboard {
    pub fn new(center: Handle, parts: Parts) -> Switchboard {
        let Parts { config, transports, listeners, trunks, media, media_events, ear, status } = parts;
        let now = clock::now();
        let digests = digest::Config {
            algorithms: config.digests.clone(),
            ..digest::Config::new(config.realm.clone())
        };
        let authenticator = Authenticator::new(digests, random::seed(), now);
        let news = ear.listen(center.id());
        Switchboard {
            agent: user_agent(&config, &listeners),
            outputs: Vec::new(),
            transports,
            media,
            media_events,
            news,
            reports: Reports::new(center.clone()),
            lines: Lines::new(),
            doors: Doors::new(center.clone(), &config.trunks, authenticator),
            phones: Phones::new(registrar_config(&config)),
            trunks,
            must_read: false,
            tell_again_at: None,
            status,
            lines_gauge: gauge!("souffleur_sip_lines"),
            devices_gauge: gauge!("souffleur_sip_registered_devices"),
            center,
            listeners,
            config,
        }
    }

    /// Works until it is time to stop, and takes leave of all phones then.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        self.recover().await;
        while !*stop.borrow() {
            self.settle();
            self.show_status();
            self.turn(&mut stop).await;
            if self.news.take_missed() {
                tracing::warn!("news of lines were missed: all are read again");
                self.must_read = true;
            }
            if std::mem::take(&mut self.must_read) {
                self.read_all().await;
            }
        }
        self.take_leave().await;
    }

    /// One thing that happens.
    async fn turn(&mut self, stop: &mut watch::Receiver<bool>) {
        let deadline = self.deadline();
        tokio::select! {
            received = self.transports.receive() => {
                self.receive(received);
                for _ in 1..MOST_AT_ONCE {
                    let Some(received) = self.transports.receive_at_once() else { break };
                    self.receive(received);
                }
            }
            told = self.news.next() => match told {
                Told::News(notices) => {
                    self.hear(&notices);
                    self.lines.heard(self.news.known());
                }
                Told::WhenDone(done) => self.media.tell_when_done(done),
            },
            Some(event) = self.media_events.recv() => self.media_says(event),
            settled = self.reports.settled() => self.settled(settled),
            looked_up = self.doors.looked_up() => self.know(looked_up),
            looked_up = self.trunks.looked_up() => {
                self.trunks.learn(looked_up, clock::now());
                let sources = self.trunks.sources();
                self.transports.trust(&sources);
                self.agent.trust(sources);
                self.show_trunks();
            }
            () = clock::wait_until(deadline) => self.tick(),
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let agent = self.agent.deadline().map(|(at, _)| at);
        let all = [agent, self.phones.deadline(), self.trunks.deadline(), self.tell_again_at];
        all.into_iter().flatten().min()
    }

    fn tick(&mut self) {
        let now = clock::now();
        self.agent.handle(Input::Tick, now, &mut self.outputs);
        let news = self.phones.tick(now);
        self.tell_of_phones(news);
        for order in self.trunks.tick(&mut self.transports, now) {
            self.order(order);
        }
        if self.tell_again_at.is_some_and(|at| at <= now) {
            self.tell_again_at = None;
            self.score_all();
        }
        self.show_trunks();
    }

    fn receive(&mut self, received: Received) {
        let now = clock::now();
        match received {
            Received::Message { flow, message } => {
                self.agent.handle(Input::Received { flow, message }, now, &mut self.outputs);
            }
            Received::Lost(flow) => {
                self.agent.handle(Input::FlowLost { flow }, now, &mut self.outputs);
                self.trunks.lost(&flow, now);
                if let Some(connection) = flow.connection {
                    let news = self.phones.lost(connection, now);
                    self.tell_of_phones(news);
                }
            }
        }
        self.settle();
    }

    /// What the contact center has announced.
    fn hear(&mut self, notices: &[Notice]) {
        for notice in notices {
            match notice {
                Notice::Lines(plans) => self.carry_out(plans.clone()),
                Notice::Digits { to, digits } => {
                    for leg in to {
                        self.send_digits(*leg, digits);
                    }
                }
                Notice::Devices { .. } => self.doors.forget(),
                _ => {}
            }
        }
    }

    fn order(&mut self, order: Order) {
        self.agent.handle(Input::Order(order), clock::now(), &mut self.outputs);
    }

    /// Does what the user agent wants done, until it wants nothing more.
    fn settle(&mut self) {
        while !self.outputs.is_empty() {
            for output in std::mem::take(&mut self.outputs) {
                match output {
                    Output::Send { flow, octets } => self.transports.send(&flow, octets),
                    Output::Event(event) => self.happens(event),
                }
            }
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Offered(_) | Event::Request { .. } => self.comes(event),
            Event::Responded { ticket, response } => {
                self.trunks.answered(ticket, response.as_deref(), clock::now());
                self.show_trunks();
            }
            _ => self.call_goes_on(event),
        }
    }

    fn tell_of_phones(&mut self, news: Vec<phones::News>) {
        for (device, phones) in news {
            self.reports.hand_in(LineReport::Registered { device, phones });
        }
    }

    fn show_status(&self) {
        let (lines, devices) = (self.lines.len(), self.phones.len());
        let mut status = self.status.lock();
        if (status.lines, status.devices) != (lines, devices) {
            (status.lines, status.devices) = (lines, devices);
            self.lines_gauge.set(lines as f64);
            self.devices_gauge.set(devices as f64);
        }
    }

    fn show_trunks(&self) {
        self.status.lock().trunks = self.trunks.statuses();
    }
}

fn user_agent(config: &Config, listeners: &[Listener]) -> UserAgent {
    let listener = |(place, it): (usize, &Listener)| user_agent::Listener {
        id: sip::ListenerId(u16::try_from(place).unwrap_or(u16::MAX)),
        transport: it.transport,
        address: it.address,
        is_symmetric: true,
    };
    let listeners = listeners.iter().enumerate().map(listener).collect();
    let ours = user_agent::Config {
        most_sessions: config.most_lines,
        most_sessions_of_source: config.most_lines_per_source,
        most_sessions_of_trusted: config.most_lines,
        ..user_agent::Config::new(listeners)
    };
    UserAgent::new(ours, transaction::Config::default(), random::seed())
}

fn registrar_config(config: &Config) -> registrar::Config {
    let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
    registrar::Config {
        min_expires_s: seconds(config.least_registration),
        max_expires_s: seconds(config.most_registration),
        default_expires_s: seconds(config.most_registration),
        most_contacts: config.most_phones_per_device,
        most_addresses: config.most_phones,
    }
}

/// What messages call one of our sockets.
fn name_of(listeners: &[Listener], flow: &sip::Flow) -> (String, SocketAddr, Transport) {
    let own = listeners.get(usize::from(flow.local.0)).map_or(flow.peer, |it| it.address);
    (trunks::host(own.ip()), own, flow.transport)
}

/// Text of SIP.
fn text(text: impl Into<String>) -> Text {
    Text::from(text.into())
}
