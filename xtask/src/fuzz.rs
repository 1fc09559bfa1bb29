//! `cargo xtask fuzz`: each parser under libFuzzer, with the stable compiler and no further tool.
//!
//! The flags are the ones `cargo fuzz` sets for `--sanitizer none`; there is nothing unsafe of ours for a
//! sanitizer to find. New inputs are kept beside the build output, found crashes in the checkout.

use std::path::{Path, PathBuf};

use crate::shell::{Failure, Step, announce, root, target_dir};

const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";
/// Longer inputs find nothing that shorter ones do not, in bytes.
const INPUT_LIMIT: u32 = 65_536;
/// One input may take this long, in seconds.
const INPUT_DEADLINE_S: u32 = 10;

/// Fuzzes every target for so many seconds.
pub fn run(seconds: u32) -> Result<(), Failure> {
    let targets = targets(&root().join("fuzz").join("fuzz_targets"));
    if targets.is_empty() {
        return Err(Failure("there are no fuzz targets in fuzz/fuzz_targets".to_owned()));
    }
    let host = host()?;
    let output = target_dir().join("fuzz");
    // With a target named, the flags are for the fuzzed code alone, not for build scripts.
    Step::cargo(&["build", "--quiet", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", &host])
        .env("CARGO_TARGET_DIR", &output)
        .env("RUSTFLAGS", FLAGS)
        .run()?;
    for target in targets {
        announce(&format!("fuzz {target}, {seconds} s"));
        let binary = output.join(&host).join("release").join(&target);
        fuzz(&binary, &target, seconds)?;
    }
    Ok(())
}

fn fuzz(binary: &Path, target: &str, seconds: u32) -> Result<(), Failure> {
    let found = root().join("fuzz").join("artifacts").join(target);
    let new_inputs = target_dir().join("fuzz-corpus").join(target);
    let kept_inputs = root().join("fuzz").join("corpus").join(target);
    for directory in [&found, &new_inputs, &kept_inputs] {
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure(format!("{}: {error}", directory.display())))?;
    }
    let log = target_dir().join("fuzz-corpus").join(format!("{target}.log"));
    let mut step = Step::new(binary)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={INPUT_LIMIT}"))
        .arg(format!("-timeout={INPUT_DEADLINE_S}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg("-print_final_stats=1");
    // The first directory also receives what is found.
    for inputs in [new_inputs, kept_inputs] {
        step = step.arg(inputs);
    }
    match step.output_of_errors(&log) {
        Ok(lines) => {
            let runs = lines.iter().find_map(|line| line.strip_prefix("stat::number_of_executed_units: "));
            println!("{target}: {} inputs, no crash", runs.unwrap_or("?"));
            Ok(())
        }
        Err(lines) => {
            let last = lines.len().saturating_sub(40);
            println!("{}", lines[last..].join("\n"));
            Err(Failure(format!("fuzz target {target} crashed; the input is in {}", found.display())))
        }
    }
}

/// The names of all targets, sorted.
fn targets(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let files =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let mut names: Vec<String> =
        files.filter_map(|path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// The compiler's own target triple.
fn host() -> Result<String, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Step::new(rustc).arg("-vV").output()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure("rustc does not tell its host".to_owned()))
}
