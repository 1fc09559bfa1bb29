//! RTP packets: received with care, sent without gaps.
