//! A contact center with people in it, and the steps by which they meet.

use contact_center::audience::Mode;
use contact_center::command::Order;
use contact_center::contact::ContactEvent;
use contact_center::people::{PasswordHash, Role};
use contact_center::provisioning::{Change, UserChange};
use contact_center::{Channel, Command, ContactId, CustomerKey, Event, UserId};
use engine::{Denial, Engine, Handle};

pub fn user(name: &str, roles: &[Role]) -> UserChange {
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some(name.to_owned()),
        last_name: Some("Test".to_owned()),
        roles: Some(roles.to_vec()),
        password: Some(PasswordHash("none".to_owned())),
        ..UserChange::default()
    }
}

/// A fresh contact center.
pub async fn found(engine: &Engine, name: &str) -> Handle {
    let id = engine.found(name, user("ada", &[Role::Admin])).await.unwrap();
    engine.center(id).unwrap()
}

/// A new user, who works in chats from now on.
pub async fn hire(center: &Handle, name: &str, roles: &[Role]) -> Result<UserId, Denial> {
    let change = Change::CreateUser(user(name, roles));
    let events = center.execute(Command::Provision { by: None, change }, None).await?;
    let Some(Event::UserKept(user)) = events.first() else { panic!("no user in {events:?}") };
    for command in [
        Command::OpenChannel { by: user.id, channel: Channel::Chat, device: None },
        Command::EnterState { by: user.id, of: user.id, channel: None, operation: "Ready".to_owned() },
    ] {
        match center.execute(command, None).await {
            Ok(_) | Err(Denial::Refused(_)) => {}
            Err(failed) => return Err(failed),
        }
    }
    Ok(user.id)
}

pub fn request(nickname: &str) -> Command {
    let (channel, nickname) = (Channel::Chat, nickname.to_owned());
    Command::RequestContact {
        channel,
        endpoint: None,
        nickname,
        user_data: std::collections::BTreeMap::new(),
    }
}

/// The contact that a request began, and the customer's key to it.
pub fn requested(events: &[Event]) -> (ContactId, CustomerKey) {
    let found = events.iter().find_map(|event| match event {
        Event::Contact(id, ContactEvent::Requested(contact)) => Some((*id, contact.customer_key)),
        _ => None,
    });
    found.unwrap()
}

/// A chat that an agent has accepted and a supervisor looks into.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    pub contact: ContactId,
    pub agent: UserId,
    pub supervisor: UserId,
}

impl Watched {
    pub fn switch(&self, mode: Mode) -> Command {
        Command::Converse { by: self.supervisor, contact: self.contact, order: Order::Switch(mode) }
    }
}

/// A customer comes, an agent takes the chat, the supervisor looks in.
pub async fn watch(center: &Handle, supervisor: UserId) -> Watched {
    let events = center.execute(request("carol"), None).await.unwrap();
    let (contact, _) = requested(&events);
    let agent = center.query(move |center| center.contacts()[&contact].offers[0].user).await.unwrap();
    let accept = Command::Converse { by: agent, contact, order: Order::Accept { nickname: None } };
    center.execute(accept, None).await.unwrap();
    let intrude = Command::Intrude {
        by: supervisor,
        agent,
        contact,
        mode: Some(Mode::Monitor),
        at_once: true,
        nickname: None,
    };
    center.execute(intrude, None).await.unwrap();
    Watched { contact, agent, supervisor }
}
