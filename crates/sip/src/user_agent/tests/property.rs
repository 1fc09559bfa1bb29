//! Random calls over a bad network.
