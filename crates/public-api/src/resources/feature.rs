//! Features: named bundles of functionality that a contact center has or lacks.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Path, Uri};
use crate::word::words;

words! {
    /// The features that exist.
    pub enum FeatureId {
        Voice = "api-voice",
        VoiceRecording = "api-voice-recording",
        VoiceOutbound = "api-voice-outbound",
        VoicePredictiveCalls = "api-voice-predictive-calls",
        VoiceInstantMessaging = "api-voice-instant-messaging",
        DevicesWebrtc = "api-devices-webrtc",
        UcsVoice = "api-ucs-voice",
        Multimedia = "api-multimedia",
        MultimediaChat = "api-multimedia-chat",
        MultimediaEmail = "api-multimedia-email",
        MultimediaWorkitem = "api-multimedia-workitem",
        MultimediaTwitter = "api-multimedia-twitter",
        MultimediaFacebook = "api-multimedia-facebook",
        ProvisioningRead = "api-provisioning-read",
        ProvisioningWrite = "api-provisioning-write",
        PlatformConfigurationRead = "api-platform-configuration-read",
        PlatformConfigurationWrite = "api-platform-configuration-write",
        SupervisorMonitoring = "api-supervisor-monitoring",
        SupervisorAgentControl = "api-supervisor-agent-control",
        SupervisorRecording = "api-supervisor-recording",
        AgentControl = "api-agent-control",
        UserAccountManagementEmail = "api-user-account-management-email",
        UiSupervisorProvisioningRouting = "ui-supervisor-provisioning-routing",
        UiSupervisorProvisioningSkill = "ui-supervisor-provisioning-skill",
        UiSupervisorProvisioningUser = "ui-supervisor-provisioning-user",
        UiSupervisorRecording = "ui-supervisor-recording",
        UiSupervisorReporting = "ui-supervisor-reporting",
        UiSupervisorEditUser = "ui-supervisor-edit-user",
        UiSupervisorCcSegmentation = "ui-supervisor-cc-segmentation",
    }
}

/// A feature of a contact center.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feature<'a> {
    /// The feature's ID.
    pub id: FeatureId,
    /// The label.
    #[schema(value_type = String)]
    pub display_name: Cow<'a, str>,
    /// What it is for.
    #[schema(value_type = String)]
    pub description: Cow<'a, str>,
    /// Whether new contact centers have it.
    pub auto_assign_on_contact_center_create: bool,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// What the server knows of a feature.
#[derive(Debug)]
pub struct FeatureDefinition {
    /// The feature's ID.
    pub id: FeatureId,
    /// The label.
    pub display_name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Whether new contact centers have it.
    pub assigned_by_default: bool,
}

impl FeatureDefinition {
    /// As reads answer it.
    #[must_use]
    pub fn resource<'a>(&'static self, base: &'a str) -> Feature<'a> {
        let link = super::Link::new(base, "features", self.id.as_str());
        Feature {
            id: self.id,
            display_name: self.display_name.into(),
            description: self.description.into(),
            auto_assign_on_contact_center_create: self.assigned_by_default,
            uri: link.uri(),
            path: link.path(),
        }
    }
}

/// Every feature that this server implements, as `/system/features` lists them.
pub static FEATURES: [FeatureDefinition; 8] = [
    define(FeatureId::Voice, "Voice", "Telephones and calls.", true),
    define(FeatureId::VoiceRecording, "Recording", "Recording calls.", false),
    define(FeatureId::Multimedia, "Multimedia", "Chats and SMS sessions.", false),
    define(FeatureId::MultimediaChat, "Chat", "Reading chats.", false),
    define(FeatureId::ProvisioningRead, "Provisioning, read", "Reading users and what they work with.", true),
    define(
        FeatureId::ProvisioningWrite,
        "Provisioning, write",
        "Changing users and what they work with.",
        true,
    ),
    define(FeatureId::SupervisorMonitoring, "Monitoring", "Listening in, coaching and barging in.", false),
    define(FeatureId::SupervisorAgentControl, "Agent control", "Changing the states of agents.", false),
];

const fn define(
    id: FeatureId,
    display_name: &'static str,
    description: &'static str,
    assigned_by_default: bool,
) -> FeatureDefinition {
    FeatureDefinition { id, display_name, description, assigned_by_default }
}
