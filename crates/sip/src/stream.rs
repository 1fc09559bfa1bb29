//! From the octets of a stream to messages.
