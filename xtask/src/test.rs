//! `cargo xtask test`: every check and every test. The last line is `N passed, N failed`.

use std::process::ExitCode;

use crate::shell::{Failure, Step, announce, server_binary};
use crate::{fuzz, licenses, peers};

/// Enough for each fuzz target to try the kept inputs and some thousand new ones, in seconds.
const FUZZ_SECONDS: u32 = 10;
/// In the names of all tests that need a peer.
const PEER_TESTS: [&str; 3] = ["outside_client", "outside_carrier", "outside_phone"];

pub fn run(with_peers: bool) -> Result<ExitCode, Failure> {
    if with_peers {
        peers::install()?;
    }
    announce("formatting");
    Step::cargo(&["fmt", "--all", "--", "--check"]).run()?;
    Step::cargo(&["fmt", "--manifest-path", "fuzz/Cargo.toml", "--", "--check"]).run()?;
    announce("clippy");
    Step::cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()?;
    announce("licenses");
    licenses::run()?;
    announce("the server");
    Step::cargo(&["build", "--quiet", "--package", "server", "--bin", "souffleur"]).run()?;
    announce("fuzzing");
    fuzz::run(FUZZ_SECONDS)?;
    announce("examples in documentation");
    Step::cargo(&["test", "--quiet", "--doc", "--workspace"]).run()?;
    announce("tests, tidy among them");
    let count = if has_nextest() { run_nextest(with_peers)? } else { run_cargo_test(with_peers)? };
    let without = if with_peers {
        ""
    } else {
        " (without the peers: no push client, no carrier and no telephone of others was tried)"
    };
    println!("{} passed, {} failed{without}", count.passed, count.failed);
    let is_good = count.failed == 0 && count.runner_succeeded;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Count {
    passed: u64,
    failed: u64,
    /// A test binary may fail before it runs a test.
    runner_succeeded: bool,
}

fn has_nextest() -> bool {
    Step::cargo(&["nextest", "--version"]).output().is_ok()
}

fn run_nextest(with_peers: bool) -> Result<Count, Failure> {
    let mut step = Step::cargo(&["nextest", "run", "--workspace", "--no-fail-fast"])
        .env("SOUFFLEUR_BIN", server_binary("debug"));
    if !with_peers {
        let peers = PEER_TESTS.map(|name| format!("test({name})")).join(" or ");
        step = step.args(&["-E", &format!("not ({peers})")]);
    }
    let (lines, runner_succeeded) = step.run_and_read()?;
    let summary = lines.iter().rev().find(|line| line.trim_start().starts_with("Summary"));
    let summary = summary.ok_or_else(|| Failure("no test ran".to_owned()))?;
    let failed = number_before(summary, "failed") + number_before(summary, "timed out");
    Ok(Count { passed: number_before(summary, "passed"), failed, runner_succeeded })
}

fn run_cargo_test(with_peers: bool) -> Result<Count, Failure> {
    let mut step = Step::cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"])
        .env("SOUFFLEUR_BIN", server_binary("debug"));
    if !with_peers {
        step = step.arg("--");
        for name in PEER_TESTS {
            step = step.args(&["--skip", name]);
        }
    }
    let (lines, runner_succeeded) = step.run_and_read()?;
    let results = lines.iter().filter(|line| line.starts_with("test result:"));
    let mut count = Count { passed: 0, failed: 0, runner_succeeded };
    for result in results {
        count.passed += number_before(result, "passed");
        count.failed += number_before(result, "failed");
    }
    Ok(count)
}

/// The number that stands before a word: 3 before `passed` in `5 tests run: 3 passed, 2 failed`.
fn number_before(line: &str, word: &str) -> u64 {
    let before = line.split(word).next().filter(|before| before.len() < line.len());
    let number = before.and_then(|before| before.split_whitespace().next_back());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_summaries_of_both_runners() {
        let nextest = "     Summary [  12.034s] 131 tests run: 128 passed (2 slow), 3 failed, 6 skipped";
        assert_eq!((number_before(nextest, "passed"), number_before(nextest, "failed")), (128, 3));
        let cargo = "test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!((number_before(cargo, "passed"), number_before(cargo, "failed")), (7, 0));
        assert_eq!(number_before("     Summary [   0.1s] 3 tests run: 3 passed, 0 skipped", "failed"), 0);
    }
}
