//! Stories and properties of whole contact centers, told through the only door: commands in,
//! events and notices out.

mod calls;
mod mirror;
mod properties;
mod provisioning;
mod routing;
mod texting;
mod vectors;
mod world;
