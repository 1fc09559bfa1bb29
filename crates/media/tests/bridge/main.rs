//! The bridge as a whole, under a simulated network: who hears whom, how soon, and how it sounds.

mod calls;
mod hostile;
mod leak;
mod moving;
mod quality;
mod simulation;
