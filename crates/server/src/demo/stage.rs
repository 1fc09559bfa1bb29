//! One story, played by clients on a server, and shown as those clients are told it. What people do is in
//! `steps.rs`.

mod steps;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use test_kit::Notification;

use super::cast::Cast;
use super::columns::Look;
use super::customer::Customer;
use super::pace::{Pace, wait};
use super::proof::Proof;
use super::screen::Screen;
use super::script::{Door, Script};
use super::seat::Seat;
use super::view::Entry;
use super::viewer::{Viewer, show_news, show_participants};
use crate::failure::Failure;

/// How long something that was done may take to be told to those concerned.
const NEWS_LIMIT: Duration = Duration::from_secs(10);
/// How often the clients look.
const LOOK_PERIOD: Duration = Duration::from_millis(40);
/// How long to wait for what should not come.
const GRACE: Duration = Duration::from_millis(150);
/// A pause between two scenes, in milliseconds of human time.
const SCENE_MS: f64 = 1_300.0;
/// Tells the chat of a story from those of others who try the server meanwhile.
const TICKET: &str = "DemoStory";

/// A story while it is told.
pub struct Stage<'a> {
    cast: &'a Cast,
    screen: &'a Screen,
    pace: Pace,
    script: &'static Script,
    ticket: String,
    customer: Option<Customer>,
    chat: Option<String>,
    /// What was offered to the agent before the customer came.
    others: BTreeSet<String>,
    viewers: [Viewer; 3],
    /// Who is in the chat and not heard by the customer.
    hidden: BTreeSet<&'static str>,
    /// What a supervisor wants to be in the next chat.
    supervisor: Option<(&'static str, &'static str)>,
    proof: Proof,
}

impl<'a> Stage<'a> {
    /// Before the curtain rises; everybody has just sat down.
    pub fn new(
        cast: &'a Cast,
        screen: &'a Screen,
        pace: Pace,
        script: &'static Script,
        number: usize,
    ) -> Self {
        Stage {
            cast,
            screen,
            pace,
            script,
            ticket: number.to_string(),
            customer: None,
            chat: None,
            others: BTreeSet::new(),
            viewers: <[Viewer; 3]>::default(),
            hidden: BTreeSet::new(),
            supervisor: None,
            proof: Proof::default(),
        }
    }

    /// Tells the whole story. Answers what the customer got, against what was said behind the scenes.
    ///
    /// # Errors
    /// The server refused something or did not tell it in time, or nobody looks.
    pub async fn play(&mut self) -> Result<&Proof, Failure> {
        let [customer, middle, right] = self.script.viewers;
        let titles: Vec<String> = self
            .script
            .parts
            .iter()
            .zip([customer, middle, right])
            .map(|(part, name)| format!("{part} {name} sees"))
            .collect();
        self.screen.gap()?;
        self.screen.tell(self.script.title, Look::Title)?;
        let way = match self.script.door {
            Door::Web => "by polling",
            Door::Phone(_) => "from a simulated carrier, which the server knows by SMPP alone",
        };
        let clients = format!(
            "Each column shows what that client received, and nothing else: {middle} and {right} by push, {} {way}. \
             {customer} never gets what is missing on the left.",
            self.script.receiver()
        );
        self.screen.tell(&clients, Look::Faint)?;
        self.screen.gap()?;
        self.screen.show(&self.screen.layout.head([&titles[0], &titles[1], &titles[2]]))?;
        for step in self.script.steps {
            Box::pin(self.perform(*step)).await?;
        }
        if let Some(customer) = &self.customer {
            for entry in customer.transcript().await? {
                self.proof.customer_received(&Entry(entry));
            }
        }
        Ok(&self.proof)
    }

    /// Ends what a story that went wrong has left behind, as far as that is possible.
    pub async fn clear(&self) {
        let over = json!({"operationName": "Complete"});
        if let Some(Customer::Browser(visitor)) = &self.customer {
            // It may be over already.
            let _ = visitor.post(&over).await;
        }
        let Ok(path) = self.path() else { return };
        for seat in &self.cast.seats {
            let _ = seat.try_post(&path, &over).await;
        }
    }

    /// Tells what is about to be done, and how it is asked for.
    async fn scene(&self, text: &str, path: &str, request: &Value) -> Result<(), Failure> {
        self.pace.pause(SCENE_MS).await;
        self.screen.gap()?;
        self.screen.tell(text, Look::Told)?;
        self.screen.tell(&format!("POST {path} {}", shown(request)), Look::Faint)?;
        self.pace.pause(SCENE_MS / 2.0).await;
        Ok(())
    }

    /// The same for what is done in the chat by somebody at a desk.
    async fn desk_scene(&self, text: &str, request: &Value) -> Result<(), Failure> {
        let path = format!("/api/v2/me/{}/{{{}}}", self.script.medium().collection, self.script.thing());
        self.scene(text, &path, request).await
    }

    async fn operate(&self, who: &str, request: &Value) -> Result<(), Failure> {
        self.seat(who)?.post(&self.path()?, request).await.map(|_| ())
    }

    /// Looks until something has been told, then a moment longer, and shows everything new.
    async fn until(&mut self, what: &str, is_told: impl Fn(&Stage<'a>) -> bool) -> Result<(), Failure> {
        let deadline = crate::clock::now() + NEWS_LIMIT;
        self.look().await?;
        while !is_told(self) {
            if crate::clock::now() > deadline {
                return Err(Failure::Demo(format!(
                    "within {} s nobody was told: {what}",
                    NEWS_LIMIT.as_secs()
                )));
            }
            wait(LOOK_PERIOD).await;
            self.look().await?;
        }
        wait(GRACE).await;
        self.look().await?;
        show_news(self.screen, &mut self.viewers)
    }

    /// Learns which chat is the one of the story.
    fn recognize(&mut self, notification: &Notification) {
        let (None, Some(id)) = (&self.chat, notification.chat_id()) else { return };
        let is_it = match self.script.door {
            Door::Web => notification.data["chat"]["userData"][TICKET] == self.ticket.as_str(),
            // Texts bear no ticket, and an offer does not say whose they are.
            Door::Phone(_) if notification.data["smssession"].is_null() => false,
            Door::Phone(_) if self.customer.is_none() => {
                self.others.insert(id.to_owned());
                false
            }
            Door::Phone(_) => !self.others.contains(id),
        };
        if is_it {
            self.chat = Some(id.to_owned());
        }
    }

    /// Takes what has come to the three clients.
    async fn look(&mut self) -> Result<(), Failure> {
        for (column, name) in self.script.viewers.iter().enumerate().skip(1) {
            for notification in self.cast.seat(name)?.news(self.viewers[column].position) {
                self.viewers[column].position += 1;
                self.recognize(&notification);
                if self.chat.is_none() || notification.chat_id() != self.chat.as_deref() {
                    continue;
                }
                for entry in notification.messages() {
                    self.proof.desk_received(&Entry(entry.clone()));
                }
                self.viewers[column].notice(&notification);
            }
        }
        if let Some(customer) = &mut self.customer {
            for entry in customer.news().await?.into_iter().map(Entry) {
                self.proof.customer_received(&entry);
                self.viewers[0].take(entry);
            }
        }
        Ok(())
    }

    async fn show_participants(&mut self) -> Result<(), Failure> {
        let participants = self.customer()?.participants().await?;
        self.viewers[0].set_participants(participants);
        show_participants(self.screen, &self.viewers)
    }

    fn seat(&self, name: &str) -> Result<&'a Seat, Failure> {
        self.cast.seat(name)
    }

    fn column(&self, name: &str) -> usize {
        self.script.viewers.iter().position(|viewer| *viewer == name).unwrap_or(0)
    }

    fn customer(&self) -> Result<&Customer, Failure> {
        self.customer.as_ref().ok_or_else(|| Failure::Demo("no customer has come".to_owned()))
    }

    /// Where a desk works on the chat.
    fn path(&self) -> Result<String, Failure> {
        let thing = self.script.thing();
        let chat =
            self.chat.as_ref().ok_or_else(|| Failure::Demo(format!("no agent was offered the {thing}")))?;
        Ok(format!("/api/v2/me/{}/{chat}", self.script.medium().collection))
    }
}

/// A request as people write it: the operation first.
fn shown(request: &Value) -> String {
    let members = request.as_object().into_iter().flatten();
    let (first, others): (Vec<_>, Vec<_>) = members.partition(|(name, _)| *name == "operationName");
    let members = first.into_iter().chain(others).map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}
