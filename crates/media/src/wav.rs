//! WAV headers and reading.
