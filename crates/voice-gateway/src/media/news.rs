//! News on its way out of a media thread, which never waits for whoever reads it.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::event::MediaEvent;

/// News that may wait in a thread while the channel is full; the oldest is given up for the newest.
const MOST_WAITING: usize = 4_096;

/// What the reader has not taken yet.
pub(super) struct News {
    channel: mpsc::Sender<MediaEvent>,
    waiting: VecDeque<MediaEvent>,
    lost: u64,
}

impl News {
    /// Nothing new.
    pub fn new(channel: mpsc::Sender<MediaEvent>) -> News {
        News { channel, waiting: VecDeque::new(), lost: 0 }
    }

    /// Adds something.
    pub fn tell(&mut self, event: MediaEvent) {
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
            self.lost += 1;
        }
        self.waiting.push_back(event);
    }

    /// Hands over what the channel has room for.
    pub fn hand_over(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            match self.channel.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return;
                }
                // Nobody wants to know any more.
                Err(TrySendError::Closed(_)) => self.waiting.clear(),
            }
        }
    }

    /// How much was given up since it was asked last.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_behind_gets_all_of_it_later_and_in_order() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut news = News::new(sender);
        for thread in 0..3 {
            news.tell(MediaEvent::ThreadDied { thread });
        }
        for expected in 0..3 {
            news.hand_over();
            let event = receiver.try_recv().unwrap();
            assert!(matches!(event, MediaEvent::ThreadDied { thread } if thread == expected));
        }
    }

    #[test]
    fn a_reader_that_is_far_behind_loses_the_oldest() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut news = News::new(sender);
        for thread in 0..MOST_WAITING + 2 {
            news.tell(MediaEvent::ThreadDied { thread });
        }
        news.hand_over();
        assert!(matches!(receiver.try_recv().unwrap(), MediaEvent::ThreadDied { thread: 2 }));
        assert_eq!((news.take_lost(), news.take_lost()), (2, 0));
    }
}
