//! contact-center
