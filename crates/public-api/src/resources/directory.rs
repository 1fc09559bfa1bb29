//! The directory: whom one may call, invite or transfer to.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Path, Role, Uri, UserState};
use crate::word::words;

words! {
    /// What an entry of the directory is.
    pub enum ContactType {
        User = "User",
        Queue = "Queue",
        Custom = "Custom",
    }
}

/// An entry of the directory.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact<'a> {
    /// The ID of the user or queue.
    #[schema(value_type = String)]
    pub id: Id<'a>,
    /// The name.
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// What it is.
    pub r#type: ContactType,
    /// The numbers; only with devices.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ContactPhoneNumber>>, nullable = false)]
    pub phone_numbers: Option<Vec<ContactPhoneNumber<'a>>>,
    /// Users only: the login name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub user_name: Option<Cow<'a, str>>,
    /// Users only: the given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub first_name: Option<Cow<'a, str>>,
    /// Users only: the family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub last_name: Option<Cow<'a, str>>,
    /// Users only: the employee number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub employee_id: Option<Cow<'a, str>>,
    /// Users only: may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub email_address: Option<Cow<'a, str>>,
    /// Users who are signed in only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Availability>, nullable = false)]
    pub availability: Option<Availability<'a>>,
    /// Users only: names of business units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    pub business_units: Option<Vec<Cow<'a, str>>>,
    /// Users only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Role>>, nullable = false)]
    pub roles: Option<Cow<'a, [Role]>>,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// A number in the directory.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactPhoneNumber<'a> {
    /// The number.
    #[schema(value_type = String)]
    pub phone_number: Cow<'a, str>,
    /// Usually empty.
    #[schema(value_type = String)]
    pub description: Cow<'a, str>,
    /// The telephone system.
    #[schema(value_type = String)]
    pub switch_name: Cow<'a, str>,
}

/// By which channels somebody can be reached now.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Availability<'a> {
    /// One entry for each channel.
    #[schema(value_type = Vec<ChannelAvailability>)]
    pub channels: Vec<ChannelAvailability<'a>>,
}

/// Whether somebody can be reached by one channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChannelAvailability<'a> {
    /// The channel.
    #[schema(value_type = String)]
    pub channel: Cow<'a, str>,
    /// Whether the channel is ready.
    pub available: bool,
    /// Voice only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub phone_number: Option<Cow<'a, str>>,
    /// Voice only, such as `Idle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub user_activity: Option<Cow<'a, str>>,
    /// The user's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<UserState>, nullable = false)]
    pub user_state: Option<UserState<'a>>,
}
