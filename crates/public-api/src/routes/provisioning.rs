//! What a contact center is made of, beside its users.

use super::{
    Answer, Body, Endpoint, Route, provisioning_delete, provisioning_post, provisioning_put,
    provisioning_read,
};
use crate::operations::{
    DEVICE_FIELDS, GROUP_FIELDS, GROUP_MEMBER_FIELDS, QUEUE_FIELDS, SETTINGS_GROUP_FIELDS, SKILL_FIELDS,
    USER_SKILL_FIELDS,
};

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/devices",
        endpoints: &[
            provisioning_read(Answer::Collection("devices", "Device"), "The telephones.")
                .for_roles(super::ADMIN),
            provisioning_post(Body::Object(DEVICE_FIELDS), Answer::Created, "Makes a telephone."),
        ],
        doc: "The telephones of the contact center.",
    },
    Route {
        path: "/devices/{id}",
        endpoints: &[
            provisioning_read(Answer::Object("device", "Device"), "One telephone."),
            provisioning_put(DEVICE_FIELDS, "Changes a telephone."),
            provisioning_delete("Removes a telephone."),
        ],
        doc: "One telephone.",
    },
    Route {
        path: "/devices/{id}/settings/tserver",
        endpoints: &[provisioning_read(Answer::Settings, "Settings of the telephone system.")],
        doc: "Settings of the telephone system behind a telephone.",
    },
    Route {
        path: "/skills",
        endpoints: &[
            provisioning_read(Answer::Collection("skills", "Skill"), "The skills.").for_roles(super::PEOPLE),
            provisioning_post(Body::Object(SKILL_FIELDS), Answer::Created, "Makes a skill."),
        ],
        doc: "The skills that agents can have.",
    },
    Route {
        path: "/skills/{id}",
        endpoints: &[
            provisioning_read(Answer::Object("skill", "Skill"), "One skill.").for_roles(super::PEOPLE),
            provisioning_put(SKILL_FIELDS, "Changes a skill."),
            provisioning_delete("Removes a skill."),
        ],
        doc: "One skill.",
    },
    Route {
        path: "/queues",
        endpoints: &[
            provisioning_read(Answer::Collection("queues", "Queue"), "The queues.").for_roles(super::PEOPLE),
            provisioning_post(
                Body::Object(QUEUE_FIELDS),
                Answer::Created,
                "Makes a queue, with exactly one of `phoneNumber` and `internal: true`.",
            ),
        ],
        doc: "The queues in which contacts wait.",
    },
    Route {
        path: "/queues/{id}",
        endpoints: &[
            provisioning_read(Answer::Object("queue", "Queue"), "One queue.").for_roles(super::PEOPLE),
            provisioning_put(QUEUE_FIELDS, "Changes a queue."),
            provisioning_delete("Removes a queue."),
        ],
        doc: "One queue.",
    },
    Route {
        path: "/queues/{id}/skills",
        endpoints: &[
            provisioning_read(Answer::Collection("skills", "Skill"), "The skills asked for.")
                .for_roles(super::PEOPLE)
                .ours(),
            provisioning_post(
                Body::Object(USER_SKILL_FIELDS),
                Answer::Done,
                "Asks agents of this queue for a skill, of at least this level.",
            )
            .ours(),
        ],
        doc: "Ours: what an agent must be able to do to be offered contacts from a queue.",
    },
    Route {
        path: "/queues/{id}/skills/{skillId}",
        endpoints: &[provisioning_delete("Asks for the skill no longer.").ours()],
        doc: "Ours: one skill that a queue asks for.",
    },
    Route {
        path: "/groups",
        endpoints: &[
            provisioning_read(Answer::Collection("groups", "Group"), "The groups."),
            provisioning_post(Body::Object(GROUP_FIELDS), Answer::Created, "Makes a group."),
        ],
        doc: "Business units and sets of dispositions.",
    },
    Route {
        path: "/groups/{id}",
        endpoints: &[
            provisioning_read(Answer::Object("group", "Group"), "One group."),
            provisioning_put(GROUP_FIELDS, "Changes a group."),
            provisioning_delete("Removes a group."),
        ],
        doc: "One group.",
    },
    Route {
        path: "/groups/{id}/users",
        endpoints: &[
            provisioning_read(Answer::Collection("users", "User"), "The members.").for_roles(super::PEOPLE),
            ADD_MEMBER,
        ],
        doc: "The agents of a group.",
    },
    Route {
        path: "/groups/{id}/supervisors",
        endpoints: &[
            provisioning_read(Answer::Collection("users", "User"), "The supervisors.")
                .for_roles(super::PEOPLE),
            ADD_MEMBER,
        ],
        doc: "The supervisors of a group.",
    },
    Route {
        path: "/groups/{id}/skills",
        endpoints: &[provisioning_read(Answer::Collection("skills", "Skill"), "The skills."), ADD_MEMBER],
        doc: "The skills of a group.",
    },
    Route {
        path: "/groups/{id}/queues",
        endpoints: &[provisioning_read(Answer::Collection("queues", "Queue"), "The queues."), ADD_MEMBER],
        doc: "The queues of a group.",
    },
    Route {
        path: "/groups/{id}/{members}/{memberId}",
        endpoints: &[provisioning_delete("Takes a user, supervisor, skill or queue out of the group.")],
        doc: "One member of a group.",
    },
    Route {
        path: "/system/routing-templates",
        endpoints: &[provisioning_read(
            Answer::Empty("routingTemplates"),
            "The routing templates: none, queues are routed by skill and idle time.",
        )],
        doc: "Templates for routing; there are none.",
    },
    Route {
        path: "/settings",
        endpoints: &[
            Endpoint::get(Answer::Collection("settings", "SettingsGroup"), "The groups of settings."),
            provisioning_post(
                Body::Object(SETTINGS_GROUP_FIELDS),
                Answer::Done,
                "Makes a group of settings.",
            ),
        ],
        doc: "The settings of the contact center; `agent-states` holds the states of agents.",
    },
    Route {
        path: "/settings/{group}",
        endpoints: &[
            Endpoint::get(Answer::Settings, "The entries; of `general-settings`, one object."),
            provisioning_post(Body::Free, Answer::Done, "Adds an entry."),
            provisioning_delete("Removes the group."),
        ],
        doc: "A group of settings.",
    },
    Route {
        path: "/settings/{group}/{entry}",
        endpoints: &[
            Endpoint::put(Body::Free, "Replaces members of the entry.")
                .needs(super::WRITE)
                .for_roles(super::ADMIN),
            provisioning_delete("Removes the entry."),
        ],
        doc: "An entry of settings.",
    },
];

const ADD_MEMBER: Endpoint = provisioning_post(
    Body::Object(GROUP_MEMBER_FIELDS),
    Answer::Done,
    "Puts somebody or something into the group.",
);
