//! How many texts two machines exchange in memory, on one core: submissions with their responses, then the same with
//! a receipt for each.
//!
//! ```text
//! cargo run --release -p smpp --example round_trips
//! ```

use std::time::Instant;

use smpp::esme::{self, Esme, Submission};
use smpp::smsc::{self, Delivery, Smsc};
use smpp::{Address, BindAs, Credentials, Part, ReceiptState, ReceiptText, Status};

/// Texts of one measurement.
const TEXTS: u64 = 500_000;

fn main() {
    for window in [1, 10, 100] {
        for with_receipts in [false, true] {
            let what = if with_receipts { "texts with receipts" } else { "texts" };
            println!("window {window:3}: {:>9.0} {what}/s", measure(window, with_receipts));
        }
    }
}

struct World {
    now: Instant,
    esme: Esme,
    smsc: Smsc,
    with_receipts: bool,
    accepted: u64,
    receipts: u64,
}

fn measure(window: usize, with_receipts: bool) -> f64 {
    #[expect(clippy::disallowed_methods, reason = "it measures")]
    let clock = Instant::now;
    let credentials = Credentials::new("us", "pw", "").expect("short enough");
    let esme = Esme::new(esme::Config { window, ..esme::Config::new(credentials, BindAs::Transceiver) });
    let smsc = Smsc::new(smsc::Config { window, ..smsc::Config::default() });
    let mut world = World { now: clock(), esme, smsc, with_receipts, accepted: 0, receipts: 0 };
    world.smsc(smsc::Input::Connected);
    world.esme(esme::Input::Connected);
    let begin = clock();
    let mut ticket = 0;
    while world.accepted < TEXTS || (with_receipts && world.receipts < TEXTS) {
        while world.esme.room() > 0 && ticket < TEXTS {
            ticket += 1;
            world.esme(esme::Input::Submit { ticket, submission: submission() });
        }
        world.esme(esme::Input::Tick);
    }
    TEXTS as f64 / clock().duration_since(begin).as_secs_f64()
}

impl World {
    fn esme(&mut self, input: esme::Input<'_>) {
        let mut out = Vec::new();
        self.esme.handle(input, self.now, &mut out);
        for output in out {
            match output {
                esme::Output::Send(octets) => self.smsc(smsc::Input::Octets(&octets)),
                esme::Output::Submitted { .. } => self.accepted += 1,
                esme::Output::Incoming(incoming) => {
                    self.receipts += 1;
                    self.esme(esme::Input::Answer { ticket: incoming.ticket, status: Status::OK });
                }
                _ => {}
            }
        }
    }

    fn smsc(&mut self, input: smsc::Input<'_>) {
        let mut out = Vec::new();
        self.smsc.handle(input, self.now, &mut out);
        for output in out {
            match output {
                smsc::Output::Send(octets) => self.esme(esme::Input::Octets(&octets)),
                smsc::Output::BindAsked(_) => self.smsc(smsc::Input::AnswerBind(Status::OK)),
                smsc::Output::Submitted(submitted) => {
                    let (ticket, id) = (submitted.ticket, format!("{:08X}", submitted.ticket));
                    let delivery = self.with_receipts.then(|| receipt(submitted, &id));
                    self.smsc(smsc::Input::AnswerSubmit { ticket, result: Ok(id) });
                    if let Some(delivery) = delivery {
                        self.smsc(smsc::Input::Deliver { ticket, delivery });
                    }
                }
                _ => {}
            }
        }
    }
}

fn submission() -> Submission {
    let address = |text| Address::of_number(text).expect("a number");
    Submission {
        from: address("72800"),
        to: address("+491701234567"),
        part: part(0, "Your parcel will arrive between two and four today.".to_owned()),
        reference: Some(7),
        validity: None,
    }
}

fn receipt(submitted: smsc::Submitted, id: &str) -> Delivery {
    let (submitted_at, done) = ("2611201200", "2611201201");
    let state = ReceiptState::Delivered;
    let text = ReceiptText { id, submitted: submitted_at, done, state, error: "000", text: "Your parcel" };
    Delivery {
        message_id: Some(id.to_owned()),
        message_state: Some(state.code()),
        reference: submitted.reference,
        ..Delivery::text(submitted.to, submitted.from, part(0x04, text.to_string()))
    }
}

fn part(esm_class: u8, text: String) -> Part {
    Part { esm_class, data_coding: 0, short_message: text.into_bytes(), payload: None, sar: None }
}
