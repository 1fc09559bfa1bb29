//! Our push service, mounted as in the real server, but with publishing by clients allowed.
