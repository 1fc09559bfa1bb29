//! What is the caller's own.

use super::{Answer, Body, Endpoint, Route, number_parameter};
use crate::dialect::SMS;
use crate::operations::{
    CALL, DEVICE, DEVICE_CALLS, ME, OWN_CHANNEL, SESSION, SETTINGS_GROUP_FIELDS, SMS_SESSIONS,
    USER_DEVICE_FIELDS,
};
use crate::resources::FeatureId;

const VOICE: &[FeatureId] = &[FeatureId::Voice];
const MULTIMEDIA: &[FeatureId] = &[FeatureId::Multimedia];

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/me",
        endpoints: &[
            Endpoint::get(Answer::Object("user", "User"), "The caller."),
            Endpoint::post(
                Body::Operation(ME, true),
                Answer::Bulk,
                "Begins or ends work, or changes the caller's state.",
            ),
        ],
        doc: "The caller.",
    },
    Route {
        path: "/me/devices",
        endpoints: &[
            Endpoint::get(Answer::Collection("devices", "Device"), "The caller's telephones.").needs(VOICE),
            Endpoint::post(Body::Object(USER_DEVICE_FIELDS), Answer::Created, "Makes or takes a telephone.")
                .needs(VOICE),
        ],
        doc: "The caller's telephones.",
    },
    Route {
        path: "/me/devices/{id}",
        endpoints: &[
            Endpoint::get(Answer::Object("device", "Device"), "One telephone.").needs(VOICE),
            Endpoint::post(Body::Operation(DEVICE, false), Answer::Done, "Asks for an operation.")
                .needs(VOICE),
        ],
        doc: "One telephone of the caller.",
    },
    Route {
        path: "/me/devices/{id}/calls",
        endpoints: &[Endpoint::post(Body::Operation(DEVICE_CALLS, false), Answer::Done, "Calls somebody.")
            .needs(VOICE)],
        doc: "The calls of a telephone.",
    },
    Route {
        path: "/me/devices/{id}/settings/tserver",
        endpoints: &[Endpoint::get(Answer::Settings, "Settings of the telephone system.").needs(VOICE)],
        doc: "Settings of the telephone system behind a telephone.",
    },
    Route {
        path: "/me/channels",
        endpoints: &[Endpoint::get(Answer::Collection("channels", "ChannelState"), "The caller's channels.")],
        doc: "The channels that the caller works on.",
    },
    Route {
        path: "/me/channels/{channel}",
        endpoints: &[
            Endpoint::get(Answer::Object("channel", "ChannelState"), "One channel."),
            Endpoint::post(
                Body::Operation(OWN_CHANNEL, true),
                Answer::Done,
                "Changes the state on one channel.",
            ),
        ],
        doc: "One channel of the caller.",
    },
    Route {
        path: "/me/skills",
        endpoints: &[Endpoint::get(Answer::Collection("skills", "Skill"), "The caller's skills.")],
        doc: "The caller's skills.",
    },
    Route {
        path: "/me/groups",
        endpoints: &[Endpoint::get(Answer::Collection("groups", "Group"), "The caller's groups.")],
        doc: "The groups that the caller is in.",
    },
    Route {
        path: "/me/features",
        endpoints: &[Endpoint::get(
            Answer::Collection("features", "Feature"),
            "Features of the contact center.",
        )],
        doc: "The features of the caller's contact center.",
    },
    Route {
        path: "/me/settings",
        endpoints: &[
            Endpoint::get(
                Answer::Collection("settings", "SettingsGroup"),
                "The caller's groups of settings.",
            ),
            Endpoint::post(Body::Object(SETTINGS_GROUP_FIELDS), Answer::Done, "Makes a group of settings."),
        ],
        doc: "Settings of the caller's own.",
    },
    Route {
        path: "/me/settings/{group}",
        endpoints: &[
            Endpoint::get(Answer::Settings, "The entries."),
            Endpoint::post(Body::Free, Answer::Done, "Adds an entry."),
            Endpoint::delete("Removes the group."),
        ],
        doc: "A group of settings of the caller's own.",
    },
    Route {
        path: "/me/settings/{group}/{entry}",
        endpoints: &[
            Endpoint::put(Body::Free, "Replaces members of the entry."),
            Endpoint::delete("Removes the entry."),
        ],
        doc: "An entry of the caller's own settings.",
    },
    Route {
        path: "/me/calls",
        endpoints: &[Endpoint::get(Answer::Collection("calls", "Call"), "The caller's calls.").needs(VOICE)],
        doc: "The calls that the caller is in or that ring, until released.",
    },
    Route {
        path: "/me/calls/{id}",
        endpoints: &[
            Endpoint::get(Answer::Object("call", "Call"), "The call as the caller's telephone has it.")
                .needs(VOICE),
            Endpoint::post(Body::Operation(CALL, false), Answer::Done, "Asks for an operation.").needs(VOICE),
        ],
        doc: "One call of the caller.",
    },
    Route {
        path: "/me/interactions",
        endpoints: &[Endpoint::get(
            Answer::Collection("interactions", "Interaction"),
            "The caller's chats and SMS sessions.",
        )
        .needs(MULTIMEDIA)],
        doc: "Everything in writing that the caller is invited to or in.",
    },
    Route {
        path: "/me/{sessions}",
        endpoints: &[
            Endpoint::get(
                Answer::Sessions("Interaction"),
                "The sessions that the caller is invited to or in.",
            )
            .needs(MULTIMEDIA),
            Endpoint::post(Body::Operation(SMS_SESSIONS, false), Answer::Created, "Begins a session.")
                .needs(MULTIMEDIA)
                .only_for(&SMS)
                .ours(),
        ],
        doc: "Sessions that the caller is invited to or in, until completed or revoked.",
    },
    Route {
        path: "/me/{sessions}/{id}",
        endpoints: &[
            Endpoint::get(Answer::Session, "The session as the caller sees it.").needs(MULTIMEDIA),
            Endpoint::post(Body::Operation(SESSION, false), Answer::Done, "Asks for an operation.")
                .needs(MULTIMEDIA),
        ],
        doc: "One session, for its agents and supervisors.",
    },
    Route {
        path: "/me/{sessions}/{id}/messages",
        endpoints: &[Endpoint::get(
            Answer::List("messages", "Message"),
            "The entries that the caller may see.",
        )
        .needs(MULTIMEDIA)
        .asking(&[
            number_parameter("startIndex", "The index of the first entry; 0 and 1 mean from the beginning."),
            number_parameter("count", "How many; 0 means all."),
        ])],
        doc: "The message log of a session.",
    },
];
