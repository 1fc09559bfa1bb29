//! An SMS carrier with phones, faults and a seed, to try everything without a real one.
//!
//! It speaks SMPP 3.4 as a server, over TCP or TLS. Behind it are as many phones as anybody uses: they send
//! texts to the accounts' numbers, and show what comes back, whole again if it came in parts. What a real
//! carrier does wrong, it does as often as it is told, and the same again for the same seed. What a phone has
//! sent waits until a customer has acknowledged it, over as many connections as that takes.
//!
//! Left out: `query_sm`, `cancel_sm`, `replace_sm` and `submit_multi`, validity periods, and texts
//! from phone to phone.

mod clock;
mod config;
mod connection;
mod counters;
mod fate;
mod faults;
mod http;
mod joining;
mod later;
mod line;
mod numbers;
mod phones;
mod random;
mod receipts;
mod shared;
mod simulator;
mod stream;
mod tasks;
mod waiting;

pub use config::{Account, Config, OwnedNumber, Tls, long_texts, number};
pub use counters::Counters;
pub use faults::{Faults, ReceiptForm, ReceiptIds, Share, Span, Statuses};
pub use phones::{Direction, PhoneSummary, Text, TextState};
pub use shared::TextError;
pub use simulator::{Simulator, StartError};
pub use smpp::LongTexts;
