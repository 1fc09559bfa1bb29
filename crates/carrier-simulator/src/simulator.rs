//! A carrier at work: its listeners and its connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use crate::connection::{self, Orders};
use crate::counters::Counters;
use crate::faults::Faults;
use crate::http;
use crate::numbers::canonical;
use crate::phones::{Direction, PhoneSummary, Text};
use crate::shared::{Shared, TextError};
use crate::stream::{Stream, tls_acceptor};
use crate::tasks::Task;

/// Pause after a failed accept: the system is short of something that time alone gives back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long an encrypted connection may take to begin.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// How long customers may take for the carrier's goodbye.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a carrier cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// The certificate or its key.
    #[error("certificate: {0}")]
    Certificate(String),
    /// An address.
    #[error("address {address}: {cause}")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// A carrier at work. It ends when it is dropped; see [`Simulator::shut_down`] for a polite end.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    orders: watch::Sender<Orders>,
    smpp_address: SocketAddr,
    http_address: Option<SocketAddr>,
    listening: Task,
    _phones: Option<Task>,
}

impl Simulator {
    /// Starts a carrier.
    ///
    /// # Errors
    /// A setting is wrong, or an address cannot be had.
    pub async fn start(config: Config) -> Result<Simulator, StartError> {
        config.check().map_err(StartError::Setting)?;
        let acceptor = config.tls.as_ref().map(tls_acceptor).transpose().map_err(StartError::Certificate)?;
        let (listener, smpp_address) = listen(config.smpp).await?;
        let http = match config.http {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let http_address = http.as_ref().map(|(_, address)| *address);
        let shared = Arc::new(Shared::new(config));
        let orders = watch::Sender::new(Orders::default());
        let listening = Task::start(accept(Arc::clone(&shared), listener, acceptor, orders.subscribe()));
        let state = http::State { shared: Arc::clone(&shared), orders: orders.clone() };
        let phones = http.map(|(listener, _)| Task::start(http::serve(listener, state)));
        Ok(Simulator { shared, orders, smpp_address, http_address, listening, _phones: phones })
    }

    /// Where customers bind.
    pub fn smpp_address(&self) -> SocketAddr {
        self.smpp_address
    }

    /// Where the phones are.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http_address
    }

    /// A phone sends a text to a number of an account.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn text(&self, from: &str, to: &str, text: &str) -> Result<(), TextError> {
        self.shared.send(from, to, text)
    }

    /// The texts that a phone has got, oldest first, as far as they are kept.
    pub fn received(&self, number: &str) -> Vec<Text> {
        let mut texts = self.texts_after(number, 0);
        texts.retain(|text| text.direction == Direction::Received);
        texts
    }

    /// The texts that a phone has sent and got after one of them, oldest first, as far as they are kept.
    pub fn texts_after(&self, number: &str, after: u64) -> Vec<Text> {
        canonical(number).map(|(_, number)| self.shared.texts_after(&number, after)).unwrap_or_default()
    }

    /// All phones with texts, the one that was used last first.
    pub fn phones(&self) -> Vec<PhoneSummary> {
        self.shared.phones()
    }

    /// Waits until something on the phones or of what is counted is so, and tells whether it became so in time.
    pub async fn wait_until(&self, within: Duration, is_so: impl Fn(&Simulator) -> bool) -> bool {
        let mut news = self.shared.news();
        let waiting = async {
            while !is_so(self) {
                // The sender lives in `self`.
                let _ = news.changed().await;
            }
        };
        timeout(within, waiting).await.is_ok()
    }

    /// Waits until a phone has got so many texts, and gives those that it has by then.
    pub async fn wait_received(&self, number: &str, count: usize, within: Duration) -> Vec<Text> {
        self.wait_until(within, |it| it.received(number).len() >= count).await;
        self.received(number)
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        self.shared.faults()
    }

    /// Changes what goes wrong from now on.
    ///
    /// # Errors
    /// A setting is wrong.
    pub fn set_faults(&self, faults: Faults) -> Result<(), StartError> {
        faults.check().map_err(StartError::Setting)?;
        self.shared.change_faults(|_| Ok(faults)).map(|_| ()).map_err(StartError::Setting)
    }

    /// What it has done so far.
    pub fn counters(&self) -> Counters {
        self.shared.counters()
    }

    /// Drops all connections at once, as if a cable was pulled out. Customers may come again.
    pub fn disconnect(&self) {
        self.orders.send_modify(|orders| orders.drops += 1);
    }

    /// Takes leave of all customers and ends.
    pub async fn shut_down(mut self) {
        self.orders.send_modify(|orders| orders.leaves = true);
        // Those that do not answer are dropped with the task.
        let _ = timeout(LEAVE_TIMEOUT, self.listening.ended()).await;
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Address { address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}

/// Accepts connections until the carrier takes leave, then waits for those that are there.
async fn accept(
    shared: Arc<Shared>,
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    mut orders: watch::Receiver<Orders>,
) {
    let mut connections = JoinSet::new();
    while !orders.borrow_and_update().leaves {
        tokio::select! {
            biased;
            Some(_) = connections.join_next() => {}
            ordered = orders.changed() => if ordered.is_err() { return },
            accepted = listener.accept() => match accepted {
                // Closed without a word: as many as may are there.
                Ok(_) if connections.len() >= shared.config.most_connections => {
                    tracing::debug!("a connection too many");
                }
                Ok((stream, _)) => {
                    let (shared, acceptor, orders) = (Arc::clone(&shared), acceptor.clone(), orders.clone());
                    connections.spawn(begin(shared, stream, acceptor, orders));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    let _ = timeout(ACCEPT_PAUSE, std::future::pending::<()>()).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn begin(
    shared: Arc<Shared>,
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    orders: watch::Receiver<Orders>,
) {
    // Small answers must not wait for more (Nagle's algorithm).
    let _ = stream.set_nodelay(true);
    let stream = match acceptor {
        None => Stream::Plain(stream),
        Some(acceptor) => match timeout(TLS_TIMEOUT, Box::pin(acceptor.accept(stream))).await {
            Ok(Ok(stream)) => Stream::Encrypted(Box::new(stream)),
            _ => return,
        },
    };
    Box::pin(connection::serve(shared, stream, orders)).await;
}
