//! Which channels exist, who subscribed to them, and one shared text for each pattern.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::channel::{Channel, Pattern};
use crate::table::SessionKey;

/// The subscriptions of all sessions by pattern.
#[derive(Debug)]
pub(crate) struct Topics {
    subscriptions: BTreeMap<Pattern, Readers>,
}

#[derive(Debug, Default)]
struct Readers {
    sessions: BTreeSet<SessionKey>,
    /// Whether the channel exists without them.
    permanent: bool,
}

impl Topics {
    /// Channels in `permanent` exist without subscriptions.
    pub(crate) fn new(permanent: &[Channel]) -> Topics {
        let permanent = permanent.iter().map(|channel| Pattern::from(channel.clone()));
        let readers = |pattern| (pattern, Readers { sessions: BTreeSet::new(), permanent: true });
        Topics { subscriptions: permanent.map(readers).collect() }
    }

    /// Enters a subscription and gives back the pattern as all its subscribers share it.
    pub(crate) fn subscribe(&mut self, pattern: &Pattern, reader: SessionKey) -> Pattern {
        self.subscriptions.entry(pattern.clone()).or_default().sessions.insert(reader);
        // The map keeps the first text that it was given.
        self.subscriptions.get_key_value(pattern).map_or_else(|| pattern.clone(), |(key, _)| key.clone())
    }

    pub(crate) fn unsubscribe(&mut self, pattern: &Pattern, reader: SessionKey) {
        if let Some(readers) = self.subscriptions.get_mut(pattern) {
            readers.sessions.remove(&reader);
            if readers.sessions.is_empty() && !readers.permanent {
                self.subscriptions.remove(pattern);
            }
        }
    }

    /// Every session that subscribed to the channel, each once, however many of its patterns match:
    /// the exact name, each prefix with `/**`, the parent with `/*`.
    pub(crate) fn readers(&self, channel: &Channel) -> BTreeSet<SessionKey> {
        let name = channel.as_str();
        let mut patterns = vec![name.to_owned()];
        for (end, _) in name.match_indices('/') {
            patterns.push(format!("{}/**", &name[..end]));
        }
        let parent = name.rfind('/').unwrap_or(0);
        patterns.push(format!("{}/*", &name[..parent]));
        let found = patterns.iter().filter_map(|pattern| self.subscriptions.get_key_value(pattern.as_str()));
        found
            .filter(|(pattern, _)| pattern.matches(channel))
            .flat_map(|(_, readers)| readers.sessions.iter().copied())
            .collect()
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

    const READER: SessionKey = SessionKey::FIRST;

    #[track_caller]
    fn check(subscribed: &[&str], pattern: &str, exists: bool) {
        let mut topics = Topics::new(&[Channel::parse("/permanent/one").unwrap()]);
        for text in subscribed {
            topics.subscribe(&Pattern::parse(text).unwrap(), READER);
        }
        assert_eq!(topics.exists(&Pattern::parse(pattern).unwrap()), exists, "{subscribed:?} {pattern}");
        for text in subscribed {
            topics.unsubscribe(&Pattern::parse(text).unwrap(), READER);
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
        let one = topics.subscribe(&Pattern::parse("/a").unwrap(), READER);
        let two = topics.subscribe(&Pattern::parse("/a/").unwrap(), READER);
        assert_eq!(one.as_str().as_ptr(), two.as_str().as_ptr());
    }

    #[test]
    fn readers_are_found_by_each_pattern_that_matches() {
        for (pattern, reads) in [
            ("/a/b", true),
            ("/a/*", true),
            ("/a/**", true),
            ("/**", true),
            ("/*", false),
            ("/a", false),
            ("/a/b/**", false),
        ] {
            let mut topics = Topics::new(&[]);
            topics.subscribe(&Pattern::parse(pattern).unwrap(), READER);
            let found = topics.readers(&Channel::parse("/a/b").unwrap());
            assert_eq!(found.contains(&READER), reads, "{pattern}");
            topics.unsubscribe(&Pattern::parse(pattern).unwrap(), READER);
            assert!(topics.readers(&Channel::parse("/a/b").unwrap()).is_empty());
        }
    }
}
