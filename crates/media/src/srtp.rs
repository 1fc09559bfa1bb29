//! SRTP with keys from SDES.
