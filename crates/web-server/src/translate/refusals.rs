//! Why something was not done, as the caller is told: the rules' reasons and the world's failures
//! become problems with a code, an HTTP status and an English sentence.

use contact_center::Refusal;
use contact_center::capability::Action;
use engine::{Denial, Failure};
use public_api::{Problem, StatusCode};

use super::{calls, telephones, words};

/// What a client is told of a command that had no effect.
pub fn denial(denial: Denial) -> Problem {
    match denial {
        Denial::Refused(reason) => refusal(&reason),
        Denial::Failed(reason) => failure(reason),
    }
}

/// The same, where a user or queue that is unknown was named by `parameters` of the body.
pub fn denial_of_target(reason: Denial, parameters: &str) -> Problem {
    match reason {
        Denial::Refused(
            Refusal::UnknownUser | Refusal::UnknownQueue | Refusal::UnknownDevice | Refusal::UnknownNumber(_),
        ) => unknown_target(parameters),
        other => denial(other),
    }
}

/// Nothing here is called what the body says.
pub fn unknown_target(parameters: &str) -> Problem {
    Problem::not_found(format_args!("What {parameters} names was"))
}

/// What a client is told of a failure: nothing was kept, and a later try may succeed.
pub fn failure(failure: Failure) -> Problem {
    match failure {
        Failure::Busy => Problem::unavailable("The contact center is busy; try again."),
        Failure::Stopped => Problem::unavailable("The server is stopping; try again."),
        Failure::NotStored => Problem::internal("The change could not be stored; nothing was changed."),
    }
}

/// What a client is told of a refusal.
pub fn refusal(reason: &Refusal) -> Problem {
    match reason {
        Refusal::UnknownUser => Problem::not_found("User"),
        Refusal::UnknownDevice => Problem::not_found("Device"),
        Refusal::UnknownSkill => Problem::not_found("Skill"),
        Refusal::UnknownQueue => Problem::not_found("Queue"),
        Refusal::UnknownGroup => Problem::not_found("Group"),
        Refusal::UnknownFeature => Problem::not_found("Feature"),
        Refusal::UnknownSetting => Problem::not_found("Setting"),
        Refusal::UnknownContact => Problem::not_found("Session"),
        Refusal::UnknownState => Problem::not_found("Agent state"),
        Refusal::UnknownSuppression => Problem::not_found("Suppressed number"),
        Refusal::RoleMissing(role) => Problem::no_permission(words::role(*role)),
        Refusal::FeatureMissing(feature) => Problem::no_permission(format_args!("feature {feature}")),
        Refusal::OutOfReach => Problem::new(
            StatusCode::NoPermission,
            "No permission: the agent is in none of the caller's groups.",
        ),
        Refusal::MonitorMayNotSpeak => {
            Problem::new(StatusCode::Forbidden, "A monitoring supervisor cannot send anything.")
        }
        Refusal::SupervisesSelf => {
            Problem::new(StatusCode::Forbidden, "Supervisors cannot supervise themselves.")
        }
        Refusal::OptedOut => {
            Problem::new(StatusCode::Forbidden, "The customer has opted out of text messages.")
        }
        Refusal::TextTooLong { characters } => {
            Problem::out_of_range("text", format_args!("at most {characters} characters in a text message"))
        }
        Refusal::SessionOpen => Problem::already_exists("A session with this number"),
        Refusal::NotAParticipant | Refusal::UnknownParticipant(_) => Problem::not_found("Participant"),
        Refusal::UnknownCall => Problem::not_found("Call"),
        Refusal::UnknownNumber(number) => Problem::not_found(format_args!("The number '{number}'")),
        // As the original's telephone system says it.
        Refusal::NotRegistered(number) => Problem::internal(format!("Device '{number}' is not registered.")),
        Refusal::OutOfRange { parameter, allowed } => Problem::out_of_range(parameter, allowed),
        Refusal::Missing(parameter) => Problem::missing(parameter),
        Refusal::AlreadyExists { what, name } => Problem::already_exists(format_args!("The {what} '{name}'")),
        Refusal::AlreadyInUse(what) => Problem::already_in_use(format_args!("The {what}")),
        Refusal::Unchangeable(what) => {
            Problem::new(StatusCode::ReadOnly, format!("The {what} cannot be changed."))
        }
        Refusal::PasswordChangeDemanded => Problem::password_change_demanded(),
        out_of_state => Problem::new(StatusCode::InvalidState, state_message(out_of_state)),
    }
}

/// Refusals that another moment might not see.
fn state_message(reason: &Refusal) -> String {
    match reason {
        Refusal::NotAllowedNow(action) => {
            return Problem::invalid_state(operation_name(*action)).message.into_owned();
        }
        Refusal::ChannelNotOpen(channel) => {
            return format!("The channel '{}' is not open.", words::channel(*channel));
        }
        Refusal::LimitReached { of, limit } => return format!("There are {limit} {of} already."),
        Refusal::CallNotAllowedNow(action) => {
            return Problem::invalid_state(calls::capability(*action).as_str()).message.into_owned();
        }
        Refusal::DeviceNotAllowedNow(action) => {
            return Problem::invalid_state(telephones::capability(*action).as_str()).message.into_owned();
        }
        Refusal::WatchedByAnother => "Another supervisor monitors this target.",
        Refusal::NothingMonitored => {
            "Nothing is monitored there: CancelSupervisorMonitoring has nothing to cancel, and 'supervisorVisibilityMode' is required."
        }
        Refusal::NoRunningContact => "The agent has no running session on this channel.",
        Refusal::AlreadyInContact => "The session has this participant already.",
        Refusal::ContactNotRunning => "The session is over.",
        Refusal::TargetUnavailable => "The target is not ready on this channel.",
        Refusal::TargetIsSelf => "The target is the caller.",
        Refusal::NoNumberToTextFrom => "There is no number to text from: no queue for SMS sessions has one.",
        Refusal::NoDevice => "The user has no device, or several without one of type ACDPosition.",
        _ => "The operation is not valid in the current state.",
    }
    .to_owned()
}

/// An operation's name, which for one is not that of its capability token.
pub fn operation_name(action: Action) -> &'static str {
    words::capability(action).operation()
}

#[cfg(test)]
mod tests {
    use contact_center::Channel;
    use contact_center::people::Role;

    use super::*;

    fn check(reason: Refusal, code: u8, http: u16, message: &str) {
        let problem = refusal(&reason);
        assert_eq!((problem.code.number(), problem.http()), (code, http), "{reason:?}");
        assert_eq!(problem.message, message);
    }

    #[test]
    fn what_is_unknown_is_not_found() {
        check(Refusal::UnknownUser, 6, 404, "User not found");
        check(Refusal::UnknownContact, 6, 404, "Session not found");
        check(Refusal::NotAParticipant, 6, 404, "Participant not found");
    }

    #[test]
    fn what_is_lacking_is_named() {
        check(Refusal::RoleMissing(Role::Supervisor), 5, 403, "No permission: ROLE_SUPERVISOR is required.");
        check(
            Refusal::FeatureMissing("api-multimedia"),
            5,
            403,
            "No permission: feature api-multimedia is required.",
        );
        check(Refusal::Missing("roles"), 1, 400, "Required parameter 'roles' is missing.");
    }

    #[test]
    fn what_is_never_allowed_differs_from_what_is_not_allowed_now() {
        check(Refusal::MonitorMayNotSpeak, 3, 403, "A monitoring supervisor cannot send anything.");
        check(
            Refusal::NotAllowedNow(Action::SwitchToBargeIn),
            2,
            400,
            "Operation 'SwitchToBargeIn' is not valid in the current state.",
        );
        check(Refusal::ChannelNotOpen(Channel::Sms), 2, 400, "The channel 'smssession' is not open.");
    }

    #[test]
    fn a_text_that_cannot_be_sent_says_why() {
        check(Refusal::OptedOut, 3, 403, "The customer has opted out of text messages.");
        check(
            Refusal::TextTooLong { characters: 1_530 },
            10,
            400,
            "Parameter 'text' is out of range; allowed: at most 1530 characters in a text message.",
        );
        check(Refusal::SessionOpen, 18, 403, "A session with this number already exists.");
        let message = "There is no number to text from: no queue for SMS sessions has one.";
        check(Refusal::NoNumberToTextFrom, 2, 400, message);
        check(Refusal::UnknownSuppression, 6, 404, "Suppressed number not found");
    }

    #[test]
    fn names_that_are_taken_are_refused_with_403() {
        let name = "anna".to_owned();
        check(Refusal::AlreadyExists { what: "user", name }, 18, 403, "The user 'anna' already exists.");
        check(Refusal::AlreadyInUse("phoneNumber"), 19, 403, "The phoneNumber is already in use.");
    }

    #[test]
    fn a_busy_owner_is_not_an_error_of_the_caller() {
        assert_eq!((failure(Failure::Busy).code.number(), failure(Failure::Busy).http()), (4, 503));
        assert_eq!((failure(Failure::NotStored).code.number(), failure(Failure::NotStored).http()), (4, 500));
    }

    #[test]
    fn an_unknown_target_names_the_parameters() {
        let problem = denial_of_target(Denial::Refused(Refusal::UnknownQueue), "'queueName'");
        assert_eq!(problem.message, "What 'queueName' names was not found");
    }
}
