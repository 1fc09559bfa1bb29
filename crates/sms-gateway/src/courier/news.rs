//! How couriers hear of texts that wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bus::{Announcement, Listener};
use contact_center::ContactCenterId;
use contact_center::notice::Notice;
use contact_center::texting::OutgoingText;
use tokio::sync::mpsc;

/// Announcements that a courier may leave unheard. It reads on from the state after that.
const UNHEARD: usize = 1_024;

/// Hears for all couriers.
#[derive(Default)]
pub(crate) struct Switchboard {
    couriers: RwLock<BTreeMap<ContactCenterId, Inbox>>,
}

struct Inbox {
    news: mpsc::Sender<Vec<Arc<OutgoingText>>>,
    missed: Arc<AtomicBool>,
}

/// What a courier hears.
pub(super) struct News {
    pub texts: mpsc::Receiver<Vec<Arc<OutgoingText>>>,
    missed: Arc<AtomicBool>,
}

impl Switchboard {
    /// News of a contact center from now on.
    pub(super) fn listen(&self, center: ContactCenterId) -> News {
        let (news, texts) = mpsc::channel(UNHEARD);
        let missed = Arc::new(AtomicBool::new(false));
        let inbox = Inbox { news, missed: Arc::clone(&missed) };
        self.couriers.write().unwrap_or_else(PoisonError::into_inner).insert(center, inbox);
        News { texts, missed }
    }
}

impl News {
    /// Whether something was not heard that came before what is heard next.
    pub fn take_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Acquire)
    }
}

impl Listener for Switchboard {
    fn hear(&self, announcement: &Announcement) {
        let waiting = |notice: &Notice| match notice {
            Notice::TextWaiting(text) => Some(Arc::clone(text)),
            _ => None,
        };
        let texts: Vec<_> = announcement.notices.iter().filter_map(waiting).collect();
        if texts.is_empty() {
            return;
        }
        let couriers = self.couriers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = couriers.get(&announcement.center)
            && inbox.news.try_send(texts).is_err()
        {
            inbox.missed.store(true, Ordering::Release);
        }
    }
}
