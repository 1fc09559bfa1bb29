//! The push clients that others wrote: Node packages, installed once for each lock file.

use std::path::PathBuf;

use crate::shell::{Failure, Step, announce, root};

/// The clients' runtime must know `Headers.getSetCookie` and readline's iterator.
const NODE_VERSION: u32 = 18;

/// Installs the packages unless the ones of this lock file are there already.
pub fn install() -> Result<(), Failure> {
    check_node()?;
    let lock = clients().join("package-lock.json");
    let wanted = std::fs::read(&lock).map_err(|error| Failure(format!("{}: {error}", lock.display())))?;
    let stamp = clients().join("node_modules").join(".installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    announce("npm ci: the push clients of the tests");
    Step::new("npm")
        .args(&["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .directory(&clients())
        .run()?;
    std::fs::write(&stamp, wanted).map_err(|error| Failure(format!("{}: {error}", stamp.display())))
}

fn check_node() -> Result<(), Failure> {
    let missing = |what: &str| {
        Failure(format!(
            "the tests need Node {NODE_VERSION} or later and npm; {what}. \
             On Debian: apt install nodejs npm. `cargo xtask test --without-peers` runs the rest."
        ))
    };
    let version = Step::new("node").arg("--version").output().map_err(|_| missing("node is missing"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|it| it.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_VERSION) {
        return Err(missing(&format!("node is {}", version.trim())));
    }
    Step::new("npm").arg("--version").output().map_err(|_| missing("npm is missing"))?;
    Ok(())
}

fn clients() -> PathBuf {
    root().join("crates").join("scenarios").join("clients")
}
