//! What we send, to octets: each function appends one whole PDU, or nothing if a field cannot hold its value.

use std::time::Duration;

use rusmpp::encode::{Encode, Length};
use rusmpp::pdus::{
    BindReceiver, BindReceiverResp, BindTransceiver, BindTransceiverResp, BindTransmitter,
    BindTransmitterResp, DataSmResp, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp,
};
use rusmpp::tlvs::{
    MessageDeliveryRequestTlvValue as Delivering, MessageSubmissionRequestTlvValue as Submitting,
};
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, InterfaceVersion, MessagePayload, MessageState, NetworkErrorCode, Npi,
    RegisteredDelivery, Ton, UserMessageReference,
};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};

use crate::address::Address;
use crate::codec::{
    BIND_RECEIVER, BIND_TRANSMITTER, DATA_SM, MOST_SHORT_MESSAGE_OCTETS, RESPONSE, SUBMIT_SM, VERSION,
};
use crate::credentials::{BindAs, Credentials};
use crate::esme::Submission;
use crate::long_text::Part;
use crate::smsc::Delivery;
use crate::status::Status;

/// The command's length, which stands before what `rusmpp` writes, in octets.
const LENGTH_OCTETS: usize = 4;
/// `registered_delivery`: a receipt whatever becomes of the text (SMPP 3.4, section 5.2.17).
const ALWAYS_A_RECEIPT: u8 = 0x01;
/// The longest validity that can be written for sure: SMPP counts days up to a month.
const LONGEST_VALIDITY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Appends a PDU without a body.
pub(crate) fn header_only(command: u32, status: Status, sequence: u32, sending: &mut Vec<u8>) {
    let pdu = Pdu::Other { command_id: CommandId::from(command), body: AnyOctetString::empty() };
    write(pdu, status, sequence, sending);
}

/// Appends a bind of the kind that is wanted.
pub(crate) fn bind(credentials: &Credentials, bind: BindAs, sequence: u32, sending: &mut Vec<u8>) {
    let text = c_string(credentials.system_id());
    let (Ok(system_id), Ok(password), Ok(system_type)) =
        (text, c_string(credentials.password()), c_string(credentials.system_type()))
    else {
        return;
    };
    let interface_version = InterfaceVersion::from(VERSION);
    let (addr_ton, addr_npi, address_range) = (Ton::from(0), Npi::from(0), COctetString::null());
    macro_rules! of_kind {
        ($kind:ident) => {
            Pdu::from($kind {
                system_id,
                password,
                system_type,
                interface_version,
                addr_ton,
                addr_npi,
                address_range,
            })
        };
    }
    let pdu = match bind {
        BindAs::Transceiver => of_kind!(BindTransceiver),
        BindAs::Transmitter => of_kind!(BindTransmitter),
        BindAs::Receiver => of_kind!(BindReceiver),
    };
    write(pdu, Status::OK, sequence, sending);
}

/// Appends the response to the bind `command` that succeeded.
pub(crate) fn bind_response(command: u32, system_id: &str, sequence: u32, sending: &mut Vec<u8>) {
    let system_id = c_string(system_id).unwrap_or_default();
    let version = Some(InterfaceVersion::from(VERSION));
    let pdu = match command {
        BIND_RECEIVER => Pdu::from(BindReceiverResp::new(system_id, version)),
        BIND_TRANSMITTER => Pdu::from(BindTransmitterResp::new(system_id, version)),
        _ => Pdu::from(BindTransceiverResp::new(system_id, version)),
    };
    write(pdu, Status::OK, sequence, sending);
}

/// Appends a submit_sm, or says which field cannot hold its value.
pub(crate) fn submission(
    submission: &Submission,
    sequence: u32,
    sending: &mut Vec<u8>,
) -> Result<(), Status> {
    let Submission { from, to, part, reference, validity } = submission;
    let validity_period = validity.map(relative_time).unwrap_or_default();
    let mut pdu = SubmitSm::builder()
        .source_addr_ton(Ton::from(from.ton))
        .source_addr_npi(Npi::from(from.npi))
        .source_addr(address(from, Status::INVALID_SOURCE)?)
        .dest_addr_ton(Ton::from(to.ton))
        .dest_addr_npi(Npi::from(to.npi))
        .destination_addr(address(to, Status::INVALID_DESTINATION)?)
        .esm_class(EsmClass::from(part.esm_class))
        .validity_period(validity_period)
        .registered_delivery(RegisteredDelivery::from(ALWAYS_A_RECEIPT))
        .data_coding(DataCoding::from(part.data_coding))
        .short_message(short_message(part)?)
        .build();
    if let Some(sar) = part.sar {
        pdu.push_tlv(Submitting::SarMsgRefNum(sar.reference));
        pdu.push_tlv(Submitting::SarTotalSegments(sar.total));
        pdu.push_tlv(Submitting::SarSegmentSeqnum(sar.number));
    }
    if let Some(reference) = reference {
        pdu.push_tlv(Submitting::UserMessageReference(UserMessageReference::new(*reference)));
    }
    if let Some(payload) = payload(part)? {
        pdu.push_tlv(Submitting::MessagePayload(payload));
    }
    write(Pdu::from(pdu), Status::OK, sequence, sending);
    Ok(())
}

/// Appends a deliver_sm, or says which field cannot hold its value.
pub(crate) fn delivery(delivery: &Delivery, sequence: u32, sending: &mut Vec<u8>) -> Result<(), Status> {
    let Delivery { from, to, part, message_id, message_state, network_error_code, reference } = delivery;
    let mut pdu = DeliverSm::builder()
        .source_addr_ton(Ton::from(from.ton))
        .source_addr_npi(Npi::from(from.npi))
        .source_addr(address(from, Status::INVALID_SOURCE)?)
        .dest_addr_ton(Ton::from(to.ton))
        .dest_addr_npi(Npi::from(to.npi))
        .destination_addr(address(to, Status::INVALID_DESTINATION)?)
        .esm_class(EsmClass::from(part.esm_class))
        .data_coding(DataCoding::from(part.data_coding))
        .short_message(short_message(part)?)
        .build();
    if let Some(sar) = part.sar {
        pdu.push_tlv(Delivering::SarMsgRefNum(sar.reference));
        pdu.push_tlv(Delivering::SarTotalSegments(sar.total));
        pdu.push_tlv(Delivering::SarSegmentSeqnum(sar.number));
    }
    if let Some(reference) = reference {
        pdu.push_tlv(Delivering::UserMessageReference(UserMessageReference::new(*reference)));
    }
    if let Some(id) = message_id {
        pdu.push_tlv(Delivering::ReceiptedMessageId(c_string(id).map_err(|_| Status::INVALID_MESSAGE_ID)?));
    }
    if let Some(state) = message_state {
        pdu.push_tlv(Delivering::MessageState(MessageState::from(*state)));
    }
    if let Some((network, error)) = network_error_code {
        pdu.push_tlv(Delivering::NetworkErrorCode(NetworkErrorCode::new((*network).into(), *error)));
    }
    if let Some(payload) = payload(part)? {
        pdu.push_tlv(Delivering::MessagePayload(payload));
    }
    write(Pdu::from(pdu), Status::OK, sequence, sending);
    Ok(())
}

/// Appends the response to a text: with an ID if it was taken, and in the form of the request `command`.
pub(crate) fn text_response(
    command: u32,
    result: Result<&str, Status>,
    sequence: u32,
    sending: &mut Vec<u8>,
) {
    let id = result.and_then(|id| c_string(id).map_err(|_| Status::SYSTEM_ERROR));
    let status = id.as_ref().err().copied().unwrap_or(Status::OK);
    let pdu = match (command, id) {
        // The response to a submission has no body if it failed (SMPP 3.4, section 4.4.2).
        (SUBMIT_SM, Err(_)) => return header_only(command | RESPONSE, status, sequence, sending),
        (SUBMIT_SM, Ok(id)) => Pdu::from(SubmitSmResp::new(id, Vec::new())),
        (DATA_SM, id) => Pdu::from(DataSmResp::new(id.unwrap_or_default(), Vec::new())),
        (_, id) => Pdu::from(DeliverSmResp::new(id.unwrap_or_default(), Vec::new())),
    };
    write(pdu, status, sequence, sending);
}

fn write(pdu: Pdu, status: Status, sequence: u32, sending: &mut Vec<u8>) {
    let command = Command::new(CommandStatus::from(status.0), sequence, pdu);
    let (start, length) = (sending.len(), LENGTH_OCTETS + command.length());
    sending.resize(start + length, 0);
    if let Some((length_field, rest)) = sending[start..].split_first_chunk_mut::<LENGTH_OCTETS>() {
        *length_field = (length as u32).to_be_bytes();
        command.encode(rest);
    }
}

fn address(address: &Address, wrong: Status) -> Result<COctetString<1, 21>, Status> {
    c_string(&address.digits).map_err(|()| wrong)
}

/// A text with its closing zero; refused if it is too long, not ASCII, or holds a zero.
fn c_string<const MOST: usize>(text: &str) -> Result<COctetString<1, MOST>, ()> {
    let mut octets = [0; 256];
    let Some(field) = octets.get_mut(..=text.len()) else { return Err(()) };
    field[..text.len()].copy_from_slice(text.as_bytes());
    COctetString::from_slice(field).map_err(|_| ())
}

fn short_message(part: &Part) -> Result<OctetString<0, 255>, Status> {
    if part.short_message.len() > MOST_SHORT_MESSAGE_OCTETS {
        return Err(Status::INVALID_MESSAGE_LENGTH);
    }
    OctetString::from_slice(&part.short_message).map_err(|_| Status::INVALID_MESSAGE_LENGTH)
}

fn payload(part: &Part) -> Result<Option<MessagePayload>, Status> {
    let Some(payload) = &part.payload else { return Ok(None) };
    // The length of an optional parameter has 16 bits.
    if payload.len() > usize::from(u16::MAX) {
        return Err(Status::INVALID_MESSAGE_LENGTH);
    }
    Ok(Some(MessagePayload::new(AnyOctetString::from_slice(payload))))
}

/// `YYMMDDhhmmsstnnR`: so much time from now (SMPP 3.4, section 7.1.1.2).
fn relative_time(validity: Duration) -> EmptyOrFullCOctetString<17> {
    let seconds = validity.min(LONGEST_VALIDITY).as_secs().max(1);
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    let text = format!("0000{days:02}{hours:02}{minutes:02}{seconds:02}000R\0");
    EmptyOrFullCOctetString::from_slice(text.as_bytes()).unwrap_or_default()
}
