//! The bridge as a whole: who hears whom, when, and how it sounds.
