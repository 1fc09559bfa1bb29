//! A carrier whose SMPP is crate `smpp34`. It decodes no text, so the little that the stories need is here.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::{Value, json};
use smpp34::server::ESME;
use smpp34::{
    DeliveryReceipt, SmppConnectionInformation, SmppError, SmppServer, SmppServerListener, TlvTag,
    bind_receiver, bind_receiver_resp, bind_transceiver, bind_transceiver_resp, bind_transmitter,
    bind_transmitter_resp, submit_sm, submit_sm_resp,
};
use test_kit::Inbox;

use crate::carriers::{LongText, PASSWORD, Report, SYSTEM_ID};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const UDH_INDICATOR: u8 = 0x40;
const RECEIPT: u8 = 0x04;
const UCS2: u8 = 8;
/// UTF-16 units in a part, and octets in a part of the default alphabet.
const PART_UNITS: usize = 67;
const PART_OCTETS: usize = 153;

/// A carrier in this process.
pub struct Smpp34Carrier {
    _server: SmppServer,
    listener: Arc<Listener>,
    pub inbox: Inbox,
    pub port: u16,
}

struct Listener {
    inbox: Inbox,
    /// Who is bound, by the library's name of the session.
    bound: Mutex<Vec<(String, Arc<ESME>)>>,
    refusals: Mutex<VecDeque<u32>>,
    submits: Mutex<Vec<Value>>,
}

impl Smpp34Carrier {
    /// Opens its door on a free port.
    pub async fn open() -> Smpp34Carrier {
        // The library tells no port that the system chose.
        let found = TcpListener::bind((LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = found.expect("a free port").port();
        let inbox = Inbox::default();
        let listener = Arc::new(Listener {
            inbox: inbox.clone(),
            bound: Mutex::default(),
            refusals: Mutex::default(),
            submits: Mutex::default(),
        });
        let mut server = SmppServer::new(LOCALHOST, port, Arc::<Listener>::clone(&listener));
        server.start().await;
        assert!(server.is_alive(), "smpp34 can't listen on port {port}");
        Smpp34Carrier { _server: server, listener, inbox, port }
    }

    /// A phone texts; answers how each part was answered for.
    pub async fn text(&self, from: &str, to: &str, text: &str, long: &LongText) -> Vec<u64> {
        let (data_coding, octets) = encode(text);
        let parts = cut(data_coding, &octets, long.way);
        let count = parts.len();
        let order = long.order.clone().unwrap_or_else(|| (0..count).collect());
        let mut statuses = vec![0; count];
        for index in order {
            let esme = self.receiver();
            let message = esme
                .deliver_sm()
                .source_addr(from.trim_start_matches('+'))
                .source_addr_ton(1)
                .source_addr_npi(1)
                .destination_addr(to.trim_start_matches('+'))
                .dest_addr_ton(1)
                .dest_addr_npi(1)
                .data_coding(data_coding);
            let part = parts[index].clone();
            let (total, number) = (count as u8, index as u8 + 1);
            let message = match long.way {
                None => message.short_message(part),
                Some("payload") => message.tlv(TlvTag::MessagePayload, part),
                Some("sar") => message
                    .short_message(part)
                    .tlv(TlvTag::SarMsgRefNum, 300u16.to_be_bytes())
                    .tlv(TlvTag::SarTotalSegments, [total])
                    .tlv(TlvTag::SarSegmentSeqnum, [number]),
                Some("udh16") => message
                    .esm_class(UDH_INDICATOR)
                    .short_message([&[6, 8, 4, 1, 44, total, number][..], &part].concat()),
                Some(_) => message
                    .esm_class(UDH_INDICATOR)
                    .short_message([&[5, 0, 3, 44, total, number][..], &part].concat()),
            };
            statuses[index] = match message.send().await {
                Ok(answer) => u64::from(answer.command_status()),
                Err(error) => panic!("no answer to a text: {error:?}"),
            };
        }
        statuses
    }

    /// The network reports on a text; answers how the report was answered for.
    pub async fn report(&self, id: &str, report: &Report) -> Vec<u64> {
        let submit = self.listener.submits.lock().iter().find(|it| it["id"] == id).cloned();
        let submit = submit.unwrap_or_else(|| panic!("no submit {id}"));
        let text = |name: &str| submit[name].as_str().unwrap_or("").to_owned();
        let esme = self.receiver();
        let mut message = esme
            .deliver_sm()
            .esm_class(RECEIPT)
            .source_addr(text("to"))
            .source_addr_ton(1)
            .source_addr_npi(1)
            .destination_addr(text("from"))
            .dest_addr_ton(1)
            .dest_addr_npi(1);
        if report.form != "tlv" {
            let receipt = DeliveryReceipt {
                id: id.to_owned(),
                sub: 1,
                dlvrd: u8::from(report.state == "DELIVRD"),
                submit_date: "2611201200".to_owned(),
                done_date: "2611201201".to_owned(),
                stat: report.state.to_owned(),
                err: report.error.to_owned(),
                text: text("text").chars().filter(char::is_ascii).take(20).collect(),
            };
            message = message.short_message(receipt.encode());
        }
        if report.form != "text" {
            let state = if report.state == "DELIVRD" { 2 } else { 5 };
            message = message
                .tlv(TlvTag::ReceiptedMessageId, format!("{id}\0"))
                .tlv(TlvTag::MessageStateTlv, [state]);
        }
        match message.send().await {
            Ok(answer) => vec![u64::from(answer.command_status())],
            Err(error) => panic!("no answer to a report: {error:?}"),
        }
    }

    /// Answers the next texts with a status.
    pub fn refuse_next(&self, count: u64, status: u32) {
        self.listener.refusals.lock().extend((0..count).map(|_| status));
    }

    /// Ends all sessions as the protocol has it.
    pub async fn unbind(&self) {
        let bound = std::mem::take(&mut *self.listener.bound.lock());
        for (_, esme) in bound {
            // The library takes the answer to its own `unbind` for an unknown unit; the session ends all the same.
            let _ = esme.send_unbind().await;
        }
    }

    fn receiver(&self) -> Arc<ESME> {
        let bound = self.listener.bound.lock();
        let receiver = bound.iter().find(|(_, esme)| esme.can_receive);
        Arc::clone(&receiver.expect("nobody is bound to receive").1)
    }
}

impl Listener {
    fn judge(&self, system_id: &str, password: &str, role: &str) -> bool {
        let accepted = system_id == SYSTEM_ID && password == PASSWORD;
        self.inbox.put("bind", json!({"as": role, "systemId": system_id, "accepted": accepted}));
        accepted
    }
}

#[async_trait]
impl SmppServerListener for Listener {
    async fn on_bind_transceiver(
        &self,
        bind: bind_transceiver,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transceiver_resp {
        match self.judge(&bind.system_id, &bind.password, "transceiver") {
            true => bind.accept("smpp34".to_owned(), Some(0x34)),
            false => bind.reject(SmppError::ESME_RINVPASWD),
        }
    }

    async fn on_bind_transmitter(
        &self,
        bind: bind_transmitter,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transmitter_resp {
        match self.judge(&bind.system_id, &bind.password, "transmitter") {
            true => bind.accept("smpp34".to_owned(), Some(0x34)),
            false => bind.reject(SmppError::ESME_RINVPASWD),
        }
    }

    async fn on_bind_receiver(
        &self,
        bind: bind_receiver,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_receiver_resp {
        match self.judge(&bind.system_id, &bind.password, "receiver") {
            true => bind.accept("smpp34".to_owned(), Some(0x34)),
            false => bind.reject(SmppError::ESME_RINVPASWD),
        }
    }

    async fn on_submit_sm(
        &self,
        submit: submit_sm,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> submit_sm_resp {
        let status = self.refusals.lock().pop_front().unwrap_or(0);
        let mut submits = self.submits.lock();
        let id = format!("s{:06}", submits.len() + 1);
        let told = describe(&submit, status, &id);
        submits.push(told.clone());
        self.inbox.put("submit", told);
        match status {
            0 => submit.accept(id),
            _ => submit.reject(SmppError::from_command_status(status)),
        }
    }

    async fn on_esme_bound(&self, esme: ESME, session: &String) {
        self.bound.lock().push((session.clone(), Arc::new(esme)));
        self.inbox.put("bound", Value::Null);
    }

    async fn on_esme_unbound(&self, session: &String) {
        self.bound.lock().retain(|(known, _)| known != session);
        self.inbox.put("ended", json!({"session": session}));
    }
}

fn describe(submit: &submit_sm, status: u32, id: &str) -> Value {
    let payload = submit.tlvs.iter().find(|tlv| tlv.tag == TlvTag::MessagePayload as u16);
    let octets = payload.map_or(&submit.short_message, |tlv| &tlv.value);
    let has_header = submit.esm_class & UDH_INDICATOR != 0;
    let (header, body) = octets.split_at(if has_header { usize::from(octets[0]) + 1 } else { 0 });
    let part = match header {
        [_, 0, 3, reference, total, number] => {
            json!({"reference": reference, "total": total, "number": number})
        }
        [_, 8, 4, high, low, total, number] => {
            json!({"reference": u16::from_be_bytes([*high, *low]), "total": total, "number": number})
        }
        _ => sar(submit),
    };
    json!({
        "status": status,
        "id": id,
        "from": submit.source_addr,
        "to": submit.destination_addr,
        "sourceTon": submit.source_addr_ton,
        "destinationTon": submit.dest_addr_ton,
        "esmClass": submit.esm_class,
        "dataCoding": submit.data_coding,
        "registeredDelivery": submit.registered_delivery,
        "inPayload": payload.is_some(),
        "part": part,
        "text": decode(submit.data_coding, body),
    })
}

fn sar(submit: &submit_sm) -> Value {
    let value = |tag: TlvTag| {
        let tlv = submit.tlvs.iter().find(|tlv| tlv.tag == tag as u16)?;
        tlv.as_u16().or_else(|| tlv.as_u8().map(u16::from))
    };
    match value(TlvTag::SarTotalSegments) {
        None => Value::Null,
        Some(total) => json!({
            "reference": value(TlvTag::SarMsgRefNum), "total": total, "number": value(TlvTag::SarSegmentSeqnum),
        }),
    }
}

/// Characters of GSM's default alphabet that the stories use, besides those it shares with ASCII
/// (3GPP TS 23.038, 6.2.1).
const GSM: [(char, &[u8]); 8] = [
    ('@', &[0x00]),
    ('_', &[0x11]),
    ('$', &[0x02]),
    ('ä', &[0x7B]),
    ('ö', &[0x7C]),
    ('ü', &[0x7E]),
    ('ß', &[0x1E]),
    ('€', &[0x1B, 0x65]),
];

fn encode(text: &str) -> (u8, Vec<u8>) {
    let octets = |it: char| match GSM.iter().find(|(known, _)| *known == it) {
        Some((_, octets)) => Some(octets.to_vec()),
        None => (it.is_ascii_alphanumeric() || " \n.,:;!?'()-/%&+=".contains(it)).then(|| vec![it as u8]),
    };
    match text.chars().map(octets).collect::<Option<Vec<Vec<u8>>>>() {
        Some(characters) => (0, characters.concat()),
        None => (UCS2, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    }
}

/// Of UCS-2 the parts may end inside a pair.
fn cut(data_coding: u8, octets: &[u8], way: Option<&str>) -> Vec<Vec<u8>> {
    let length = if data_coding == UCS2 { 2 * PART_UNITS } else { PART_OCTETS };
    match way {
        None | Some("payload") => vec![octets.to_vec()],
        Some(_) => octets.chunks(length).map(<[u8]>::to_vec).collect(),
    }
}

fn decode(data_coding: u8, octets: &[u8]) -> String {
    if data_coding == UCS2 {
        let units: Vec<u16> =
            octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    let mut text = String::new();
    let mut rest = octets;
    while let [first, others @ ..] = rest {
        let special = GSM.iter().find(|(_, octets)| rest.starts_with(octets));
        text.push(special.map_or(char::from(*first), |(character, _)| *character));
        rest = special.map_or(others, |(_, octets)| &rest[octets.len()..]);
    }
    text
}
