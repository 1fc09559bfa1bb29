//! Telephone events of RFC 4733.
