//! Recordings of calls, for administrators. All of it is ours.

use super::{Answer, Endpoint, Route, text_parameter};
use crate::resources::FeatureId;

const RECORDING: &[FeatureId] = &[FeatureId::VoiceRecording];

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/recordings",
        endpoints: &[read(
            Answer::Collection("recordings", "CallRecording"),
            "The recordings, the latest first, a page at a time.",
        )
        .asking(&[text_parameter("callUuid", "Those of one call only.")])],
        doc: "Ours: what was recorded of calls.",
    },
    Route {
        path: "/recordings/{id}",
        endpoints: &[read(Answer::Object("recording", "CallRecording"), "One recording.")],
        doc: "Ours: one recording.",
    },
    Route {
        path: "/recordings/{id}/tracks/{party}",
        endpoints: &[read(Answer::Sound, "What a party said.")],
        doc: "Ours: the voice of one party.",
    },
    Route {
        path: "/recordings/{id}/heard-by/{party}",
        endpoints: &[read(Answer::Sound, "What a party heard of the others.")],
        doc: "Ours: a call as one party heard it.",
    },
];

const fn read(answer: Answer, doc: &'static str) -> Endpoint {
    Endpoint::get(answer, doc).needs(RECORDING).for_roles(super::ADMIN).ours()
}
