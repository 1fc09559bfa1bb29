//! What others wrote and our tests talk to: Node packages and Python packages, each installed once for each
//! lock file.

use std::path::{Path, PathBuf};

use crate::shell::{Failure, Step, announce, root, target_dir};

/// The clients' runtime must know `Headers.getSetCookie` and readline's iterator.
const NODE_VERSION: u32 = 18;

/// The Python client of carriers uses no newer syntax than this.
const PYTHON_VERSION: (u32, u32) = (3, 9);

/// Installs the packages unless the ones of these lock files are there already.
pub fn install() -> Result<(), Failure> {
    install_node_packages()?;
    install_python_packages()
}

fn install_node_packages() -> Result<(), Failure> {
    check_node()?;
    let lock = clients().join("package-lock.json");
    let stamp = clients().join("node_modules").join(".installed-lock.json");
    once(&lock, &stamp, || {
        announce("npm ci: push clients and a carrier for the tests");
        Step::new("npm")
            .args(&["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .directory(&clients())
            .run()
    })
}

/// Into a virtual environment below the target directory, where the tests look for it.
fn install_python_packages() -> Result<(), Failure> {
    let python = check_python()?;
    let lock = clients().join("requirements.txt");
    let environment = target_dir().join("peers").join("python");
    once(&lock, &environment.join("installed-requirements.txt"), || {
        announce("pip install: an SMPP client for the tests");
        Step::new(python).args(&["-m", "venv", "--clear"]).arg(&environment).run()?;
        Step::new(environment.join("bin").join("python"))
            .args(&["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--require-hashes"])
            .args(&["--only-binary", ":all:", "--requirement"])
            .arg(&lock)
            .run()
    })
}

/// Does something unless the stamp says that it was done for what the lock file holds.
fn once(lock: &Path, stamp: &Path, install: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let wanted = std::fs::read(lock).map_err(|error| Failure(format!("{}: {error}", lock.display())))?;
    if std::fs::read(stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    install()?;
    std::fs::write(stamp, wanted).map_err(|error| Failure(format!("{}: {error}", stamp.display())))
}

/// The interpreter's name, if it is new enough and can make virtual environments.
fn check_python() -> Result<&'static str, Failure> {
    const PYTHON: &str = "python3";
    let (major, minor) = PYTHON_VERSION;
    let test = format!("import sys, venv, ensurepip; sys.exit(sys.version_info < ({major}, {minor}))");
    match Step::new(PYTHON).args(&["-c", &test]).output() {
        Ok(_) => Ok(PYTHON),
        Err(_) => Err(Failure(format!(
            "the tests need Python {major}.{minor} or later with venv. \
             On Debian: apt install python3-venv. `cargo xtask test --without-peers` runs the rest."
        ))),
    }
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
