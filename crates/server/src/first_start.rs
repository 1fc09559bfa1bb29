//! The first start makes one contact center and one administrator; everything else comes by the API.

use contact_center::people::Role;
use contact_center::provisioning::UserChange;
use engine::Denial;

use crate::failure::Failure;
use crate::house::House;

const CONTACT_CENTER: &str = "Souffleur";
const USER_VARIABLE: &str = "SOUFFLEUR_ADMIN_USER";
const PASSWORD_VARIABLE: &str = "SOUFFLEUR_ADMIN_PASSWORD";
/// The administrator's name if none is given.
pub const USER: &str = "admin";

/// Who administers a contact center that is made now.
#[derive(Default)]
pub struct Administrator {
    /// The name to sign in with.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
}

/// The administrator of a contact center that was made now, with a password that nobody knows yet.
pub struct Generated {
    /// The name to sign in with.
    pub user: String,
    /// The password.
    pub password: String,
}

impl Administrator {
    /// As the environment says. An empty variable is as good as none.
    pub fn of_environment() -> Administrator {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Administrator { user: variable(USER_VARIABLE), password: variable(PASSWORD_VARIABLE) }
    }
}

/// Makes contact center and administrator unless there are some; answers a password that was generated.
///
/// # Errors
/// The administrator's name is refused, or nothing can be kept.
pub async fn found(house: &House, administrator: Administrator) -> Result<Option<Generated>, Failure> {
    if !house.engine.centers().is_empty() {
        if administrator.user.is_some() || administrator.password.is_some() {
            tracing::info!(
                "{USER_VARIABLE} and {PASSWORD_VARIABLE} are ignored: the first start has made the administrator"
            );
        }
        return Ok(None);
    }
    let user = administrator.user.unwrap_or_else(|| USER.to_owned());
    if user.contains(':') {
        return Err(refused(USER_VARIABLE, "a user name cannot hold a colon"));
    }
    let is_generated = administrator.password.is_none();
    let password = administrator.password.unwrap_or_else(crate::random::password);
    let change = UserChange {
        user_name: Some(user.clone()),
        first_name: Some("First".to_owned()),
        last_name: Some("Administrator".to_owned()),
        roles: Some(vec![Role::Admin]),
        password: Some(web_server::hash_password(&password)),
        ..UserChange::default()
    };
    house.engine.found(CONTACT_CENTER, change).await.map_err(|denial| match denial {
        Denial::Refused(refusal) => {
            refused(USER_VARIABLE, &format!("{user:?} is no user name ({refusal:?})"))
        }
        Denial::Failed(failure) => Failure::NotFounded(house.data.clone(), failure.to_string()),
    })?;
    tracing::info!("the first contact center and its administrator are made");
    Ok(is_generated.then_some(Generated { user, password }))
}

fn refused(variable: &'static str, complaint: &str) -> Failure {
    Failure::Administrator { variable, complaint: complaint.to_owned() }
}
