//! What settings owe to each other.

use super::keys::{self, KEYS};
use super::{ConfigError, Effective, Source};

impl Effective {
    /// Whether the settings go together.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let settings = &self.settings;
        match (&settings.certificate, &settings.key) {
            (Some(_), None) => return self.complain(&["tls.certificate"], "needs tls.key, which is not set"),
            (None, Some(_)) => return self.complain(&["tls.key"], "needs tls.certificate, which is not set"),
            _ => {}
        }
        if let Err((key, complaint)) = settings.voice.check(settings.certificate.is_some()) {
            return self.complain(&[key], &complaint);
        }
        let (bayeux, connections) = (&settings.web.push.bayeux, &settings.web.connections);
        let (hold, idle) = (bayeux.timeout.max(bayeux.max_timeout), connections.idle_timeout);
        if idle <= hold {
            let keys = ["limits.idle_timeout_ms", "push.timeout_ms", "push.max_timeout_ms"];
            let complaint = format!(
                "connections end after {} ms without a request (limits.idle_timeout_ms), which must be longer than the \
                 {} ms that a connect is held (push.timeout_ms, push.max_timeout_ms)",
                idle.as_millis(),
                hold.as_millis()
            );
            return self.complain(&keys, &complaint);
        }
        Ok(())
    }

    /// Complains at the first of the keys that somebody has set.
    fn complain(&self, names: &[&str], complaint: &str) -> Result<(), ConfigError> {
        let positions: Vec<usize> = names.iter().filter_map(|name| keys::position(name)).collect();
        let set = positions.iter().find(|&&position| self.sources[position] != Source::Default);
        let position = set.or(positions.first()).copied().unwrap_or(0);
        let place = self.sources[position].place(&KEYS[position]);
        Err(ConfigError(format!("{place}: {complaint}")))
    }
}
