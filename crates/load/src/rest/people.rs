//! Who works in the measured contact center: agents in chats with customers, and supervisors.
//!
//! Everything is made through the public API, as an administrator would.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Clock, as_ns};
use crate::error::LoadError;
use crate::rest::api::{Api, Login};
use crate::rest::souffleur::ADMINISTRATOR;

/// The default capacity of an agent on the chat channel.
const CHATS_PER_AGENT: usize = 3;
const PASSWORD: &str = "load-password-1";
const ROUTING_LIMIT: Duration = Duration::from_secs(20);

/// A chat and the agent who is in it.
#[derive(Clone, Debug)]
pub struct Chat {
    pub id: String,
    pub agent: usize,
}

/// A contact center at work.
pub struct People {
    pub contact_center_id: String,
    pub agents: Vec<Login>,
    pub chats: Vec<Chat>,
    /// The chats' IDs as their customers know them.
    pub customer_chats: Vec<String>,
}

/// Makes as many chats as asked, with the agents that they need.
pub fn provision_chats(api: &mut Api, chats: usize) -> Result<People, LoadError> {
    let administrator = administrator(api)?;
    let mut people = People {
        contact_center_id: administrator.contact_center_id.clone(),
        agents: Vec::new(),
        chats: Vec::new(),
        customer_chats: Vec::new(),
    };
    // One agent after another: whoever is Ready last is the only one with free capacity.
    for number in 0..chats.div_ceil(CHATS_PER_AGENT) {
        let agent = add_user(api, &administrator, &format!("agent-{number}"), &["ROLE_AGENT"])?;
        enter_channel(api, &agent, "chat", "Ready")?;
        let wanted = CHATS_PER_AGENT.min(chats - people.chats.len());
        for _ in 0..wanted {
            let requested = request_chat(api, &people.contact_center_id)?;
            people.customer_chats.extend(id_of(&requested));
        }
        for id in accept_offers(api, &agent, "chats", wanted)? {
            people.chats.push(Chat { id, agent: number });
        }
        people.agents.push(agent);
    }
    Ok(people)
}

/// Adds one supervisor for each of the first chats, who monitors it.
pub fn provision_supervisors(api: &mut Api, people: &People, count: usize) -> Result<Vec<Login>, LoadError> {
    let administrator = administrator(api)?;
    let mut supervisors = Vec::new();
    for (number, chat) in people.chats.iter().take(count).enumerate() {
        let name = format!("supervisor-{number}");
        let supervisor = add_user(api, &administrator, &name, &["ROLE_AGENT", "ROLE_SUPERVISOR"])?;
        enter_channel(api, &supervisor, "chat", "NotReady")?;
        let path = format!("/api/v2/users/{}/chats/{}", people.agents[chat.agent].user_id, chat.id);
        let intrude = json!({
            "operationName": "Intrude",
            "supervisorVisibilityMode": "Monitor",
            "autoAccept": true,
            "nickname": name,
        });
        api.post(&path, &supervisor.headers, &intrude)?;
        supervisors.push(supervisor);
    }
    Ok(supervisors)
}

/// Adds users who only listen to their notifications.
pub fn provision_listeners(api: &mut Api, count: usize) -> Result<Vec<Login>, LoadError> {
    let administrator = administrator(api)?;
    (0..count)
        .map(|number| add_user(api, &administrator, &format!("listener-{number}"), &["ROLE_AGENT"]))
        .collect()
}

/// Logs the administrator in.
pub fn administrator(api: &mut Api) -> Result<Login, LoadError> {
    let (name, password) = ADMINISTRATOR;
    api.log_in(name, password)
}

/// Adds a user, and logs in as this user.
pub fn add_user(
    api: &mut Api,
    administrator: &Login,
    name: &str,
    roles: &[&str],
) -> Result<Login, LoadError> {
    let user = json!({
        "userName": name,
        "password": PASSWORD,
        "firstName": name,
        "lastName": "Load",
        "roles": roles,
    });
    api.post("/api/v2/users", &administrator.headers, &user)?;
    api.log_in(name, PASSWORD)
}

/// Opens a channel for a user and sets its state.
pub fn enter_channel(api: &mut Api, user: &Login, channel: &str, state: &str) -> Result<(), LoadError> {
    let start = json!({"operationName": "StartContactCenterSession", "channels": [channel]});
    api.post("/api/v2/me", &user.headers, &start)?;
    set_state(api, user, channel, state)
}

/// Sets the state of a user's channel.
pub fn set_state(api: &mut Api, user: &Login, channel: &str, state: &str) -> Result<(), LoadError> {
    let path = format!("/api/v2/me/channels/{channel}");
    api.post(&path, &user.headers, &json!({"operationName": state})).map(drop)
}

fn request_chat(api: &mut Api, contact_center_id: &str) -> Result<Value, LoadError> {
    let request = json!({"operationName": "RequestChat", "nickname": "Milo", "subject": "Load"});
    let headers = format!("ContactCenterId: {contact_center_id}\r\n");
    api.post("/api/v2/chats", &headers, &request)
}

/// Accepts what an agent is offered in a collection, `chats` or another, until there are as many as wanted.
pub fn accept_offers(
    api: &mut Api,
    agent: &Login,
    collection: &str,
    wanted: usize,
) -> Result<Vec<String>, LoadError> {
    let clock = Clock::start();
    let mut accepted = Vec::new();
    while accepted.len() < wanted {
        if clock.ns() > as_ns(ROUTING_LIMIT) {
            let agent = agent.user_name.clone();
            return Err(LoadError::NotRouted { agent, waited_s: ROUTING_LIMIT.as_secs() });
        }
        let listed = api.get(&format!("/api/v2/me/{collection}?fields=*"), &agent.headers)?;
        let chats = listed[collection].as_array().cloned().unwrap_or_default();
        for id in chats.iter().filter(|chat| chat["state"] == "Invited").filter_map(id_of) {
            let accept = json!({"operationName": "Accept", "nickname": agent.user_name});
            api.post(&format!("/api/v2/me/{collection}/{id}"), &agent.headers, &accept)?;
            accepted.push(id);
        }
    }
    Ok(accepted)
}

fn id_of(chat: &Value) -> Option<String> {
    chat["id"].as_str().map(str::to_owned)
}
