//! What an administrator can set for a contact center, each thing in one place: its name, what it
//! does, its first value and the values allowed.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;

/// One setting's description.
#[derive(Debug)]
pub struct SettingDefinition {
    /// The name in the API's settings group.
    pub name: SettingName,
    /// What it does, with its unit.
    pub doc: &'static str,
    /// The least value allowed.
    pub least: i64,
    /// The greatest value allowed; 1 with least 0 is a switch.
    pub greatest: i64,
    /// The value of a new contact center.
    pub first: i64,
}

/// The names of all settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SettingName {
    /// How long an offer stands.
    OfferLapseSeconds,
    /// Whether an agent who let an offer lapse is set to not ready.
    NotReadyAfterLapse,
    /// How long an agent who refused a contact is not offered it again.
    ReofferPauseSeconds,
    /// How many chats an agent handles at once.
    ChatCapacity,
    /// How many text sessions an agent handles at once.
    SmsCapacity,
    /// How many calls an agent handles at once.
    VoiceCapacity,
    /// Whether messages carry their sender's `messageType` tag.
    IncludeMessageType,
    /// Whether typing notifications carry what is being typed.
    TypingPreview,
    /// Whether a monitoring supervisor's capabilities name the send operations, which stay refused.
    MonitorListsSends,
    /// How long a conversation may be silent before it is closed.
    SilenceEndSeconds,
    /// How long an ended conversation can still be read by its customer.
    EndedReadableSeconds,
    /// How long a session of texts may be silent before it ends.
    SmsSilenceEndSeconds,
    /// Whether a customer who texts again is offered to the last agent first.
    SmsReturnToLastAgent,
    /// How long a text to a customer may be.
    SmsTextCharacters,
    /// How long the parts of an incoming text are waited for.
    SmsPartsWaitSeconds,
    /// How long a text waits for a carrier.
    SmsValidSeconds,
    /// How long receipts are waited for.
    SmsReceiptWaitSeconds,
    /// Whether agents see the numbers of customers.
    SmsNumbersForAgents,
    /// Whether supervisors see the numbers of customers.
    SmsNumbersForSupervisors,
    /// How long a phone rings that was called by its number.
    VoiceRingSeconds,
    /// How long an agent gets for wrap-up after a call from a queue.
    VoiceWrapUpSeconds,
    /// Whether a supervisor's order joins the call that runs already.
    VoiceIntrusion,
    /// Whether a device can be supervised by one supervisor only.
    VoiceOneSupervisorPerDevice,
    /// Whether agents are told that a supervisor listens.
    VoiceListeningInShown,
    /// Whether consultations of a supervised agent are supervised, too.
    VoiceSuperviseConsultations,
}

use SettingName as Name;

const DAY_S: i64 = 86_400;

/// Every setting there is.
pub const SETTINGS: [SettingDefinition; 25] = [
    define(
        Name::OfferLapseSeconds,
        "How long an offer stands before it goes to the next agent, in seconds.",
        1,
        3600,
        30,
    ),
    define(Name::NotReadyAfterLapse, "1: an agent who lets an offer lapse is set to Not Ready.", 0, 1, 0),
    define(
        Name::ReofferPauseSeconds,
        "How long an agent who refused or missed a contact is not offered it again, in seconds.",
        1,
        3600,
        30,
    ),
    define(Name::ChatCapacity, "How many chats an agent handles at once.", 0, 100, 3),
    define(Name::SmsCapacity, "How many text sessions an agent handles at once.", 0, 100, 5),
    define(Name::VoiceCapacity, "How many calls an agent handles at once.", 0, 10, 1),
    define(
        Name::IncludeMessageType,
        "1: messages carry the messageType tag that their sender gave.",
        0,
        1,
        0,
    ),
    define(Name::TypingPreview, "1: typing notifications carry the text typed so far.", 0, 1, 0),
    define(
        Name::MonitorListsSends,
        "1: the capabilities of a monitoring supervisor name the send operations, as older samples print them; they are refused all the same.",
        0,
        1,
        0,
    ),
    define(
        Name::SilenceEndSeconds,
        "How long a conversation may be silent before it is closed, in seconds.",
        30,
        30 * DAY_S,
        4 * 3600,
    ),
    define(
        Name::EndedReadableSeconds,
        "How long an ended conversation can still be read by its customer, in seconds.",
        0,
        DAY_S,
        600,
    ),
    define(
        Name::SmsSilenceEndSeconds,
        "How long a session of texts may be silent before it ends, in seconds.",
        60,
        90 * DAY_S,
        DAY_S,
    ),
    define(
        Name::SmsReturnToLastAgent,
        "1: a customer who texts again is offered to the agent of the last session first, if ready.",
        0,
        1,
        1,
    ),
    define(
        Name::SmsTextCharacters,
        "How long a text to a customer may be, in UTF-16 units; 153 make a part in the alphabet of GSM, 67 in others.",
        1,
        17_000,
        1_530,
    ),
    define(
        Name::SmsPartsWaitSeconds,
        "How long the missing parts of an incoming text are waited for, in seconds; then it is shown with gaps.",
        10,
        DAY_S,
        600,
    ),
    define(
        Name::SmsValidSeconds,
        "How long a text waits for a carrier before it fails, in seconds.",
        10,
        7 * DAY_S,
        DAY_S,
    ),
    define(
        Name::SmsReceiptWaitSeconds,
        "How long the receipts of a text are waited for, in seconds.",
        60,
        14 * DAY_S,
        3 * DAY_S,
    ),
    define(
        Name::SmsNumbersForAgents,
        "1: agents see the numbers of customers who text; 0: the last three digits.",
        0,
        1,
        1,
    ),
    define(
        Name::SmsNumbersForSupervisors,
        "1: supervisors see the numbers of customers who text; 0: the last three digits.",
        0,
        1,
        1,
    ),
    define(
        Name::VoiceRingSeconds,
        "How long a phone rings that was called by its number, in seconds.",
        5,
        600,
        180,
    ),
    define(
        Name::VoiceWrapUpSeconds,
        "How long an agent is in AfterCallWork after a call from a queue, in seconds; 0: not at all.",
        0,
        3600,
        0,
    ),
    define(
        Name::VoiceIntrusion,
        "1: a supervisor's ListenIn, Coach or BargeIn joins the call that runs already; 0: the next one.",
        0,
        1,
        1,
    ),
    define(
        Name::VoiceOneSupervisorPerDevice,
        "1: a device can be supervised by one supervisor at a time only.",
        0,
        1,
        0,
    ),
    define(
        Name::VoiceListeningInShown,
        "1: supervisorListeningIn tells agents that a supervisor listens in; 0: it is always false.",
        0,
        1,
        0,
    ),
    define(
        Name::VoiceSuperviseConsultations,
        "1: consultations of a supervised agent are supervised as well.",
        0,
        1,
        0,
    ),
];

const fn define(name: Name, doc: &'static str, least: i64, greatest: i64, first: i64) -> SettingDefinition {
    SettingDefinition { name, doc, least, greatest, first }
}

impl SettingName {
    /// The setting's description.
    pub fn definition(self) -> &'static SettingDefinition {
        &SETTINGS[self as usize]
    }
}

/// The values in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    values: std::collections::BTreeMap<SettingName, i64>,
    /// The key of user data under which a disposition is kept.
    pub disposition_key: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { values: std::collections::BTreeMap::new(), disposition_key: "DispositionCode".to_owned() }
    }
}

impl Settings {
    /// The value in force.
    pub fn value(&self, name: SettingName) -> i64 {
        self.values.get(&name).copied().unwrap_or(name.definition().first)
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: SettingName) -> bool {
        self.value(name) != 0
    }

    /// A setting in seconds, as milliseconds.
    pub fn ms(&self, seconds: SettingName) -> u64 {
        u64::try_from(self.value(seconds)).unwrap_or(0) * 1000
    }

    /// How many contacts of a channel an agent handles at once.
    pub fn capacity(&self, channel: Channel) -> u32 {
        let name = match channel {
            Channel::Voice => Name::VoiceCapacity,
            Channel::Chat => Name::ChatCapacity,
            Channel::Sms => Name::SmsCapacity,
        };
        u32::try_from(self.value(name)).unwrap_or(0)
    }

    /// Puts a value in force. It has been checked against the definition.
    pub(crate) fn put(&mut self, name: SettingName, value: i64) {
        self.values.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_stands_at_its_name() {
        for (position, definition) in SETTINGS.iter().enumerate() {
            assert_eq!(definition.name as usize, position);
            assert!(
                (definition.least..=definition.greatest).contains(&definition.first),
                "{:?}",
                definition.name
            );
        }
    }
}
