//! Random histories of calls.
