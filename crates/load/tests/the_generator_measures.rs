//! The benches run from end to end on bounds that need nothing but this program. How fast is not asked.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

fn run(name: &str, arguments: &[&str]) -> (String, Vec<Value>) {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&out);
    let output = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(arguments)
        .args(["--seconds", "1", "--warm-up", "0", "--rounds", "1", "--no-pin", "--out"])
        .arg(&out)
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let file = std::fs::read_dir(&out).expect("a folder of results").next().expect("a file");
    let lines = std::fs::read_to_string(file.expect("a file").path()).expect("lines");
    let lines = lines.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), lines)
}

#[test]
fn push_delivers_every_message_of_the_bound_to_its_group() {
    let (table, lines) = run("push", &["push", "--target", "bound-ws", "--sessions", "20", "--rate", "200"]);
    assert!(table.contains("| bound-ws |"), "{table}");
    let round = lines.iter().find(|line| line["kind"] == "round").unwrap();
    assert_eq!(round["best"]["lost"], 0, "{round}");
    assert!(round["best"]["deliveries_per_second"].as_f64().unwrap() > 0.0, "{round}");
    assert_eq!(lines[0]["kind"], "machine");
}

#[test]
fn rest_drives_the_bare_handler_and_the_disk() {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rest-data");
    let data = data.to_str().unwrap();
    let (table, lines) = run("rest", &["rest", "--bounds-only", "--clients", "1,3", "--data", data]);
    assert!(table.contains("| bound-axum | 3 |"), "{table}");
    let row = lines.iter().find(|line| line["kind"] == "rest").unwrap();
    assert_eq!(row["result"]["refused"], 0, "{row}");
    assert!(row["commits_per_second"].as_f64().unwrap() > 0.0, "{row}");
}

#[test]
fn texts_go_both_ways_through_kannel_where_it_is_installed() {
    let (table, lines) = run("texts", &["texts", "--relays", "kannel", "--clients", "2", "--windows", "5"]);
    let rows: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "texts").collect();
    if !std::path::Path::new("/usr/sbin/bearerbox").exists() {
        assert!(rows.is_empty(), "{table}");
        return;
    }
    assert_eq!(rows.len(), 2, "{table}");
    for row in rows {
        assert_eq!((&row["outcome"]["refused"], &row["outcome"]["lost"]), (&0.into(), &0.into()), "{row}");
        assert!(row["outcome"]["texts_per_second"].as_f64().unwrap() > 0.0, "{row}");
    }
}
