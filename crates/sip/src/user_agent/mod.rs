//! What one user agent does for any number of calls: dialogs and sessions.
