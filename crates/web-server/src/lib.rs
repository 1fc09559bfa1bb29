//! HTTP: the REST API, the push service, and what operators ask of a server.
//!
//! Bytes become commands, notices become bytes. No rule is decided here.

mod answers;
mod clock;
mod config;
mod cors;
mod doors;
mod listener;
mod push;
mod random;
mod recordings;
mod rest;
mod sign_in;
mod tasks;
#[cfg(test)]
mod tests;
mod translate;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use bus::Bus;
use contact_center::ContactCenterId;
use engine::Engine;
use tokio::net::TcpListener;

pub use config::{
    Config, ConnectionLimits, PushConfig, RecordingsConfig, SignInConfig, SoundSettles, TelephonyConfig, Tls,
    VisitorLimits,
};
pub use listener::TlsError;
pub use push::PushServer;
pub use sign_in::hash_password;

use doors::Meters;
use listener::{Front, Listener};
use push::Push;
use recordings::Recordings;
use sign_in::{SignIn, Visitors};
use tasks::Task;

/// What every request may need.
pub(crate) struct App {
    pub(crate) config: Config,
    /// What stands before the path of every `uri` in answers.
    pub(crate) base: Arc<str>,
    pub(crate) engine: Engine,
    pub(crate) sign_in: SignIn,
    pub(crate) push: Arc<Push>,
    pub(crate) visitors: Visitors,
    pub(crate) recordings: Option<Recordings>,
    pub(crate) meters: Meters,
    draining: AtomicBool,
}

/// The web server of one process.
pub struct WebServer {
    app: Arc<App>,
    listener: Listener,
    _sweeper: Task,
}

impl WebServer {
    /// Prepares everything but the socket. To be called in a runtime.
    ///
    /// # Errors
    /// The certificate or its key cannot be used.
    pub fn new(config: Config, engine: Engine, bus: Arc<dyn Bus>) -> Result<WebServer, TlsError> {
        let tls = config.tls.as_ref().map(listener::tls_acceptor).transpose()?;
        let push = Push::start(config.push.clone());
        let recordings = config.telephony.as_ref().and_then(|telephony| telephony.recordings.clone());
        let app = Arc::new(App {
            base: config.base(),
            sign_in: SignIn::new(
                config.sign_in.clone(),
                config.is_encrypted(),
                engine.clone(),
                Arc::clone(&push),
            ),
            visitors: Visitors::new(&config.visitors),
            recordings: recordings.map(Recordings::new),
            meters: Meters::new(),
            draining: AtomicBool::new(false),
            engine,
            push,
            config,
        });
        bus.subscribe(Arc::new(translate::notices::Announcer::new(&app)));
        let router: Router = rest::routes()
            .fallback(answers::unknown_path)
            .method_not_allowed_fallback(answers::wrong_method)
            .with_state(Arc::clone(&app));
        let front = Front::Whole { app: Arc::clone(&app), router };
        let listener = Listener::new(app.config.connection_limits(), front, tls);
        let sweeper = Task::start(sweep(Arc::clone(&app)));
        Ok(WebServer { app, listener, _sweeper: sweeper })
    }

    /// Serves until `shutdown`; then answers held connects, finishes what runs, closes sockets.
    ///
    /// # Errors
    /// Of the listening socket.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let app = Arc::clone(&self.app);
        let drained = async move {
            shutdown.await;
            app.draining.store(true, Ordering::Relaxed);
            app.push.drain();
        };
        let served = self.listener.serve(listener, drained).await;
        self.app.push.stop();
        served
    }
}

impl App {
    /// The telephone gateway, if it serves this contact center.
    pub(crate) fn telephony_of(&self, center: ContactCenterId) -> Option<&TelephonyConfig> {
        let telephony = self.config.telephony.as_ref()?;
        let served = telephony.contact_center.or_else(|| self.engine.centers().first().copied());
        (served == Some(center)).then_some(telephony)
    }

    /// The realm in which phones of this contact center sign in, if they can.
    pub(crate) fn realm_of(&self, center: ContactCenterId) -> Option<&str> {
        self.telephony_of(center).map(|telephony| telephony.realm.as_str())
    }

    /// Whether the server is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Brings the gauges up to date.
    pub(crate) fn set_gauges(&self) {
        let figures = self.push.figures();
        metrics::gauge!("souffleur_push_sessions").set(figures.sessions as f64);
        metrics::gauge!("souffleur_push_held_connects").set(figures.held as f64);
        metrics::gauge!("souffleur_push_sockets").set(figures.sockets as f64);
        metrics::gauge!("souffleur_push_queued_events").set(figures.queued_events as f64);
        metrics::gauge!("souffleur_push_queued_bytes").set(figures.queued_bytes as f64);
        metrics::gauge!("souffleur_sign_in_sessions").set(self.sign_in.session_count() as f64);
    }
}

async fn sweep(app: Arc<App>) {
    let mut period = tokio::time::interval(sign_in::SWEEP_PERIOD);
    loop {
        period.tick().await;
        app.sign_in.sweep();
    }
}
