//! What others wrote and our tests talk to: programs of the system, and Node packages and Python packages, which are
//! installed once for each lock file.

use std::path::{Path, PathBuf};

use crate::shell::{Failure, Step, announce, root, target_dir};

/// The clients' runtime must know `Headers.getSetCookie` and readline's iterator.
const NODE_VERSION: u32 = 18;

/// The first and the last that pjproject's packages are made for.
const PYTHON_VERSIONS: [(u32, u32); 2] = [(3, 9), (3, 12)];

/// Telephones and the judge of their captures, with the Debian packages that hold them.
const PROGRAMS: [(&str, &str); 4] =
    [("sipp", "sip-tester"), ("baresip", "baresip-core"), ("dumpcap", "tshark"), ("tshark", "tshark")];

/// Installs what is not there yet.
pub fn install() -> Result<(), Failure> {
    install_programs()?;
    install_node_packages()?;
    install_python_packages()
}

/// By Debian's packages, if we may.
fn install_programs() -> Result<(), Failure> {
    let mut packages: Vec<&str> =
        PROGRAMS.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    let is_root = Step::new("id").arg("-u").output().is_ok_and(|id| id.trim() == "0");
    if !is_root || !is_there("apt-get") {
        return Err(Failure(format!(
            "the tests need telephones and a judge of captures. \
             On Debian: apt install {list}. `cargo xtask test --without-peers` runs the rest."
        )));
    }
    announce(&format!("apt-get install {list}: telephones for the tests"));
    let apt = || Step::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
    apt().arg("update").run()?;
    apt().args(&["install", "--yes", "--no-install-recommends"]).args(&packages).run()
}

/// Whether a program can be run by its name.
fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
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
        announce("pip install: an SMPP client and a telephone for the tests");
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

/// The interpreter's name, if it is one of those versions and can make virtual environments.
fn check_python() -> Result<&'static str, Failure> {
    const PYTHON: &str = "python3";
    let [(major, oldest), (_, newest)] = PYTHON_VERSIONS;
    let test = format!(
        "import sys, venv, ensurepip; sys.exit(not ({major}, {oldest}) <= sys.version_info[:2] <= ({major}, {newest}))"
    );
    match Step::new(PYTHON).args(&["-c", &test]).output() {
        Ok(_) => Ok(PYTHON),
        Err(_) => Err(Failure(format!(
            "the tests need Python {major}.{oldest} to {major}.{newest} with venv. \
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
