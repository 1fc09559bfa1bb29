//! Agents at work: states and channels.

use std::borrow::Cow;

use contact_center::Channel;
use contact_center::agent::OpenChannel;
use contact_center::directory;
use public_api::Word;
use public_api::resources::{self as wire, BUILT_IN_STATES, ChannelState, Id, UserState, WorkMode};

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
