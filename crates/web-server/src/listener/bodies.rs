//! Bodies of requests: read whole, within limits of size and time, and of what all of them take together.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use public_api::{Problem, StatusCode as Code};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::handover::Handover;
use crate::answers::{self, Refused};
use crate::config::ConnectionLimits;

/// The body of a request, before it is received.
pub(crate) struct Unread {
    incoming: Incoming,
    /// Told when it was received in full.
    handover: Option<Arc<Handover>>,
}

/// How long a body may be.
#[derive(Clone, Copy)]
pub(crate) enum Most {
    /// As long as a request.
    Ordinary,
    /// As long as a file.
    Import,
}

/// Where bodies are received.
pub(crate) struct Bodies {
    max_bytes: usize,
    max_import_bytes: usize,
    timeout: Duration,
    room: Arc<Semaphore>,
}

/// A whole body.
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// The unit in which room is taken.
const ROOM_UNIT_BYTES: usize = 1 << 10;
/// Bodies up to here take no room: the connection itself costs as much.
const SMALL_BYTES: usize = 4 << 10;

enum Unreceived {
    TooLong,
    Broken,
}

impl Unread {
    pub(super) fn new(incoming: Incoming, handover: Option<Arc<Handover>>) -> Unread {
        if let Some(handover) = handover.as_ref().filter(|_| incoming.is_end_stream()) {
            handover.note_read();
        }
        Unread { incoming, handover }
    }
}

impl Bodies {
    pub(super) fn new(limits: &ConnectionLimits) -> Bodies {
        let units = (limits.max_bodies_bytes / ROOM_UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Bodies {
            max_bytes: limits.max_body_bytes,
            max_import_bytes: limits.max_import_bytes,
            timeout: limits.body_timeout,
            room: Arc::new(Semaphore::new(units)),
        }
    }

    /// Reads a body to its end.
    ///
    /// # Errors
    /// The answer to one that is too long, too slow, or cut off.
    pub(crate) async fn receive(&self, body: Unread, head: &Parts, most: Most) -> Result<Received, Refused> {
        let most_bytes = match most {
            Most::Ordinary => self.max_bytes,
            Most::Import => self.max_import_bytes,
        };
        let Unread { incoming: body, handover } = body;
        if body.is_end_stream() {
            return Ok(Received { bytes: Bytes::new(), _room: None });
        }
        let declared = body
            .size_hint()
            .exact()
            .or_else(|| head.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length| length > most_bytes as u64) {
            return Err(too_long(most_bytes).into());
        }
        let expected = declared.map_or(most_bytes, |length| length as usize);
        let receive = async {
            let room = self.take_room(expected).await;
            collect(body, most_bytes).await.map(|bytes| Received { bytes, _room: room })
        };
        match timeout(self.timeout, receive).await {
            Ok(Ok(received)) => {
                if let Some(handover) = handover {
                    handover.note_read();
                }
                Ok(received)
            }
            Ok(Err(Unreceived::TooLong)) => Err(too_long(most_bytes).into()),
            Ok(Err(Unreceived::Broken)) => {
                Err(answers::problem(&Problem::malformed("it was cut off")).into())
            }
            Err(_) => {
                let late = Problem::malformed(format!("it took longer than {} s", self.timeout.as_secs()));
                Err(answers::problem(&late.with_http(408)).into())
            }
        }
    }

    async fn take_room(&self, expected: usize) -> Option<OwnedSemaphorePermit> {
        if expected <= SMALL_BYTES {
            return None;
        }
        let units = u32::try_from(expected / ROOM_UNIT_BYTES + 1).unwrap_or(u32::MAX);
        Arc::clone(&self.room).acquire_many_owned(units).await.ok()
    }
}

async fn collect(mut body: Incoming, most_bytes: usize) -> Result<Bytes, Unreceived> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unreceived::Broken)?.into_data() else { continue };
        if first.len() + whole.len() + data.len() > most_bytes {
            return Err(Unreceived::TooLong);
        }
        if first.is_empty() && whole.is_empty() {
            // Nearly all bodies come in one piece, which is used as it is.
            first = data;
            continue;
        }
        whole.extend_from_slice(&std::mem::take(&mut first));
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

fn too_long(most_bytes: usize) -> Response {
    let text = format!("The request body is longer than the limit of {most_bytes} bytes.");
    answers::problem(&Problem::new(Code::InvalidInput, text).with_http(413))
}
