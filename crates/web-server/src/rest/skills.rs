//! Skills, and who has them at which level.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::people::Role;
use contact_center::provisioning::Change;
use contact_center::{Refusal, SkillId, UserId};
use public_api::operations::{SKILL_FIELDS, USER_SKILL_FIELDS};
use public_api::request::{parse_changes, parse_object};
use public_api::{Arguments, Problem};

use super::answer::{Answer, Json, Refused, done, made};
use super::asked::{At, Search, Sent};
use super::person::{Person, Reader};
use super::{Route, route};
use crate::App;
use crate::translate::{changes, directory, refusals};

/// Who may read skills, and give them to agents.
const PEOPLE: [Role; 2] = [Role::Admin, Role::Supervisor];

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/skills", get(list).post(create)),
        route("/skills/{id}", get(read).put(change).delete(remove)),
        route("/users/{id}/skills", get(of_user).post(give)),
        route("/users/{id}/skills/{skill}", get(one_of_user).put(set_level).delete(take_away)),
    ]
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_may_read(&PEOPLE)?;
            let skills = reader.source.center.skills().values();
            let all: Vec<_> = skills.map(|one| directory::skill(one, reader.source.base)).collect();
            Ok(Json(query.answer_collection("skills", &all, false)))
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
            reader.check_may_read(&PEOPLE)?;
            let id = skill_id(&id)?;
            let skill = reader.source.center.skills().get(&id).ok_or(Refusal::UnknownSkill)?;
            Ok(Json(query.answer_object("skill", &directory::skill(skill, reader.source.base))))
        })
        .await
}

async fn create(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let given = parse_object(SKILL_FIELDS, &[], &body)?;
    made(&person.provision(&app, Change::CreateSkill(changes::skill(&given))).await?, &app.base)
}

async fn change(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let id = skill_id(&id)?;
    let given = parse_changes(SKILL_FIELDS, &body)?;
    person.provision(&app, Change::ChangeSkill(id, changes::skill(&given))).await?;
    done()
}

async fn remove(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.check_may_provision(&app).await?;
    person.provision(&app, Change::DeleteSkill(skill_id(&id)?)).await?;
    done()
}

async fn of_user(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let skills = directory::skills_of(reader.source, reader.person(&id)?);
            Ok(Json(query.answer_collection("skills", &skills, false)))
        })
        .await
}

async fn one_of_user(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, skill)): At<(String, String)>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let skills = directory::skills_of(reader.source, reader.person(&id)?);
            let found = skills.iter().find(|one| one.id.as_str() == skill).ok_or(Refusal::UnknownSkill)?;
            Ok(Json(query.answer_object("skill", found)))
        })
        .await
}

async fn give(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    check_may_give(&app, &person).await?;
    let given = parse_object(USER_SKILL_FIELDS, &[], &body)?;
    let (skill, level) = skill_and_level(&given)?;
    set(&app, &person, &id, skill, Some(level)).await
}

async fn set_level(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, skill)): At<(String, String)>,
    Sent(body): Sent,
) -> Answer {
    check_may_give(&app, &person).await?;
    let level = level_of(&parse_changes(USER_SKILL_FIELDS, &body)?)?;
    set(&app, &person, &id, skill_id(&skill)?, Some(level)).await
}

async fn take_away(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, skill)): At<(String, String)>,
) -> Answer {
    check_may_give(&app, &person).await?;
    set(&app, &person, &id, skill_id(&skill)?, None).await
}

async fn check_may_give(app: &App, person: &Person) -> Result<(), Refused> {
    person.read(app, |reader: Reader<'_>| reader.check_may_provision(&PEOPLE)).await
}

async fn set(app: &App, person: &Person, user: &str, skill: SkillId, level: Option<u32>) -> Answer {
    let user: UserId = user.parse().map_err(|_| Refusal::UnknownUser)?;
    person.provision(app, Change::SetSkill(user, skill, level)).await?;
    done()
}

/// A skill that a body points at, and a level.
pub(super) fn skill_and_level(given: &Arguments) -> Result<(SkillId, u32), Refused> {
    let skill = given.target("uri").and_then(|target| target.id().parse().ok());
    Ok((skill.ok_or_else(|| refusals::unknown_target("'uri'"))?, level_of(given)?))
}

fn level_of(given: &Arguments) -> Result<u32, Refused> {
    let level = given.integer("level").ok_or_else(|| Problem::missing("level"))?;
    Ok(u32::try_from(level).unwrap_or(0))
}

pub(super) fn skill_id(id: &str) -> Result<SkillId, Refused> {
    id.parse().map_err(|_| Refusal::UnknownSkill.into())
}
