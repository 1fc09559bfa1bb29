//! What a user may do with a contact right now. The list that a user is shown and the test that an
//! operation must pass are one function, so that they cannot differ.

use crate::audience::{Mode, Part, Visibility};
use crate::contact::{Contact, UserState};
use crate::ids::UserId;

/// An operation on a contact. The contract gives each its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the operation of the same name in the contract")]
pub enum Action {
    Accept,
    Reject,
    Transfer,
    Leave,
    Invite,
    Consult,
    SetInFocus,
    SetDisposition,
    AttachUserData,
    DeleteUserData,
    UpdateUserData,
    SendToAgents,
    SendStartTypingToAgentsNotification,
    SendStopTypingToAgentsNotification,
    Complete,
    SendMessage,
    SendStartTypingNotification,
    SendStopTypingNotification,
    SendUrl,
    SendCustomNotice,
    SendCustomNoticeToAgents,
    SendNicknameUpdatedNotice,
    RemoveParticipantFromConference,
    SwitchToMonitor,
    SwitchToCoach,
    SwitchToBargeIn,
}

use Action as A;

const INVITED: &[Action] = &[A::Accept, A::Reject];

const DATA: &[Action] =
    &[A::SetInFocus, A::SetDisposition, A::AttachUserData, A::DeleteUserData, A::UpdateUserData];

const TO_AGENTS: &[Action] =
    &[A::SendToAgents, A::SendStartTypingToAgentsNotification, A::SendStopTypingToAgentsNotification];

const TO_CUSTOMER: &[Action] =
    &[A::SendMessage, A::SendStartTypingNotification, A::SendStopTypingNotification];

const JOIN_FAILED: &[Action] =
    &[A::SetInFocus, A::Complete, A::SetDisposition, A::AttachUserData, A::DeleteUserData, A::UpdateUserData];

/// A supervisor's list up to the point where the modes differ; a consultant's whole list but the
/// sends to agents.
const SIDE_BY_SIDE: &[Action] = &[
    A::Leave,
    A::SetInFocus,
    A::SetDisposition,
    A::AttachUserData,
    A::DeleteUserData,
    A::UpdateUserData,
    A::Transfer,
    A::Invite,
    A::Consult,
];

/// What `user` may do with `contact`, in the order in which clients know it; nothing for a stranger.
pub fn capabilities(contact: &Contact, user: UserId, monitor_lists_sends: bool) -> Vec<Action> {
    match contact.state_of(user) {
        None => Vec::new(),
        Some(UserState::Invited) => INVITED.to_vec(),
        Some(UserState::LeftChat) => [&[A::Transfer, A::Complete], DATA].concat(),
        Some(UserState::JoinFailed) => JOIN_FAILED.to_vec(),
        Some(UserState::Chatting) => match contact.party_of(user).map(|party| party.part) {
            Some(Part::Agent) => agent(contact, user),
            Some(Part::Consultant) => [SIDE_BY_SIDE, TO_AGENTS].concat(),
            Some(Part::Supervisor(mode)) => {
                let mut list = supervisor(mode, monitor_lists_sends);
                // What a coach says reaches agents alone.
                list.retain(|action| mode == Mode::Coach || is_wanted(contact, *action));
                list
            }
            Some(Part::Customer | Part::External) | None => Vec::new(),
        },
    }
}

/// Whether `user` may do `action` now. A monitor's printed sends are never allowed.
pub fn allows(contact: &Contact, user: UserId, action: Action) -> bool {
    capabilities(contact, user, false).contains(&action)
}

/// The list of an agent in front of the customer. It depends only on parties whom the agent
/// perceives: a monitoring supervisor must not be betrayed by an operation that appears.
fn agent(contact: &Contact, user: UserId) -> Vec<Action> {
    let customer_here = contact.is_open();
    let others = contact
        .present()
        .filter(|party| party.user.is_some_and(|other| other != user))
        .filter(|party| party.part.visibility() <= Visibility::Agents);
    let (mut any_other, mut removable) = (false, false);
    for other in others {
        any_other = true;
        removable |= matches!(other.part, Part::Agent | Part::Consultant);
    }
    let mut list = vec![A::Transfer, A::Leave, A::Invite, A::Consult];
    list.extend(DATA);
    if any_other {
        list.extend(TO_AGENTS);
    }
    list.push(A::Complete);
    if customer_here {
        list.extend(TO_CUSTOMER.iter().filter(|action| is_wanted(contact, **action)));
        list.extend([A::SendUrl, A::SendCustomNotice].iter().filter(|action| is_wanted(contact, **action)));
    }
    if any_other {
        list.push(A::SendCustomNoticeToAgents);
    }
    list.push(A::SendNicknameUpdatedNotice);
    if removable {
        list.push(A::RemoveParticipantFromConference);
    }
    list
}

/// Whether the customer lets it happen: whoever has opted out of text messages is sent none.
fn is_wanted(contact: &Contact, action: Action) -> bool {
    !(contact.opted_out && matches!(action, A::SendMessage | A::SendUrl))
}

/// A supervisor's list: the two switches at its end are those to the other two modes.
fn supervisor(mode: Mode, monitor_lists_sends: bool) -> Vec<Action> {
    let mut list = SIDE_BY_SIDE.to_vec();
    if mode != Mode::Monitor || monitor_lists_sends {
        list.extend(TO_AGENTS);
        list.extend(TO_CUSTOMER);
    }
    let switches = [
        (Mode::Monitor, A::SwitchToMonitor),
        (Mode::Coach, A::SwitchToCoach),
        (Mode::BargeIn, A::SwitchToBargeIn),
    ];
    list.extend(switches.into_iter().filter(|(to, _)| *to != mode).map(|(_, switch)| switch));
    list
}
