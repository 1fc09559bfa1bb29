//! Legs, the ear table, and what each ear is sent.
