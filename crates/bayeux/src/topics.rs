//! Which channels exist, and one shared text for each pattern that is subscribed to.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::channel::{Channel, Pattern};

/// Counts the subscriptions of each pattern.
#[derive(Debug)]
pub(crate) struct Topics {
    subscriptions: BTreeMap<Pattern, usize>,
}

impl Topics {
    /// Channels in `permanent` exist without subscriptions.
    pub(crate) fn new(permanent: &[Channel]) -> Topics {
        let subscriptions = permanent.iter().map(|channel| (Pattern::from(channel.clone()), 1)).collect();
        Topics { subscriptions }
    }

    /// Counts a subscription and gives back the pattern as all its subscribers share it.
    pub(crate) fn subscribe(&mut self, pattern: &Pattern) -> Pattern {
        *self.subscriptions.entry(pattern.clone()).or_insert(0) += 1;
        // The map keeps the first text that it was given.
        self.subscriptions.get_key_value(pattern).map_or_else(|| pattern.clone(), |(key, _)| key.clone())
    }

    pub(crate) fn unsubscribe(&mut self, pattern: &Pattern) {
        if let Some(count) = self.subscriptions.get_mut(pattern) {
            *count -= 1;
            if *count == 0 {
                self.subscriptions.remove(pattern);
            }
        }
    }

    /// Whether anyone subscribed to the pattern or to something below it.
    pub(crate) fn exists(&self, pattern: &Pattern) -> bool {
        let parent = format!("{}/", pattern.as_str());
        let from_parent = (Bound::Included(parent.as_str()), Bound::Unbounded);
        let first = self.subscriptions.range::<str, _>(from_parent).next();
        self.subscriptions.contains_key(pattern)
            || first.is_some_and(|(found, _)| found.as_str().starts_with(&parent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(subscribed: &[&str], pattern: &str, exists: bool) {
        let mut topics = Topics::new(&[Channel::parse("/permanent/one").unwrap()]);
        for text in subscribed {
            topics.subscribe(&Pattern::parse(text).unwrap());
        }
        assert_eq!(topics.exists(&Pattern::parse(pattern).unwrap()), exists, "{subscribed:?} {pattern}");
        for text in subscribed {
            topics.unsubscribe(&Pattern::parse(text).unwrap());
        }
        assert_eq!(topics.subscriptions.len(), 1);
    }

    #[test]
    fn a_channel_exists_while_it_or_one_below_it_is_subscribed_to() {
        check(&["/a/b"], "/a/b", true);
        check(&["/a/b", "/a-b"], "/a", true);
        check(&["/a/b"], "/a/b/c", false);
        check(&["/ab", "/a-b", "/a!"], "/a", false);
        check(&["/a/*"], "/a/*", true);
        check(&["/a/*"], "/a/**", false);
        check(&[], "/a", false);
    }

    #[test]
    fn permanent_channels_exist_without_subscribers() {
        check(&[], "/permanent/one", true);
        check(&["/permanent/one"], "/permanent", true);
    }

    #[test]
    fn subscribers_share_one_text() {
        let mut topics = Topics::new(&[]);
        let one = topics.subscribe(&Pattern::parse("/a").unwrap());
        let two = topics.subscribe(&Pattern::parse("/a/").unwrap());
        assert_eq!(one.as_str().as_ptr(), two.as_str().as_ptr());
    }
}
