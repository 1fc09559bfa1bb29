//! Ring-back, music, announcements and beeps.
