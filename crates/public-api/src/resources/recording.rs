//! Recordings of calls. All of it is ours.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Path, Uri, WireTime};

/// What was said in a call, one track for each party.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallRecording<'a> {
    /// The recording's name, which attached data of its call tells, too.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The call.
    #[schema(value_type = String)]
    pub call_uuid: Id<'a>,
    /// When it began.
    #[schema(value_type = String)]
    pub began: WireTime,
    /// How long it is, in milliseconds.
    pub length_ms: u64,
    /// Whether it ended in order; one that runs, or that a crash cut short, did not.
    pub is_complete: bool,
    /// One for each party, in the order of their coming.
    #[schema(value_type = Vec<RecordingTrack>)]
    pub tracks: Vec<RecordingTrack<'a>>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// One party of a recording.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordingTrack<'a> {
    /// The party's number in the recording.
    pub party: u8,
    /// The party's number in the call, its part and its telephone number.
    #[schema(value_type = String)]
    pub label: Cow<'a, str>,
    /// Whether it is the customer.
    pub is_customer: bool,
    /// Samples a second.
    pub sample_rate: u32,
    /// What the party said, as WAV.
    pub uri: String,
    /// What the party heard, as WAV: the customer's never has a coach in it.
    pub heard_uri: String,
}
