//! How many connections there are, of whom, and how many of them are at work.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// Room for connections.
pub(super) struct Places {
    table: Arc<Table>,
    max: usize,
    max_per_address: usize,
}

struct Table {
    taken: Mutex<Taken>,
    at_work: AtomicUsize,
    idle: Notify,
    closing: AtomicBool,
    closed: Notify,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place, until it is dropped.
pub(super) struct Place {
    table: Arc<Table>,
    peer: IpAddr,
    working: bool,
}

impl Places {
    pub(super) fn new(max: usize, max_per_address: usize) -> Places {
        let table = Table {
            taken: Mutex::default(),
            at_work: AtomicUsize::new(0),
            idle: Notify::new(),
            closing: AtomicBool::new(false),
            closed: Notify::new(),
        };
        Places { table: Arc::new(table), max, max_per_address }
    }

    /// A place for a connection from this address, if there is one.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Place> {
        let mut taken = self.table.taken.lock();
        if taken.total >= self.max {
            return None;
        }
        let of_address = taken.by_address.entry(peer).or_insert(0);
        if *of_address >= self.max_per_address {
            return None;
        }
        *of_address += 1;
        taken.total += 1;
        metrics::gauge!("souffleur_connections").set(taken.total as f64);
        Some(Place { table: Arc::clone(&self.table), peer, working: false })
    }

    /// From now on no connection goes on after its answer.
    pub(super) fn close(&self) {
        self.table.closing.store(true, Ordering::SeqCst);
        self.table.closed.notify_waiters();
    }

    pub(super) fn at_work(&self) -> usize {
        self.table.at_work.load(Ordering::SeqCst)
    }

    /// Waits until no connection has a request.
    pub(super) async fn wait_until_idle(&self) {
        loop {
            let idle = self.table.idle.notified();
            if self.at_work() == 0 {
                return;
            }
            idle.await;
        }
    }
}

impl Place {
    pub(super) fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Whether the connection must end after its answer.
    pub(super) fn is_closing(&self) -> bool {
        self.table.closing.load(Ordering::SeqCst)
    }

    /// Waits until the connection must end after its answers.
    pub(super) async fn wait_until_closing(&self) {
        let closed = self.table.closed.notified();
        if !self.is_closing() {
            closed.await;
        }
    }

    /// Says whether the connection has a request.
    pub(super) fn set_working(&mut self, working: bool) {
        if std::mem::replace(&mut self.working, working) == working {
            return;
        }
        if working {
            self.table.at_work.fetch_add(1, Ordering::SeqCst);
        } else if self.table.at_work.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.table.idle.notify_waiters();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.set_working(false);
        let mut taken = self.table.taken.lock();
        taken.total -= 1;
        metrics::gauge!("souffleur_connections").set(taken.total as f64);
        if let Some(of_address) = taken.by_address.get_mut(&self.peer) {
            *of_address -= 1;
            if *of_address == 0 {
                taken.by_address.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a place from each address in turn; says who got one.
    #[track_caller]
    fn check(addresses: &[u8], expected: &[bool]) {
        let places = Places::new(3, 2);
        let taken: Vec<_> = addresses.iter().map(|last| places.take([10, 0, 0, *last].into())).collect();
        assert_eq!(taken.iter().map(Option::is_some).collect::<Vec<_>>(), expected);
        drop(taken);
        assert!(places.take([10, 0, 0, 1].into()).is_some());
        assert!(places.table.taken.lock().by_address.is_empty());
    }

    #[test]
    fn one_address_cannot_take_all_places() {
        check(&[1, 1, 1, 2], &[true, true, false, true]);
    }

    #[test]
    fn there_are_only_so_many_places() {
        check(&[1, 2, 3, 4], &[true, true, true, false]);
    }

    #[tokio::test]
    async fn who_waits_for_idleness_waits_for_the_last_request() {
        let places = Places::new(3, 2);
        places.wait_until_idle().await;
        let mut place = places.take([10, 0, 0, 1].into()).unwrap();
        place.set_working(true);
        let waits = places.wait_until_idle();
        let ends = async move { drop(place) };
        tokio::join!(waits, ends);
        assert_eq!(places.at_work(), 0);
    }
}
