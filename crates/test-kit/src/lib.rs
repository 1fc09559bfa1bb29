//! What end-to-end tests and load generators drive the server with: a process that can be killed, an HTTP
//! client, a push client, and the people who use them. Everything here speaks over real sockets; nothing
//! knows the server's insides.
//!
//! Functions that tests call directly panic with what was expected and what came. Those that a test under
//! fire needs (a server that is being killed) return an error.

mod chat_waits;
mod customer;
mod desk;
mod http_client;
mod inbox;
mod notification;
mod people;
pub mod phone;
mod push_client;
mod server_process;
mod temp_dir;

pub use customer::{CUSTOMER_POLL_MS, Customer};
pub use desk::{CHATS, Desk, Medium, SMS_SESSIONS};
pub use http_client::{Answer, HttpClient, HttpError, REQUEST_DEADLINE_MS};
pub use inbox::{INBOX_LIMIT, Inbox};
pub use notification::Notification;
pub use people::{ADMIN_PASSWORD, ADMIN_USER, Person, add_contact_center, add_person};
pub use push_client::{PushError, PushFeed, PushSession, Transport};
pub use server_process::{ServerProcess, server_command};
pub use temp_dir::TempDir;

/// How long a test waits for something that must come, in milliseconds.
pub const DEADLINE_MS: u64 = 20_000;

/// Starts a task; its owner aborts it when dropped, or its socket ends it.
pub fn start_task<F>(task: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    #[expect(clippy::disallowed_methods, reason = "the one place of the tests that starts tasks")]
    tokio::spawn(task)
}
