//! SMPP 3.4 without sockets: sessions of both sides, alphabets, long texts, delivery receipts.

mod address;
mod alphabet;
mod codec;
mod content;
mod credentials;
pub mod esme;
mod fault;
mod frames;
mod gsm7;
mod link;
mod long_text;
mod receipt;
pub mod smsc;
mod status;
mod throttle;

pub use address::{Address, AddressError, MAX_ADDRESS_OCTETS};
pub use alphabet::{Alphabet, DefaultAlphabet, decode};
pub use content::{Content, ContentFault, Reading, ReceivedBody};
pub use credentials::{BindAs, Credentials, CredentialsError};
pub use fault::{CloseReason, Fault};
pub use frames::MIN_MOST_PDU_OCTETS;
pub use link::CONFIRM_WITHIN;
pub use long_text::{Cutting, LongTexts, Part, Sar, TooLong, cut};
pub use receipt::{MAX_MESSAGE_ID_OCTETS, Receipt, ReceiptState, ReceiptText};
pub use status::Status;
pub use throttle::Throttle;
