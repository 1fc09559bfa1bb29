//! A line: one connection to a carrier, made again whenever it ends.

mod pause;
mod session;
#[cfg(test)]
mod tests;
mod translate;

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use smpp::{BindAs, esme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout_at;

use crate::clock;
use crate::config::Carrier;
use crate::figures::Figures;
use crate::message::{FromLine, LineId};
use crate::random;
use crate::tls::Encryption;
use pause::Pauses;
use session::{Ended, Session};

/// Most texts and receipts that a carrier may bring without an answer to them.
pub(crate) const MOST_UNANSWERED: usize = 1_000;
/// The longest PDU: `message_payload` of full length and what else there may be (SMPP 3.4, section 5.3.2.32). What is
/// longer ends the connection.
const MOST_PDU_OCTETS: usize = 72 * 1024;
/// Parts that wait inside of a session: the most that one text can have, and those of a full window.
const MOST_WAITING: usize = 256;

/// What a line works with.
pub(crate) struct Line {
    pub id: LineId,
    pub carrier: Arc<Carrier>,
    pub bind: BindAs,
    pub encryption: Option<Encryption>,
    pub figures: Arc<Figures>,
    pub reports: mpsc::Sender<(LineId, FromLine)>,
    /// Becomes true when it is time to take leave.
    pub leaving: watch::Receiver<bool>,
}

/// Both directions of a connection, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Line {
    /// Keeps the connection up until it is time to take leave.
    pub async fn run(mut self) {
        let mut pauses = Pauses::new(self.carrier.reconnect, self.carrier.most_reconnect);
        let mut is_told = false;
        while !*self.leaving.borrow() {
            let mut leaving = self.leaving.clone();
            let connected = tokio::select! {
                connected = self.connect() => connected,
                _ = leaving.wait_for(|leaving| *leaving) => return,
            };
            let began = clock::now();
            let ended = match connected {
                Ok(stream) => self.hold(stream).await,
                Err(error) => {
                    self.figures.count_oddity("not_connected");
                    // Once for each outage: the attempts after it say nothing new.
                    if !is_told {
                        tracing::warn!(carrier = self.carrier.name, line = self.id, %error, "no connection");
                    }
                    is_told = true;
                    Ended::NeverBound
                }
            };
            is_told &= ended != Ended::WasBound;
            if ended == Ended::CourierGone {
                return;
            }
            let pause = pauses.after(ended == Ended::WasBound, clock::now() - began, random::number());
            tokio::select! {
                () = clock::wait_until(Some(clock::now() + pause)) => {}
                _ = self.leaving.wait_for(|leaving| *leaving) => {}
            }
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let carrier = &self.carrier;
        let until = clock::now() + carrier.connect_timeout;
        let connect = TcpStream::connect((carrier.host.as_str(), carrier.port));
        let stream = timeout_at(until.into(), connect).await??;
        // Texts and their answers are small; each would wait for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        let Some(encryption) = &self.encryption else { return Ok(Box::new(stream)) };
        let encrypted = encryption.connector.connect(encryption.name.clone(), stream);
        Ok(Box::new(timeout_at(until.into(), encrypted).await??))
    }

    /// One connection from its beginning to its end.
    async fn hold(&mut self, stream: Box<dyn Stream>) -> Ended {
        let carrier = &self.carrier;
        let config = esme::Config {
            window: usize::from(carrier.window),
            most_waiting: usize::from(carrier.window) + MOST_WAITING,
            most_unanswered: MOST_UNANSWERED,
            enquire_link: carrier.enquire_link,
            response_timeout: carrier.response_timeout,
            default_alphabet: carrier.default_alphabet,
            most_pdu_octets: MOST_PDU_OCTETS,
            ..esme::Config::new(carrier.credentials.clone(), self.bind)
        };
        if let Some(ended) = caught(Session::new(self, config).run(stream)).await {
            return ended;
        }
        // What was handed over, and what of it the carrier has, nobody knows any more.
        tracing::error!(carrier = self.carrier.name, line = self.id, "a connection met a bug");
        self.figures.count_oddity("bug");
        match self.reports.send((self.id, FromLine::Down)).await {
            Ok(()) => Ended::NeverBound,
            Err(_) => Ended::CourierGone,
        }
    }
}

/// What comes of it; nothing if it met a bug, which is the end of it and of nothing else.
async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(polled) => polled.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}
