//! Why the program ends early: one line that says what to do, and an exit code.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use store::sqlite::OpenError;

use crate::config::ConfigError;

/// Why the program ends early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A wrong setting.
    #[error("{0}")]
    Setting(#[from] ConfigError),
    /// The first administrator cannot be made as the environment says.
    #[error("{variable}: {complaint}")]
    Administrator {
        /// The variable of the environment.
        variable: &'static str,
        /// What is wrong with its value.
        complaint: String,
    },
    /// The data directory.
    #[error("{}", about_store(.0))]
    Store(#[from] OpenError),
    /// What the data directory holds.
    #[error("data directory {}: {}; restore a backup, or choose another directory with --data", .0.display(), chain(.1))]
    Data(PathBuf, #[source] engine::StartError),
    /// The first contact center could not be kept.
    #[error("data directory {}: the first contact center could not be kept: {}; is there room on the disk?", .0.display(), .1)]
    NotFounded(PathBuf, String),
    /// The address.
    #[error("address {0}: {1}; choose another with --http, or end what uses it")]
    Address(SocketAddr, std::io::Error),
    /// Certificate and key.
    #[error("{}; see the keys tls.certificate and tls.key", chain(.0))]
    Certificate(#[from] web_server::TlsError),
    /// The carriers.
    #[error("{}; see the tables sms.carrier and sms.route", chain(.0))]
    Carriers(#[from] sms_gateway::StartError),
    /// Telephones.
    #[error("telephones: {}; see the section voice and the tables voice.trunk", chain(.0))]
    Telephones(#[from] voice_gateway::StartError),
    /// The listening socket, while the server ran.
    #[error("connections can no longer be accepted: {0}")]
    Socket(std::io::Error),
    /// No threads.
    #[error("no threads can be started: {0}")]
    NoRuntime(std::io::Error),
    /// The standard output is gone.
    #[error("standard output: {0}")]
    Output(std::io::Error),
    /// A second signal.
    #[error("stopped at once by a second signal; what was answered is kept")]
    Impatient,
    /// The simulated carrier.
    #[error("carrier: {0}")]
    Carrier(#[from] carrier_simulator::StartError),
    /// The demo.
    #[error("demo: {0}")]
    Demo(String),
}

impl Failure {
    /// See `souffleur --help`.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Setting(_)
            | Failure::Administrator { .. }
            | Failure::Carrier(carrier_simulator::StartError::Setting(_)) => ExitCode::from(2),
            Failure::Impatient => ExitCode::from(3),
            _ => ExitCode::from(1),
        }
    }
}

fn about_store(error: &OpenError) -> String {
    match error {
        OpenError::InUse(directory) => format!(
            "data directory {}: another process uses it; stop that one, or choose another directory with --data",
            directory.display()
        ),
        OpenError::TooNew { directory, found, known } => format!(
            "data directory {}: written by a later version (format {found}, this one knows {known}); start that version",
            directory.display()
        ),
        OpenError::Directory { directory, cause } => format!(
            "data directory {}: {cause}; let this user read and write it, or choose another directory with --data",
            directory.display()
        ),
        OpenError::Database { directory, cause } => format!(
            "data directory {}: its database cannot be opened: {cause}; restore a backup, or choose another directory \
             with --data",
            directory.display()
        ),
    }
}

/// An error and its causes, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text.replace('\n', " ")
}
