//! What carriers and people write, through the public face of the crate.

mod alphabets;
mod contents;
mod cutting;
mod noise;
mod receipts;
mod throttling;
