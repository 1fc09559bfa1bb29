//! Customers: nobody checks who they are, so they are counted by their address.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::buckets::Buckets;
use crate::config::VisitorLimits;

/// How much each address has asked for lately.
pub(crate) struct Visitors {
    requests: Mutex<Buckets<IpAddr>>,
    new_chats: Mutex<Buckets<IpAddr>>,
}

/// How many seconds of requests an address may send at once.
const BURST: u32 = 5;

impl Visitors {
    pub(crate) fn new(limits: &VisitorLimits) -> Visitors {
        let (requests, chats) = (limits.requests_per_second.max(1), limits.new_chats_per_minute.max(1));
        Visitors {
            requests: Mutex::new(Buckets::new(
                requests.saturating_mul(BURST),
                Duration::from_secs(1) / requests,
                limits.max_addresses,
            )),
            new_chats: Mutex::new(Buckets::new(chats, Duration::from_secs(60) / chats, limits.max_addresses)),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// How long this address has to wait, and what it has had too much of.
    pub(crate) fn admit(
        &self,
        address: IpAddr,
        is_new_chat: bool,
        now: Instant,
    ) -> Result<(), (Duration, &'static str)> {
        self.requests.lock().try_take(&address, now).map_err(|wait| (wait, "Too many requests."))?;
        if is_new_chat {
            self.new_chats.lock().try_take(&address, now).map_err(|wait| (wait, "Too many new chats."))?;
        }
        Ok(())
    }
}

/// What stands for a client: its address, or of the many that IPv6 gives to each the common part.
pub(crate) fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(visitors: &Visitors, address: &str, is_new_chat: bool, expected: Option<&str>) {
        let address = counted_as(address.parse().unwrap());
        let admitted = visitors.admit(address, is_new_chat, crate::clock::now());
        assert_eq!(admitted.err().map(|(_, what)| what), expected);
    }

    #[test]
    fn an_address_begins_a_few_chats_in_a_minute_and_may_go_on_with_them() {
        let limits = VisitorLimits { new_chats_per_minute: 2, ..VisitorLimits::default() };
        let visitors = Visitors::new(&limits);
        check(&visitors, "10.0.0.1", true, None);
        check(&visitors, "10.0.0.1", true, None);
        check(&visitors, "10.0.0.1", true, Some("Too many new chats."));
        check(&visitors, "10.0.0.1", false, None);
        check(&visitors, "10.0.0.2", true, None);
    }

    #[test]
    fn an_address_that_asks_too_fast_has_to_wait() {
        let limits = VisitorLimits { requests_per_second: 1, ..VisitorLimits::default() };
        let visitors = Visitors::new(&limits);
        for _ in 0..5 {
            check(&visitors, "10.0.0.1", false, None);
        }
        check(&visitors, "10.0.0.1", false, Some("Too many requests."));
        check(&visitors, "::ffff:10.0.0.1", false, Some("Too many requests."));
    }

    #[test]
    fn all_addresses_of_one_network_of_ipv6_count_as_one() {
        let limits = VisitorLimits { new_chats_per_minute: 1, ..VisitorLimits::default() };
        let visitors = Visitors::new(&limits);
        check(&visitors, "2001:db8::1", true, None);
        check(&visitors, "2001:db8::2", true, Some("Too many new chats."));
        check(&visitors, "2001:db8:0:1::1", true, None);
    }
}
