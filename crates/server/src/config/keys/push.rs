//! Notifications.

use super::{number, switch};
use crate::config::key::{Key, Number};

/// Ten minutes, in milliseconds: no proxy lets a request stand longer.
const LONGEST_HOLD_MS: u64 = 600_000;
/// An hour, in milliseconds.
const HOUR_MS: u64 = 3_600_000;
const MANY: u64 = 10_000_000;

pub const KEYS: [Key; 27] = [
    number(
        "push.timeout_ms",
        "How long a connect is held when nothing happens.",
        (0, LONGEST_HOLD_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.timeout),
    ),
    number(
        "push.max_timeout_ms",
        "Longest hold, and longest pause before the next connect, that a client can ask for.",
        (0, LONGEST_HOLD_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.max_timeout),
    ),
    number(
        "push.jitter_percent",
        "Share by which holds are shortened at random, so that clients that came together do not stay in phase.",
        (0, 100),
        |it| Number::Percent(&mut it.web.push.bayeux.jitter_percent),
    ),
    number(
        "push.interval_ms",
        "Pause between connects that clients are advised to keep.",
        (0, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.interval),
    ),
    number(
        "push.max_interval_ms",
        "Grace without a connect, on top of the interval, before a session is removed.",
        (100, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.max_interval),
    ),
    number(
        "push.max_postponements",
        "How often messages other than connects can put off the removal of a session.",
        (0, 1_000),
        |it| Number::Count(&mut it.web.push.bayeux.max_postponements),
    ),
    number(
        "push.write_timeout_ms",
        "Longest time that a reply may take to be written before its session counts as abandoned.",
        (100, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.write_timeout),
    ),
    number(
        "push.max_sessions_per_browser",
        "Held connects of one browser on HTTP/1, 0 for no limit. Further sessions are told to poll.",
        (0, MANY),
        |it| Number::CountOrNone(&mut it.web.push.bayeux.max_sessions_per_browser),
    ),
    number(
        "push.max_sessions_per_browser_multiplexed",
        "Held connects of one browser on HTTP/2, 0 for no limit.",
        (0, MANY),
        |it| Number::CountOrNone(&mut it.web.push.bayeux.max_sessions_per_browser_multiplexed),
    ),
    number(
        "push.multi_session_interval_ms",
        "Pause between polls of sessions above the browser's limit; 0 stops them.",
        (0, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.multi_session_interval),
    ),
    switch(
        "push.trust_client_session",
        "Whether HTTP requests find their session without the browser's cookie.",
        |it| &mut it.web.push.bayeux.trust_client_session,
    ),
    switch(
        "push.meta_connect_deliver_only",
        "Whether events travel only on connect replies, which keeps their order across two connections.",
        |it| &mut it.web.push.bayeux.meta_connect_deliver_only,
    ),
    switch("push.acknowledgements", "Whether clients may negotiate the acknowledgement extension.", |it| {
        &mut it.web.push.bayeux.acknowledgements
    }),
    number(
        "push.replaced_connect_status",
        "HTTP status of the answer to a connect that a newer one replaced.",
        (200, 599),
        |it| Number::Status(&mut it.web.push.bayeux.replaced_connect_status),
    ),
    number(
        "push.max_queue_events",
        "Events kept for one session. At the bound the session is removed, and its client shakes hands anew.",
        (1, MANY),
        |it| Number::Size(&mut it.web.push.bayeux.max_queue_events),
    ),
    number(
        "push.max_queue_bytes",
        "Bytes of the events kept for one session; more than the largest event.",
        (64 << 10, 1 << 30),
        |it| Number::Size(&mut it.web.push.bayeux.max_queue_bytes),
    ),
    number("push.max_sessions", "Push sessions of each shard.", (1, MANY), |it| {
        Number::Size(&mut it.web.push.bayeux.max_sessions)
    }),
    number(
        "push.max_sessions_per_user",
        "Push sessions of one user. A further one removes the one that would expire first.",
        (1, MANY),
        |it| Number::Size(&mut it.web.push.bayeux.max_sessions_per_owner),
    ),
    number("push.max_subscriptions", "Subscriptions of one session.", (1, 100_000), |it| {
        Number::Size(&mut it.web.push.bayeux.max_subscriptions_per_session)
    }),
    number(
        "push.handshake_retry_interval_ms",
        "Pause after which a client may try again that met a limit or a shutdown.",
        (0, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.handshake_retry_interval),
    ),
    number(
        "push.drain_spread_ms",
        "Span over which clients released by a shutdown are told to come back.",
        (0, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.push.bayeux.drain_spread),
    ),
    number(
        "push.shards",
        "Shares of the sessions that run side by side; 0 for one for each core.",
        (0, 1_024),
        |it| Number::Size(&mut it.web.push.shards),
    ),
    number("push.max_messages", "Messages in one request.", (2, 1_000), |it| {
        Number::Size(&mut it.web.push.max_messages)
    }),
    number("push.max_frame_bytes", "Longest message on a socket.", (1 << 10, 1 << 30), |it| {
        Number::Size(&mut it.web.push.max_frame_bytes)
    }),
    number(
        "push.socket_idle_timeout_ms",
        "Longest time without a frame on a socket.",
        (1_000, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.push.socket_idle_timeout),
    ),
    number(
        "push.socket_buffer_bytes",
        "Bytes read at once from a socket; each idle one costs as much.",
        (256, 1 << 20),
        |it| Number::Size(&mut it.web.push.socket_buffer_bytes),
    ),
    number("push.max_waiting_frames", "Frames that wait for one socket.", (1, 100_000), |it| {
        Number::Size(&mut it.web.push.max_waiting_frames)
    }),
];
