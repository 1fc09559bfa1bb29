//! A user at the door of the API: how handlers read and order on the user's behalf.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use contact_center::directory::{PROVISIONING_READ, PROVISIONING_WRITE};
use contact_center::people::{Role, User};
use contact_center::provisioning::Change;
use contact_center::{Command, Event, Refusal, Timestamp, UserId};
use engine::{Denial, Failure, Handle};
use http::request::Parts;
use public_api::{Operation, Problem};

use super::answer::{Refused, no_resource};
use crate::sign_in::Caller;
use crate::translate::{Source, words};
use crate::{App, clock};

/// A caller who may do more than change the password.
#[derive(Clone)]
pub struct Person(pub Caller);

impl FromRequestParts<Arc<App>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, app).await?;
        Self::of(caller).map_err(IntoResponse::into_response)
    }
}

impl Person {
    /// The caller, unless a new password is due first.
    ///
    /// # Errors
    /// It is.
    pub fn of(caller: Caller) -> Result<Self, Refused> {
        if caller.must_change_password {
            return Err(Problem::password_change_demanded().into());
        }
        Ok(Self(caller))
    }

    pub fn id(&self) -> UserId {
        self.0.user
    }

    /// Has a command carried out.
    pub async fn order(&self, app: &App, command: Command) -> Result<Vec<Event>, Denial> {
        self.order_numbered(app, command, None).await
    }

    /// The same; the first news of it to this user carries the number.
    pub async fn order_numbered(
        &self,
        app: &App,
        command: Command,
        reference: Option<u64>,
    ) -> Result<Vec<Event>, Denial> {
        center_of(app, &self.0)?.execute(command, reference).await
    }

    /// Has a change made to what administrators keep.
    pub async fn provision(&self, app: &App, change: Change) -> Result<Vec<Event>, Denial> {
        self.order(app, Command::Provision { by: Some(self.id()), change }).await
    }

    /// Looks at the contact center with this user's eyes.
    pub async fn read<R: Send + 'static>(
        &self,
        app: &App,
        read: impl FnOnce(Reader<'_>) -> Result<R, Refused> + Send + 'static,
    ) -> Result<R, Refused> {
        let (user, base) = (self.id(), Arc::clone(&app.base));
        let now = Timestamp(i64::try_from(clock::wall_ms()).unwrap_or(i64::MAX));
        center_of(app, &self.0)?
            .query(move |center| {
                let me = center.user(user)?;
                read(Reader { source: Source { center, base: &base, now }, me })
            })
            .await?
    }

    /// Whether this user may ask for the operation at all, asked before its target is looked up.
    ///
    /// # Errors
    /// A feature or the role is missing.
    pub async fn check_operation(&self, app: &App, operation: &'static Operation) -> Result<(), Refused> {
        self.read(app, move |reader| reader.check_operation(operation)).await
    }

    /// Whether this user may change what administrators keep, asked before the body is looked at.
    ///
    /// # Errors
    /// The feature or the role is missing.
    pub async fn check_may_provision(&self, app: &App) -> Result<(), Refused> {
        self.read(app, |reader| reader.check_may_provision(&[Role::Admin])).await
    }
}

fn center_of(app: &App, caller: &Caller) -> Result<Handle, Failure> {
    app.engine.center(caller.center).ok_or(Failure::Stopped)
}

/// A contact center, seen by one of its users.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub source: Source<'a>,
    pub me: &'a User,
}

impl<'a> Reader<'a> {
    pub fn is(&self, role: Role) -> bool {
        self.me.is(role)
    }

    /// # Errors
    /// The caller has none of these roles.
    pub fn check_role(&self, roles: &[Role]) -> Result<(), Refused> {
        match roles {
            _ if roles.iter().any(|role| self.is(*role)) => Ok(()),
            [first, ..] => Err(Refusal::RoleMissing(*first).into()),
            [] => Ok(()),
        }
    }

    /// # Errors
    /// Without the feature the resource is not there at all.
    pub fn check_feature(&self, feature: &'static str) -> Result<(), Refused> {
        self.source.center.require_feature(feature).map_err(|_| no_resource())
    }

    /// # Errors
    /// A feature that the operation needs is missing, or the caller has none of its roles.
    pub fn check_operation(&self, operation: &Operation) -> Result<(), Refused> {
        for feature in operation.features {
            self.source.center.require_feature(feature.as_str())?;
        }
        let roles: Vec<_> = operation.roles.iter().copied().map(words::role_asked_for).collect();
        self.check_role(&roles)
    }

    /// # Errors
    /// The feature is not there, or the caller has none of these roles.
    pub fn check_may_read(&self, roles: &[Role]) -> Result<(), Refused> {
        self.check_feature(PROVISIONING_READ)?;
        self.check_role(roles)
    }

    /// # Errors
    /// The feature or the role is missing.
    pub fn check_may_provision(&self, roles: &[Role]) -> Result<(), Refused> {
        self.source.center.require_feature(PROVISIONING_WRITE)?;
        self.check_role(roles)
    }

    /// The user of this ID, if the caller may read it: administrators may read everybody,
    /// supervisors those whom they reach, everybody himself.
    ///
    /// # Errors
    /// The feature or the role is missing, before anything is told of the user; no such user.
    pub fn person(&self, id: &str) -> Result<&'a User, Refused> {
        self.check_feature(PROVISIONING_READ)?;
        let id: Option<UserId> = id.parse().ok();
        if id == Some(self.me.id) {
            return Ok(self.me);
        }
        if !self.is(Role::Admin) {
            self.check_role(&[Role::Supervisor]).map_err(|_| Refusal::RoleMissing(Role::Admin))?;
            self.source.center.may_supervise(self.me.id, id.ok_or(Refusal::UnknownUser)?)?;
        }
        Ok(self.source.center.user(id.ok_or(Refusal::UnknownUser)?)?)
    }
}
