//! web-server
