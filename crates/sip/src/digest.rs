//! Who may register and call: digest authentication (RFC 7616, RFC 8760), both sides.
