//! Passwords against users: which contact centers a name is looked for in, and how long it takes to be told no.

use std::net::IpAddr;
use std::time::Duration;

use contact_center::ContactCenterId;
use contact_center::people::{PasswordHash, User};
use public_api::{Problem, StatusCode as Code};

use super::credentials::{Basic, Identity};
use super::sessions::Person;
use super::{SignIn, busy};
use crate::answers::Refused;
use crate::{answers, clock};

/// A user who has the name that was given.
struct Candidate {
    identity: Identity,
    enabled: bool,
    password: PasswordHash,
}

impl SignIn {
    /// Whose credentials these are.
    pub(super) async fn verified(&self, basic: &Basic, address: IpAddr) -> Result<Identity, Refused> {
        let key = self.credentials.lock().key(basic);
        let find = || self.credentials.lock().find(&key, clock::now());
        if let Some(identity) = find() {
            return Ok(identity);
        }
        let name = basic.user_name.to_lowercase();
        self.admit(&name, address)?;
        let candidates = self.candidates(basic).await?;
        let mut found = Vec::new();
        if candidates.is_empty() {
            let turn = self.passwords.turn().await.map_err(|_| overloaded())?;
            let _ = self.passwords.verify_nobody(turn, basic.password.clone()).await;
        }
        for candidate in candidates {
            let turn = self.passwords.turn().await.map_err(|_| overloaded())?;
            // While this waited, others may have tried the same, rightly or too often.
            if let Some(identity) = find() {
                return Ok(identity);
            }
            self.admit(&name, address)?;
            let right = self.passwords.verify(turn, basic.password.clone(), candidate.password).await;
            if right.map_err(|_| overloaded())? && candidate.enabled {
                found.push(candidate.identity);
            }
        }
        match found[..] {
            [identity] => {
                self.credentials.lock().remember(key, identity, clock::now());
                Ok(identity)
            }
            [] => {
                let mut failures = self.failures.lock();
                failures.by_user.take(&name, clock::now());
                failures.by_address.take(&address, clock::now());
                Err(answers::access_denied().into())
            }
            _ => {
                let text = "These credentials are valid in several contact centers: name one in the header ContactCenterId.";
                Err(answers::problem(&Problem::new(Code::NotAuthenticated, text)).into())
            }
        }
    }

    /// Who a person is now; `None` if nobody, or one who may not sign in.
    pub(super) async fn identity(&self, (center, user): Person) -> Result<Option<Identity>, Refused> {
        let Some(handle) = self.engine.center(center) else { return Ok(None) };
        let look = move |state: &contact_center::ContactCenter| {
            state.user(user).ok().map(|user| Candidate::of(center, user))
        };
        let candidate = handle.query(look).await.map_err(|failure| unavailable(&failure))?;
        Ok(candidate.filter(|candidate| candidate.enabled).map(|candidate| candidate.identity))
    }

    pub(super) async fn is_current(&self, identity: Identity) -> Result<bool, Refused> {
        Ok(self.identity(identity.person).await? == Some(identity))
    }

    /// Refuses names and addresses with too many failures.
    fn admit(&self, name: &String, address: IpAddr) -> Result<(), Refused> {
        let failures = self.failures.lock();
        let now = clock::now();
        let wait = failures.by_user.wait(name, now).max(failures.by_address.wait(&address, now));
        wait.map_or(Ok(()), |wait| Err(too_many_attempts(wait)))
    }

    async fn candidates(&self, basic: &Basic) -> Result<Vec<Candidate>, Refused> {
        let centers = match basic.center {
            Some(center) => vec![center],
            None => self.engine.centers(),
        };
        let mut candidates = Vec::new();
        for center in centers {
            let Some(handle) = self.engine.center(center) else { continue };
            let name = basic.user_name.clone();
            let look = move |state: &contact_center::ContactCenter| {
                state.user_named(&name).map(|user| Candidate::of(center, user))
            };
            candidates.extend(handle.query(look).await.map_err(|failure| unavailable(&failure))?);
            if candidates.len() >= self.config.max_centers_by_name {
                break;
            }
        }
        Ok(candidates)
    }
}

impl Candidate {
    fn of(center: ContactCenterId, user: &User) -> Candidate {
        Candidate {
            identity: Identity {
                person: (center, user.id),
                password_version: user.password_version,
                must_change_password: user.must_change_password,
            },
            enabled: user.enabled,
            password: user.password.clone(),
        }
    }
}

fn too_many_attempts(wait: Duration) -> Refused {
    let problem = Problem::new(Code::NotAuthenticated, "Too many attempts");
    answers::retry_after(answers::problem(&problem), wait.as_secs() + 1).into()
}

fn overloaded() -> Refused {
    answers::retry_after(answers::problem(&busy()), 1).into()
}

fn unavailable(failure: &engine::Failure) -> Refused {
    let text = format!("Nobody can sign in at the moment: {failure}.");
    answers::retry_after(answers::problem(&Problem::new(Code::InternalError, text).with_http(503)), 1).into()
}
