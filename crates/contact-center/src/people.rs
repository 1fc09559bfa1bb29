//! People and what they may do: users, roles, passwords, skills; and who may supervise whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{SkillId, UserId};
use crate::refusal::Refusal;
use crate::settings::SettingName;
use crate::{ContactCenter, GroupKind};

/// What a user may do. A user can have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Provisions the contact center.
    Admin,
    /// Handles contacts.
    Agent,
    /// Supervises agents.
    Supervisor,
    /// Reads by program.
    ApiUser,
}

/// A password's Argon2id hash in PHC form. The rules keep it and never look inside.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user's name among all others.
    pub id: UserId,
    /// What the user signs in with; unique in the contact center, without regard to case.
    pub user_name: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// May be empty.
    pub email_address: String,
    /// In the order of the enumeration, without repetition.
    pub roles: Vec<Role>,
    /// A disabled user cannot sign in.
    pub enabled: bool,
    /// Whether nothing but a change of password is allowed now.
    pub must_change_password: bool,
    /// How the password is checked.
    pub password: PasswordHash,
    /// Counts changes of the password; sign-ins older than the latest are void.
    pub password_version: u32,
    /// Levels by skill.
    pub skills: BTreeMap<SkillId, u32>,
}

impl User {
    /// Whether the user has this role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

impl ContactCenter {
    /// The user of this ID.
    ///
    /// # Errors
    /// [`Refusal::UnknownUser`].
    pub fn user(&self, id: UserId) -> Result<&User, Refusal> {
        self.users.get(&id).ok_or(Refusal::UnknownUser)
    }

    /// The user who signs in with this name, upper and lower case alike.
    pub fn user_named(&self, user_name: &str) -> Option<&User> {
        self.tables.user_names.get(&user_name.to_lowercase()).and_then(|id| self.users.get(id))
    }

    /// Whether the user has the role.
    ///
    /// # Errors
    /// [`Refusal::RoleMissing`] if not.
    pub(crate) fn require(&self, id: UserId, role: Role) -> Result<&User, Refusal> {
        let user = self.user(id)?;
        if user.is(role) { Ok(user) } else { Err(Refusal::RoleMissing(role)) }
    }

    /// Whether a user may see the numbers of customers who text: administrators always, others as the
    /// settings say for one of their roles.
    pub fn shows_numbers_to(&self, user: &User) -> bool {
        let shown = |role, setting| user.is(role) && self.settings.is_on(setting);
        user.is(Role::Admin)
            || shown(Role::Agent, SettingName::SmsNumbersForAgents)
            || shown(Role::Supervisor, SettingName::SmsNumbersForSupervisors)
    }

    /// Whether `supervisor` may supervise `agent`: a supervisor reaches the agents of the business
    /// units that list them as supervisor, and everybody where there is no business unit.
    ///
    /// # Errors
    /// [`Refusal::RoleMissing`] before anything is told of the agent; [`Refusal::UnknownUser`];
    /// [`Refusal::OutOfReach`].
    pub fn may_supervise(&self, supervisor: UserId, agent: UserId) -> Result<(), Refusal> {
        self.require(supervisor, Role::Supervisor)?;
        self.user(agent)?;
        let mut units =
            self.groups.values().filter(|group| group.id.kind == GroupKind::BusinessUnit).peekable();
        let reaches = units.peek().is_none()
            || units.any(|unit| unit.supervisors.contains(&supervisor) && unit.users.contains(&agent));
        if reaches { Ok(()) } else { Err(Refusal::OutOfReach) }
    }
}
