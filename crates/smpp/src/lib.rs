//! SMPP 3.4 without sockets: sessions of both sides, alphabets, long texts, delivery receipts.
