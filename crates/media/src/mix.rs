//! The sum of what one ear may hear.
