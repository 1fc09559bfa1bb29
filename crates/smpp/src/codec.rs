//! PDUs to octets and back.
//!
//! What we send is written by `rusmpp`, whose types stay in here. What comes is read by ourselves, in place and with
//! more patience: `rusmpp` 0.4 takes no notice of the lengths that optional parameters state, gives a whole PDU up
//! over one strange parameter, and cannot say which field was wrong. The tests read with both.

pub(crate) mod read;
pub(crate) mod write;

/// Added to a request's number, it is the number of its response (SMPP 3.4, section 5.1.2.1).
pub(crate) const RESPONSE: u32 = 0x8000_0000;

pub(crate) const BIND_RECEIVER: u32 = 0x01;
pub(crate) const BIND_TRANSMITTER: u32 = 0x02;
pub(crate) const QUERY_SM: u32 = 0x03;
pub(crate) const SUBMIT_SM: u32 = 0x04;
pub(crate) const DELIVER_SM: u32 = 0x05;
pub(crate) const UNBIND: u32 = 0x06;
pub(crate) const REPLACE_SM: u32 = 0x07;
pub(crate) const CANCEL_SM: u32 = 0x08;
pub(crate) const BIND_TRANSCEIVER: u32 = 0x09;
pub(crate) const OUTBIND: u32 = 0x0B;
pub(crate) const ENQUIRE_LINK: u32 = 0x15;
pub(crate) const SUBMIT_MULTI: u32 = 0x21;
pub(crate) const ALERT_NOTIFICATION: u32 = 0x102;
pub(crate) const DATA_SM: u32 = 0x103;
pub(crate) const GENERIC_NACK: u32 = RESPONSE;

/// Version 3.4, as binds and their responses tell it (SMPP 3.4, section 5.2.4).
pub(crate) const VERSION: u8 = 0x34;
/// The most octets of `short_message` (SMPP 3.4, section 5.2.21).
pub(crate) const MOST_SHORT_MESSAGE_OCTETS: usize = 254;
