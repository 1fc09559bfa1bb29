//! What every form of the bus promises.

use std::sync::{Arc, Mutex};

use contact_center::notice::Notice;
use contact_center::{ContactCenterId, UserId};

use crate::{Announcement, Bus, Listener};

#[derive(Default)]
struct Ears(Mutex<Vec<Announcement>>);

impl Listener for Ears {
    fn hear(&self, announcement: &Announcement) {
        self.0.lock().unwrap().push(announcement.clone());
    }
}

impl Ears {
    fn check(&self, wanted: &[(ContactCenterId, u128)]) {
        let heard: Vec<_> = self.0.lock().unwrap().iter().map(|one| (one.center, user_of(one))).collect();
        assert_eq!(heard, wanted);
    }
}

const ACME: ContactCenterId = ContactCenterId(0xACE);
const BOLT: ContactCenterId = ContactCenterId(0xB01);

fn news((center, user): (ContactCenterId, u128)) -> Announcement {
    let notice = Notice::SignInsVoid { user: UserId(user), older_than: None };
    Announcement { center, notices: [notice].into() }
}

fn user_of(announcement: &Announcement) -> u128 {
    match announcement.notices.as_ref() {
        [Notice::SignInsVoid { user, .. }] => user.0,
        other => panic!("{other:?} was not announced"),
    }
}

/// Everything.
pub(crate) fn holds(bus: &dyn Bus) {
    bus.announce(news((ACME, 0)));
    let (first, second) = (Arc::new(Ears::default()), Arc::new(Ears::default()));
    bus.subscribe(first.clone());
    let all = [(ACME, 1), (BOLT, 2), (ACME, 3)];
    bus.announce(news(all[0]));
    bus.subscribe(second.clone());
    bus.announce(news(all[1]));
    bus.announce(news(all[2]));
    // Everybody hears everything since the beginning of their listening, in order.
    first.check(&all);
    second.check(&all[1..]);
}
