//! Users: their provisioning, and their supervision.

use super::{
    Answer, Body, Endpoint, Route, provisioning_delete, provisioning_post, provisioning_put,
    provisioning_read,
};
use crate::operations::{
    SETTINGS_GROUP_FIELDS, USER_CHANNEL, USER_DEVICE_FIELDS, USER_FIELDS, USER_SESSION, USER_SKILL_FIELDS,
};
use crate::resources::{FeatureId, Role};

const SUPERVISOR: &[Role] = &[Role::Supervisor];
const MULTIMEDIA: &[FeatureId] = &[FeatureId::Multimedia];

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/users",
        endpoints: &[
            provisioning_read(Answer::Collection("users", "User"), "The users.").for_roles(super::PEOPLE),
            provisioning_post(Body::Object(USER_FIELDS), Answer::Created, "Makes a user."),
        ],
        doc: "The users of the contact center.",
    },
    Route {
        path: "/users/{id}",
        endpoints: &[
            provisioning_read(
                Answer::Object("user", "User"),
                "One user. Supervisors may ask for the subresources `chats` and `smssessions`: running sessions that they may enter.",
            ),
            provisioning_put(USER_FIELDS, "Changes a user; `roles` is the whole new set."),
            provisioning_post(Body::Changes(USER_FIELDS), Answer::Done, "The same as PUT."),
            provisioning_delete("Removes a user."),
        ],
        doc: "One user.",
    },
    Route {
        path: "/users/{id}/devices",
        endpoints: &[
            provisioning_read(Answer::Collection("devices", "Device"), "The user's telephones."),
            provisioning_post(
                Body::Object(USER_DEVICE_FIELDS),
                Answer::Created,
                "Makes or assigns a telephone.",
            ),
        ],
        doc: "The telephones of a user.",
    },
    Route {
        path: "/users/{id}/devices/{deviceId}",
        endpoints: &[
            provisioning_read(Answer::Object("device", "Device"), "One telephone."),
            provisioning_delete("Unassigns a telephone."),
        ],
        doc: "One telephone of a user.",
    },
    Route {
        path: "/users/{id}/skills",
        endpoints: &[
            provisioning_read(Answer::Collection("skills", "Skill"), "The user's skills."),
            provisioning_post(Body::Object(USER_SKILL_FIELDS), Answer::Done, "Gives the user a skill.")
                .for_roles(super::PEOPLE),
        ],
        doc: "The skills of a user.",
    },
    Route {
        path: "/users/{id}/skills/{skillId}",
        endpoints: &[
            provisioning_read(Answer::Object("skill", "Skill"), "One skill."),
            provisioning_put(USER_SKILL_FIELDS, "Changes the level.").for_roles(super::PEOPLE),
            provisioning_delete("Takes the skill from the user.").for_roles(super::PEOPLE),
        ],
        doc: "One skill of a user.",
    },
    Route {
        path: "/users/{id}/groups",
        endpoints: &[provisioning_read(Answer::Collection("groups", "Group"), "The user's groups.")],
        doc: "The groups that a user is in.",
    },
    Route {
        path: "/users/{id}/settings",
        endpoints: &[
            provisioning_read(
                Answer::Collection("settings", "SettingsGroup"),
                "The user's groups of settings.",
            ),
            provisioning_post(
                Body::Object(SETTINGS_GROUP_FIELDS),
                Answer::Done,
                "Makes a group of settings.",
            ),
        ],
        doc: "The settings of a user.",
    },
    Route {
        path: "/users/{id}/settings/{group}",
        endpoints: &[
            provisioning_read(Answer::Settings, "The entries."),
            provisioning_post(Body::Free, Answer::Done, "Adds an entry."),
            provisioning_delete("Removes the group."),
        ],
        doc: "A group of settings of a user.",
    },
    Route {
        path: "/users/{id}/settings/{group}/{entry}",
        endpoints: &[
            Endpoint::put(Body::Free, "Replaces members of the entry.")
                .needs(super::WRITE)
                .for_roles(super::ADMIN),
            provisioning_delete("Removes the entry."),
        ],
        doc: "An entry of a user's settings.",
    },
    Route {
        path: "/users/{id}/channels",
        endpoints: &[Endpoint::get(Answer::Collection("channels", "ChannelState"), "The agent's channels.")
            .for_roles(super::PEOPLE)],
        doc: "The channels that an agent works on.",
    },
    Route {
        path: "/users/{id}/channels/{channel}",
        endpoints: &[
            Endpoint::get(Answer::Object("channel", "ChannelState"), "One channel.").for_roles(super::PEOPLE),
            Endpoint::post(
                Body::Operation(USER_CHANNEL, false),
                Answer::Done,
                "Changes the agent's state, or takes part in the agent's sessions.",
            )
            .for_roles(SUPERVISOR),
        ],
        doc: "One channel of an agent, for supervisors.",
    },
    Route {
        path: "/users/{id}/{sessions}",
        endpoints: &[Endpoint::get(
            Answer::Sessions("SupervisedSession"),
            "Sessions that a supervisor may enter.",
        )
        .needs(MULTIMEDIA)
        .for_roles(SUPERVISOR)],
        doc: "The running sessions of an agent, for supervisors.",
    },
    Route {
        path: "/users/{id}/{sessions}/{sessionId}",
        endpoints: &[Endpoint::post(
            Body::Operation(USER_SESSION, false),
            Answer::Done,
            "Comes into the session.",
        )
        .needs(MULTIMEDIA)
        .for_roles(SUPERVISOR)],
        doc: "A running session of an agent, for supervisors.",
    },
];
