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
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts what a test runs beside itself.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the runtime of the test ends it")]
pub(crate) fn start_for_test<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(work)
}
