//! Texts between agents and phones: the whole server with a carrier, in turn with Kannel as a relay.

mod carrier;
mod exchange;
mod kannel;
pub mod measure;
pub mod options;
mod posts;
pub mod rounds;
mod souffleur;
mod tally;
mod wire;
