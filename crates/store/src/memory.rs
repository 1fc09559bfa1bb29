//! Everything in memory: for tests, and for a server that need not remember.
