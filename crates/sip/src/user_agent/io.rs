//! What goes into the user agent and what comes out: the whole contract with the shell.

use core::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::digest::Login;
use crate::message::{Message, Method, Name, Request, Response, Status, Text};
use crate::{Flow, Transport};

use super::record::DialogRecord;

/// A call as the user agent knows it: one INVITE, ours or the far side's, and what becomes of it.
///
/// Whoever calls names its sessions itself, below [`SessionId::FIRST_OFFERED`]; those of the far side are named here, from
/// there on. No number comes twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

impl SessionId {
    /// The first call that the far side offers has this number.
    pub const FIRST_OFFERED: Self = Self(1 << 63);

    /// Whether the far side has called.
    #[must_use]
    pub fn is_offered(self) -> bool {
        self >= Self::FIRST_OFFERED
    }
}

/// A request of the far side outside of any dialog, which waits for [`Order::Respond`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A request of ours outside of any dialog, as whoever gave [`Order::Send`] calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A REFER of the far side, within its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferId(pub u32);

/// Something that happened outside.
#[derive(Debug)]
pub enum Input {
    /// This came.
    Received {
        /// From where.
        flow: Flow,
        /// What.
        message: Message,
    },
    /// What was handed over for this flow may not have arrived, and nothing will: the connection is gone, or could not be
    /// made, or the address is unreachable. With a connection named, all that goes over it is meant.
    FlowLost {
        /// Which.
        flow: Flow,
    },
    /// Somebody wants something.
    Order(Order),
    /// The time of [`UserAgent::deadline`](super::UserAgent::deadline) has come. Harmless at any other time.
    Tick,
}

/// What somebody wants. An order for a session that has ended, or that it does not suit, changes nothing.
#[derive(Debug, Clone)]
pub enum Order {
    /// Call.
    Invite(Box<Invite>),
    /// Tell a caller that something goes on. Reliably, if the caller demands it (RFC 3262).
    Ring {
        /// Which call.
        session: SessionId,
        /// 180, 183 and the like; other than 101 to 199 are taken for 180.
        status: Status,
        /// Our answer, for early media; or our offer, if the call came without one and the answer may come reliably.
        sdp: Option<Bytes>,
    },
    /// Take a call.
    Answer {
        /// Which call.
        session: SessionId,
        /// The answer to its offer, or an offer, if it came without; that is answered by [`Event::OfferAnswered`]. None if an
        /// earlier [`Order::Ring`] has said it.
        sdp: Option<Bytes>,
    },
    /// Turn a call away.
    Refuse {
        /// Which call.
        session: SessionId,
        /// 300 and above; others are taken for 500.
        status: Status,
        /// More header fields: a challenge, `Retry-After`, `Warning`, `Contact` with 302.
        headers: Vec<(Name, Text)>,
    },
    /// End a call in whatever state it is: by CANCEL, BYE or a refusal.
    HangUp {
        /// Which call.
        session: SessionId,
        /// The value of a `Reason` header (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`.
        reason: Option<Text>,
    },
    /// Change the media of a call that stands, by re-INVITE. Answered by exactly one [`Event::OfferAnswered`] or
    /// [`Event::OfferRefused`], unless the call ends. A second offer while one is open waits for its end, and takes the place of
    /// another one that waits.
    Offer {
        /// Which call.
        session: SessionId,
        /// The offer.
        sdp: Bytes,
    },
    /// Answer [`Event::Offer`], or the offer in [`Event::Answered`] of a call that we made without one.
    AnswerOffer {
        /// Which call.
        session: SessionId,
        /// The answer; an offer if the far side wanted one.
        sdp: Bytes,
    },
    /// Leave everything as it is, instead of [`Order::AnswerOffer`].
    RefuseOffer {
        /// Which call.
        session: SessionId,
        /// 488 as a rule.
        status: Status,
        /// More header fields, such as `Warning`.
        headers: Vec<(Name, Text)>,
    },
    /// Ask a phone to answer or to retrieve by itself: NOTIFY with `Event: talk`; or `hold`. Only for phones that know it, see
    /// [`Peer::talks`]. Answered by [`Event::Notified`].
    Talk {
        /// Which call.
        session: SessionId,
        /// `talk` or `hold`.
        event: &'static str,
    },
    /// Send DTMF as INFO with `application/dtmf-relay`, for a far side that takes nothing else.
    Digits {
        /// Which call.
        session: SessionId,
        /// One of `0-9*#A-D`.
        digit: char,
        /// How long, in milliseconds.
        duration_ms: u32,
    },
    /// Ask the far side to call somebody else in our place: REFER, without reports (RFC 3515, RFC 4488). Answered by
    /// [`Event::Notified`]; that it has worked is seen by the far side's hanging up.
    Refer {
        /// Which call.
        session: SessionId,
        /// Whom it is to call.
        to: Text,
        /// Another call of ours with the same far side, which the new call is to take the place of: an attended transfer
        /// (RFC 3891).
        replaces: Option<SessionId>,
    },
    /// Answer [`Event::Referred`]. 2xx promises to try; reports follow by [`Order::ReportRefer`], the last one with a final status.
    AnswerRefer {
        /// Which call.
        session: SessionId,
        /// Which request of it.
        refer: ReferId,
        /// 202, or why not.
        status: Status,
    },
    /// Tell whoever asked for a transfer how it goes: NOTIFY with a status line.
    ReportRefer {
        /// Which call.
        session: SessionId,
        /// Which request of it.
        refer: ReferId,
        /// 100, 180, or a final one, after which nothing more is told.
        status: Status,
    },
    /// Send a request outside of any dialog, such as REGISTER to a carrier or OPTIONS. Answered by exactly one
    /// [`Event::Responded`].
    Send {
        /// The caller's name for it.
        ticket: Ticket,
        /// Which way.
        flow: Flow,
        /// With To and From without tags; Via, Call-ID, CSeq, From tag, Contact and Max-Forwards are added where they are absent.
        request: Box<Request>,
        /// To answer challenges by.
        credentials: Option<Login>,
    },
    /// Answer [`Event::Request`].
    Respond {
        /// Which.
        request: RequestId,
        /// The status.
        status: Status,
        /// More header fields.
        headers: Vec<(Name, Text)>,
    },
    /// End a call of an earlier process by BYE. Nothing is told of what becomes of it.
    EndKept {
        /// As it was kept.
        record: Box<DialogRecord>,
        /// The value of a `Reason` header.
        reason: Option<Text>,
    },
    /// Take no more calls: 503 for all that come. Those that run go on.
    Drain,
}

/// A call to be made. All targets ring at once; the first to answer has it, the others are canceled.
#[derive(Debug, Clone)]
pub struct Invite {
    /// The caller's name for it.
    pub session: SessionId,
    /// Where to, at most [`MOST_TARGETS`](super::MOST_TARGETS); further ones are left out.
    pub targets: Vec<Target>,
    /// Who calls: the value of the From header without a tag, such as `"Kate" <sip:100@example.org>`.
    pub from: Text,
    /// Who is called: the value of the To header. With none, each target's own URI.
    pub to: Option<Text>,
    /// More header fields: `Replaces`, `Referred-By`, `P-Asserted-Identity`, `Alert-Info`, ...; `Max-Forwards` one lower than that
    /// of the call that this one follows from, lest two servers call each other for ever.
    pub headers: Vec<(Name, Text)>,
    /// Our offer. Without one, the far side makes it in its answer.
    pub sdp: Option<Bytes>,
    /// To answer challenges by.
    pub credentials: Option<Login>,
    /// For how long it may ring; then it is canceled.
    pub ring_limit: Duration,
}

/// One place at which a called party may be.
#[derive(Debug, Clone)]
pub struct Target {
    /// The URI of the request: a registered contact, or a number at a carrier.
    pub uri: Text,
    /// Which way.
    pub flow: Flow,
    /// Proxies to pass: the Path of a registration, or an outbound proxy. Values of Route, in order.
    pub route: Vec<Text>,
    /// Whether all that follows takes this flow, whatever the far side calls its address: for phones behind NAT. Otherwise
    /// addresses in Contact and Record-Route are followed; names are not looked up, but take this flow.
    pub is_symmetric: bool,
    /// Header fields for this target alone.
    pub headers: Vec<(Name, Text)>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send these octets, one message. What follows a lost or refused flow is [`Input::FlowLost`].
    Send {
        /// Which way.
        flow: Flow,
        /// The message.
        octets: Bytes,
    },
    /// Somebody should know this.
    Event(Event),
}

/// What somebody should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The far side calls. 100 is sent already; answer by [`Order::Ring`], [`Order::Answer`] or [`Order::Refuse`].
    Offered(Box<Offered>),
    /// A call of ours goes on.
    Progress {
        /// Which call.
        session: SessionId,
        /// Which of its targets.
        target: usize,
        /// 101 to 199.
        status: Status,
        /// Its answer to our offer, for early media.
        sdp: Option<Bytes>,
        /// What the far side can do.
        peer: Peer,
    },
    /// A call of ours is taken. Keep the record until the call has ended.
    Answered {
        /// Which call.
        session: SessionId,
        /// Which of its targets.
        target: usize,
        /// The answer to our offer; or an offer, if we made none: then [`Order::AnswerOffer`] is owed. None if it came with
        /// [`Event::Progress`] and was not repeated.
        sdp: Option<Bytes>,
        /// Of the far side's answer, its identity (P-Asserted-Identity, Remote-Party-ID).
        identity: Option<Text>,
        /// What the far side can do.
        peer: Peer,
        /// What a new process needs to end this call.
        record: Box<DialogRecord>,
    },
    /// Our 200 to a call of the far side is sent. Keep the record until the call has ended.
    Accepted {
        /// Which call.
        session: SessionId,
        /// What a new process needs to end this call.
        record: Box<DialogRecord>,
    },
    /// The far side has confirmed our 200: its ACK has come.
    Confirmed {
        /// Which call.
        session: SessionId,
    },
    /// The far side wants to change the media of a call. Answer by [`Order::AnswerOffer`] or [`Order::RefuseOffer`] within
    /// [`ANSWER_WITHIN`](super::ANSWER_WITHIN); then it is refused.
    Offer {
        /// Which call.
        session: SessionId,
        /// Its offer; none if it wants one, which it then answers by [`Event::OfferAnswered`].
        sdp: Option<Bytes>,
    },
    /// The far side has answered an offer of ours, other than the one in a call that we make.
    OfferAnswered {
        /// Which call.
        session: SessionId,
        /// The answer; none if the far side broke the rules and left it out.
        sdp: Option<Bytes>,
    },
    /// The far side has refused an offer of ours; all stays as it was.
    OfferRefused {
        /// Which call.
        session: SessionId,
        /// Why; 408 if it gave no answer.
        status: Status,
    },
    /// A call is over. The last that is told of it, and told of each exactly once.
    Ended {
        /// Which call.
        session: SessionId,
        /// By what.
        cause: Cause,
        /// The value of the far side's `Reason` header, if it gave one.
        reason: Option<Text>,
    },
    /// The far side wants us to call somebody else, to talk to whom it has been talking to. Answer by [`Order::AnswerRefer`].
    Referred(Box<Referred>),
    /// The far side has pressed a key (INFO).
    Digit {
        /// Which call.
        session: SessionId,
        /// One of `0-9*#A-D`.
        digit: char,
        /// How long, in milliseconds.
        duration_ms: u32,
    },
    /// What became of [`Order::Talk`] or [`Order::Refer`].
    Notified {
        /// Which call.
        session: SessionId,
        /// 408 if the far side gave no answer.
        status: Status,
    },
    /// A request outside of any dialog: REGISTER, OPTIONS, MESSAGE, SUBSCRIBE, PUBLISH. Answer by [`Order::Respond`] within
    /// [`ANSWER_WITHIN`](super::ANSWER_WITHIN); then it is refused with 500.
    Request {
        /// Its name.
        id: RequestId,
        /// From where.
        flow: Flow,
        /// The request.
        request: Box<Request>,
    },
    /// What became of [`Order::Send`].
    Responded {
        /// Which.
        ticket: Ticket,
        /// The final answer; none if there was none.
        response: Option<Box<Response>>,
    },
}

/// A call of the far side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Our name for it.
    pub session: SessionId,
    /// From where.
    pub flow: Flow,
    /// The INVITE.
    pub request: Request,
    /// Its offer; none if it wants ours.
    pub sdp: Option<Bytes>,
    /// Which session of ours it wants to take the place of (RFC 3891). Once the call is answered, that one is ended here.
    pub replaces: Option<SessionId>,
    /// What the far side can do.
    pub peer: Peer,
}

/// A transfer that the far side wants (RFC 3515).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// Which call.
    pub session: SessionId,
    /// Which request of it.
    pub refer: ReferId,
    /// Whom to call: the URI, without its headers.
    pub to: Text,
    /// The value of the `Replaces` header that the new call is to have: an attended transfer.
    pub replaces: Option<Text>,
    /// Which session of ours that names, if it is one: the far side's other call.
    pub replaces_session: Option<SessionId>,
    /// The value of `Referred-By`.
    pub referred_by: Option<Text>,
}

/// What the far side of a call has said of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peer {
    /// It answers and holds by [`Order::Talk`]: it has said `Allow-Events: talk`.
    pub talks: bool,
    /// It understands UPDATE.
    pub updates: bool,
    /// It understands REFER.
    pub refers: bool,
}

/// By what a call has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// All targets of our call refused, or gave no answer; this was the best answer (RFC 3261, section 16.7).
    Refused {
        /// Its status; 408 if there was no answer, 503 if it could not be sent.
        status: Status,
        /// Where else to try, if it said so with a 3xx: URIs of Contact.
        contacts: Vec<Text>,
    },
    /// Our call rang for as long as it may.
    NotAnswered,
    /// The far side gave up its call before we answered.
    Canceled,
    /// The far side hung up.
    HungUp,
    /// We did, by an order.
    Ordered,
    /// Another call took its place.
    Replaced {
        /// That one.
        by: SessionId,
    },
    /// The far side never confirmed our answer.
    NotConfirmed,
    /// The far side no longer knows the call, or no longer answers.
    Lost,
    /// Nobody refreshed the session in time (RFC 4028).
    Expired,
    /// The connection over which it went is gone.
    FlowLost,
}

/// One of our sockets, as messages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Which.
    pub id: crate::ListenerId,
    /// What it carries.
    pub transport: Transport,
    /// The address that others reach it by.
    pub address: SocketAddr,
    /// Whether calls that come in here keep to the flow they came by, see [`Target::is_symmetric`].
    pub is_symmetric: bool,
}

/// The methods that are understood, for `Allow`.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, REFER, NOTIFY, INFO";
/// Those of requests outside of dialogs that are handed on.
pub(super) const HANDED_ON: [Method; 5] =
    [Method::Register, Method::Options, Method::Message, Method::Subscribe, Method::Publish];
