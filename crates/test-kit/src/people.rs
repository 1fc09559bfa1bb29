//! Adding people and contact centers through the API, as an administrator does.

use serde_json::{Value, json};

use crate::HttpClient;

/// The administrator that `ServerProcess` names to the server.
pub const ADMIN_USER: &str = "admin";
/// That administrator's password.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The id in URIs.
    pub id: String,
    /// The login name.
    pub user_name: String,
    /// The password in clear.
    pub password: String,
}

/// Creates a user; `admin` is logged in as administrator.
///
/// # Panics
/// If the server refuses.
pub async fn add_person(admin: &HttpClient, user_name: &str, roles: &[&str]) -> Person {
    let password = format!("the password of {user_name}");
    let mut first_name = user_name.to_owned();
    first_name[..1].make_ascii_uppercase();
    let body = json!({
        "firstName": first_name, "lastName": "Example", "userName": user_name, "password": password, "roles": roles,
    });
    let created = admin.post("/api/v2/users", &body).await.expect("an answer").success();
    Person { id: text(&created, "id"), user_name: user_name.to_owned(), password }
}

/// Creates a second contact center with an administrator of its own, who is returned; `admin` is the
/// administrator of the first.
///
/// # Panics
/// If the server refuses.
pub async fn add_contact_center(admin: &HttpClient, name: &str) -> (String, Person) {
    let administrator = format!("admin-of-{name}");
    let password = format!("the password of {administrator}");
    let body = json!({"name": name, "userName": administrator, "password": password});
    let created = admin.post("/api/v2/system/contact-centers", &body).await.expect("an answer").success();
    let person = Person { id: String::new(), user_name: administrator, password };
    (text(&created, "id"), person)
}

fn text(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap_or_else(|| panic!("no member {member} in {object}")).to_owned()
}
