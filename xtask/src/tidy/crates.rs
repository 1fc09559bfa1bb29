//! Which crate may use which, what the pure ones may know, and the reasons of outside crates.

use super::files::{files, read};
use super::{assert_none, is_tests, relative, without_tests};
use crate::metadata::packages;
use crate::shell::root;

/// Every edge between our crates. A new one is a decision.
const EDGES: [(&str, &[&str]); 18] = [
    ("contact-center", &[]),
    ("bayeux", &[]),
    ("public-api", &[]),
    ("store", &["contact-center"]),
    ("bus", &["contact-center"]),
    ("engine", &["contact-center", "store", "bus"]),
    ("web-server", &["contact-center", "engine", "bus", "public-api", "bayeux"]),
    ("smpp", &[]),
    ("sip", &[]),
    ("media", &[]),
    ("sms-gateway", &["contact-center", "engine", "bus", "smpp"]),
    ("voice-gateway", &["contact-center", "engine", "bus", "sip", "media"]),
    // A carrier is the other side of the line: it knows the protocol, and nothing of us.
    ("carrier-simulator", &["smpp"]),
    (
        "server",
        &[
            "web-server",
            "sms-gateway",
            "voice-gateway",
            "carrier-simulator",
            "engine",
            "store",
            "bus",
            "contact-center",
            "public-api",
            "test-kit",
        ],
    ),
    ("test-kit", &["bayeux", "public-api", "contact-center", "carrier-simulator", "smpp", "sip", "media"]),
    ("scenarios", &["test-kit", "smpp", "carrier-simulator"]),
    (
        "load",
        &[
            "test-kit",
            "bayeux",
            "web-server",
            "sms-gateway",
            "voice-gateway",
            "media",
            "carrier-simulator",
            "smpp",
            "engine",
            "store",
            "bus",
            "contact-center",
            "public-api",
        ],
    ),
    ("xtask", &[]),
];

/// The outside crates of the pure ones: nothing that opens a socket, reads a clock or starts a task.
const PURE: [(&str, &[&str]); 6] = [
    ("contact-center", &["serde", "thiserror"]),
    ("bayeux", &["serde", "serde_json", "bytes", "thiserror"]),
    ("public-api", &["serde", "serde_json", "utoipa", "thiserror"]),
    ("smpp", &["rusmpp", "rusmpp-extra", "thiserror", "bytes"]),
    (
        "sip",
        &[
            "sdp-types",
            "base64",
            "bytes",
            "hmac",
            "md-5",
            "sha2",
            "subtle",
            "serde",
            "serde_json",
            "thiserror",
        ],
    ),
    ("media", &["rtp-types", "rtcp-types", "thiserror", "ropus", "aes", "ctr", "hmac", "sha1", "subtle"]),
];

/// What pure code never names. Hash tables are out since their order differs from run to run; a table that
/// is only looked up may be excepted by file.
const IMPURE: [&str; 8] =
    ["std::fs", "std::net", "std::thread", "std::env", "std::process", "Instant::now", "HashMap", "HashSet"];
const HASH_TABLE_THAT_IS_ONLY_LOOKED_UP: [&str; 0] = [];

/// The files that may do what `clippy.toml` bans; everybody else asks them.
const PLACES_OF_BANS: [&str; 6] = [
    "/clock.rs",
    "/random.rs",
    "/tasks.rs",
    "crates/test-kit/src/lib.rs",
    "crates/server/src/main.rs",
    // A store that is slow on purpose.
    "crates/store/src/faulty.rs",
];

/// How many outside crates may share one comment in the workspace's manifest.
const CRATES_UNDER_ONE_REASON: usize = 4;

#[test]
fn only_known_edges_lie_between_crates() {
    let mut complaints = Vec::new();
    for package in packages(false).expect("cargo metadata") {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
            complaints.push(format!("{} is not in the list", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|it| it.is_ours) {
            // Tests of a shell run on the real store in memory, as well as with the test kit.
            let is_for_tests = dependency.is_for_tests
                && ["test-kit", "store", "carrier-simulator"].contains(&dependency.name.as_str());
            if !allowed.contains(&dependency.name.as_str()) && !is_for_tests {
                complaints.push(format!("{} uses {}", package.name, dependency.name));
            }
        }
    }
    assert_none("No edge between crates outside the list", &complaints);
}

#[test]
fn pure_crates_use_few_outside_crates() {
    let packages = packages(false).expect("cargo metadata");
    let mut complaints = Vec::new();
    for (name, allowed) in PURE {
        let package = packages.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no crate {name}"));
        let outside = package.dependencies.iter().filter(|it| !it.is_ours && !it.is_for_tests);
        let unknown = outside.filter(|it| !allowed.contains(&it.name.as_str()));
        complaints.extend(unknown.map(|it| format!("{name} uses {}", it.name)));
    }
    assert_none("Pure crates use only what the list names", &complaints);
}

#[test]
fn pure_crates_touch_nothing_of_the_world() {
    let mut complaints = Vec::new();
    for path in files(&[".rs"]) {
        let name = relative(&path);
        let is_pure = PURE.iter().any(|(pure, _)| name.starts_with(&format!("crates/{pure}/src/")));
        if !is_pure || is_tests(&name) {
            continue;
        }
        let text = read(&path);
        let code = without_tests(&text).lines().enumerate();
        let code = code.filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in code {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                if word.starts_with("Hash") && HASH_TABLE_THAT_IS_ONLY_LOOKED_UP.contains(&name.as_str()) {
                    continue;
                }
                complaints.push(format!("{name}:{}: {word}", number + 1));
            }
        }
    }
    assert_none("Rules and protocols are pure", &complaints);
}

#[test]
fn each_ban_is_lifted_in_its_one_place() {
    let mut complaints = Vec::new();
    for path in files(&[".rs"]) {
        let (name, text) = (relative(&path), read(&path));
        let is_place = PLACES_OF_BANS.iter().any(|place| name.ends_with(place));
        let is_proof = ["/tests/", "/examples/", "/benches/", "fuzz/"].iter().any(|it| name.contains(it));
        let is_lifted = without_tests(&text).contains("expect(clippy::disallowed_methods");
        if is_lifted && !is_place && !is_proof && !is_tests(&name) && !name.starts_with("xtask/") {
            complaints.push(name);
        }
    }
    assert_none(
        "Clocks, random numbers and tasks are had from the files that are named for them",
        &complaints,
    );
}

#[test]
fn a_folders_name_is_its_crates_name() {
    let packages = packages(false).expect("cargo metadata");
    let folders = std::fs::read_dir(root().join("crates")).expect("crates/").flatten();
    let names =
        folders.filter(|it| it.path().is_dir()).map(|it| it.file_name().to_string_lossy().into_owned());
    let strange = names.filter(|name| packages.iter().all(|package| &package.name != name));
    assert_none("A folder's name is its crate's name", &strange.collect::<Vec<_>>());
}

#[test]
fn every_outside_crate_has_its_reason() {
    let manifest = read(&root().join("Cargo.toml"));
    let lines = manifest.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    let mut since_reason = None;
    let mut complaints = Vec::new();
    for line in lines.take_while(|line| !line.starts_with('[')) {
        if line.starts_with('#') {
            since_reason = Some(0);
        } else if line.is_empty() {
            since_reason = None;
        } else if !line.contains("path =") {
            since_reason = since_reason.map(|count: usize| count + 1);
            if since_reason.is_none_or(|count| count > CRATES_UNDER_ONE_REASON) {
                complaints.push(line.to_owned());
            }
        }
    }
    assert_none("Each outside crate has its reason in the comment above it", &complaints);
}

#[test]
fn versions_stand_in_the_workspace_alone() {
    let mut complaints = Vec::new();
    for path in files(&["Cargo.toml"]) {
        let name = relative(&path);
        // The fuzz crate is a workspace of its own, since libFuzzer is not for everybody.
        if name == "Cargo.toml" || name.starts_with("fuzz/") {
            continue;
        }
        let mut is_dependency = false;
        for line in read(&path).lines() {
            if line.starts_with('[') {
                is_dependency = line.contains("dependencies");
            } else if is_dependency && line.contains('=') && !line.contains("workspace = true") {
                complaints.push(format!("{name}: {line}"));
            }
        }
    }
    assert_none("The only place for versions is the workspace's manifest", &complaints);
}

#[test]
fn every_fuzz_target_is_built() {
    let manifest = read(&root().join("fuzz").join("Cargo.toml"));
    let sources = files(&[".rs"]).into_iter().map(|path| relative(&path));
    let targets = sources.filter_map(|name| name.strip_prefix("fuzz/").map(str::to_owned));
    let forgotten: Vec<String> = targets.filter(|path| !manifest.contains(&format!("\"{path}\""))).collect();
    assert_none("Every fuzz target stands in fuzz/Cargo.toml", &forgotten);
}
