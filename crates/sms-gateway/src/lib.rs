//! Connections to SMS carriers.
