//! The network side of SIP: UDP, TCP and TLS.
