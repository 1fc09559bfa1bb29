//! Octets of bodies to what they say, in place. No octets make this panic; what cannot be read is answered with the
//! status that is returned.
//!
//! A text or receipt that was refused may never come again. So it is refused only where it cannot be told what belongs
//! to it; an optional parameter of a length that it cannot have is left out.

use crate::address::Address;
use crate::codec::{BIND_RECEIVER, BIND_TRANSMITTER, DATA_SM};
use crate::content::ReceivedBody;
use crate::credentials::BindAs;
use crate::status::Status;

// Lengths of fields with the closing zero, in octets (SMPP 3.4, sections 4.1, 4.4 and 4.7).
const SYSTEM_ID: usize = 16;
const PASSWORD: usize = 9;
const SYSTEM_TYPE: usize = 13;
const SERVICE_TYPE: usize = 6;
const ADDRESS: usize = 21;
const DATA_SM_ADDRESS: usize = 65;
const TIME: usize = 17;
/// Longer than the standard's 65, since a cut ID would match no receipt.
const MESSAGE_ID: usize = 256;

// Optional parameters (SMPP 3.4, section 5.3.2).
const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
const USER_MESSAGE_REFERENCE: u16 = 0x0204;
const SAR_MSG_REF_NUM: u16 = 0x020C;
const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
const SC_INTERFACE_VERSION: u16 = 0x0210;
const NETWORK_ERROR_CODE: u16 = 0x0423;
const MESSAGE_PAYLOAD: u16 = 0x0424;
const MESSAGE_STATE: u16 = 0x0427;
/// Tag and length of an optional parameter.
const PARAMETER_HEADER_OCTETS: usize = 4;

/// A bind of any kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bind {
    pub system_id: String,
    pub password: String,
    pub system_type: String,
    pub bind: BindAs,
}

/// A submit_sm, deliver_sm or data_sm.
pub(crate) struct Text<'a> {
    pub from: Address,
    pub to: Address,
    pub registered_delivery: u8,
    pub validity_period: &'a [u8],
    pub body: ReceivedBody<'a>,
}

/// Reads a bind of the kind that `command` says.
pub(crate) fn bind(command: u32, body: &[u8]) -> Result<Bind, Status> {
    let bind = match command {
        BIND_RECEIVER => BindAs::Receiver,
        BIND_TRANSMITTER => BindAs::Transmitter,
        _ => BindAs::Transceiver,
    };
    let mut reader = Reader(body);
    let system_id = reader.c_string(SYSTEM_ID, Status::INVALID_SYSTEM_ID)?;
    let password = reader.c_string(PASSWORD, Status::INVALID_PASSWORD)?;
    let system_type = reader.c_string(SYSTEM_TYPE, Status::INVALID_SYSTEM_TYPE)?;
    // The version and the range of addresses change nothing for us, so that they may be missing.
    let [system_id, password, system_type] = [system_id, password, system_type].map(string);
    Ok(Bind { system_id, password, system_type, bind })
}

/// Reads a bind response as far as possible: the carrier's name and version.
pub(crate) fn bind_response(body: &[u8]) -> (String, Option<u8>) {
    let mut reader = Reader(body);
    let system_id = reader.c_string(SYSTEM_ID, Status::INVALID_SYSTEM_ID).map(string).unwrap_or_default();
    let mut version = None;
    // What comes before a parameter that cannot be read still counts.
    let _ = reader.parameters(|tag, value| {
        if tag == SC_INTERFACE_VERSION {
            version = value.first().copied();
        }
    });
    (system_id, version)
}

/// Reads the ID of a submission's response as far as possible; empty if there is none.
pub(crate) fn message_id(body: &[u8]) -> String {
    let body = body.get(..MESSAGE_ID).unwrap_or(body);
    string(up_to_zero(body))
}

/// Reads a submit_sm, deliver_sm or data_sm.
pub(crate) fn text(command: u32, body: &[u8]) -> Result<Text<'_>, Status> {
    let mut reader = Reader(body);
    if command == DATA_SM { reader.data_text() } else { reader.short_text() }
}

#[derive(Debug)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The body of a submit_sm or deliver_sm (SMPP 3.4, sections 4.4.1 and 4.6.1).
    fn short_text(&mut self) -> Result<Text<'a>, Status> {
        self.c_string(SERVICE_TYPE, Status::INVALID_SERVICE_TYPE)?;
        let from = self.address(ADDRESS, Status::INVALID_SOURCE)?;
        let to = self.address(ADDRESS, Status::INVALID_DESTINATION)?;
        let [esm_class, _protocol_id, _priority] = self.array()?;
        self.c_string(TIME, Status::INVALID_SCHEDULE)?;
        let validity_period = self.c_string(TIME, Status::INVALID_EXPIRY)?;
        let [registered_delivery, _replace_if_present, data_coding, _default_message, length] =
            self.array()?;
        let short_message = self.octets(usize::from(length)).ok_or(Status::INVALID_MESSAGE_LENGTH)?;
        let body = ReceivedBody { esm_class, data_coding, short_message, ..ReceivedBody::default() };
        Ok(Text { from, to, registered_delivery, validity_period, body: self.body(body)? })
    }

    /// The body of a data_sm (SMPP 3.4, section 4.7.1).
    fn data_text(&mut self) -> Result<Text<'a>, Status> {
        self.c_string(SERVICE_TYPE, Status::INVALID_SERVICE_TYPE)?;
        let from = self.address(DATA_SM_ADDRESS, Status::INVALID_SOURCE)?;
        let to = self.address(DATA_SM_ADDRESS, Status::INVALID_DESTINATION)?;
        let [esm_class, registered_delivery, data_coding] = self.array()?;
        let body = ReceivedBody { esm_class, data_coding, ..ReceivedBody::default() };
        Ok(Text { from, to, registered_delivery, validity_period: &[], body: self.body(body)? })
    }

    /// Adds the optional parameters (SMPP 3.4, section 5.3.2).
    fn body(&mut self, mut body: ReceivedBody<'a>) -> Result<ReceivedBody<'a>, Status> {
        self.parameters(|tag, value| match tag {
            MESSAGE_PAYLOAD => body.payload = Some(value),
            SAR_MSG_REF_NUM => body.sar_reference = number(value),
            SAR_TOTAL_SEGMENTS => body.sar_total = octet(value),
            SAR_SEGMENT_SEQNUM => body.sar_number = octet(value),
            // Not every carrier ends it with the zero that belongs there.
            RECEIPTED_MESSAGE_ID => body.receipted_message_id = Some(up_to_zero(value)),
            MESSAGE_STATE => body.message_state = octet(value),
            NETWORK_ERROR_CODE => {
                body.network_error_code = match *value {
                    [network, high, low] => Some((network, u16::from_be_bytes([high, low]))),
                    _ => None,
                }
            }
            USER_MESSAGE_REFERENCE => body.user_message_reference = number(value),
            _ => {}
        })?;
        Ok(body)
    }

    /// Hands out tag and value of each optional parameter (SMPP 3.4, section 3.2.4.1).
    fn parameters(&mut self, mut take: impl FnMut(u16, &'a [u8])) -> Result<(), Status> {
        // Some carriers end a message with a zero that its length does not count: too short for a parameter, no fault.
        while self.0.len() >= PARAMETER_HEADER_OCTETS {
            let tag = u16::from_be_bytes(self.array()?);
            let length = u16::from_be_bytes(self.array()?);
            take(tag, self.octets(usize::from(length)).ok_or(Status::INVALID_OPTIONAL_PARAMETERS)?);
        }
        Ok(())
    }

    fn address(&mut self, most: usize, wrong: Status) -> Result<Address, Status> {
        let [ton, npi] = self.array()?;
        let digits = string(self.c_string(most, wrong)?);
        Ok(Address { ton, npi, digits })
    }

    /// Octets up to a zero, which is among the next `most`; without the zero.
    fn c_string(&mut self, most: usize, wrong: Status) -> Result<&'a [u8], Status> {
        if self.0.is_empty() {
            return Err(Status::INVALID_COMMAND_LENGTH);
        }
        let length = self.0.iter().take(most).position(|octet| *octet == 0).ok_or(wrong)?;
        let (value, rest) = self.0.split_at(length);
        self.0 = rest.get(1..).unwrap_or_default();
        Ok(value)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Status> {
        let (value, rest) = self.0.split_first_chunk().ok_or(Status::INVALID_COMMAND_LENGTH)?;
        self.0 = rest;
        Ok(*value)
    }

    fn octets(&mut self, length: usize) -> Option<&'a [u8]> {
        let (value, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(value)
    }
}

fn octet(value: &[u8]) -> Option<u8> {
    value.try_into().ok().map(u8::from_be_bytes)
}

fn number(value: &[u8]) -> Option<u16> {
    value.try_into().ok().map(u16::from_be_bytes)
}

fn up_to_zero(octets: &[u8]) -> &[u8] {
    octets.split(|octet| *octet == 0).next().unwrap_or_default()
}

/// Octets that should be ASCII; what is not is taken for ISO 8859-1, so that nothing is lost or refused.
pub(crate) fn string(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(*octet)).collect()
}
