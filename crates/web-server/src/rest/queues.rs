//! Queues, and what agents must be able to do to serve them.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{delete, get};
use contact_center::directory::Queue;
use contact_center::people::Role;
use contact_center::provisioning::Change;
use contact_center::{QueueId, Refusal};
use public_api::operations::{QUEUE_FIELDS, QUEUE_RULES, USER_SKILL_FIELDS};
use public_api::request::{parse_changes, parse_object};
use public_api::{Arguments, Problem};

use super::answer::{Answer, Json, Refused, done, made};
use super::asked::{At, Search, Sent};
use super::person::{Person, Reader};
use super::skills::{skill_and_level, skill_id};
use super::{Route, route};
use crate::App;
use crate::translate::{changes, directory};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/queues", get(list).post(create)),
        route("/queues/{id}", get(read).put(change).delete(remove)),
        route("/queues/{id}/skills", get(skills).post(require)),
        route("/queues/{id}/skills/{skill}", delete(require_no_more)),
    ]
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_may_read(&[Role::Admin, Role::Supervisor])?;
            let queues = reader.source.center.queues().values();
            let all: Vec<_> = queues.map(|one| directory::queue(one, reader.source.base)).collect();
            Ok(Json(query.answer_collection("queues", &all, false)))
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
            let queue = readable(reader, &id)?;
            Ok(Json(query.answer_object("queue", &directory::queue(queue, reader.source.base))))
        })
        .await
}

async fn skills(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let (center, base) = (reader.source.center, reader.source.base);
            let required = &readable(reader, &id)?.skills;
            let known = required.iter().filter_map(|(id, level)| Some((center.skills().get(id)?, level)));
            let skills: Vec<_> = known.map(|(one, level)| directory::skill_at(one, *level, base)).collect();
            Ok(Json(query.answer_collection("skills", &skills, false)))
        })
        .await
}

fn readable<'a>(reader: Reader<'a>, id: &str) -> Result<&'a Queue, Refused> {
    reader.check_may_read(&[Role::Admin, Role::Supervisor])?;
    Ok(reader.source.center.queues().get(&queue_id(id)?).ok_or(Refusal::UnknownQueue)?)
}

async fn create(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let given = parse_object(QUEUE_FIELDS, QUEUE_RULES, &body)?;
    let change = Change::CreateQueue(changes::queue_channel(&given)?, changes::queue(&given));
    made(&person.provision(&app, change).await?, &app.base)
}

async fn change(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let id = queue_id(&id)?;
    let given = parse_changes(QUEUE_FIELDS, &body)?;
    check_channel(&app, &person, id, &given).await?;
    person.provision(&app, Change::ChangeQueue(id, changes::queue(&given))).await?;
    done()
}

/// The channel of a queue can be repeated, and not changed: contacts may wait in it.
async fn check_channel(app: &App, person: &Person, id: QueueId, given: &Arguments) -> Result<(), Refused> {
    if !given.has("channel") {
        return Ok(());
    }
    let channel = changes::queue_channel(given)?;
    person
        .read(app, move |reader| {
            let queue = reader.source.center.queues().get(&id).ok_or(Refusal::UnknownQueue)?;
            let same = queue.channel == channel;
            same.then_some(()).ok_or_else(|| Problem::read_only("channel").into())
        })
        .await
}

async fn remove(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.check_may_provision(&app).await?;
    person.provision(&app, Change::DeleteQueue(queue_id(&id)?)).await?;
    done()
}

async fn require(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Sent(body): Sent,
) -> Answer {
    person.check_may_provision(&app).await?;
    let (skill, level) = skill_and_level(&parse_object(USER_SKILL_FIELDS, &[], &body)?)?;
    person.provision(&app, Change::SetQueueSkill(queue_id(&id)?, skill, Some(level))).await?;
    done()
}

async fn require_no_more(
    State(app): State<Arc<App>>,
    person: Person,
    At((id, skill)): At<(String, String)>,
) -> Answer {
    person.check_may_provision(&app).await?;
    person.provision(&app, Change::SetQueueSkill(queue_id(&id)?, skill_id(&skill)?, None)).await?;
    done()
}

fn queue_id(id: &str) -> Result<QueueId, Refused> {
    id.parse().map_err(|_| Refusal::UnknownQueue.into())
}
