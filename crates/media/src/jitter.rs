//! A ring of frames that orders what the network shuffled.
