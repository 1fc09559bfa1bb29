//! End-to-end stories over real sockets: one test binary in `tests/it`, a file for each story. The server is
//! the real program in a process of its own; `clients` holds the push clients that others wrote.
