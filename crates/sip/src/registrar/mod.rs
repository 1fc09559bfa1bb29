//! Where the phones of each address-of-record are (RFC 3261, section 10).
