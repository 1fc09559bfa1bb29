//! Users: reading and provisioning them.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use contact_center::contact::Contact;
use contact_center::people::{Role, User};
use contact_center::provisioning::Change;
use contact_center::{Refusal, UserId};
use public_api::Query;
use public_api::operations::USER_FIELDS;
use public_api::request::{parse_changes, parse_object};

use super::answer::{Answer, Json, Refused, done, made};
use super::asked::{At, Search, Sent};
use super::calls::own_calls;
use super::me::own_views;
use super::person::{Person, Reader};
use super::{Route, passwords, route};
use crate::App;
use crate::translate::users::Involvement;
use crate::translate::{changes, directory, users};

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/users", get(list).post(create)),
        route("/users/{id}", get(read).put(change).post(change).delete(delete)),
        route("/users/{id}/groups", get(groups)),
    ]
}

/// Administrators list everybody, supervisors those whom they reach and themselves.
async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_may_read(&[Role::Admin, Role::Supervisor])?;
            let plain = |one| users::user(reader.source, one, &query, Involvement::Hidden);
            let all: Vec<_> = visible(reader)?.into_iter().map(plain).collect();
            Ok(Json(query.answer_collection("users", &all, false)))
        })
        .await
}

fn visible(reader: Reader<'_>) -> Result<Vec<&User>, Refused> {
    let center = reader.source.center;
    if reader.is(Role::Admin) {
        return Ok(center.users().values().collect());
    }
    let mut reach = center.reach_of(reader.me.id)?;
    reach.insert(reader.me.id);
    Ok(reach.iter().filter_map(|id| center.users().get(id)).collect())
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person.read(&app, move |reader| Ok(Json(answer_user(reader, reader.person(&id)?, &query)))).await
}

/// One's own sessions are read whole, those of one's agents as far as needed to enter them.
fn answer_user(reader: Reader<'_>, user: &User, query: &Query) -> Vec<u8> {
    let center = reader.source.center;
    let views = if user.id == reader.me.id { own_views(reader) } else { Vec::new() };
    let calls = if user.id == reader.me.id { own_calls(reader) } else { Vec::new() };
    let supervised = center.may_supervise(reader.me.id, user.id).is_ok();
    let contacts: Vec<&Contact> = center.running_contacts_of(user.id).filter(|_| supervised).collect();
    let involvement = match (user.id == reader.me.id, supervised) {
        (true, _) => Involvement::Own(&views, &calls),
        (false, true) => Involvement::Supervised(&contacts),
        (false, false) => Involvement::Hidden,
    };
    query.answer_object("user", &users::user(reader.source, user, query, involvement))
}

async fn groups(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            let groups = directory::groups_of(reader.source, reader.person(&id)?.id);
            Ok(Json(query.answer_collection("groups", &groups, false)))
        })
        .await
}

async fn create(State(app): State<Arc<App>>, person: Person, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let given = parse_object(USER_FIELDS, &[], &body)?;
    let password = passwords::hash_of(&app, given.required_text("password")).await?;
    let change = Change::CreateUser(changes::user(&given, Some(password)));
    made(&person.provision(&app, change).await?, &app.base)
}

async fn change(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    person.check_may_provision(&app).await?;
    let id: UserId = id.parse().map_err(|_| Refusal::UnknownUser)?;
    let given = parse_changes(USER_FIELDS, &body)?;
    let password = match given.text("password").filter(|password| !password.is_empty()) {
        Some(password) => Some(passwords::hash_of(&app, password).await?),
        None => None,
    };
    let has_password = password.is_some();
    // Administrators who change their own password go on in this session; their others end.
    let _exemption = (id == person.id()).then(|| app.sign_in.exempt(&person.0));
    person.provision(&app, Change::ChangeUser(id, changes::user(&given, password))).await?;
    if has_password {
        passwords::tell_administrator(&app, &person, id);
    }
    done()
}

async fn delete(State(app): State<Arc<App>>, person: Person, At(id): At<String>) -> Answer {
    person.check_may_provision(&app).await?;
    let id: UserId = id.parse().map_err(|_| Refusal::UnknownUser)?;
    person.provision(&app, Change::DeleteUser(id)).await?;
    done()
}
