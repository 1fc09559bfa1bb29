//! Coached calls: our media engine, in turn with a plain relay of datagrams.
//!
//! The phones are this process: they speak G.711, and now and then a frame that differs from silence, by which every
//! ear finds out whom it hears, how late, and whether it hears somebody whom it must not.

mod control;
mod measure;
pub mod options;
pub mod ours;
mod phones;
pub mod relay;
pub mod rounds;
pub mod signaling;
mod voice;
