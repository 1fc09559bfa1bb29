//! The sound of calls without sockets: RTP and RTCP, codecs, jitter, and who hears whom.
//!
//! One thing always holds: an ear is sent nothing that its row of the [ear table](bridge) does not name, packet by packet. When in
//! doubt, silence. Time is an argument: [`core::time::Duration`] since a start that the caller chooses.

pub mod bridge;
pub mod codec;
pub mod conceal;
pub mod dtmf;
pub mod jitter;
pub mod mix;
pub mod rtcp;
pub mod rtp;
pub mod sounds;
pub mod srtp;
pub mod tone;
pub mod wav;
