//! A whole server: operations a second over REST, and the way of a chat message to the agent.

pub mod api;
pub mod chat;
pub mod drive;
pub mod operations;
pub mod people;
pub mod souffleur;
