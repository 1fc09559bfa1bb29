//! Telephones and calls by the API, over a gateway that does what the plans of the lines say.

mod calls;
mod devices;
mod recordings;
mod refusals;
mod supervision;

use std::sync::Arc;

use bus::{Announcement, Bus, Listener};
use contact_center::calls::{Arrival, Cause, LegPlan, LegWants, LineReport, Origin, Reach};
use contact_center::{DeviceId, LegId, Timestamp};
use parking_lot::Mutex;

use super::*;
use crate::translate::{Place, notices};

/// Agents and supervisors at registered telephones, and a gateway.
struct Exchange {
    center: Center,
    told: Arc<Told>,
    /// The lines that stand.
    up: Vec<LegId>,
    lines: u128,
}

/// Who works here: name, number, roles.
const PEOPLE: [(&str, &str, &[Role]); 5] = [
    ("anna", "7101", &[Role::Agent]),
    ("bela", "7115", &[Role::Agent]),
    ("carl", "7116", &[Role::Agent]),
    ("sam", "5005", &[Role::Agent, Role::Supervisor]),
    ("tess", "5006", &[Role::Supervisor]),
];
const QUEUE: &str = "800";
const CUSTOMER: &str = "+442079460123";

/// What users were told, as a client would read it.
struct Told {
    base: Arc<str>,
    news: Mutex<Vec<(UserId, Value)>>,
}

impl Listener for Told {
    fn hear(&self, announcement: &Announcement) {
        let now = Timestamp(i64::try_from(crate::clock::wall_ms()).unwrap_or(0));
        let place = Place { base: &self.base, center: announcement.center, now };
        for notice in announcement.notices.iter() {
            if let (Some(user), Some(news)) = (notices::recipient(notice), notices::news(notice, place)) {
                let event = serde_json::from_slice(&news.event).expect("an event is JSON");
                self.news.lock().push((user, event));
            }
        }
    }
}

impl Exchange {
    async fn open() -> Self {
        let center = Center::open().await;
        let told = Arc::new(Told { base: Arc::clone(&center.app.base), news: Mutex::default() });
        center.bus.subscribe(told.clone());
        let mut exchange = Self { center, told, up: Vec::new(), lines: 0 };
        for (name, number, roles) in PEOPLE {
            let user = exchange.center.add(name, roles).await;
            let path = format!("/users/{user}/devices");
            let (admin, device) = (exchange.center.admin, json!({"phoneNumber": number}));
            exchange.center.post(admin, &path, device).await.done();
            exchange.register(name).await;
            exchange.center.open_channel(user, "voice").await;
        }
        let queue = json!({"name": "Sales", "channel": "voice", "phoneNumber": QUEUE});
        exchange.center.post(exchange.center.admin, "/queues", queue).await.done();
        exchange.told.news.lock().clear();
        exchange
    }

    async fn user(&self, name: &'static str) -> UserId {
        user_named(&self.center.app, self.center.id, name).await
    }

    async fn device(&self, name: &'static str) -> DeviceId {
        let handle = self.center.app.engine.center(self.center.id).expect("the contact center");
        let found = handle.query(move |center| {
            let user = center.user_named(name)?.id;
            center.devices_of(user).next().map(|device| device.id)
        });
        found.await.expect("a look").expect("a device")
    }

    /// Asks for something at the caller's own telephone.
    async fn at_device(&self, name: &'static str, body: Value) -> Answer {
        let path = format!("/me/devices/{}", self.device(name).await);
        self.center.post(self.user(name).await, &path, body).await
    }

    /// Asks for something in a call.
    async fn in_call(&mut self, name: &'static str, call: &str, body: Value) -> Answer {
        let answer = self.center.post(self.user(name).await, &format!("/me/calls/{call}"), body).await;
        self.settle().await;
        answer
    }

    /// Does something in a call.
    async fn does(&mut self, name: &'static str, call: &str, operation: &str) {
        let answer = self.in_call(name, call, json!({"operationName": operation})).await;
        assert_eq!(answer.done(), json!({"statusCode": 0}));
    }

    /// The only call of somebody, as the API reads it.
    async fn call_of(&self, name: &'static str) -> Value {
        let calls = self.calls_of(name).await;
        let [call] = calls.as_slice() else { panic!("{name} has {calls:?}") };
        call.clone()
    }

    async fn calls_of(&self, name: &'static str) -> Vec<Value> {
        let mut calls = self.center.get(self.user(name).await, "/me/calls?fields=*").await.done();
        calls["calls"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    async fn dial(&mut self, name: &'static str, number: &str) -> String {
        let path = format!("/me/devices/{}/calls", self.device(name).await);
        let body = json!({"operationName": "Dial", "destination": {"phoneNumber": number}});
        let answer = self.center.post(self.user(name).await, &path, body).await.done();
        assert_eq!(answer, json!({"statusCode": 0}), "the answer does not name the call");
        self.settle().await;
        let calls = self.calls_of(name).await;
        let dials = calls.iter().rfind(|call| call["state"] == "Dialing");
        dials.expect("a call")["id"].as_str().expect("an ID").to_owned()
    }

    /// Somebody calls somebody, who answers.
    async fn connect(&mut self, caller: &'static str, callee: &'static str) -> String {
        let number = PEOPLE.iter().find(|(name, ..)| *name == callee).expect("somebody").1;
        let call = self.dial(caller, number).await;
        self.does(callee, &call, "Answer").await;
        call
    }

    /// A customer calls the queue, and an agent answers.
    async fn serve(&mut self, agent: &'static str) -> String {
        self.at_channel(agent, "Ready").await;
        self.arrive(QUEUE).await;
        let call = self.call_of(agent).await["id"].as_str().expect("an ID").to_owned();
        self.does(agent, &call, "Answer").await;
        call
    }

    async fn at_channel(&mut self, name: &'static str, operation: &str) {
        let body = json!({"operationName": operation});
        self.center.post(self.user(name).await, "/me/channels/voice", body).await.done();
        self.settle().await;
    }

    /// A customer calls.
    async fn arrive(&mut self, number: &str) -> LegId {
        self.lines += 1;
        let leg = LegId(self.lines << 64);
        let (caller, dialled) = (Some(Arc::from(CUSTOMER)), Arc::from(number));
        let arrival = Arrival { leg, origin: Origin::Outside, caller, dialled, replaces: None };
        self.report(LineReport::Arrived(Box::new(arrival))).await;
        self.settle().await;
        leg
    }

    async fn register(&mut self, name: &'static str) {
        let device = self.device(name).await;
        self.report(LineReport::Registered { device, phones: Some("phone".into()) }).await;
    }

    async fn report(&self, report: LineReport) {
        let handle = self.center.app.engine.center(self.center.id).expect("the contact center");
        handle.execute(Command::Line(report), None).await.expect("reports are never refused");
    }

    /// Does what the gateway does without waiting for anybody: phones ring, lines that are to answer do so,
    /// lines that are to end do so.
    async fn settle(&mut self) {
        let handle = self.center.app.engine.center(self.center.id).expect("the contact center");
        let mut rung = Vec::new();
        while let Some(report) = {
            let plans = handle.query(|center| center.line_plans()).await.expect("the plans");
            self.next_report(&plans, &mut rung)
        } {
            self.report(report).await;
        }
    }

    fn next_report(&mut self, plans: &[LegPlan], rung: &mut Vec<LegId>) -> Option<LineReport> {
        plans.iter().find_map(|plan| {
            let leg = plan.leg;
            match plan.wants {
                LegWants::Gone(cause) => Some(LineReport::Ended { leg, cause }),
                LegWants::Answer if !self.up.contains(&leg) => {
                    self.up.push(leg);
                    Some(LineReport::Answered { leg, dialog: "dialog".into() })
                }
                LegWants::Ring if !plan.incoming && !rung.contains(&leg) => {
                    rung.push(leg);
                    Some(LineReport::Ringing { leg, early_media: false })
                }
                _ => None,
            }
        })
    }

    /// Somebody's phone, or an outside one, ends its line.
    async fn hang_up(&mut self, reach: impl Fn(&Reach) -> bool) {
        let handle = self.center.app.engine.center(self.center.id).expect("the contact center");
        let plans = handle.query(|center| center.line_plans()).await.expect("the plans");
        let leg = plans.iter().find(|plan| reach(&plan.reach)).expect("a line").leg;
        self.report(LineReport::Ended { leg, cause: Cause::HungUp }).await;
        self.settle().await;
    }

    /// What somebody was told since the last look, of calls or of devices.
    async fn told(&self, name: &'static str, topic: &str) -> Vec<Value> {
        let user = self.user(name).await;
        let mut news = self.told.news.lock();
        let of_user = |(to, event): &(UserId, Value)| *to == user && event["channel"] == topic;
        let (told, rest) = std::mem::take(&mut *news).into_iter().partition(of_user);
        *news = rest;
        drop(news);
        let told: Vec<(UserId, Value)> = told;
        told.into_iter().map(|(_, mut event)| event["data"].take()).collect()
    }

    /// What somebody was told of calls, as kinds and states.
    async fn told_of_calls(&self, name: &'static str) -> Vec<String> {
        let told = self.told(name, "/v2/me/calls").await;
        let short = |news: &Value| {
            let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
            format!("{} {}", word(&news["notificationType"]), word(&news["call"]["state"]))
        };
        told.iter().map(short).collect()
    }

    /// Whatever somebody reads of calls and devices is what the last notification said.
    async fn check_reads(&self, name: &'static str) {
        let user = self.user(name).await;
        let whole = self.center.get(user, "/me?subresources=*").await.done()["user"].take();
        for call in self.calls_of(name).await {
            let id = call["id"].as_str().expect("an ID");
            let alone = self.center.get(user, &format!("/me/calls/{id}")).await.done()["call"].take();
            let by_path = self.center.get(user, &format!("/calls/{id}/")).await.done()["call"].take();
            let in_whole = whole["calls"].as_array().into_iter().flatten().find(|one| one["id"] == id);
            let last = self.last_told(user, "/v2/me/calls", &|data| data["call"]["id"] == id);
            for read in [&alone, &by_path, in_whole.expect("in /me"), &last["call"]] {
                assert_eq!(timeless(read), timeless(&call), "{name}");
            }
        }
        let devices = self.center.get(user, "/me/devices?fields=*").await.done()["devices"].take();
        let last = self.last_told(user, "/v2/me/devices", &|_| true);
        for read in [&whole["devices"], &last["devices"]].into_iter().filter(|read| !read.is_null()) {
            assert_eq!(*read, devices, "{name}");
        }
    }

    fn last_told(&self, user: UserId, topic: &str, is: &dyn Fn(&Value) -> bool) -> Value {
        let news = self.told.news.lock();
        let matches =
            |(to, event): &&(UserId, Value)| *to == user && event["channel"] == topic && is(&event["data"]);
        news.iter().rfind(matches).map(|(_, event)| event["data"].clone()).unwrap_or_default()
    }
}

/// A call but for what changes by itself.
fn timeless(call: &Value) -> Value {
    let mut call = call.clone();
    let duration = call.as_object_mut().and_then(|call| call.remove("duration"));
    let seconds: Option<u64> = duration.as_ref().and_then(Value::as_str).and_then(|it| it.parse().ok());
    assert!(seconds.is_some(), "a duration is a string of seconds: {duration:?}");
    call
}

fn operation(name: &str) -> Value {
    json!({"operationName": name})
}

/// A list as a set: order carries no meaning.
fn sorted(list: &Value) -> Vec<&str> {
    let mut words: Vec<_> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    words.sort_unstable();
    words
}
