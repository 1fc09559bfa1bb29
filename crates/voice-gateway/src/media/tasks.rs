//! The one place of the media engine that starts threads.

use std::io;
use std::thread::JoinHandle;

/// A thread whose end is waited for when this is dropped; its owner tells it to end before.
#[derive(Debug)]
pub(super) struct Thread(Option<JoinHandle<()>>);

impl Thread {
    /// Starts it.
    pub fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
        std::thread::Builder::new().name(name.to_owned()).spawn(work).map(|handle| Thread(Some(handle)))
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // A thread that met a bug has said so itself.
        let _ = self.0.take().map(JoinHandle::join);
    }
}
