//! The program as its operator meets it.

use std::process::Output;
use std::time::Duration;

use test_kit::{ServerProcess, TempDir, server_command};
use tokio::time::timeout;

/// Nothing here takes long, in milliseconds.
const COMMAND_DEADLINE_MS: u64 = 60_000;

#[tokio::test]
async fn a_wrong_setting_ends_the_start_with_one_line() {
    check_refused("durability = \"fast\"\n", &["durability", "full", "normal"]).await;
    check_refused("[push]\ntimeout_ms = \"soon\"\n", &["push.timeout_ms"]).await;
    check_refused("[push]\ntimeout = 5\n", &["push.timeout", "timeout_ms"]).await;
    check_refused("[push\n", &["line 1"]).await;
}

#[tokio::test]
async fn check_config_says_what_serve_would_say() {
    let directory = TempDir::new("config");
    let file = directory.path().join("souffleur.toml");
    std::fs::write(&file, "durability = \"normal\"\n").expect("the file can be written");
    let file = file.to_str().expect("a path in UTF-8");
    let output = run(&["check-config", "--config", file]).await;
    assert!(output.status.success(), "{output:?}");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("durability") && shown.contains("normal"), "{shown}");
}

#[tokio::test]
async fn the_password_of_the_first_administrator_is_not_logged() {
    let server = ServerProcess::start("").await;
    let log = server.log().join("\n");
    assert!(!log.contains(test_kit::ADMIN_PASSWORD), "{log}");
}

#[tokio::test]
async fn the_demo_tells_its_stories_and_no_customer_notices() {
    let output = run(&["demo", "--once", "--speed", "100"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8_lossy(&output.stdout).to_lowercase();
    for word in ["customer", "agent", "supervisor", "sam", "anna"] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    for fact in ["sam whispers:", "✓ delivered", "nora: stop", "has opted out", "+493023125000: you have"] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    for heard in ["customer vera hears", "sam whispers: put her on", "sam: sam here, anna's supervisor"] {
        assert!(shown.contains(heard), "{heard} in {shown}");
    }
    for proof in [
        "proof: milo received",
        "nora's phone received 3 texts, none of the 3 things said behind",
        "proof: vera's phone received",
    ] {
        assert!(shown.contains(proof), "{proof} in {shown}");
    }
}

#[tokio::test]
async fn the_contract_is_printed() {
    let output = run(&["openapi"]).await;
    let contract: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(contract["openapi"].as_str().is_some_and(|it| it.starts_with("3.1")), "{}", contract["openapi"]);
}

/// A configuration with a mistake: exit code 2, and one line that names the file and all this.
async fn check_refused(config: &str, named: &[&str]) {
    let directory = TempDir::new("config");
    let file = directory.path().join("mistaken.toml");
    std::fs::write(&file, config).expect("the file can be written");
    let data = directory.path().join("data");
    let (file, data) = (file.to_str().expect("UTF-8"), data.to_str().expect("UTF-8"));
    let output = run(&["serve", "--config", file, "--data", data, "--http", "127.0.0.1:0"]).await;
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "one line: {complaint}");
    assert!(complaint.contains("mistaken.toml"), "{complaint}");
    assert!(named.iter().all(|word| complaint.contains(word)), "{named:?} in {complaint}");
}

async fn run(arguments: &[&str]) -> Output {
    let output = server_command().await.args(arguments).output();
    let output = timeout(Duration::from_millis(COMMAND_DEADLINE_MS), output).await;
    output.expect("the program ends").expect("the program can be run")
}
