//! Names of header fields.

use std::fmt;

use super::Text;

macro_rules! names {
    ($($(#[$comment:meta])* $name:ident $text:literal $($compact:literal)?;)+) => {
        /// The name of a header field. Names that are not listed keep their spelling; no name depends on case.
        #[derive(Debug, Clone)]
        pub enum Name {
            $($(#[$comment])* $name,)+
            /// Any other.
            Other(Text),
        }

        impl Name {
            /// The name in its long form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// The listed name that a word means, long or compact (RFC 3261, 7.3.3), in any case.
            pub(super) fn listed(word: &str) -> Option<Self> {
                $(
                    if word.eq_ignore_ascii_case($text) $(|| word.eq_ignore_ascii_case($compact))? {
                        return Some(Self::$name);
                    }
                )+
                None
            }
        }
    };
}

names! {
    /// The way back, one for each hop.
    Via "Via" "v";
    /// Who asks.
    From "From" "f";
    /// Whom it is for.
    To "To" "t";
    /// Which call.
    CallId "Call-ID" "i";
    /// Which request of it.
    CSeq "CSeq";
    /// Where to reach the sender directly.
    Contact "Contact" "m";
    /// How many hops are left.
    MaxForwards "Max-Forwards";
    /// The octets of the body.
    ContentLength "Content-Length" "l";
    /// What the body is.
    ContentType "Content-Type" "c";
    /// The proxies to pass.
    Route "Route";
    /// The proxies that want to be passed.
    RecordRoute "Record-Route";
    /// Which methods are understood.
    Allow "Allow";
    /// Which extensions are understood.
    Supported "Supported" "k";
    /// Which extensions must be understood.
    Require "Require";
    /// Which extensions proxies must understand.
    ProxyRequire "Proxy-Require";
    /// Which extensions are not understood.
    Unsupported "Unsupported";
    /// What software it is.
    UserAgent "User-Agent";
    /// What software the server is.
    Server "Server";
    /// For how many seconds.
    Expires "Expires";
    /// Fewer seconds are too few.
    MinExpires "Min-Expires";
    /// The answer to a challenge.
    Authorization "Authorization";
    /// A challenge.
    WwwAuthenticate "WWW-Authenticate";
    /// The answer to a proxy's challenge.
    ProxyAuthorization "Proxy-Authorization";
    /// A proxy's challenge.
    ProxyAuthenticate "Proxy-Authenticate";
    /// The server's side of a mutual authentication.
    AuthenticationInfo "Authentication-Info";
    /// Which bodies are understood.
    Accept "Accept";
    /// Which codings of bodies are understood.
    AcceptEncoding "Accept-Encoding";
    /// Which languages are understood.
    AcceptLanguage "Accept-Language";
    /// How the body is coded.
    ContentEncoding "Content-Encoding" "e";
    /// What the body is for.
    ContentDisposition "Content-Disposition";
    /// What it is about.
    Subject "Subject" "s";
    /// When it was sent.
    Date "Date";
    /// When to try again, in seconds.
    RetryAfter "Retry-After";
    /// What to know besides.
    Warning "Warning";
    /// Why a call ends (RFC 3326).
    Reason "Reason";
    /// How to alert the phone's user.
    AlertInfo "Alert-Info";
    /// More about the caller or called.
    CallInfo "Call-Info";
    /// Which package of events (RFC 6665).
    Event "Event" "o";
    /// Which packages are understood.
    AllowEvents "Allow-Events" "u";
    /// How a subscription stands.
    SubscriptionState "Subscription-State";
    /// Whom to call instead (RFC 3515).
    ReferTo "Refer-To" "r";
    /// Who asks for it (RFC 3892).
    ReferredBy "Referred-By" "b";
    /// Whether a subscription follows (RFC 4488).
    ReferSub "Refer-Sub";
    /// Which dialog ends in favor of this one (RFC 3891).
    Replaces "Replaces";
    /// How long the session lives without a refresh (RFC 4028).
    SessionExpires "Session-Expires" "x";
    /// Shorter sessions are too short.
    MinSe "Min-SE";
    /// The number of a provisional answer (RFC 3262).
    RSeq "RSeq";
    /// Which provisional answer is acknowledged.
    RAck "RAck";
    /// Who asks, as trusted elements say it (RFC 3325).
    PAssertedIdentity "P-Asserted-Identity";
    /// Who asks, as it wants to be called.
    PPreferredIdentity "P-Preferred-Identity";
    /// What of this is not for everyone.
    Privacy "Privacy";
    /// Who diverted the call (RFC 5806).
    Diversion "Diversion";
    /// Where the call came along (RFC 7044).
    HistoryInfo "History-Info";
    /// The proxies towards a registered phone (RFC 3327).
    Path "Path";
    /// The proxies from a registered phone (RFC 3608).
    ServiceRoute "Service-Route";
    /// The version of bodies.
    MimeVersion "MIME-Version";
    /// Which call is answered by another.
    InReplyTo "In-Reply-To";
    /// The sender's organization.
    Organization "Organization";
    /// How pressing it is.
    Priority "Priority";
    /// Where to answer to.
    ReplyTo "Reply-To";
    /// When it was sent and how long it was held.
    Timestamp "Timestamp";
    /// What went wrong.
    ErrorInfo "Error-Info";
    /// The tag of the thing described (RFC 3903).
    SipETag "SIP-ETag";
    /// Only if the thing has this tag.
    SipIfMatch "SIP-If-Match";
    /// Whose capabilities are wanted (RFC 3841).
    AcceptContact "Accept-Contact" "a";
    /// Whose capabilities are not.
    RejectContact "Reject-Contact" "j";
    /// How the request is to be handled.
    RequestDisposition "Request-Disposition" "d";
    /// Who vouches for the caller (RFC 8224).
    Identity "Identity" "y";
    /// Which flow is meant (RFC 5626).
    FlowTimer "Flow-Timer";
    /// Whether to answer at once (RFC 5373).
    AnswerMode "Answer-Mode";
}

impl Name {
    /// A name that this list may not have.
    #[must_use]
    pub fn of(word: &str) -> Self {
        Self::listed(word).unwrap_or_else(|| Self::Other(Text::from(word)))
    }

    /// Whether a list of values after commas may as well stand in several lines (RFC 3261, 7.3.1): not so for
    /// those with commas in a single value.
    pub(super) fn is_list(&self) -> bool {
        !matches!(
            self,
            Self::Authorization
                | Self::WwwAuthenticate
                | Self::ProxyAuthorization
                | Self::ProxyAuthenticate
                | Self::AuthenticationInfo
                | Self::Date
                | Self::Subject
                | Self::UserAgent
                | Self::Server
                | Self::Organization
                | Self::CallId
        )
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(one), Self::Other(two)) => one.eq_ignore_ascii_case(two),
            (Self::Other(_), _) | (_, Self::Other(_)) => self.as_str().eq_ignore_ascii_case(other.as_str()),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
