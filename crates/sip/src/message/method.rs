//! Methods of requests. Unlike names of headers they do depend on case (RFC 3261, 7.1).

use std::fmt;

use super::Text;

macro_rules! methods {
    ($($(#[$comment:meta])* $name:ident $text:literal;)+) => {
        /// What a request asks for.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Method {
            $($(#[$comment])* $name,)+
            /// Any other, to be answered 501 or 405.
            Other(Text),
        }

        impl Method {
            /// The word in the request line.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Other(text) => text,
                }
            }

            pub(super) fn listed(word: &str) -> Option<Self> {
                match word {
                    $($text => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

methods! {
    /// Begin a session, or change it.
    Invite "INVITE";
    /// Confirm the final answer to INVITE.
    Ack "ACK";
    /// Give up a pending INVITE.
    Cancel "CANCEL";
    /// End a session.
    Bye "BYE";
    /// Say where a phone is.
    Register "REGISTER";
    /// Ask what is understood.
    Options "OPTIONS";
    /// Change a session before it is answered, too (RFC 3311).
    Update "UPDATE";
    /// Confirm a provisional answer (RFC 3262).
    Prack "PRACK";
    /// Ask to call somebody else (RFC 3515).
    Refer "REFER";
    /// Ask to be told (RFC 6665).
    Subscribe "SUBSCRIBE";
    /// Tell (RFC 6665).
    Notify "NOTIFY";
    /// Something within a session (RFC 6086).
    Info "INFO";
    /// A text (RFC 3428).
    Message "MESSAGE";
    /// State to be told to others (RFC 3903).
    Publish "PUBLISH";
}

impl Method {
    /// The method that a word names.
    #[must_use]
    pub fn of(word: &str) -> Self {
        Self::listed(word).unwrap_or_else(|| Self::Other(Text::from(word)))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
