//! What was recorded of calls, as administrators read it.

use std::io;
use std::path::{Path, PathBuf};

use super::*;
use crate::RecordingsConfig;

/// A folder that is gone with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("recordings-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    /// A recording of a customer and an agent.
    fn record(&self, name: &str, voice: &[u8]) {
        let folder = self.0.join(name);
        std::fs::create_dir(&folder).expect("a folder");
        let track = |party: u8, part: &str, file: &str| {
            json!({"party": party, "label": format!("{party}-{part}"), "is_customer": part == "customer",
                "file": file, "sample_rate": 8_000, "samples": 4, "gaps": [], "heard": []})
        };
        let sheet = json!({"version": 1, "is_complete": true, "began_unix_seconds": 1_900_000_000, "length_ms": 1_500,
            "tracks": [track(1, "customer", "1.wav"), track(2, "agent", "../../secret.wav")]});
        std::fs::write(folder.join("1.wav"), voice).expect("a track");
        std::fs::write(folder.join("recording.json"), sheet.to_string()).expect("a sheet");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Writes the party's number.
fn render(folder: &Path, party: u8, out: &Path) -> io::Result<()> {
    assert!(folder.join("recording.json").is_file());
    if party > 2 {
        return Err(io::ErrorKind::NotFound.into());
    }
    std::fs::write(out, [party; 3])
}

async fn open(folder: &Folder) -> Center {
    let mut config = config();
    let recordings = RecordingsConfig { folder: folder.0.clone(), render: Arc::new(render) };
    config.telephony.as_mut().expect("a gateway").recordings = Some(recordings);
    Center::open_with(config).await
}

async fn sound(center: &Center, path: &str) -> (u16, String, Vec<u8>) {
    let mut request = request(Method::GET, path, &Value::Null);
    request.extensions_mut().insert(center.caller(center.admin));
    let Ok(response) = center.router.clone().oneshot(request).await;
    let kind = response.headers()["content-type"].to_str().expect("a kind").to_owned();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, kind, body.to_vec())
}

const CALL: &str = "0QH4T7V1C9E2P8K3S5W6AB0000000042";

#[tokio::test]
async fn recordings_are_listed_and_heard() {
    let folder = Folder::new("heard");
    // Longer than one piece.
    let voice: Vec<u8> = (0..200_000u32).map(|at| (at % 251) as u8).collect();
    folder.record(&format!("{CALL}-1"), &voice);
    folder.record("0000000000000000000000000000000A-1", &[1]);
    let center = open(&folder).await;
    let base = center.app.base.clone();
    let all = center.get(center.admin, "/recordings?fields=*").await.done();
    assert_eq!((&all["totalCount"], all["recordings"].as_array().map(Vec::len)), (&json!(2), Some(2)));
    let of_call = center.get(center.admin, &format!("/recordings?callUuid={CALL}")).await.done();
    let uri = format!("{base}/recordings/{CALL}-1");
    assert_eq!(of_call, json!({"statusCode": 0, "totalCount": 1, "uris": [uri]}));
    let one = center.get(center.admin, &format!("/recordings/{CALL}-1")).await.done()["recording"].take();
    let expected = json!({
        "id": format!("{CALL}-1"), "callUuid": CALL, "began": "2030-03-17 17:46:40.000+0000", "lengthMs": 1_500,
        "isComplete": true,
        "tracks": [
            {"party": 1, "label": "1-customer", "isCustomer": true, "sampleRate": 8_000,
                "uri": format!("{uri}/tracks/1"), "heardUri": format!("{uri}/heard-by/1")},
            {"party": 2, "label": "2-agent", "isCustomer": false, "sampleRate": 8_000,
                "uri": format!("{uri}/tracks/2"), "heardUri": format!("{uri}/heard-by/2")},
        ],
        "uri": uri, "path": format!("/recordings/{CALL}-1"),
    });
    assert_eq!(one, expected);
    let path = format!("/recordings/{CALL}-1");
    let wav = |body: Vec<u8>| (200, "audio/wav".to_owned(), body);
    assert!(sound(&center, &format!("{path}/tracks/1")).await == wav(voice));
    assert_eq!(sound(&center, &format!("{path}/heard-by/2")).await, wav(vec![2; 3]));
    let left = std::fs::read_dir(folder.0.join(format!("{CALL}-1"))).expect("a folder").count();
    assert_eq!(left, 2, "nothing is left of what was rendered");
}

#[tokio::test]
async fn what_is_no_recording_is_not_found_and_others_may_not_listen() {
    let folder = Folder::new("closed");
    folder.record(&format!("{CALL}-1"), &[1]);
    std::fs::create_dir(folder.0.join("no-sheet")).expect("a folder");
    let center = open(&folder).await;
    for path in [
        "/recordings/none",
        "/recordings/no-sheet",
        "/recordings/..%2F",
        "/recordings/%2e%2e",
        &format!("/recordings/{CALL}-1/tracks/9"),
        &format!("/recordings/{CALL}-1/heard-by/9"),
        &format!("/recordings/{CALL}-1/heard-by/x"),
        "/recordings/none/tracks/1",
        // A sheet that names a file elsewhere.
        &format!("/recordings/{CALL}-1/tracks/2"),
    ] {
        center.get(center.admin, path).await.refused(404, 6);
    }
    let sam = center.add("sam", &[Role::Supervisor, Role::Agent]).await;
    for path in ["/recordings".to_owned(), format!("/recordings/{CALL}-1/tracks/1")] {
        center.get(sam, &path).await.refused(403, 5);
    }
    // The telephones are those of the first contact center.
    let other =
        center.app.engine.found("second", somebody("admin", &[Role::Admin])).await.expect("a second one");
    let admin = user_named(&center.app, other, "admin").await;
    let caller = Caller { center: other, ..center.caller(admin) };
    let list = center.ask_as(caller.clone(), Method::GET, "/recordings", Value::Null).await.done();
    assert_eq!(list["uris"], json!([]));
    let path = format!("/recordings/{CALL}-1");
    center.ask_as(caller.clone(), Method::GET, &path, Value::Null).await.refused(404, 6);
    let phone = json!({"phoneNumber": "1", "sipPassword": "x"});
    center.ask_as(caller, Method::POST, "/devices", phone).await.refused(400, 2);
}
