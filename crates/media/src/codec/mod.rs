//! G.711, G.722 and Opus, into the caller's buffers.
