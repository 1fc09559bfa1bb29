//! Transactions: one request with all its answers, over transports that lose and repeat (RFC 3261, section 17; RFC 6026).
