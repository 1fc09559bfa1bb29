//! Recordings of calls.

use std::borrow::Cow;

use public_api::resources::{self as wire, Link, WireTime};

use crate::recordings::Recording;

pub fn recording<'a>(recording: &'a Recording, base: &'a str) -> wire::CallRecording<'a> {
    let name = recording.name.as_str();
    let link = Link::new(base, "recordings", name);
    let track = |track: &'a crate::recordings::Track| wire::RecordingTrack {
        party: track.party,
        label: Cow::Borrowed(&track.label),
        is_customer: track.is_customer,
        sample_rate: track.sample_rate,
        uri: format!("{}/tracks/{}", link.uri(), track.party),
        heard_uri: format!("{}/heard-by/{}", link.uri(), track.party),
    };
    wire::CallRecording {
        id: name.into(),
        call_uuid: name.split('-').next().unwrap_or_default().into(),
        began: WireTime(recording.sheet.began_unix_seconds.saturating_mul(1_000)),
        length_ms: recording.sheet.length_ms,
        is_complete: recording.sheet.is_complete,
        tracks: recording.sheet.tracks.iter().map(track).collect(),
        uri: link.uri(),
        path: link.path(),
    }
}
