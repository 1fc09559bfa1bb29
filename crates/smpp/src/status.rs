//! What an answer says: `command_status` of SMPP 3.4, section 5.1.3.
//!
//! Any number is a status: carriers have their own beside the standard's, and what is not known is passed on.

use std::fmt;

/// A `command_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u32);

macro_rules! statuses {
    ($($constant:ident = $code:literal, $name:literal, $meaning:literal;)*) => {
        impl Status {
            $(#[doc = $meaning] pub const $constant: Status = Status($code);)*

            /// The name in the standard, or one that says what range an unknown code belongs to.
            pub fn name(self) -> &'static str {
                match self.0 {
                    $($code => $name,)*
                    0x0400..=0x04FF => "carrier's own",
                    _ => "reserved",
                }
            }
        }
    };
}

statuses! {
    OK = 0x0000, "ESME_ROK", "No error.";
    INVALID_MESSAGE_LENGTH = 0x0001, "ESME_RINVMSGLEN", "The message is longer or shorter than it says.";
    INVALID_COMMAND_LENGTH = 0x0002, "ESME_RINVCMDLEN", "The PDU is longer or shorter than its command can be.";
    INVALID_COMMAND_ID = 0x0003, "ESME_RINVCMDID", "No such command.";
    INVALID_BIND_STATUS = 0x0004, "ESME_RINVBNDSTS", "Not a command for the state this session is in.";
    ALREADY_BOUND = 0x0005, "ESME_RALYBND", "Bound already.";
    INVALID_PRIORITY = 0x0006, "ESME_RINVPRTFLG", "No such priority.";
    INVALID_REGISTERED_DELIVERY = 0x0007, "ESME_RINVREGDLVFLG", "No such `registered_delivery`.";
    SYSTEM_ERROR = 0x0008, "ESME_RSYSERR", "The peer has failed.";
    INVALID_SOURCE = 0x000A, "ESME_RINVSRCADR", "No such source address.";
    INVALID_DESTINATION = 0x000B, "ESME_RINVDSTADR", "No such destination address.";
    INVALID_MESSAGE_ID = 0x000C, "ESME_RINVMSGID", "No such message.";
    BIND_FAILED = 0x000D, "ESME_RBINDFAIL", "The bind was refused.";
    INVALID_PASSWORD = 0x000E, "ESME_RINVPASWD", "Wrong password.";
    INVALID_SYSTEM_ID = 0x000F, "ESME_RINVSYSID", "No such system ID.";
    CANCEL_FAILED = 0x0011, "ESME_RCANCELFAIL", "The message could not be cancelled.";
    REPLACE_FAILED = 0x0013, "ESME_RREPLACEFAIL", "The message could not be replaced.";
    QUEUE_FULL = 0x0014, "ESME_RMSGQFUL", "The peer's queue is full.";
    INVALID_SERVICE_TYPE = 0x0015, "ESME_RINVSERTYP", "No such service type.";
    INVALID_DESTINATION_COUNT = 0x0033, "ESME_RINVNUMDESTS", "Too many or too few destinations.";
    INVALID_LIST_NAME = 0x0034, "ESME_RINVDLNAME", "No such distribution list.";
    INVALID_DESTINATION_FLAG = 0x0040, "ESME_RINVDESTFLAG", "No such kind of destination.";
    INVALID_SUBMIT_WITH_REPLACE = 0x0042, "ESME_RINVSUBREP", "Submitting with replacement is not offered.";
    INVALID_ESM_CLASS = 0x0043, "ESME_RINVESMCLASS", "No such `esm_class`.";
    CANNOT_SUBMIT_TO_LIST = 0x0044, "ESME_RCNTSUBDL", "Nothing can be sent to this distribution list.";
    SUBMIT_FAILED = 0x0045, "ESME_RSUBMITFAIL", "The message was not taken.";
    INVALID_SOURCE_TON = 0x0048, "ESME_RINVSRCTON", "No such type of number for the source.";
    INVALID_SOURCE_NPI = 0x0049, "ESME_RINVSRCNPI", "No such numbering plan for the source.";
    INVALID_DESTINATION_TON = 0x0050, "ESME_RINVDSTTON", "No such type of number for the destination.";
    INVALID_DESTINATION_NPI = 0x0051, "ESME_RINVDSTNPI", "No such numbering plan for the destination.";
    INVALID_SYSTEM_TYPE = 0x0053, "ESME_RINVSYSTYP", "No such system type.";
    INVALID_REPLACE_FLAG = 0x0054, "ESME_RINVREPFLAG", "No such `replace_if_present`.";
    INVALID_MESSAGE_COUNT = 0x0055, "ESME_RINVNUMMSGS", "Not a number of messages.";
    THROTTLED = 0x0058, "ESME_RTHROTTLED", "More than was agreed in this time.";
    INVALID_SCHEDULE = 0x0061, "ESME_RINVSCHED", "Not a time of delivery.";
    INVALID_EXPIRY = 0x0062, "ESME_RINVEXPIRY", "Not a time of expiry.";
    INVALID_DEFAULT_MESSAGE = 0x0063, "ESME_RINVDFTMSGID", "No such predefined message.";
    TEMPORARY_APPLICATION_ERROR = 0x0064, "ESME_RX_T_APPN", "The receiver cannot take it now.";
    PERMANENT_APPLICATION_ERROR = 0x0065, "ESME_RX_P_APPN", "The receiver will never take it.";
    REJECTED_BY_APPLICATION = 0x0066, "ESME_RX_R_APPN", "The receiver rejects it.";
    QUERY_FAILED = 0x0067, "ESME_RQUERYFAIL", "The state of the message cannot be told.";
    INVALID_OPTIONAL_PARAMETERS = 0x00C0, "ESME_RINVOPTPARSTREAM", "The optional parameters cannot be read.";
    OPTIONAL_PARAMETER_NOT_ALLOWED = 0x00C1, "ESME_ROPTPARNOTALLWD", "An optional parameter does not belong here.";
    INVALID_PARAMETER_LENGTH = 0x00C2, "ESME_RINVPARLEN", "A parameter is longer or shorter than it can be.";
    MISSING_OPTIONAL_PARAMETER = 0x00C3, "ESME_RMISSINGOPTPARAM", "An optional parameter is needed here.";
    INVALID_OPTIONAL_PARAMETER_VALUE = 0x00C4, "ESME_RINVOPTPARAMVAL", "An optional parameter has no such value.";
    DELIVERY_FAILED = 0x00FE, "ESME_RDELIVERYFAILURE", "The message could not be delivered.";
    UNKNOWN_ERROR = 0x00FF, "ESME_RUNKNOWNERR", "An error that has no name.";
}

impl Status {
    /// Whether this is no error.
    pub fn is_ok(self) -> bool {
        self == Status::OK
    }

    /// Whether the same request may well succeed later: the carrier is busy, the request is not at fault.
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Status::THROTTLED
                | Status::QUEUE_FULL
                | Status::SYSTEM_ERROR
                | Status::TEMPORARY_APPLICATION_ERROR
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:08X})", self.name(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn a_status_says_its_name_and_its_code() {
        assert_eq!(Status::THROTTLED.to_string(), "ESME_RTHROTTLED (0x00000058)");
        assert_eq!(Status(0x0450).to_string(), "carrier's own (0x00000450)");
        assert_eq!(Status(0x0009).name(), "reserved");
    }

    #[test]
    fn only_a_busy_carrier_is_asked_again() {
        assert!(Status(0x58).is_passing() && Status(0x14).is_passing() && Status(0x64).is_passing());
        assert!(!Status::OK.is_passing() && !Status::INVALID_DESTINATION.is_passing());
        assert!(!Status(0x0450).is_passing());
    }
}
