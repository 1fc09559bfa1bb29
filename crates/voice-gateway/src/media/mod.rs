//! The network side of speech: RTP ports, the threads that serve them, recordings.
