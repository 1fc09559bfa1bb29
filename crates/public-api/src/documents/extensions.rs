//! What we added to the original API. Nothing of it changes the meaning of a request that was valid before.

/// One addition.
#[derive(Debug)]
pub struct Extension {
    /// Where it is.
    pub place: &'static str,
    /// What it is.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
}

/// Every addition.
pub static EXTENSIONS: &[Extension] = &[
    Extension {
        place: "`POST /users/{id}/channels/{channel}`: Monitor, Coach, BargeIn",
        name: "`supervisorMonitoringMode: \"CurrentChat\"`",
        doc: "Joins the sessions that the agent is in now, at once.",
    },
    Extension {
        place: "`POST /users/{id}/chats/{sessionId}`: Intrude",
        name: "`autoAccept`, `nickname`",
        doc: "Joins at once, without an invitation to accept.",
    },
    Extension {
        place: "Chats and SMS sessions",
        name: "`perception`",
        doc: "Tells supervisors who sees whom, and who reads whose words.",
    },
    Extension {
        place: "`POST /me/calls/{id}`",
        name: "`SwitchToCoach`",
        doc: "From listening in or barging in to coaching, on the running call; listed in a supervisor's `capabilities`.",
    },
    Extension {
        place: "`POST /me/devices/{id}`: ListenIn, Coach, BargeIn",
        name: "`phoneNumber` of a queue",
        doc: "Joins the calls of a queue, whoever handles them.",
    },
    Extension {
        place: "`/devices`, `/users/{id}/devices`",
        name: "`sipPassword`, `sip`",
        doc: "What the phones of a device sign in with by SIP, and whether one is registered.",
    },
    Extension {
        place: "`/recordings`",
        name: "Recordings",
        doc: "Lists recordings of calls; what each party said, and what each party heard, as WAV.",
    },
    Extension {
        place: "`POST /me`",
        name: "`ChangePassword`",
        doc: "Changes the caller's password with `oldPassword` and `newPassword`.",
    },
    Extension {
        place: "`/system/contact-centers`",
        name: "Contact centers",
        doc: "Lists and makes contact centers, for administrators of the first one.",
    },
    Extension {
        place: "`GET` of collections",
        name: "`offset`, `limit`",
        doc: "Answers a page; `totalCount` tells how many there are.",
    },
    Extension {
        place: "`/queues/{id}/skills`",
        name: "Skills of queues",
        doc: "What an agent must be able to do to be offered contacts from a queue.",
    },
    Extension {
        place: "`/groups`, groups of type `dispositions`",
        name: "`dispositions`",
        doc: "The codes of the set, in order.",
    },
    Extension {
        place: "`/settings/contact-center`, `/settings/agent-states`",
        name: "Changing system settings",
        doc: "How the contact center routes, and which states agents can enter.",
    },
    Extension {
        place: "`PUT /features/{id}`",
        name: "Switching features on",
        doc: "Gives the contact center a feature that `DELETE` took away.",
    },
    Extension {
        place: "`POST /me/smssessions`",
        name: "`CreateSmsSession`",
        doc: "Begins an SMS session with a customer's number. Its `chatType` is `Outbound`.",
    },
    Extension {
        place: "Messages of SMS sessions",
        name: "`delivery`",
        doc: "What became of a text on its way to the customer's phone: `state`, `parts`, `reason`.",
    },
    Extension {
        place: "Channel `/v2/me/smssessions`",
        name: "`MessageDeliveryUpdated`",
        doc: "Tells what became of texts, under a `messageType` that other clients ignore.",
    },
    Extension {
        place: "`/queues`, queues for SMS sessions",
        name: "`keywords`",
        doc: "First words that bring a text to this queue rather than to another of the same number.",
    },
    Extension {
        place: "`/sms-suppressions`",
        name: "The suppression list",
        doc: "Numbers that must not be texted; imported and exported as `text/csv`.",
    },
    Extension {
        place: "`/sms-keywords`",
        name: "Keywords",
        doc: "The words by which customers end texts, allow them again, or ask who is texting.",
    },
    Extension {
        place: "`/openapi.json`, `/asyncapi.json`, `/docs`",
        name: "The contract",
        doc: "These documents.",
    },
    Extension {
        place: "`/notifications`",
        name: "WebSocket",
        doc: "Carries the push protocol as well as long polling does.",
    },
];
