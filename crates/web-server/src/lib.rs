//! HTTP: the REST API, the push service, and what operators ask of a server.
//!
//! Bytes become commands, notices become bytes. No rule is decided here.

mod listener;
mod push;
mod rest;
mod sign_in;
mod translate;
