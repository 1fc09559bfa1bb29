//! The router, asked in process, over an engine on a store in memory.

mod contract;
mod conversations;
mod customers;
mod people;
mod permissions;
mod provisioning;
mod settings;
mod suppressions;
mod telephony;
mod texts;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bus::local::LocalBus;
use contact_center::people::{PasswordHash, Role};
use contact_center::provisioning::{Change, UserChange};
use contact_center::{Command, ContactCenterId, Event, UserId};
use engine::Engine;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use store::memory::MemoryStore;
use tower::ServiceExt as _;

use crate::sign_in::{Caller, SessionId, Visitor};
use crate::{App, Config, WebServer, answers};

/// A contact center and the API in front of it.
struct Center {
    app: Arc<App>,
    bus: Arc<LocalBus>,
    router: Router,
    id: ContactCenterId,
    admin: UserId,
}

impl Center {
    async fn open() -> Self {
        Self::open_with(config()).await
    }

    async fn open_with(config: Config) -> Self {
        let bus = Arc::new(LocalBus::default());
        let engine = Engine::start(Arc::new(MemoryStore::default()), bus.clone()).await.expect("an engine");
        let id = engine.found("first", somebody("admin", &[Role::Admin])).await.expect("a contact center");
        let app = WebServer::new(config, engine, bus.clone()).expect("a web server").app;
        let router: Router = super::routes()
            .fallback(answers::unknown_path)
            .method_not_allowed_fallback(answers::wrong_method)
            .with_state(Arc::clone(&app));
        let admin = user_named(&app, id, "admin").await;
        Self { app, bus, router, id, admin }
    }

    /// Adds a user, past the API.
    async fn add(&self, name: &str, roles: &[Role]) -> UserId {
        let change = Change::CreateUser(somebody(name, roles));
        let handle = self.app.engine.center(self.id).expect("the contact center");
        let events = handle.execute(Command::Provision { by: None, change }, None).await.expect("a user");
        let Some(Event::UserKept(user)) = events.first() else { panic!("no user in {events:?}") };
        user.id
    }

    /// Adds an agent who is ready on the chat channel.
    async fn ready_agent(&self, name: &str) -> UserId {
        let agent = self.add(name, &[Role::Agent]).await;
        self.open_chat_channel(agent).await;
        self.post(agent, "/me/channels/chat", json!({"operationName": "Ready"})).await.done();
        agent
    }

    async fn supervisor(&self, name: &str) -> UserId {
        let supervisor = self.add(name, &[Role::Supervisor]).await;
        self.open_chat_channel(supervisor).await;
        supervisor
    }

    async fn open_chat_channel(&self, user: UserId) {
        self.open_channel(user, "chat").await;
    }

    async fn open_channel(&self, user: UserId, channel: &str) {
        let start = json!({"operationName": "StartContactCenterSession", "channels": [channel]});
        self.post(user, "/me", start).await.done();
    }

    /// A customer asks for a chat; the customer's ID of it.
    async fn request_chat(&self) -> String {
        let request = json!({"operationName": "RequestChat", "nickname": "Milo", "subject": "Parcel"});
        let answer = self.visit(Method::POST, "/chats", request).await.done();
        answer["id"].as_str().expect("an ID").to_owned()
    }

    /// A chat between a customer and an agent: the customer's ID of it, and the agent's.
    async fn chat_with(&self, agent: UserId) -> (String, String) {
        let customers = self.request_chat().await;
        let mut chat = None;
        // The offer follows from the request, and comes after its answer.
        for _ in 0..OFFER_LOOKS {
            let chats = self.get(agent, "/me/chats?fields=*").await.done();
            chat = chats["chats"]
                .as_array()
                .and_then(|all| all.iter().find(|chat| chat["state"] == "Invited").cloned());
            if chat.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let chat = chat.expect("an offer")["id"].as_str().expect("an ID").to_owned();
        self.post(agent, &format!("/me/chats/{chat}"), json!({"operationName": "Accept"})).await.done();
        (customers, chat)
    }

    async fn get(&self, user: UserId, path: &str) -> Answer {
        self.ask(user, Method::GET, path, Value::Null).await
    }

    async fn post(&self, user: UserId, path: &str, body: Value) -> Answer {
        self.ask(user, Method::POST, path, body).await
    }

    async fn put(&self, user: UserId, path: &str, body: Value) -> Answer {
        self.ask(user, Method::PUT, path, body).await
    }

    async fn delete(&self, user: UserId, path: &str) -> Answer {
        self.ask(user, Method::DELETE, path, Value::Null).await
    }

    /// Asks as a signed-in user.
    async fn ask(&self, user: UserId, method: Method, path: &str, body: Value) -> Answer {
        self.ask_as(self.caller(user), method, path, body).await
    }

    fn caller(&self, user: UserId) -> Caller {
        Caller {
            center: self.id,
            user,
            session: SessionId(1),
            by_cookie_alone: false,
            must_change_password: false,
        }
    }

    async fn ask_as(&self, caller: Caller, method: Method, path: &str, body: Value) -> Answer {
        let mut request = request(method, path, &body);
        request.extensions_mut().insert(caller);
        self.send(request).await
    }

    /// Asks as a customer of this contact center.
    async fn visit(&self, method: Method, path: &str, body: Value) -> Answer {
        self.visit_center(self.id, method, path, body).await
    }

    async fn visit_center(&self, center: ContactCenterId, method: Method, path: &str, body: Value) -> Answer {
        let mut request = request(method, path, &body);
        request.extensions_mut().insert(Visitor { center });
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { what, status, json }
    }
}

/// A server with a telephone gateway beside it.
fn config() -> Config {
    let realm = "contact-center".to_owned();
    let telephony =
        crate::TelephonyConfig { contact_center: None, realm, recordings: None, sound_settles: None };
    Config { telephony: Some(telephony), ..Config::default() }
}

/// How often the test looks for an offer.
const OFFER_LOOKS: usize = 1_000;

struct Answer {
    what: String,
    status: u16,
    json: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    fn done(self) -> Value {
        assert_eq!((self.status, &self.json["statusCode"]), (200, &json!(0)), "{}: {}", self.what, self.json);
        self.json
    }

    /// The message of a failure.
    #[track_caller]
    fn refused(self, status: u16, code: u8) -> String {
        let told = (self.status, &self.json["statusCode"]);
        assert_eq!(told, (status, &json!(code)), "{}: {}", self.what, self.json);
        assert_eq!(self.json.as_object().map(serde_json::Map::len), Some(2), "{}", self.json);
        self.json["statusMessage"].as_str().expect("a message").to_owned()
    }
}

fn request(method: Method, path: &str, body: &Value) -> Request<Body> {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let whole = if path.starts_with("/internal-api") { path.to_owned() } else { format!("/api/v2{path}") };
    Request::builder().method(method).uri(whole).body(body).expect("a request")
}

fn somebody(name: &str, roles: &[Role]) -> UserChange {
    UserChange {
        user_name: Some(name.to_owned()),
        first_name: Some(name.to_uppercase()),
        last_name: Some("Example".to_owned()),
        roles: Some(roles.to_vec()),
        password: Some(PasswordHash("no password fits".to_owned())),
        ..UserChange::default()
    }
}

async fn user_named(app: &App, center: ContactCenterId, name: &'static str) -> UserId {
    let handle = app.engine.center(center).expect("the contact center");
    let found = handle.query(move |center| center.user_named(name).map(|user| user.id)).await;
    found.expect("a look").expect("the user")
}
