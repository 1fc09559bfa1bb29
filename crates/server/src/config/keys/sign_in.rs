//! Passwords, cookies, and how long they are good for.

use super::{number, switch};
use crate::config::key::{Key, Number};

/// Thirty days, in seconds.
const MONTH_S: u64 = 30 * 86_400;
const MANY: u64 = 10_000_000;

pub const KEYS: [Key; 18] = [
    number(
        "sign_in.idle_timeout_seconds",
        "Longest time without a request before a session ends.",
        (1, MONTH_S),
        |it| Number::Seconds(&mut it.web.sign_in.idle_timeout),
    ),
    number("sign_in.absolute_timeout_seconds", "Longest life of a session.", (1, MONTH_S), |it| {
        Number::Seconds(&mut it.web.sign_in.absolute_timeout)
    }),
    number(
        "sign_in.cookie_renewal_seconds",
        "Shortest time between two cookies of one session.",
        (1, MONTH_S),
        |it| Number::Seconds(&mut it.web.sign_in.cookie_renewal),
    ),
    number(
        "sign_in.max_sessions",
        "Sessions kept in memory. One that is not comes back by its cookie.",
        (1, MANY),
        |it| Number::Size(&mut it.web.sign_in.max_sessions),
    ),
    number(
        "sign_in.max_sessions_per_user",
        "Sessions of one user. Beyond it those without a returning cookie make room, then the idlest.",
        (1, MANY),
        |it| Number::Size(&mut it.web.sign_in.max_sessions_per_user),
    ),
    number(
        "sign_in.max_ended_sessions",
        "Signed-out sessions that are remembered until their cookies expire.",
        (1, MANY),
        |it| Number::Size(&mut it.web.sign_in.max_ended_sessions),
    ),
    switch("sign_in.csrf_protection", "Whether changes by cookie alone must carry the CSRF token.", |it| {
        &mut it.web.sign_in.csrf_protection
    }),
    number(
        "sign_in.max_verifications",
        "Passwords that are verified at a time; each takes 19 MiB and a core.",
        (1, 1_000),
        |it| Number::Size(&mut it.web.sign_in.max_verifications),
    ),
    number(
        "sign_in.max_waiting_verifications",
        "Passwords that wait for verification.",
        (1, 100_000),
        |it| Number::Size(&mut it.web.sign_in.max_waiting_verifications),
    ),
    number("sign_in.verification_timeout_ms", "Longest wait for verification.", (100, 600_000), |it| {
        Number::Milliseconds(&mut it.web.sign_in.verification_timeout)
    }),
    number(
        "sign_in.credential_lifetime_seconds",
        "How long verified credentials need not be verified again.",
        (0, 86_400),
        |it| Number::Seconds(&mut it.web.sign_in.credential_lifetime),
    ),
    number("sign_in.max_credentials", "Verified credentials that are remembered.", (1, MANY), |it| {
        Number::Size(&mut it.web.sign_in.max_credentials)
    }),
    number(
        "sign_in.max_failures_per_user",
        "Failed sign-ins by one user name before it has to wait.",
        (1, MANY),
        |it| Number::Count(&mut it.web.sign_in.max_failures_per_user),
    ),
    number(
        "sign_in.max_failures_per_address",
        "Failed sign-ins from one address before it has to wait.",
        (1, MANY),
        |it| Number::Count(&mut it.web.sign_in.max_failures_per_address),
    ),
    number(
        "sign_in.failure_lifetime_per_user_ms",
        "Time after which one failed sign-in of a user name is forgotten.",
        (1, 86_400_000),
        |it| Number::Milliseconds(&mut it.web.sign_in.failure_lifetime_per_user),
    ),
    number(
        "sign_in.failure_lifetime_per_address_ms",
        "Time after which one failed sign-in from an address is forgotten.",
        (1, 86_400_000),
        |it| Number::Milliseconds(&mut it.web.sign_in.failure_lifetime_per_address),
    ),
    number(
        "sign_in.max_failing",
        "User names with failed sign-ins that are counted, and as many addresses.",
        (1, MANY),
        |it| Number::Size(&mut it.web.sign_in.max_failing),
    ),
    number(
        "sign_in.max_centers_by_name",
        "Contact centers that are searched for a user name that comes without one.",
        (1, 1_000),
        |it| Number::Size(&mut it.web.sign_in.max_centers_by_name),
    ),
];
