//! The real server under load: its configuration, its start, its administrator.

use std::path::{Path, PathBuf};

use crate::error::LoadError;
use crate::process::{ServerCommand, ServerProcess};

/// Name and password of the administrator of every server started here.
pub const ADMINISTRATOR: (&str, &str) = ("admin", "load-administrator-1");

/// When the server answers: after a flush to the disk, or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Durability {
    Normal,
    Full,
}

impl Durability {
    /// The word of the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Durability::Normal => "normal",
            Durability::Full => "full",
        }
    }
}

/// The whole configuration. Every limit that a load generator would run into is raised here and
/// nowhere else.
fn configuration(durability: Durability, further: &str) -> String {
    format!(
        r#"
durability = "{}"

[limits]
max_connections = 100000
max_connections_per_address = 100000
chats_per_minute = 100000
customer_requests_per_second = 1000000
{further}"#,
        durability.name()
    )
}

/// Where the server's program and data are.
#[derive(Clone, Debug, clap::Args)]
pub struct Installation {
    /// The program to be measured.
    #[arg(long, default_value = "target/release/souffleur")]
    pub server_program: PathBuf,
    /// Folder for data, on the disk that is to be measured. What is in its subfolder `server` is removed.
    #[arg(long, default_value = "target/bench/data")]
    pub data: PathBuf,
}

/// Starts the server on fresh data.
pub fn start(
    installation: &Installation,
    durability: Durability,
    core: Option<usize>,
) -> Result<ServerProcess, LoadError> {
    start_with(installation, durability, "", core)
}

/// Starts the server on fresh data, with further sections of its configuration.
pub fn start_with(
    installation: &Installation,
    durability: Durability,
    further: &str,
    core: Option<usize>,
) -> Result<ServerProcess, LoadError> {
    let data = installation.data.join("server");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    std::fs::create_dir_all(&data)?;
    let file = installation.data.join("souffleur.toml");
    std::fs::write(&file, configuration(durability, further))?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = ["serve", "--config", &text(&file), "--data", &text(&data), "--http", "127.0.0.1:0"];
    let mut command = ServerCommand::new(text(&installation.server_program), &arguments);
    let (name, password) = ADMINISTRATOR;
    command.environment.push(("SOUFFLEUR_ADMIN_USER".into(), name.into()));
    command.environment.push(("SOUFFLEUR_ADMIN_PASSWORD".into(), password.into()));
    ServerProcess::start(&command, core)
}
