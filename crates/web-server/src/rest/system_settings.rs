//! The groups of settings that every contact center has: general ones, the states of agents, and
//! how this contact center behaves.

use contact_center::directory::{AgentState, Readiness};
use contact_center::provisioning::Change;
use contact_center::{ContactCenterId, Refusal, SETTINGS, SettingName};
use public_api::operations::AGENT_STATE_FIELDS;
use public_api::request::{parse_changes, parse_free_object, parse_object};
use public_api::resources::{Setting, WorkMode};
use public_api::{Problem, Word};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Json, Refused, done};
use super::person::{Person, Reader};
use super::settings::entries;
use crate::translate::agents;
use crate::{App, random};

/// A group that is always there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SystemGroup {
    General,
    AgentStates,
    ContactCenter,
}

/// The one setting that is a text.
const DISPOSITION_KEY: &str = "dispositionKey";

impl SystemGroup {
    pub const ALL: [Self; 3] = [Self::General, Self::AgentStates, Self::ContactCenter];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::General => "general-settings",
            Self::AgentStates => "agent-states",
            Self::ContactCenter => "contact-center",
        }
    }

    pub fn display_name(self) -> &'static str {
        match self {
            Self::General => "General settings",
            Self::AgentStates => "Agent states",
            Self::ContactCenter => "Contact center",
        }
    }

    /// The member that identifies an entry.
    pub fn key(self) -> &'static str {
        match self {
            Self::AgentStates => "operationName",
            Self::General | Self::ContactCenter => "name",
        }
    }
}

pub(super) fn read(reader: Reader<'_>, group: SystemGroup) -> Json {
    let center = reader.source.center;
    match group {
        // No country is configured; clients expect the members all the same.
        SystemGroup::General => {
            entries(group.key(), &json!({"countryCode": "", "countryDigits": "", "countryName": ""}))
        }
        SystemGroup::AgentStates => {
            let states: Vec<_> = center.agent_states().map(agents::listed_state).collect();
            entries(group.key(), &states)
        }
        SystemGroup::ContactCenter => {
            let settings = center.settings();
            let number = |name: SettingName| Setting {
                name: name_of(name).into(),
                value: settings.value(name).to_string().into(),
            };
            let key =
                Setting { name: DISPOSITION_KEY.into(), value: settings.disposition_key.as_str().into() };
            let all: Vec<_> =
                SETTINGS.iter().map(|definition| number(definition.name)).chain([key]).collect();
            entries(group.key(), &all)
        }
    }
}

fn name_of(name: SettingName) -> String {
    serde_json::to_value(name).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Keeps an entry, new or changed. The path, or else the body, says which.
pub(super) async fn keep(
    app: &App,
    person: &Person,
    group: SystemGroup,
    entry: Option<&str>,
    body: &[u8],
) -> Answer {
    let change = match group {
        SystemGroup::General => return Err(Problem::read_only(group.name()).into()),
        SystemGroup::ContactCenter => setting(entry, body)?,
        SystemGroup::AgentStates => Change::KeepState(state(app, person, entry, body).await?),
    };
    person.provision(app, change).await?;
    done()
}

/// The entry that is meant: what the path says, the body may repeat.
fn key_of(group: SystemGroup, entry: Option<&str>, given: Option<&str>) -> Result<String, Problem> {
    match (entry, given) {
        (Some(entry), Some(given)) if entry != given => Err(Problem::read_only(group.key())),
        (Some(key), _) | (None, Some(key)) => Ok(key.to_owned()),
        (None, None) => Err(Problem::missing(group.key())),
    }
}

pub(super) async fn remove(app: &App, person: &Person, group: SystemGroup, entry: String) -> Answer {
    if group != SystemGroup::AgentStates {
        return Err(Problem::read_only(entry).into());
    }
    person.provision(app, Change::DeleteState(entry)).await?;
    done()
}

fn setting(entry: Option<&str>, body: &[u8]) -> Result<Change, Problem> {
    let given = parse_free_object(body)?;
    let key = key_of(SystemGroup::ContactCenter, entry, text(&given, "name")?)?;
    if key == DISPOSITION_KEY {
        let value = text(&given, "value")?.ok_or_else(|| Problem::missing("value"))?;
        return Ok(Change::SetDispositionKey(value.to_owned()));
    }
    let definition = SETTINGS.iter().find(|definition| name_of(definition.name) == key);
    let name = definition.ok_or_else(|| Problem::not_found("Setting"))?.name;
    let number = match given.get("value") {
        None | Some(Value::Null) => return Err(Problem::missing("value")),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(digits)) => digits.parse().ok(),
        Some(Value::Bool(on)) => Some(i64::from(*on)),
        Some(_) => None,
    };
    let number = number.ok_or_else(|| Problem::wrong_type("value", "an integer"))?;
    Ok(Change::SetSetting(name, number))
}

/// A member that is a text.
fn text<'a>(given: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Problem> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::wrong_type(name, "a string")),
    }
}

/// A state of agents. Of one that exists, what is absent stays as it is.
async fn state(app: &App, person: &Person, entry: Option<&str>, body: &[u8]) -> Result<AgentState, Refused> {
    let given = match entry {
        Some(_) => parse_changes(AGENT_STATE_FIELDS, body)?,
        None => parse_object(AGENT_STATE_FIELDS, &[], body)?,
    };
    let operation_name = key_of(SystemGroup::AgentStates, entry, given.text("operationName"))?;
    let (name, is_new) = (operation_name.clone(), entry.is_none());
    let old =
        person.read(app, move |reader| Ok(reader.source.center.state_entered_by(&name).cloned())).await?;
    let old = match (old, is_new) {
        (Some(_), true) => {
            return Err(Problem::already_exists(format_args!("The agent state '{operation_name}'")).into());
        }
        (Some(old), false) => old,
        (None, true) => AgentState {
            id: fresh_id(),
            operation_name,
            display_name: String::new(),
            readiness: Readiness::NotReady,
            reason: None,
            work_mode: None,
        },
        (None, false) => return Err(Refusal::UnknownState.into()),
    };
    let readiness = given.text("state").map(|state| match state {
        "Ready" => Readiness::Ready,
        _ => Readiness::NotReady,
    });
    let new = |name| given.text(name).map(str::to_owned);
    if given.text("id").is_some_and(|id| id.parse::<ContactCenterId>().is_err()) {
        return Err(Problem::wrong_type("id", "a UUID").into());
    }
    if given.text("workMode").is_some_and(|mode| !mode.is_empty() && WorkMode::parse(mode).is_none()) {
        return Err(Problem::not_allowed("workMode", WorkMode::SPELLINGS).into());
    }
    Ok(AgentState {
        id: new("id").unwrap_or(old.id),
        operation_name: old.operation_name,
        display_name: new("displayName").unwrap_or(old.display_name),
        readiness: readiness.unwrap_or(old.readiness),
        reason: new("reason").or(old.reason).filter(|text| !text.is_empty()),
        work_mode: new("workMode").or(old.work_mode).filter(|text| !text.is_empty()),
    })
}

/// The ID of a new state, in the shape and case of the built-in ones.
fn fresh_id() -> String {
    // Any of our IDs that print as a UUID will do for the shape.
    ContactCenterId(u128::from_be_bytes(random::bytes())).to_string().to_uppercase()
}
