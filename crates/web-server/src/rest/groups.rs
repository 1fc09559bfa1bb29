//! Groups: business units with their people, skills and queues, and sets of dispositions.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{delete, get};
use contact_center::directory::{Group, PROVISIONING_READ};
use contact_center::people::Role;
use contact_center::provisioning::{Change, Member};
use contact_center::{GroupId, GroupKind, Refusal};
use public_api::operations::{GROUP_FIELDS, GROUP_MEMBER_FIELDS};
use public_api::request::{parse_changes, parse_object};
use public_api::resources::GroupType;
use public_api::{Problem, Target};

use super::answer::{Answer, Json, Refused, done, made, no_resource};
use super::asked::{At, Search, Sent};
use super::person::{Person, Reader};
use super::{Route, route};
use crate::App;
use crate::translate::{changes, directory, refusals, words};

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        route("/groups", get(list).post(create)),
        route("/groups/{id}", get(read).put(change).delete(remove)),
        route("/groups/{id}/{members}/{member}", delete(take_out)),
    ];
    for collection in ["users", "supervisors", "skills", "queues"] {
        let members = get(members).post(put_in).layer(axum::Extension(collection));
        routes.push(route(&format!("/groups/{{id}}/{collection}"), members));
    }
    routes
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(PROVISIONING_READ)?;
            let groups = reader.source.center.groups().values();
            let all: Vec<_> = groups
                .map(|one| directory::group_with(reader.source, one, &query, shows_people(reader, one)))
                .collect();
            Ok(Json(query.answer_collection("groups", &all, false)))
        })
        .await
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let group = readable(reader, &id)?;
            let view = directory::group_with(reader.source, group, &query, shows_people(reader, group));
            Ok(Json(query.answer_object("group", &view)))
        })
        .await
}

fn readable<'a>(reader: Reader<'a>, id: &str) -> Result<&'a Group, Refused> {
    reader.check_feature(PROVISIONING_READ)?;
    Ok(reader.source.center.groups().get(&group_id(id)?).ok_or(Refusal::UnknownGroup)?)
}

/// Who is in a group is shown to administrators and to the group's supervisors.
fn shows_people(reader: Reader<'_>, group: &Group) -> bool {
    reader.is(Role::Admin) || (reader.is(Role::Supervisor) && group.supervisors.contains(&reader.me.id))
}

async fn members(
    State(app): State<Arc<App>>,
    axum::Extension(collection): axum::Extension<&'static str>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(PROVISIONING_READ)?;
            if matches!(collection, "users" | "supervisors") {
                reader.check_role(&[Role::Admin, Role::Supervisor])?;
            }
            let group = readable(reader, &id)?;
            let source = reader.source;
            let people = |ids| {
                shows_people(reader, group).then_some(()).ok_or(Refusal::RoleMissing(Role::Admin))?;
                Ok::<_, Refused>(Json(query.answer_collection(
                    "users",
                    &directory::members(source, ids),
                    false,
                )))
            };
            match collection {
                "users" => people(&group.users),
                "supervisors" => people(&group.supervisors),
                "skills" => {
                    let skills = directory::group_skills(source, group);
                    Ok(Json(query.answer_collection("skills", &skills, false)))
                }
                _ => {
                    let queues = directory::group_queues(source, group);
                    Ok(Json(query.answer_collection("queues", &queues, false)))
                }
            }
        })
        .await
}

async fn create(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let given = parse_object(GROUP_FIELDS, &[], &body)?;
    let kind = given.word::<GroupType>("type").map_or(GroupKind::BusinessUnit, words::group_kind);
    let change = Change::CreateGroup(kind, changes::group(&given));
    made(&person.provision(&app, change).await?, &app.base)
}

async fn change(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let id = group_id(&id)?;
    let given = parse_changes(GROUP_FIELDS, &body)?;
    let kind = given.word::<GroupType>("type").filter(|_| given.has("type")).map(words::group_kind);
    if kind.is_some_and(|kind| kind != id.kind) {
        return Err(Problem::read_only("type").into());
    }
    person.provision(&app, Change::ChangeGroup(id, changes::group(&given))).await?;
    done()
}

async fn remove(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.check_may_provision(&app).await?;
    person.provision(&app, Change::DeleteGroup(group_id(&id)?)).await?;
    done()
}

async fn put_in(
    State(app): State<Arc<App>>,
    axum::Extension(collection): axum::Extension<&'static str>,
    person: Person,
    At(id): At<String>,
    Sent(body): Sent,
) -> Answer {
    person.check_may_provision(&app).await?;
    let given = parse_object(GROUP_MEMBER_FIELDS, &[], &body)?;
    let target = given.target("uri").ok_or_else(|| Problem::missing("uri"))?;
    let fits = matches!(
        (collection, target),
        ("users" | "supervisors", Target::User(_))
            | ("skills", Target::Skill(_))
            | ("queues", Target::Queue(_))
    );
    if !fits {
        let expected = format!("the address of one of: {}", collection.replace("supervisors", "users"));
        return Err(Problem::wrong_type("uri", &expected).into());
    }
    let change = Change::SetGroupMember(group_id(&id)?, member(collection, target.id())?, true);
    let done_so = person.provision(&app, change).await;
    done_so.map_err(|denial| refusals::denial_of_target(denial, "'uri'"))?;
    done()
}

async fn take_out(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, collection, one)): At<(String, String, String)>,
) -> Answer {
    person.check_may_provision(&app).await?;
    let change = Change::SetGroupMember(group_id(&id)?, member(&collection, &one)?, false);
    person.provision(&app, change).await?;
    done()
}

/// What the ID names in one of a group's collections.
fn member(collection: &str, id: &str) -> Result<Member, Refused> {
    let (member, unknown) = match collection {
        "users" => (id.parse().ok().map(Member::User), Refusal::UnknownUser),
        "supervisors" => (id.parse().ok().map(Member::Supervisor), Refusal::UnknownUser),
        "skills" => (id.parse().ok().map(Member::Skill), Refusal::UnknownSkill),
        "queues" => (id.parse().ok().map(Member::Queue), Refusal::UnknownQueue),
        _ => return Err(no_resource()),
    };
    Ok(member.ok_or(unknown)?)
}

fn group_id(id: &str) -> Result<GroupId, Refused> {
    id.parse().map_err(|_| Refusal::UnknownGroup.into())
}
