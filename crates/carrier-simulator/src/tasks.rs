//! The one place of this crate that starts background tasks. Connections are started by the listener, in a
//! set of its own.

use std::future::Future;

use tokio::task::JoinHandle;

/// A task that ends with its owner.
#[derive(Debug)]
pub(crate) struct Task(JoinHandle<()>);

impl Task {
    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "the task ends when its handle is dropped")]
    pub(crate) fn start(work: impl Future<Output = ()> + Send + 'static) -> Task {
        Task(tokio::spawn(work))
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&mut self) {
        // A panic was reported where it happened.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
