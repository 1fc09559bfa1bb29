//! Features, settings, agent states, and the groups of settings that clients make for themselves.

use std::collections::BTreeMap;

use super::{Change, check_count, checked_name};
use crate::ContactCenter;
use crate::directory::{AgentState, CustomGroup, FEATURES, Readiness};
use crate::event::Event;
use crate::ids::UserId;
use crate::limits;
use crate::refusal::Refusal;

impl ContactCenter {
    pub(super) fn provision_settings(&self, change: &Change) -> Result<Vec<Event>, Refusal> {
        match change {
            Change::SwitchFeature(feature, on) => {
                FEATURES.iter().find(|known| known.id == feature).ok_or(Refusal::UnknownFeature)?;
                Ok(vec![Event::FeatureSwitched { feature: feature.clone(), on: *on }])
            }
            Change::SetSetting(name, value) => {
                let definition = name.definition();
                if !(definition.least..=definition.greatest).contains(value) {
                    let allowed = format!("{} to {}", definition.least, definition.greatest);
                    return Err(Refusal::OutOfRange { parameter: "value", allowed });
                }
                Ok(vec![Event::SettingChanged(*name, *value)])
            }
            Change::SetDispositionKey(key) => {
                checked_name("value", Some(key), "")?;
                Ok(vec![Event::DispositionKeyChanged(key.clone())])
            }
            Change::KeepState(state) => self.keep_state(state),
            Change::DeleteState(operation) => {
                if self.state_entered_by(operation).is_none() {
                    return Err(Refusal::UnknownState);
                }
                if is_built_in(operation) {
                    return Err(Refusal::Unchangeable("built-in agent state"));
                }
                Ok(vec![Event::StateDeleted(operation.clone())])
            }
            Change::CreateCustomGroup { owner, name, display_name, key } => {
                let (name, display_name, key) = (name.clone(), display_name.clone(), key.clone());
                let group = CustomGroup { name, display_name, key, entries: BTreeMap::new() };
                self.create_custom_group(*owner, group)
            }
            Change::DeleteCustomGroup(owner, name) => {
                self.custom_group(*owner, name).ok_or(Refusal::UnknownSetting)?;
                Ok(vec![Event::CustomGroupDeleted(*owner, name.clone())])
            }
            Change::KeepCustomEntry { owner, group, member, key, old, new } => {
                let group = self.custom_group(*owner, group).filter(|group| group.key == *member);
                let group = group.ok_or(Refusal::UnknownSetting)?.clone();
                keep_custom_entry(*owner, group, key, old.as_deref(), new)
            }
            Change::DeleteCustomEntry { owner, group, key } => {
                let mut group = self.custom_group(*owner, group).ok_or(Refusal::UnknownSetting)?.clone();
                group.entries.remove(key).ok_or(Refusal::UnknownSetting)?;
                Ok(vec![Event::CustomGroupKept(*owner, group)])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn keep_state(&self, state: &AgentState) -> Result<Vec<Event>, Refusal> {
        checked_name("operationName", Some(&state.operation_name), "")?;
        checked_name("displayName", Some(&state.display_name), "")?;
        if is_built_in(&state.operation_name) {
            return Err(Refusal::Unchangeable("built-in agent state"));
        }
        if state.readiness == Readiness::LoggedOut {
            let allowed = "Ready, NotReady".to_owned();
            return Err(Refusal::OutOfRange { parameter: "state", allowed });
        }
        let twin = |other: &&AgentState| {
            other.id.eq_ignore_ascii_case(&state.id) && other.operation_name != state.operation_name
        };
        if self.states.iter().any(|other| twin(&other)) {
            return Err(Refusal::AlreadyExists { what: "agent state", name: state.id.clone() });
        }
        check_count("agent states", self.states.len(), limits::SETTING_ENTRIES, true)?;
        Ok(vec![Event::StateKept(state.clone())])
    }

    /// A client's own group of settings, of one user or of all.
    pub fn custom_group(&self, owner: Option<UserId>, name: &str) -> Option<&CustomGroup> {
        self.custom_groups(owner).find(|group| group.name == name)
    }

    fn create_custom_group(&self, owner: Option<UserId>, group: CustomGroup) -> Result<Vec<Event>, Refusal> {
        if let Some(owner) = owner {
            self.user(owner)?;
        }
        checked_name("name", Some(&group.name), "")?;
        checked_name("key", Some(&group.key), "")?;
        if self.custom_group(owner, &group.name).is_some() {
            return Err(Refusal::AlreadyExists { what: "settings group", name: group.name });
        }
        let count = self.custom_groups(owner).count();
        check_count("groups of settings", count, limits::SETTING_ENTRIES, true)?;
        Ok(vec![Event::CustomGroupKept(owner, group)])
    }
}

/// An entry that has changed since the caller looked is not the one that the caller means.
fn keep_custom_entry(
    owner: Option<UserId>,
    mut group: CustomGroup,
    key: &str,
    old: Option<&str>,
    new: &str,
) -> Result<Vec<Event>, Refusal> {
    let kept = group.entries.get(key).map(String::as_str);
    if kept != old {
        return Err(match old {
            Some(_) => Refusal::UnknownSetting,
            None => Refusal::AlreadyExists { what: "setting", name: key.to_owned() },
        });
    }
    let (count, limit) = (group.entries.len(), limits::SETTING_ENTRIES);
    check_count("entries of a group of settings", count, limit, old.is_none())?;
    if new.len() > limits::SETTING_BYTES {
        let allowed = format!("at most {} bytes an entry", limits::SETTING_BYTES);
        return Err(Refusal::OutOfRange { parameter: "settings", allowed });
    }
    group.entries.insert(key.to_owned(), new.to_owned());
    Ok(vec![Event::CustomGroupKept(owner, group)])
}

fn is_built_in(operation: &str) -> bool {
    AgentState::built_in().iter().any(|state| state.operation_name == operation)
}
