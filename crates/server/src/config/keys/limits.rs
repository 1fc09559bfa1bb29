//! What one connection, one request and one customer may cost.

use super::number;
use crate::config::key::{Key, Number};

/// An hour, in milliseconds.
const HOUR_MS: u64 = 3_600_000;
const MANY: u64 = 10_000_000;

pub const KEYS: [Key; 17] = [
    number("limits.max_connections", "Connections at a time.", (1, MANY), |it| {
        Number::Size(&mut it.web.connections.max_connections)
    }),
    number(
        "limits.max_connections_per_address",
        "Connections of one address at a time; a whole contact center may sit behind one.",
        (1, MANY),
        |it| Number::Size(&mut it.web.connections.max_connections_per_address),
    ),
    number("limits.header_timeout_ms", "Longest time for the headers of a request.", (100, HOUR_MS), |it| {
        Number::Milliseconds(&mut it.web.connections.header_timeout)
    }),
    number("limits.body_timeout_ms", "Longest time for the body of a request.", (100, HOUR_MS), |it| {
        Number::Milliseconds(&mut it.web.connections.body_timeout)
    }),
    number(
        "limits.write_timeout_ms",
        "Longest time that a client may leave an answer unread.",
        (100, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.connections.write_timeout),
    ),
    number(
        "limits.idle_timeout_ms",
        "Longest time without a request before a connection ends. Longer than connects are held.",
        (100, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.connections.idle_timeout),
    ),
    number("limits.tls_timeout_ms", "Longest time for the encryption handshake.", (100, HOUR_MS), |it| {
        Number::Milliseconds(&mut it.web.connections.tls_timeout)
    }),
    number("limits.max_body_bytes", "Longest body of a request.", (1 << 10, 1 << 30), |it| {
        Number::Size(&mut it.web.connections.max_body_bytes)
    }),
    number("limits.max_import_bytes", "Longest file that is imported.", (1 << 10, 1 << 30), |it| {
        Number::Size(&mut it.web.connections.max_import_bytes)
    }),
    number(
        "limits.max_bodies_bytes",
        "Room for the bodies of all requests that are being received.",
        (1 << 10, 1 << 40),
        |it| Number::Size(&mut it.web.connections.max_bodies_bytes),
    ),
    number("limits.max_head_bytes", "Longest head of a request.", (16 << 10, 1 << 20), |it| {
        Number::Size(&mut it.web.connections.max_head_bytes)
    }),
    number("limits.max_headers", "Most headers of a request.", (16, 1_000), |it| {
        Number::Size(&mut it.web.connections.max_headers)
    }),
    number("limits.max_streams", "Requests side by side on one HTTP/2 connection.", (1, 10_000), |it| {
        Number::Count(&mut it.web.connections.max_streams)
    }),
    number(
        "limits.shutdown_timeout_ms",
        "Longest time that running requests get when the server stops.",
        (0, HOUR_MS),
        |it| Number::Milliseconds(&mut it.web.connections.shutdown_timeout),
    ),
    number(
        "limits.chats_per_minute",
        "New chats of customers from one address in a minute.",
        (1, MANY),
        |it| Number::Count(&mut it.web.visitors.new_chats_per_minute),
    ),
    number(
        "limits.customer_requests_per_second",
        "Requests of customers from one address in a second; five times as many at once.",
        (1, MANY),
        |it| Number::Count(&mut it.web.visitors.requests_per_second),
    ),
    number(
        "limits.max_customer_addresses",
        "Addresses of customers that are counted; beyond it those seen least recently are forgotten.",
        (1, MANY),
        |it| Number::Size(&mut it.web.visitors.max_addresses),
    ),
];
