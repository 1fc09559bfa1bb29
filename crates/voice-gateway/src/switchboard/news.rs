//! How the switchboard hears what lines are wanted for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bus::{Announcement, Listener};
use contact_center::ContactCenterId;
use contact_center::notice::Notice;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

/// Announcements that may wait. If more come, all plans are read again.
const MOST_UNHEARD: usize = 4_096;

/// Hears for the switchboard. It may be subscribed before it is known for which contact center.
#[derive(Default)]
pub(crate) struct Ear {
    inbox: Mutex<Option<Inbox>>,
}

struct Inbox {
    center: ContactCenterId,
    heard: mpsc::Sender<Heard>,
    place: Arc<Place>,
}

/// What waits for the switchboard, in order.
enum Heard {
    Announced(u64, Arc<[Notice]>),
    AskedWhenDone(oneshot::Sender<()>),
}

/// What the switchboard hears next.
pub(super) enum Told {
    /// What was announced.
    News(Arc<[Notice]>),
    /// Somebody waits until all that came before has been done.
    WhenDone(oneshot::Sender<()>),
}

/// How many announcements were made, and whether one of them was lost.
#[derive(Debug, Default)]
pub(super) struct Place {
    announced: AtomicU64,
    missed: AtomicBool,
}

/// What the switchboard hears.
pub(super) struct News {
    heard: mpsc::Receiver<Heard>,
    place: Arc<Place>,
    /// What was announced up to here is known, from what was heard or from the state itself.
    known: u64,
}

impl Ear {
    /// News of a contact center from now on.
    pub(super) fn listen(&self, center: ContactCenterId) -> News {
        let (sender, heard) = mpsc::channel(MOST_UNHEARD);
        let place = Arc::new(Place::default());
        *self.inbox.lock() = Some(Inbox { center, heard: sender, place: Arc::clone(&place) });
        News { heard, place, known: 0 }
    }

    /// Is told when all that was announced up to now has been done, or at once if nobody does it.
    pub fn when_done(&self) -> oneshot::Receiver<()> {
        let (done, told) = oneshot::channel();
        if let Some(inbox) = self.inbox.lock().as_ref() {
            // Without room `done` is dropped, which is an answer as well.
            drop(inbox.heard.try_send(Heard::AskedWhenDone(done)));
        }
        told
    }
}

impl Listener for Ear {
    fn hear(&self, announcement: &Announcement) {
        let inbox = self.inbox.lock();
        let Some(inbox) = inbox.as_ref().filter(|it| it.center == announcement.center) else { return };
        let concerns =
            |it: &Notice| matches!(it, Notice::Lines(_) | Notice::Digits { .. } | Notice::Devices { .. });
        if !announcement.notices.iter().any(concerns) {
            return;
        }
        let number = inbox.place.announced.fetch_add(1, Ordering::AcqRel) + 1;
        if inbox.heard.try_send(Heard::Announced(number, Arc::clone(&announcement.notices))).is_err() {
            inbox.place.missed.store(true, Ordering::Release);
        }
    }
}

impl News {
    /// What is announced next. What is known from the state already is passed over. Nothing is lost if it is no longer
    /// waited for.
    pub async fn next(&mut self) -> Told {
        loop {
            match self.heard.recv().await {
                Some(Heard::Announced(number, notices)) if number > self.known => {
                    self.known = number;
                    return Told::News(notices);
                }
                Some(Heard::Announced(..)) => {}
                Some(Heard::AskedWhenDone(done)) => return Told::WhenDone(done),
                None => std::future::pending().await,
            }
        }
    }

    /// Whether something was lost: then everything has to be read from the state.
    pub fn take_missed(&self) -> bool {
        self.place.missed.swap(false, Ordering::AcqRel)
    }

    /// For whoever reads the state: to be asked by the owner of the state, who also announces.
    pub fn place(&self) -> Arc<Place> {
        Arc::clone(&self.place)
    }

    /// Up to where everything that was announced has been heard.
    pub fn known(&self) -> u64 {
        self.known
    }

    /// How much has been announced by now.
    pub fn announced(&self) -> u64 {
        self.place.announced()
    }

    /// The state was read when so much had been announced.
    pub fn know(&mut self, announced: u64) {
        self.known = self.known.max(announced);
    }
}

impl Place {
    /// How much has been announced.
    pub fn announced(&self) -> u64 {
        self.announced.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contact_center::notice::Notice;
    use contact_center::{ContactCenterId, LegId};

    use super::*;

    const CENTER: ContactCenterId = ContactCenterId(1);

    fn announce(ear: &Ear, center: ContactCenterId, leg: u128) {
        let notices: Arc<[Notice]> = vec![Notice::Digits { to: vec![LegId(leg)], digits: "1".into() }].into();
        ear.hear(&Announcement { center, notices });
    }

    fn leg(told: &Told) -> u128 {
        match told {
            Told::News(notices) => match &notices[..] {
                [Notice::Digits { to, .. }] => to[0].0,
                other => panic!("{other:?}"),
            },
            Told::WhenDone(_) => panic!("nobody has asked"),
        }
    }

    #[tokio::test]
    async fn what_the_state_has_told_already_is_not_heard_again() {
        let ear = Ear::default();
        announce(&ear, CENTER, 0);
        let mut news = ear.listen(CENTER);
        announce(&ear, CENTER, 1);
        announce(&ear, ContactCenterId(2), 77);
        announce(&ear, CENTER, 2);
        let announced = news.place().announced();
        announce(&ear, CENTER, 3);
        news.know(announced);
        assert_eq!(leg(&news.next().await), 3);
    }

    #[tokio::test]
    async fn what_is_lost_is_noticed() {
        let ear = Ear::default();
        let mut news = ear.listen(CENTER);
        for number in 0..=MOST_UNHEARD as u128 {
            assert!(!news.take_missed());
            announce(&ear, CENTER, number);
        }
        assert!(news.take_missed());
        assert_eq!(leg(&news.next().await), 0);
    }
}
