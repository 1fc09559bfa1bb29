//! Settings: the system's own groups, and groups that clients made for everybody, for themselves or
//! for a user.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::routing::{MethodRouter, get, put};
use contact_center::directory::CustomGroup;
use contact_center::provisioning::Change;
use contact_center::{Refusal, UserId};
use engine::Denial;
use public_api::answer::DONE;
use public_api::operations::SETTINGS_GROUP_FIELDS;
use public_api::request::{parse_free_object, parse_object};
use public_api::resources::{Link, SettingsGroup};
use public_api::{Problem, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::answer::{Answer, Json, Refused, done};
use super::asked::{At, Search, Sent};
use super::person::{Person, Reader};
use super::system_settings::{self as system, SystemGroup};
use super::{Route, route};
use crate::App;

/// How often the change of an entry is tried while others change the same entry.
const ENTRY_CHANGE_TRIES: usize = 5;

/// Whose settings a path is about.
#[derive(Clone, Copy)]
enum Scope {
    Everybody,
    Own,
    OfUser,
}

/// The names in a path, as far as it has them.
#[derive(Clone, Deserialize)]
struct Names {
    #[serde(default)]
    id: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    entry: String,
}

pub(super) fn routes() -> Vec<Route> {
    let places = [
        ("/settings", Scope::Everybody),
        ("/me/settings", Scope::Own),
        ("/users/{id}/settings", Scope::OfUser),
    ];
    let of = |(path, scope): (&str, Scope)| {
        let groups: MethodRouter<Arc<App>> = get(list).post(create);
        let group: MethodRouter<Arc<App>> = get(read).post(add).delete(remove);
        let entry: MethodRouter<Arc<App>> = put(change).delete(remove_entry);
        [
            route(path, groups.layer(Extension(scope))),
            route(&format!("{path}/{{group}}"), group.layer(Extension(scope))),
            route(&format!("{path}/{{group}}/{{entry}}"), entry.layer(Extension(scope))),
        ]
    };
    places.into_iter().flat_map(of).collect()
}

/// Entries of settings, and the member that identifies each.
pub(super) fn entries<T: Serialize + ?Sized>(key: &str, entries: &T) -> Json {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Entries<'a, T: Serialize + ?Sized> {
        status_code: StatusCode,
        key: &'a str,
        settings: &'a T,
    }
    let answer = Entries { status_code: StatusCode::Success, key, settings: entries };
    Json(serde_json::to_vec(&answer).unwrap_or_else(|_| DONE.to_vec()))
}

/// Whose groups are meant; nobody's for those of everybody. The caller may read them.
fn owner(reader: Reader<'_>, scope: Scope, id: &str) -> Result<Option<UserId>, Refused> {
    match scope {
        Scope::Everybody => Ok(None),
        Scope::Own => Ok(Some(reader.me.id)),
        Scope::OfUser => reader.person(id).map(|user| Some(user.id)),
    }
}

/// The same for a change.
async fn owner_to_change(
    app: &App,
    person: &Person,
    scope: Scope,
    id: &str,
) -> Result<Option<UserId>, Refused> {
    match scope {
        Scope::Own => return Ok(Some(person.id())),
        Scope::Everybody | Scope::OfUser => person.check_may_provision(app).await?,
    }
    let id = id.to_owned();
    person.read(app, move |reader| owner(reader, scope, &id)).await
}

fn system_group(scope: Scope, name: &str) -> Option<SystemGroup> {
    matches!(scope, Scope::Everybody).then(|| SystemGroup::named(name)).flatten()
}

async fn list(
    State(app): State<Arc<App>>,
    Extension(scope): Extension<Scope>,
    person: Person,
    At(names): At<Names>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let owner = owner(reader, scope, &names.id)?;
            let place = match (scope, owner) {
                (Scope::OfUser, Some(user)) => format!("users/{user}/settings"),
                (Scope::Own, _) => "me/settings".to_owned(),
                _ => "settings".to_owned(),
            };
            let own = SystemGroup::ALL.into_iter().filter(|_| matches!(scope, Scope::Everybody));
            let own = own.map(|group| (group.name(), group.display_name(), group.key()));
            let custom = reader.source.center.custom_groups(owner);
            let custom =
                custom.map(|group| (group.name.as_str(), group.display_name.as_str(), group.key.as_str()));
            let all: Vec<_> = own
                .chain(custom)
                .map(|(name, display_name, key)| {
                    let link = Link::new(reader.source.base, &place, name);
                    let (display_name, name, key) = (display_name.into(), name.into(), key.into());
                    SettingsGroup { display_name, name, key, uri: link.uri(), path: link.path() }
                })
                .collect();
            Ok(Json(query.answer_collection("settings", &all, false)))
        })
        .await
}

async fn read(
    State(app): State<Arc<App>>,
    Extension(scope): Extension<Scope>,
    person: Person,
    At(names): At<Names>,
) -> Answer {
    person
        .read(&app, move |reader| {
            let owner = owner(reader, scope, &names.id)?;
            if let Some(group) = system_group(scope, &names.group) {
                return Ok(system::read(reader, group));
            }
            let group = custom_group(reader, owner, &names.group)?;
            // What was kept was checked to be JSON.
            let raw = |entry: &String| serde_json::from_str::<Box<RawValue>>(entry).ok();
            let all: Vec<_> = group.entries.values().filter_map(raw).collect();
            Ok(entries(&group.key, &all))
        })
        .await
}

fn custom_group<'a>(
    reader: Reader<'a>,
    owner: Option<UserId>,
    name: &str,
) -> Result<&'a CustomGroup, Refused> {
    Ok(reader.source.center.custom_group(owner, name).ok_or(Refusal::UnknownSetting)?)
}

async fn create(
    State(app): State<Arc<App>>,
    Extension(scope): Extension<Scope>,
    person: Person,
    At(names): At<Names>,
    Sent(body): Sent,
) -> Answer {
    let owner = owner_to_change(&app, &person, scope, &names.id).await?;
    let given = parse_object(SETTINGS_GROUP_FIELDS, &[], &body)?;
    let text = |name| given.required_text(name).to_owned();
    let name = text("name");
    if system_group(scope, &name).is_some() {
        return Err(Problem::already_exists(format_args!("The settings group '{name}'")).into());
    }
    let (display_name, key) = (text("displayName"), text("key"));
    person.provision(&app, Change::CreateCustomGroup { owner, name, display_name, key }).await?;
    done()
}

async fn add(
    State(app): State<Arc<App>>,
    Extension(scope): Extension<Scope>,
    person: Person,
    At(names): At<Names>,
    Sent(body): Sent,
) -> Answer {
    let owner = owner_to_change(&app, &person, scope, &names.id).await?;
    if let Some(group) = system_group(scope, &names.group) {
        return system::keep(&app, &person, group, None, &body).await;
    }
    let entry = parse_free_object(&body)?;
    let group = names.group.clone();
    let member =
        person.read(&app, move |reader| Ok(custom_group(reader, owner, &names.group)?.key.clone())).await?;
    let key = match entry.get(&member) {
        Some(Value::String(key)) if !key.is_empty() => key.clone(),
        Some(Value::Null) | None => return Err(Problem::missing(&member).into()),
        Some(_) => return Err(Problem::wrong_type(&member, "a string that is not empty").into()),
    };
    let new = text_of(entry);
    person.provision(&app, Change::KeepCustomEntry { owner, group, member, key, old: None, new }).await?;
    done()
}

async fn change(
    State(app): State<Arc<App>>,
    Extension(scope): Extension<Scope>,
    person: Person,
    At(names): At<Names>,
    Sent(body): Sent,
) -> Answer {
    let owner = owner_to_change(&app, &person, scope, &names.id).await?;
    if let Some(group) = system_group(scope, &names.group) {
        return system::keep(&app, &person, group, Some(&names.entry), &body).await;
    }
    let changes = parse_free_object(&body)?;
    for _ in 0..ENTRY_CHANGE_TRIES {
        let (names, changes) = (names.clone(), changes.clone());
        let change = person.read(&app, move |reader| merged(reader, owner, names, changes)).await?;
        match person.provision(&app, change).await {
            // Somebody else changed or removed the entry after the look at it; the next look tells.
            Err(Denial::Refused(Refusal::UnknownSetting)) => {}
            Err(denial) => return Err(denial.into()),
            Ok(_) => return done(),
        }
    }
    Err(Problem::unavailable("Others are changing this setting; try again.").into())
}

/// An entry with some of its members replaced, to be kept if nobody else changes it first.
fn merged(
    reader: Reader<'_>,
    owner: Option<UserId>,
    names: Names,
    changes: Map<String, Value>,
) -> Result<Change, Refused> {
    let group = custom_group(reader, owner, &names.group)?;
    let old = group.entries.get(&names.entry).ok_or(Refusal::UnknownSetting)?;
    let mut entry: Map<String, Value> = serde_json::from_str(old).map_err(|_| Refusal::UnknownSetting)?;
    entry.extend(changes);
    if entry.get(&group.key).and_then(Value::as_str) != Some(names.entry.as_str()) {
        return Err(Problem::read_only(&group.key).into());
    }
    let (member, old, new) = (group.key.clone(), Some(old.clone()), text_of(entry));
    Ok(Change::KeepCustomEntry { owner, group: names.group, member, key: names.entry, old, new })
}

async fn remove(
    State(app): State<Arc<App>>,
    Extension(scope): Extension<Scope>,
    person: Person,
    At(names): At<Names>,
) -> Answer {
    let owner = owner_to_change(&app, &person, scope, &names.id).await?;
    if system_group(scope, &names.group).is_some() {
        return Err(Problem::read_only(&names.group).into());
    }
    person.provision(&app, Change::DeleteCustomGroup(owner, names.group)).await?;
    done()
}

async fn remove_entry(
    State(app): State<Arc<App>>,
    Extension(scope): Extension<Scope>,
    person: Person,
    At(names): At<Names>,
) -> Answer {
    let owner = owner_to_change(&app, &person, scope, &names.id).await?;
    if let Some(group) = system_group(scope, &names.group) {
        return system::remove(&app, &person, group, names.entry).await;
    }
    let change = Change::DeleteCustomEntry { owner, group: names.group, key: names.entry };
    person.provision(&app, change).await?;
    done()
}

fn text_of(entry: Map<String, Value>) -> String {
    Value::Object(entry).to_string()
}
