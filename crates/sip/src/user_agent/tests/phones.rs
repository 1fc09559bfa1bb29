//! One user agent, and phones that say what a test lets them say.
