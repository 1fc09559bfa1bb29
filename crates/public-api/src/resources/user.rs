//! Users and their devices.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{Serialize as SerializeValue, SerializeMap, Serializer};
use utoipa::ToSchema;

use super::{
    Call, Capability, ChannelState, Feature, Group, Id, Interaction, Path, Skill, SupervisedSession, Switch,
    Uri, UserState,
};
use crate::word::words;

words! {
    /// What a user may be.
    pub enum Role {
        Admin = "ROLE_ADMIN",
        Agent = "ROLE_AGENT",
        Supervisor = "ROLE_SUPERVISOR",
        ApiUser = "ROLE_APIUSER",
    }
}

words! {
    /// Whether a telephone is there.
    pub enum DeviceState {
        Active = "Active",
        Inactive = "Inactive",
    }
}

words! {
    /// Whether we may answer for a telephone (`Private`) or not (`Public`).
    pub enum TelephonyNetwork {
        Private = "Private",
        Public = "Public",
    }
}

words! {
    /// How a supervisor joins calls.
    pub enum MonitoringKind {
        ListenIn = "ListenIn",
        Coach = "Coach",
        BargeIn = "BargeIn",
    }
}

words! {
    /// Which calls a supervisor joins.
    pub enum MonitoringMode {
        NextCall = "NextCall",
        AllCalls = "AllCalls",
    }
}

words! {
    /// Whether a supervisor follows the agent or the call.
    pub enum MonitoringScope {
        Agent = "Agent",
        Call = "Call",
    }
}

/// A person who signs in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User<'a> {
    /// 32 lower-case hexadecimal digits.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The login name.
    #[schema(value_type = String)]
    pub user_name: Cow<'a, str>,
    /// The given name.
    #[schema(value_type = String)]
    pub first_name: Cow<'a, str>,
    /// The family name.
    #[schema(value_type = String)]
    pub last_name: Cow<'a, str>,
    /// May be empty.
    #[schema(value_type = String)]
    pub email_address: Cow<'a, str>,
    /// What the user may be.
    pub roles: Cow<'a, [Role]>,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// Whether the password has to be changed before anything else.
    pub change_password_on_first_login: bool,
    /// Subresource: telephones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Device>>, nullable = false)]
    pub devices: Option<Vec<Device<'a>>>,
    /// Subresource: channels; absent without a contact-center session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ChannelState>>, nullable = false)]
    pub channels: Option<Vec<ChannelState<'a>>>,
    /// The same list again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ChannelState>>, nullable = false)]
    pub channel_states: Option<Vec<ChannelState<'a>>>,
    /// Subresource: features of the contact center.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Feature>>, nullable = false)]
    pub features: Option<Vec<Feature<'a>>>,
    /// Subresource: skills, with levels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Skill>>, nullable = false)]
    pub skills: Option<Vec<Skill<'a>>>,
    /// Subresource: groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Group>>, nullable = false)]
    pub groups: Option<Vec<Group<'a>>>,
    /// Subresource of `/me`: own chats.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Interaction>>, nullable = false)]
    pub chats: Option<Sessions<'a>>,
    /// Subresource: SMS sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Interaction>>, nullable = false)]
    pub smssessions: Option<Sessions<'a>>,
    /// Subresource of `/me`: own chats and SMS sessions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Interaction>>, nullable = false)]
    pub interactions: Option<Vec<Interaction<'a>>>,
    /// Subresource of `/me`: own calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Call>>, nullable = false)]
    pub calls: Option<Vec<Call<'a>>>,
    /// Subresource: settings by section; there whenever asked for, if only empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SettingsBySection>, nullable = false)]
    pub settings: Option<SettingsBySection<'a>>,
    /// The contact center that the user belongs to.
    #[schema(value_type = String)]
    pub contact_center_id: Id<'a>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// Sessions within a user.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Sessions<'a> {
    /// One's own, in full.
    Own(Vec<Interaction<'a>>),
    /// An agent's, as a supervisor finds them before entering.
    Supervised(Vec<SupervisedSession<'a>>),
}

/// Settings: texts by name by section.
#[derive(Clone, Debug, Default)]
pub struct SettingsBySection<'a>(pub Vec<(Cow<'a, str>, SettingsSection<'a>)>);

/// Settings of one section: texts by name.
pub type SettingsSection<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

impl SerializeValue for SettingsBySection<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sections = serializer.serialize_map(Some(self.0.len()))?;
        for (section, entries) in &self.0 {
            sections.serialize_entry(section, &Section(entries))?;
        }
        sections.end()
    }
}

struct Section<'s, 'a>(&'s [(Cow<'a, str>, Cow<'a, str>)]);

impl SerializeValue for Section<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl utoipa::PartialSchema for SettingsBySection<'_> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
        let text = ObjectBuilder::new().schema_type(Type::String);
        let texts = ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::from(text)));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::from(texts)))
            .description(Some("Texts by name by section."))
            .into()
    }
}

impl ToSchema for SettingsBySection<'_> {}

/// A telephone.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device<'a> {
    /// The device's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// Whether the telephone is there.
    pub device_state: DeviceState,
    /// The state of its user; absent when inactive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<UserState>, nullable = false)]
    pub user_state: Option<UserState<'a>>,
    /// The number it is called by.
    #[schema(value_type = String)]
    pub phone_number: Cow<'a, str>,
    /// Usually empty.
    #[schema(value_type = String)]
    pub description: Cow<'a, str>,
    /// The number again, as the original prints it.
    #[schema(value_type = String)]
    pub e164_number: Cow<'a, str>,
    /// Whether we may answer for it.
    pub telephony_network: TelephonyNetwork,
    /// Do not disturb.
    pub do_not_disturb: Switch,
    /// Where calls are forwarded to; only while they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub forward_to: Option<Cow<'a, str>>,
    /// The kind of device, such as `ACDPosition`; in provisioning only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub r#type: Option<Cow<'a, str>>,
    /// The country, in provisioning only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Country>, nullable = false)]
    pub country: Option<Country<'a>>,
    /// The telephone system it belongs to.
    #[schema(value_type = String)]
    pub voice_environment_uri: Cow<'a, str>,
    /// What its user may do now; order carries no meaning.
    pub capabilities: Cow<'a, [Capability]>,
    /// Always `voice`.
    #[schema(value_type = Vec<String>)]
    pub channels: Cow<'a, [&'a str]>,
    /// Usually empty.
    #[schema(value_type = String)]
    pub dynamic_phone_number: Cow<'a, str>,
    /// The standing order to monitor; absent when its user monitors nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MonitoringState>, nullable = false)]
    pub supervisor_monitoring_state: Option<MonitoringState<'a>>,
    /// Ours: how its phones sign in; in provisioning only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SipIdentity>, nullable = false)]
    pub sip: Option<SipIdentity<'a>>,
    /// The absolute link; in provisioning only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub uri: Option<Uri<'a>>,
    /// The relative link; in provisioning only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub path: Option<Path<'a>>,
}

/// Ours: how phones of a device sign in by SIP. The password is never answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SipIdentity<'a> {
    /// The user name, which is the device's number.
    #[schema(value_type = String)]
    pub user_name: Cow<'a, str>,
    /// The realm of the password; absent as long as there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub realm: Option<Cow<'a, str>>,
    /// Whether a phone is registered now.
    pub registered: bool,
}

/// The country of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Country<'a> {
    /// The name in English.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// The ISO 3166 code.
    #[schema(value_type = String)]
    pub code: Cow<'a, str>,
    /// The calling code.
    #[schema(value_type = String)]
    pub calling_code: Cow<'a, str>,
}

/// A supervisor's standing order to join an agent's calls.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MonitoringState<'a> {
    /// How the supervisor joins.
    pub state: MonitoringKind,
    /// Which calls.
    pub mode: MonitoringMode,
    /// Whether the supervisor follows the agent or the call.
    pub scope: MonitoringScope,
    /// The monitored agent's device.
    #[schema(value_type = String)]
    pub target_device_uri: Uri<'a>,
}
