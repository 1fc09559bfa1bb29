//! The phones of each device, as far as they are registered, and what is kept of them over a restart.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contact_center::{DeviceId, limits};
use serde::{Deserialize, Serialize};
use sip::message::{Name, Request, Response, Text};
use sip::registrar::{Binding, Change, Config, Record, Registrar};
use sip::user_agent::Target;
use sip::{ConnectionId, Flow};

use crate::clock;

/// Refreshed registrations are kept anew only when what is kept is older than this; on a restart it counts as younger by
/// as much, so that no phone is forgotten that has refreshed.
const KEPT_ANEW_AFTER: Duration = Duration::from_secs(600);

/// What the registrar knows, and what was told of it.
pub(super) struct Phones {
    registrar: Registrar,
    told: BTreeMap<DeviceId, Told>,
}

/// What was told of a device's phones.
struct Told {
    ways: Vec<(String, Flow)>,
    at: Instant,
}

/// What is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// Milliseconds since 1970.
    at_ms: i64,
    phones: Vec<Record>,
}

/// The phones of a device are others now; none if there are none any more.
pub(super) type News = (DeviceId, Option<Arc<str>>);

impl Phones {
    pub fn new(config: Config) -> Phones {
        Phones { registrar: Registrar::new(config), told: BTreeMap::new() }
    }

    /// Takes the REGISTER of a phone that has shown the password of its device. The headers are those of the answer.
    pub fn register(
        &mut self,
        device: DeviceId,
        request: &Request,
        flow: Flow,
        now: Instant,
    ) -> (Response, Vec<News>) {
        let mut changes = Vec::new();
        let address = device.to_string();
        let response = self.registrar.register(&address, request, flow, "", now, &mut changes);
        (response, self.news(&changes, now))
    }

    /// The header fields of an answer that it does not have from its request.
    pub fn headers(response: &Response) -> Vec<(Name, Text)> {
        let own = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];
        let fields = response.headers.iter().filter(|(name, _)| !own.contains(name));
        fields.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// A connection has ended.
    pub fn lost(&mut self, connection: ConnectionId, now: Instant) -> Vec<News> {
        let mut changes = Vec::new();
        self.registrar.lost(connection, &mut changes);
        self.news(&changes, now)
    }

    /// Registrations end.
    pub fn tick(&mut self, now: Instant) -> Vec<News> {
        let mut changes = Vec::new();
        self.registrar.tick(now, &mut changes);
        self.news(&changes, now)
    }

    /// When the next one does.
    pub fn deadline(&self) -> Option<Instant> {
        self.registrar.deadline().map(|(at, _)| at)
    }

    /// How many devices have phones.
    pub fn len(&self) -> usize {
        self.registrar.len()
    }

    /// Where a call to a device goes: to all of its phones.
    pub fn targets(&self, device: DeviceId) -> Vec<Target> {
        let target = |binding: &Binding| Target {
            uri: Text::from(binding.contact.as_str()),
            flow: binding.flow,
            route: binding.path.clone(),
            is_symmetric: true,
            headers: Vec::new(),
        };
        self.registrar.bindings(&device.to_string()).iter().map(target).collect()
    }

    /// Takes back what was kept by an earlier process, and says of which devices less is left.
    pub fn restore<'a>(
        &mut self,
        kept: impl IntoIterator<Item = (DeviceId, &'a Arc<str>)>,
        now: Instant,
    ) -> Vec<News> {
        let mut news = Vec::new();
        for (device, text) in kept {
            if let Ok(kept) = serde_json::from_str::<Kept>(text) {
                let age_ms = u64::try_from(clock::wall_ms() - kept.at_ms).unwrap_or(0);
                let age = Duration::from_millis(age_ms).saturating_sub(KEPT_ANEW_AFTER);
                self.registrar.restore(kept.phones, age, now);
            }
            self.told.insert(device, Told { ways: Vec::new(), at: now });
            news.extend(self.news_of(device, now));
        }
        news
    }

    fn news(&mut self, changes: &[Change], now: Instant) -> Vec<News> {
        let devices = changes.iter().filter_map(|change| change.address.parse().ok());
        let devices: Vec<DeviceId> = devices.collect();
        devices.into_iter().filter_map(|device| self.news_of(device, now)).collect()
    }

    /// What the contact center has to know of a device's phones that it does not know yet.
    fn news_of(&mut self, device: DeviceId, now: Instant) -> Option<News> {
        let address = device.to_string();
        let bindings = self.registrar.bindings(&address);
        let ways: Vec<(String, Flow)> =
            bindings.iter().map(|it| (it.contact.as_str().to_owned(), it.flow)).collect();
        let told = self.told.get(&device);
        if bindings.is_empty() {
            told?;
            self.told.remove(&device);
            return Some((device, None));
        }
        if told.is_some_and(|told| told.ways == ways && now - told.at < KEPT_ANEW_AFTER) {
            return None;
        }
        let phones = self.registrar.records(&address, now);
        self.told.insert(device, Told { ways, at: now });
        Some((device, Some(kept(phones))))
    }
}

fn kept(phones: Vec<Record>) -> Arc<str> {
    let text = |phones| serde_json::to_string(&Kept { at_ms: clock::wall_ms(), phones }).unwrap_or_default();
    let all = text(phones);
    // Phones that do not fit are known until the next restart.
    if all.len() <= limits::GATEWAY_RECORD_BYTES { Arc::from(all) } else { Arc::from(text(Vec::new())) }
}
