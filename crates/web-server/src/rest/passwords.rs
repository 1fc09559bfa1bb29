//! New passwords: one's own by `ChangePassword`, others' by administrators. What became of a change
//! is told by push as well.

use bytes::Bytes;
use contact_center::people::PasswordHash;
use contact_center::provisioning::Change;
use contact_center::{Command, UserId};
use public_api::notifications::{
    Notification, OwnPasswordNews, PasswordError, PasswordNews, UserPasswordNews,
};
use public_api::resources::{Id, Link};
use public_api::{Call, Problem, StatusCode};

use super::answer::{Answer, Refused, done};
use super::person::Person;
use crate::App;
use crate::sign_in::Caller;

/// Changes the caller's own password, which callers who must do so may.
pub async fn change_own(app: &App, caller: Caller, call: &Call) -> Answer {
    let person = Person(caller);
    let (old, new) = (call.required_text("oldPassword"), call.required_text("newPassword"));
    let outcome = try_change(app, &person, old, new).await;
    let news = match &outcome {
        Ok(()) => PasswordNews::Changed,
        Err((error, problem)) => PasswordNews::Refused { error: *error, message: problem.0.message.clone() },
    };
    tell(app, &person, &Notification::OwnPassword(OwnPasswordNews { news }));
    outcome.map_err(|(_, problem)| problem)?;
    done()
}

async fn try_change(
    app: &App,
    person: &Person,
    old: &str,
    new: &str,
) -> Result<(), (PasswordError, Refused)> {
    let failed = |problem: Refused| (PasswordError::Internal, problem);
    let hash = person.read(app, |reader| Ok(reader.me.password.clone())).await.map_err(failed)?;
    let right = app.sign_in.is_password_of(&person.0, old.to_owned(), hash).await;
    if !right.map_err(|problem| failed(problem.into()))? {
        return Err((PasswordError::WrongOldPassword, wrong("oldPassword", "is not the current password")));
    }
    if old == new {
        return Err((PasswordError::Policy, wrong("newPassword", "must differ from the current password")));
    }
    let hash = hash_of(app, new).await.map_err(failed)?;
    // This session has just proved both passwords; the caller's others end.
    let _exemption = app.sign_in.exempt(&person.0);
    let change = Change::ChangeOwnPassword(hash);
    let command = Command::Provision { by: Some(person.id()), change };
    person.order(app, command).await.map(drop).map_err(|denial| failed(denial.into()))
}

/// Hashes a password.
pub async fn hash_of(app: &App, password: &str) -> Result<PasswordHash, Refused> {
    Ok(app.sign_in.hash(password.to_owned()).await?)
}

/// Tells an administrator that the password of somebody else was changed.
pub fn tell_administrator(app: &App, administrator: &Person, user: UserId) {
    let base = &app.base;
    let news = UserPasswordNews {
        news: PasswordNews::Changed,
        user: Link::new(base, "users", Id::print(&user)),
        user_id: Id::print(&user),
    };
    tell(app, administrator, &Notification::UserPassword(news));
}

fn tell(app: &App, person: &Person, notification: &Notification<'_>) {
    let owner = (person.0.center, person.id());
    app.push.publish(owner, notification.topic(), Bytes::from(notification.to_event()));
}

fn wrong(parameter: &str, why: &str) -> Refused {
    Problem::new(StatusCode::InvalidInput, format!("Parameter '{parameter}' {why}.")).into()
}
