//! The servers of this program: our push service, and the bounds that it is held against.

pub mod bound_axum;
pub mod bound_commit;
pub mod bound_ws;
pub mod ours;
