//! Calls: stories, the table of what supervision follows, and random histories.

mod exchange;
mod following;
mod histories;
mod stories;
