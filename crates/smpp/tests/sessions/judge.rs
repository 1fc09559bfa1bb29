//! What others wrote as judge: `rusmpp` reads what we send, and we read what it writes.

use bytes::BytesMut;
use proptest::prelude::*;
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Encode, Length};
use rusmpp::pdus::{DeliverSm, SubmitSm};
use rusmpp::tlvs::{MessageDeliveryRequestTlvValue as Delivering, TlvValue};
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, MessageState, Npi, RegisteredDelivery, Ton, UserMessageReference,
};
use rusmpp::{Command, CommandStatus, Pdu};
use smpp::esme::{Esme, Incoming, Input, Output, Submission};
use smpp::{Address, BindAs, Content, DefaultAlphabet, Part, ReceivedBody, Sar};

use crate::story::{pdus, start};
use crate::{BIND_TRANSCEIVER, bind_response, config};

fn bound() -> Esme {
    let (mut esme, mut out, now) = (Esme::new(config(BindAs::Transceiver)), Vec::new(), start());
    esme.handle(Input::Connected, now, &mut out);
    esme.handle(Input::Octets(&bind_response(BIND_TRANSCEIVER)), now, &mut out);
    esme
}

/// The submit_sm that the judge reads in what an esme sends.
fn read(submission: Submission) -> SubmitSm {
    let (mut esme, mut out) = (bound(), Vec::new());
    esme.handle(Input::Submit { ticket: 1, submission }, start(), &mut out);
    let [Output::Send(octets)] = &out[..] else { panic!("{out:?}") };
    let [pdu] = &pdus(octets)[..] else { panic!("one PDU") };
    let mut rest = BytesMut::from(&pdu[4..]);
    let (command, size) = Command::decode(&mut rest, pdu.len() - 4).expect("the judge reads it");
    assert_eq!((size, command.sequence_number), (pdu.len() - 4, 2));
    let Some(Pdu::SubmitSm(submit)) = command.pdu() else { panic!("{command:?}") };
    submit.clone()
}

/// What an esme makes of a deliver_sm that the judge wrote.
fn write(deliver: DeliverSm) -> Incoming {
    let command = Command::new(CommandStatus::EsmeRok, 77, Pdu::from(deliver));
    let mut octets = vec![0; 4 + command.length()];
    let length = (octets.len() as u32).to_be_bytes();
    octets[..4].copy_from_slice(&length);
    command.encode(&mut octets[4..]);
    let (mut esme, mut out) = (bound(), Vec::new());
    esme.handle(Input::Octets(&octets), start(), &mut out);
    let Some(Output::Incoming(incoming)) = out.into_iter().find(|it| matches!(it, Output::Incoming(_)))
    else {
        panic!("it is taken")
    };
    incoming
}

fn addresses() -> impl Strategy<Value = Address> {
    (any::<u8>(), any::<u8>(), "[ -~]{0,20}").prop_map(|(ton, npi, digits)| Address { ton, npi, digits })
}

fn parts() -> impl Strategy<Value = Part> {
    let sar = proptest::option::of((any::<u16>(), any::<u8>(), any::<u8>()));
    let octets = || proptest::collection::vec(any::<u8>(), 0..=254);
    (any::<u8>(), any::<u8>(), octets(), proptest::option::of(octets()), sar).prop_map(
        |(esm_class, data_coding, short_message, payload, sar)| {
            let sar = sar.map(|(reference, total, number)| Sar { reference, total, number });
            Part { esm_class, data_coding, short_message, payload, sar }
        },
    )
}

fn c_string(text: &str) -> COctetString<1, 21> {
    text.parse().expect("short enough")
}

proptest! {
    #[test]
    fn the_judge_reads_what_was_submitted(from in addresses(), to in addresses(), part in parts(),
        reference in proptest::option::of(any::<u16>())) {
        let submission = Submission { from, to, part, reference, validity: None };
        let found = read(submission.clone());
        let Submission { from, to, part, .. } = submission;
        prop_assert_eq!((u8::from(found.source_addr_ton), u8::from(found.source_addr_npi)), (from.ton, from.npi));
        prop_assert_eq!((u8::from(found.dest_addr_ton), u8::from(found.dest_addr_npi)), (to.ton, to.npi));
        prop_assert_eq!(found.source_addr.as_str(), from.digits);
        prop_assert_eq!(found.destination_addr.as_str(), to.digits);
        prop_assert_eq!(u8::from(found.esm_class), part.esm_class);
        prop_assert_eq!(u8::from(found.data_coding), part.data_coding);
        prop_assert_eq!(found.registered_delivery, RegisteredDelivery::from(1));
        prop_assert_eq!(&found.short_message()[..], &part.short_message[..]);
        let (mut sar, mut given, mut payload) = ([None; 3], None, None);
        for value in found.tlvs().iter().filter_map(|tlv| tlv.value()) {
            match value {
                TlvValue::SarMsgRefNum(reference) => sar[0] = Some(*reference),
                TlvValue::SarTotalSegments(total) => sar[1] = Some(u16::from(*total)),
                TlvValue::SarSegmentSeqnum(number) => sar[2] = Some(u16::from(*number)),
                TlvValue::UserMessageReference(reference) => given = Some(reference.value),
                TlvValue::MessagePayload(octets) => payload = Some(octets.value.to_vec()),
                other => panic!("{other:?}"),
            }
        }
        // The judge hands out no value of a parameter that is empty.
        prop_assert_eq!(payload, part.payload.filter(|it| !it.is_empty()));
        prop_assert_eq!(given, reference);
        let expected = part.sar.map_or([None; 3], |sar| {
            [Some(sar.reference), Some(u16::from(sar.total)), Some(u16::from(sar.number))]
        });
        prop_assert_eq!(sar, expected);
    }

    #[test]
    fn we_read_what_the_judge_delivers(from in addresses(), to in addresses(), part in parts(),
        id in proptest::option::of("[!-~]{1,64}"), state in proptest::option::of(any::<u8>()),
        reference in proptest::option::of(any::<u16>())) {
        let mut deliver = DeliverSm::builder()
            .source_addr_ton(Ton::from(from.ton))
            .source_addr_npi(Npi::from(from.npi))
            .source_addr(c_string(&from.digits))
            .dest_addr_ton(Ton::from(to.ton))
            .dest_addr_npi(Npi::from(to.npi))
            .destination_addr(c_string(&to.digits))
            .esm_class(EsmClass::from(part.esm_class))
            .data_coding(DataCoding::from(part.data_coding))
            .short_message(OctetString::from_slice(&part.short_message).expect("short enough"))
            .build();
        if let Some(id) = &id {
            deliver.push_tlv(Delivering::ReceiptedMessageId(id.parse().expect("short enough")));
        }
        if let Some(state) = state {
            deliver.push_tlv(Delivering::MessageState(MessageState::from(state)));
        }
        if let Some(reference) = reference {
            deliver.push_tlv(Delivering::UserMessageReference(UserMessageReference::new(reference)));
        }
        if let Some(sar) = part.sar {
            deliver.push_tlv(Delivering::SarMsgRefNum(sar.reference));
            deliver.push_tlv(Delivering::SarTotalSegments(sar.total));
            deliver.push_tlv(Delivering::SarSegmentSeqnum(sar.number));
        }
        let found = write(deliver);
        prop_assert_eq!((&found.from, &found.to, found.sequence), (&from, &to, 77));
        let body = ReceivedBody {
            esm_class: part.esm_class,
            data_coding: part.data_coding,
            short_message: &part.short_message,
            payload: None,
            sar_reference: part.sar.map(|sar| sar.reference),
            sar_total: part.sar.map(|sar| sar.total),
            sar_number: part.sar.map(|sar| sar.number),
            receipted_message_id: id.as_deref().map(str::as_bytes),
            message_state: state,
            network_error_code: None,
            user_message_reference: reference,
        };
        let content = body.read(DefaultAlphabet::Gsm7).content;
        let is_receipt = matches!(content, Content::Receipt(_));
        prop_assert_eq!(found.content, content);
        prop_assert_eq!(found.message_id, id.filter(|_| !is_receipt));
    }
}
