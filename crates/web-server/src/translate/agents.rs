//! Agents at work: states, channels, telephones.

use std::borrow::Cow;

use contact_center::Channel;
use contact_center::agent::OpenChannel;
use contact_center::directory::{self, Device};
use public_api::Word;
use public_api::resources::{
    self as wire, BUILT_IN_STATES, Capability, ChannelState, DeviceState, Id, Link, TelephonyNetwork,
    UserState, WorkMode,
};

use super::words;

/// What voice channels say of activity as long as no call is on them.
const IDLE: &str = "Idle";

pub fn user_state(state: &directory::AgentState) -> UserState<'_> {
    UserState {
        id: Id::from(state.id.as_str()),
        display_name: Cow::Borrowed(&state.display_name),
        state: words::state_kind(state.readiness),
        reason: state.reason.as_deref().map(Cow::Borrowed),
        work_mode: state.work_mode.as_deref().and_then(WorkMode::parse),
    }
}

/// A state as the `agent-states` settings list it.
pub fn listed_state(state: &directory::AgentState) -> wire::AgentState<'_> {
    wire::AgentState {
        id: Id::from(state.id.as_str()),
        operation_name: Cow::Borrowed(&state.operation_name),
        display_name: Cow::Borrowed(&state.display_name),
        state: Cow::Borrowed(words::settings_state(state.readiness)),
        reason: state.reason.as_deref().map(Cow::Borrowed),
        work_mode: state.work_mode.as_deref().and_then(WorkMode::parse),
    }
}

/// A channel that is open, or that was closed. `number` is that of the device it is open on.
pub fn channel_state<'a>(
    channel: Channel,
    open: Option<&'a OpenChannel>,
    number: Option<&'a str>,
) -> ChannelState<'a> {
    let voice = channel == Channel::Voice;
    let [.., offline] = &BUILT_IN_STATES;
    ChannelState {
        channel: Cow::Borrowed(words::channel(channel)),
        dnd_state: open.filter(|_| !voice).map(|open| words::switch(open.do_not_disturb)),
        user_state: open.map_or_else(|| offline.user_state(), |open| user_state(&open.state)),
        phone_number: number.map(Cow::Borrowed),
        switch_name: voice.then_some(Cow::Borrowed("")),
        user_activity: voice.then_some(Cow::Borrowed(IDLE)),
    }
}

/// A telephone, and the voice channel if it is open on it.
pub fn device<'a>(device: &'a Device, voice: Option<&'a OpenChannel>, base: &'a str) -> wire::Device<'a> {
    let link = Link::new(base, "devices", Id::print(&device.id));
    let disturbed = voice.map_or(device.do_not_disturb, |open| open.do_not_disturb);
    let toggle = if disturbed { Capability::DoNotDisturbOff } else { Capability::DoNotDisturbOn };
    wire::Device {
        id: Id::print(&device.id),
        device_state: if voice.is_some() { DeviceState::Active } else { DeviceState::Inactive },
        user_state: voice.map(|open| user_state(&open.state)),
        phone_number: Cow::Borrowed(&device.phone_number),
        description: Cow::Borrowed(&device.description),
        e164_number: Cow::Borrowed(""),
        telephony_network: TelephonyNetwork::Private,
        do_not_disturb: words::switch(disturbed),
        forward_to: None,
        r#type: Some(device.kind.as_str()).filter(|kind| !kind.is_empty()).map(Cow::Borrowed),
        country: None,
        voice_environment_uri: Cow::Borrowed(""),
        capabilities: Cow::Owned(voice.map(|_| toggle).into_iter().collect()),
        channels: Cow::Borrowed(&[words::VOICE]),
        dynamic_phone_number: Cow::Borrowed(""),
        supervisor_monitoring_state: None,
        uri: Some(link.uri()),
        path: Some(link.path()),
    }
}
