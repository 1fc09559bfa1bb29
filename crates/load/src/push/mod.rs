//! Push: how many deliveries a second, how late, at what cost, against peers and a bound.

pub mod compare;
pub mod options;
pub mod publish;
pub mod rig;
pub mod search;
pub mod step;
