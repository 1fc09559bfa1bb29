//! Telephones: as those who work with them see them, and as administrators keep them.

use std::borrow::Cow;

use contact_center::ContactCenter;
use contact_center::agent::OpenChannel;
use contact_center::calls::{
    DeviceAction, DeviceView, SipIdentity, StandingOrder, SupervisionScope, SupervisionTarget,
};
use contact_center::directory;
use public_api::resources::{
    self as wire, BUILT_IN_STATES, Capability, DeviceState, Id, Link, MonitoringMode, MonitoringScope,
    MonitoringState, TelephonyNetwork,
};

use super::{Place, agents, words};

/// A telephone, and all that is shown of it.
pub struct Telephone<'a> {
    device: &'a directory::Device,
    open: Option<&'a OpenChannel>,
    standing: Option<&'a StandingOrder>,
    capabilities: Vec<DeviceAction>,
    registered: bool,
}

impl<'a> Telephone<'a> {
    /// A telephone of the directory, with what its owner may do now.
    pub fn of(center: &'a ContactCenter, device: &'a directory::Device) -> Self {
        let voice = |owner| center.channel_of(owner, contact_center::Channel::Voice);
        let views = device.owner.map(|owner| center.device_views(owner)).unwrap_or_default();
        let view = views.into_iter().find(|view| view.device.id == device.id);
        Self {
            device,
            open: device.owner.and_then(voice).filter(|open| open.device == Some(device.id)),
            standing: center.standing_order(device.id),
            capabilities: view.map(|view| view.capabilities).unwrap_or_default(),
            registered: center.phones().contains_key(&device.id),
        }
    }

    /// As its owner sees it, in reads and in notifications.
    pub fn own(&self, place: Place<'a>) -> wire::Device<'a> {
        let Self { device, open, registered, .. } = *self;
        let [.., offline] = &BUILT_IN_STATES;
        let is_active = registered || open.is_some();
        let state = || open.map_or_else(|| offline.user_state(), |open| agents::user_state(&open.state));
        let disturbed = device.do_not_disturb || open.is_some_and(|open| open.do_not_disturb);
        wire::Device {
            id: Id::print(&device.id),
            device_state: if is_active { DeviceState::Active } else { DeviceState::Inactive },
            user_state: is_active.then(state),
            phone_number: Cow::Borrowed(&device.phone_number),
            description: Cow::Borrowed(&device.description),
            e164_number: Cow::Borrowed(&device.phone_number),
            telephony_network: network(device.is_public),
            do_not_disturb: words::switch(disturbed),
            forward_to: device.forward_to.as_deref().map(Cow::Borrowed),
            r#type: None,
            country: None,
            voice_environment_uri: place.voice_environment(),
            capabilities: Cow::Owned(self.capabilities.iter().copied().map(capability).collect()),
            channels: Cow::Borrowed(&[words::VOICE]),
            dynamic_phone_number: Cow::Borrowed(""),
            supervisor_monitoring_state: self.standing.map(|order| standing(order, place.base)),
            sip: None,
            uri: None,
            path: None,
        }
    }

    /// As those who provision it see it.
    pub fn provisioned(&self, place: Place<'a>) -> wire::Device<'a> {
        let link = Link::new(place.base, "devices", Id::print(&self.device.id));
        wire::Device {
            r#type: Some(self.device.kind.as_str()).filter(|kind| !kind.is_empty()).map(Cow::Borrowed),
            sip: Some(self.identity()),
            uri: Some(link.uri()),
            path: Some(link.path()),
            ..self.own(place)
        }
    }

    fn identity(&self) -> wire::SipIdentity<'a> {
        let identity: Option<&SipIdentity> = self.device.sip.as_ref();
        wire::SipIdentity {
            user_name: Cow::Borrowed(&self.device.phone_number),
            realm: identity.map(|identity| Cow::Borrowed(identity.realm.as_str())),
            registered: self.registered,
        }
    }
}

impl<'a> From<&'a DeviceView> for Telephone<'a> {
    fn from(view: &'a DeviceView) -> Self {
        Self {
            device: &view.device,
            open: view.open.as_ref(),
            standing: view.standing.as_ref(),
            capabilities: view.capabilities.clone(),
            registered: view.registered,
        }
    }
}

fn network(is_public: bool) -> TelephonyNetwork {
    if is_public { TelephonyNetwork::Public } else { TelephonyNetwork::Private }
}

fn standing<'a>(order: &StandingOrder, base: &'a str) -> MonitoringState<'a> {
    let target = match &order.target {
        SupervisionTarget::Device(device) => Link::new(base, "devices", Id::print(device)),
        SupervisionTarget::Queue(queue) => Link::new(base, "queues", Id::print(queue)),
    };
    MonitoringState {
        state: words::monitoring_kind(order.mode),
        mode: if order.once { MonitoringMode::NextCall } else { MonitoringMode::AllCalls },
        scope: match order.scope {
            SupervisionScope::Agent => MonitoringScope::Agent,
            SupervisionScope::Call => MonitoringScope::Call,
        },
        target_device_uri: target.uri(),
    }
}

/// The token that permits something at a telephone.
pub fn capability(action: DeviceAction) -> Capability {
    use {Capability as C, DeviceAction as A};
    match action {
        A::DoNotDisturbOn => C::DoNotDisturbOn,
        A::DoNotDisturbOff => C::DoNotDisturbOff,
        A::ForwardCallsOn => C::ForwardCallsOn,
        A::ForwardCallsOff => C::ForwardCallsOff,
        A::ListenIn => C::ListenIn,
        A::Coach => C::Coach,
        A::BargeIn => C::BargeIn,
        A::CancelSupervisorMonitoring => C::CancelSupervisorMonitoring,
    }
}
