//! A source of tones and a detector of them.
