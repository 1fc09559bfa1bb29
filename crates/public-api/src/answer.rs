//! Success envelopes: `statusCode` 0 and the payload beside it.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::resources::{Id, Import, Link};
use crate::status::{Problem, StatusCode};

/// The body of most answers: done, and no more to say.
pub const DONE: &[u8] = br#"{"statusCode":0}"#;

/// A success whose payload is one member: an object, an array or a text.
#[must_use]
pub fn answer<T: Serialize + ?Sized>(key: &str, payload: &T) -> Vec<u8> {
    to_json(&Envelope { code: StatusCode::Success, members: [(key, payload)] })
}

/// A success with the number of the operation, which its notification will carry, too.
#[must_use]
pub fn accepted(reference_id: u32) -> Vec<u8> {
    answer("referenceId", &reference_id)
}

/// A success that tells what was made: `id`, `uri`, `path`.
#[must_use]
pub fn created(id: Id<'_>, link: Link<'_>) -> Vec<u8> {
    let (id, uri, path) = (id.to_string(), link.uri().to_string(), link.path().to_string());
    to_json(&Envelope { code: StatusCode::Success, members: [("id", &id), ("uri", &uri), ("path", &path)] })
}

/// A success that tells a customer which chat was made. Its path has the API's prefix, unlike all others.
#[must_use]
pub fn chat_requested(id: Id<'_>) -> Vec<u8> {
    let (id, path) = (id.to_string(), format!("/api/v2/chats/{id}"));
    to_json(&Envelope { code: StatusCode::Success, members: [("id", &id), ("path", &path)] })
}

/// The answer to a file that was imported: done, or done in part if there were problems.
#[must_use]
pub fn imported(import: &Import) -> Vec<u8> {
    let code = if import.problem_count == 0 { StatusCode::Success } else { StatusCode::PartialSuccess };
    to_json(&Imported { code, import })
}

/// What became of one channel in a bulk operation. All channels but voice share the name `multimedia`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelOutcome {
    /// `voice` or `multimedia`.
    pub channel: &'static str,
    /// Done, or why not.
    pub outcome: Result<(), Problem>,
}

/// The answer to an operation on several channels: done, done in part, or failed like one of its parts.
pub fn bulk(outcomes: &[ChannelOutcome]) -> Result<Vec<u8>, Problem> {
    let (succeeded, failed): (Vec<_>, Vec<_>) = outcomes.iter().partition(|part| part.outcome.is_ok());
    match (succeeded.is_empty(), failed.first()) {
        (_, None) => Ok(DONE.to_vec()),
        (true, Some(ChannelOutcome { outcome: Err(problem), .. })) => Err(problem.clone()),
        _ => Ok(to_json(&Envelope {
            code: StatusCode::PartialSuccess,
            members: [("succeeded", &succeeded), ("failed", &failed)],
        })),
    }
}

#[derive(serde::Serialize)]
struct Imported<'i> {
    #[serde(rename = "statusCode")]
    code: StatusCode,
    #[serde(flatten)]
    import: &'i Import,
}

struct Envelope<'m, T: ?Sized, const N: usize> {
    code: StatusCode,
    members: [(&'m str, &'m T); N],
}

impl<T: Serialize + ?Sized, const N: usize> Serialize for Envelope<'_, T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_map(Some(N + 1))?;
        envelope.serialize_entry("statusCode", &self.code)?;
        for (key, payload) in self.members {
            envelope.serialize_entry(key, payload)?;
        }
        envelope.end()
    }
}

impl Serialize for ChannelOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut part = serializer.serialize_map(None)?;
        match &self.outcome {
            Ok(()) => part.serialize_entry("statusCode", &StatusCode::Success)?,
            Err(problem) => {
                part.serialize_entry("statusCode", &problem.code)?;
                part.serialize_entry("statusMessage", &problem.message)?;
            }
        }
        part.serialize_entry("channel", self.channel)?;
        part.end()
    }
}

/// The bytes of anything that this crate prints.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut body = Vec::with_capacity(BODY_BYTES);
    // Writing to memory cannot fail, and nothing of ours has a map with keys that are not strings.
    let written = serde_json::to_writer(&mut body, value);
    debug_assert!(written.is_ok(), "an answer that is not JSON");
    body
}

/// Room for most answers.
const BODY_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], text: &str) {
        assert_eq!(std::str::from_utf8(body).unwrap(), text);
    }

    fn part(channel: &'static str, outcome: Result<(), Problem>) -> ChannelOutcome {
        ChannelOutcome { channel, outcome }
    }

    #[test]
    fn a_payload_stands_beside_the_status() {
        check(&answer("version", "1.0"), r#"{"statusCode":0,"version":"1.0"}"#);
        check(&accepted(41), r#"{"statusCode":0,"referenceId":41}"#);
    }

    #[test]
    fn what_was_made_is_told_with_both_links() {
        let body = created("7".into(), Link::new("http://h/api/v2", "skills", "7"));
        check(&body, r#"{"statusCode":0,"id":"7","uri":"http://h/api/v2/skills/7","path":"/skills/7"}"#);
    }

    #[test]
    fn the_path_of_a_customers_chat_has_the_prefix() {
        check(&chat_requested("b7".into()), r#"{"statusCode":0,"id":"b7","path":"/api/v2/chats/b7"}"#);
    }

    #[test]
    fn an_import_with_problems_was_done_in_part_and_lists_the_first_of_them() {
        let mut import = Import { imported: 2, ..Import::default() };
        check(
            &imported(&import),
            r#"{"statusCode":0,"imported":2,"unchanged":0,"problemCount":0,"problems":[]}"#,
        );
        for line in 1..=300 {
            import.note(line, "no number");
        }
        let answer: serde_json::Value = serde_json::from_slice(&imported(&import)).unwrap();
        assert_eq!((answer["statusCode"].as_u64(), answer["problemCount"].as_u64()), (Some(7), Some(300)));
        assert_eq!(answer["problems"].as_array().unwrap().len(), crate::limits::IMPORT_PROBLEMS);
        assert_eq!(answer["problems"][0], serde_json::json!({"line": 1, "problem": "no number"}));
    }

    #[test]
    fn a_bulk_operation_that_worked_in_part_tells_both_parts() {
        let body = bulk(&[part("voice", Ok(())), part("multimedia", Err(Problem::internal("Closed.")))]);
        check(
            &body.unwrap(),
            r#"{"statusCode":7,"succeeded":[{"statusCode":0,"channel":"voice"}],"failed":[{"statusCode":4,"statusMessage":"Closed.","channel":"multimedia"}]}"#,
        );
    }

    #[test]
    fn a_bulk_operation_without_success_is_an_ordinary_failure() {
        let problem = Problem::internal("Closed.");
        assert_eq!(bulk(&[part("voice", Err(problem.clone()))]), Err(problem));
    }

    #[test]
    fn a_bulk_operation_without_failure_is_an_ordinary_success() {
        check(&bulk(&[part("voice", Ok(()))]).unwrap(), r#"{"statusCode":0}"#);
    }
}
