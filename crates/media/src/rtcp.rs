//! RTCP reports: built, read, and what they say of a leg.
