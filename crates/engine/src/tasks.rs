//! The only place of this crate that starts tasks: owners, which [`crate::Engine::shut_down`] ends,
//! and the writing of snapshots, which ends by itself.

use tokio::task::JoinHandle;

#[expect(clippy::disallowed_methods, reason = "the one place of this crate")]
pub(crate) fn start(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}
