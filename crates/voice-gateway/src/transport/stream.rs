//! One connection of TCP or TLS, from its first octet to its last.
//!
//! What comes in waits for nothing but its own allowance and for those who work on it; what goes out has a queue and a
//! time of its own. A peer that does not read, writes slowly, or says nothing loses its connection, and nobody else
//! notices.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use sip::message::Malformed;
use sip::stream::{Frame, Framer, PONG};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout_at;

use super::Received;
use super::admission::Allowance;
use super::config::Limits;
use super::connections::{Inbox, Place};
use super::figures::Figures;
use crate::clock;

/// Bytes read at once.
const READ_BYTES: usize = 4 * 1024;
/// Messages that wait are written together up to so many bytes.
const WRITE_BYTES: usize = 16 * 1024;
/// Silence on a connection that we made after which we say that we are still there (RFC 5626, 3.5.1).
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// "Are you still there" (RFC 5626, 3.5.1).
const PING: &[u8] = b"\r\n\r\n";

/// What a connection works with.
pub(super) struct Line {
    pub place: Place,
    pub inbox: Inbox,
    pub received: mpsc::Sender<Received>,
    pub limits: Limits,
    pub is_trusted: bool,
    /// Whether we made the connection.
    pub is_made: bool,
    pub began: Instant,
    pub figures: Arc<Figures>,
}

/// Carries messages until the connection ends.
pub(super) async fn carry<S: AsyncRead + AsyncWrite>(stream: S, line: Line) {
    let Line { place, mut inbox, received, limits, is_trusted, is_made, began, figures } = line;
    let (reader, writer) = tokio::io::split(stream);
    let rate = if is_trusted { limits.trusted_messages_per_second } else { limits.messages_per_second };
    let keep_alive = is_made.then_some(KEEP_ALIVE);
    let reading = Reading {
        place: &place,
        received,
        allowance: Allowance::new(rate, limits.burst_s, began),
        limits: &limits,
        figures: &figures,
        quiet_since: began,
        heard_message: is_made,
    };
    let ended = tokio::select! {
        ended = reading.run(reader) => ended,
        ended = write(writer, &mut inbox, limits.write_timeout, keep_alive, &figures) => ended,
    };
    place.end(ended);
}

struct Reading<'a> {
    place: &'a Place,
    received: mpsc::Sender<Received>,
    allowance: Allowance,
    limits: &'a Limits,
    figures: &'a Figures,
    /// Since when nothing was heard; while a message is coming, since when it is.
    quiet_since: Instant,
    heard_message: bool,
}

impl Reading<'_> {
    /// Reads until there is a reason not to, which is returned.
    async fn run<R: AsyncRead>(mut self, mut reader: ReadHalf<R>) -> &'static str {
        let mut framer = Framer::new();
        let mut buffer = [0; READ_BYTES];
        loop {
            let is_amid = !framer.is_idle();
            let read = match timeout_at(self.deadline(is_amid).into(), reader.read(&mut buffer)).await {
                Ok(Ok(0)) => return "closed",
                Ok(Ok(read)) => read,
                Ok(Err(_)) => return "broken",
                Err(_) if clock::now() < self.deadline(is_amid) => continue,
                Err(_) if is_amid => return "slow",
                Err(_) => return "idle",
            };
            if !is_amid {
                self.quiet_since = clock::now();
            }
            framer.push(buffer.get(..read).unwrap_or_default());
            loop {
                match framer.next() {
                    Ok(Some(frame)) => {
                        if let Err(ended) = self.take(frame).await {
                            return ended;
                        }
                    }
                    Ok(None) => break,
                    Err(broken) => {
                        self.decline(broken.0);
                        return "malformed";
                    }
                }
            }
        }
    }

    /// Until when something has to be heard.
    fn deadline(&self, is_amid: bool) -> Instant {
        let patience = if is_amid {
            self.limits.message_timeout
        } else if !self.heard_message {
            self.limits.first_message_timeout
        } else if self.place.kept.load(Ordering::Relaxed) {
            self.limits.idle_timeout
        } else {
            self.limits.stranger_timeout
        };
        self.quiet_since + patience
    }

    async fn take(&mut self, frame: Frame) -> Result<(), &'static str> {
        let message = match frame {
            Frame::Message(message) => message,
            Frame::Malformed(malformed) => {
                self.decline(malformed);
                return Ok(());
            }
            Frame::Ping => {
                self.figures.keep_alives.increment(1);
                return self.place.send(Bytes::from_static(PONG)).map_err(|_| "unread");
            }
        };
        // Whoever sends too much is read more slowly.
        while let Err(at) = self.allowance.take(clock::now()) {
            self.figures.too_many.increment(1);
            clock::wait_until(Some(at)).await;
        }
        self.heard_message = true;
        let received = Received::Message { flow: self.place.flow, message };
        self.received.send(received).await.map_err(|_| "shutdown")?;
        self.figures.received.increment(1);
        self.quiet_since = clock::now();
        Ok(())
    }

    /// Answers what cannot be understood, if there is an answer to it.
    fn decline(&self, malformed: Malformed) {
        self.figures.malformed.increment(1);
        if let Some(answer) = malformed.answer {
            // A connection that has ended needs none.
            let _ = self.place.send(answer.to_bytes());
        }
    }
}

/// Writes until there is a reason not to, which is returned.
async fn write<W: AsyncWrite>(
    mut writer: WriteHalf<W>,
    inbox: &mut Inbox,
    patience: Duration,
    keep_alive: Option<Duration>,
    figures: &Figures,
) -> &'static str {
    let mut together = BytesMut::new();
    loop {
        let silence = keep_alive.map(|pause| clock::now() + pause);
        let first = tokio::select! {
            next = inbox.next() => match next {
                Some(bytes) => bytes,
                None => return "shutdown",
            },
            () = clock::wait_until(silence) => Bytes::from_static(PING),
        };
        let mut bytes = first;
        let mut messages = 1;
        if let Some(second) = inbox.next_at_once() {
            together.clear();
            together.extend_from_slice(&bytes);
            together.extend_from_slice(&second);
            messages += 1;
            while together.len() < WRITE_BYTES
                && let Some(next) = inbox.next_at_once()
            {
                together.extend_from_slice(&next);
                messages += 1;
            }
            bytes = together.split().freeze();
        }
        let until = clock::now() + patience;
        let written = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        match timeout_at(until.into(), written).await {
            Ok(Ok(())) => figures.sent.increment(messages),
            Ok(Err(_)) => return "broken",
            Err(_) => return "unread",
        }
    }
}

/// What comes of it, if it comes in time.
pub(super) async fn within<T, E>(until: Instant, work: impl Future<Output = Result<T, E>>) -> Option<T> {
    timeout_at(until.into(), work).await.ok()?.ok()
}
