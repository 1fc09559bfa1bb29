//! What contact centers are made of: skills, queues, groups, services, settings.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Path, Uri, User};
use crate::word::words;

words! {
    /// What a group holds.
    pub enum GroupType {
        BusinessUnit = "BusinessUnit",
        Dispositions = "dispositions",
    }
}

words! {
    /// What a service does.
    pub enum ServiceType {
        Provisioning = "Provisioning",
        Voice = "Voice",
        MultiMediaState = "MultiMediaState",
        MultiMediaContent = "MultiMediaContent",
        Reporting = "Reporting",
    }
}

words! {
    /// Whether a service works.
    pub enum ServiceState {
        Active = "Active",
        Inactive = "Inactive",
    }
}

/// A skill; within a user, with the user's level.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Skill<'a> {
    /// The skill's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The name.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// What it is.
    #[schema(value_type = String)]
    pub description: Cow<'a, str>,
    /// The level: a number as a string, `"0"` where no user is meant.
    #[schema(value_type = String)]
    pub level: Cow<'a, str>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// A queue.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queue<'a> {
    /// The queue's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The name.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// What it is.
    #[schema(value_type = String)]
    pub description: Cow<'a, str>,
    /// The channel whose contacts wait here.
    #[schema(value_type = String)]
    pub channel: Cow<'a, str>,
    /// The number it is called by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub phone_number: Option<Cow<'a, str>>,
    /// Ours. Queues for SMS sessions: first words that bring a text here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    pub keywords: Option<Vec<Cow<'a, str>>>,
    /// Whether its number was given by the server.
    pub internal: bool,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// A business unit, or a set of dispositions.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(no_recursion)]
pub struct Group<'a> {
    /// `1-…` for dispositions, `2-…` for business units.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The name.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// What it holds.
    pub r#type: GroupType,
    /// The names of what it holds.
    #[schema(value_type = Vec<String>)]
    pub contains: Cow<'a, [&'a str]>,
    /// Dispositions only: whether it is the one to use unless told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub default_group: Option<bool>,
    /// Ours. Dispositions only: the codes, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    pub dispositions: Option<Cow<'a, [String]>>,
    /// Subresource: users.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<User>>, nullable = false)]
    pub users: Option<Vec<User<'a>>>,
    /// Subresource: supervisors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<User>>, nullable = false)]
    pub supervisors: Option<Vec<User<'a>>>,
    /// Subresource: skills.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Skill>>, nullable = false)]
    pub skills: Option<Vec<Skill<'a>>>,
    /// Subresource: queues.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Queue>>, nullable = false)]
    pub queues: Option<Vec<Queue<'a>>>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// Something behind the server, and whether it works.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Service<'a> {
    /// The service's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The name.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// What it does.
    pub r#type: ServiceType,
    /// Whether it works.
    pub state: ServiceState,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// A group of settings.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingsGroup<'a> {
    /// The label.
    #[schema(value_type = String)]
    pub display_name: Cow<'a, str>,
    /// The name, as in its path.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// The member that identifies an entry.
    #[schema(value_type = String)]
    pub key: Cow<'a, str>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// A setting with a name and a value, as most system groups have them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Setting<'a> {
    /// The name.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// The value, always a string.
    #[schema(value_type = String)]
    pub value: Cow<'a, str>,
}

/// An entry of the `agent-states` settings.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentState<'a> {
    /// The state's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The operation that enters it.
    #[schema(value_type = String)]
    pub operation_name: Cow<'a, str>,
    /// The label.
    #[schema(value_type = String)]
    pub display_name: Cow<'a, str>,
    /// `Ready`, `NotReady` or `Logout`.
    #[schema(value_type = String)]
    pub state: Cow<'a, str>,
    /// The reason of a custom state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub reason: Option<Cow<'a, str>>,
    /// What the agent does while not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub work_mode: Option<super::WorkMode>,
}

/// Ours: a contact center of this installation, as operators see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactCenter<'a> {
    /// The contact center's ID.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The name.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}
