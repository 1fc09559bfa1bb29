//! One story, played by clients on a server, and shown as those clients are told it. What people do is in
//! `steps.rs`.

mod steps;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::cast::Cast;
use super::columns::Look;
use super::pace::{Pace, wait};
use super::proof::Proof;
use super::screen::Screen;
use super::script::Script;
use super::seat::{Seat, Visitor};
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
    visitor: Option<Visitor>,
    chat: Option<String>,
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
            visitor: None,
            chat: None,
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
        let clients = format!(
            "Each column shows what that client received, and nothing else: {customer} by polling, {middle} and {right} by \
             push. {customer} never gets what is missing on the left."
        );
        self.screen.tell(&clients, Look::Faint)?;
        self.screen.gap()?;
        self.screen.show(&self.screen.layout.head([&titles[0], &titles[1], &titles[2]]))?;
        for step in self.script.steps {
            Box::pin(self.perform(*step)).await?;
        }
        if let Some(visitor) = &self.visitor {
            for entry in visitor.transcript().await? {
                self.proof.customer_received(&entry);
            }
        }
        Ok(&self.proof)
    }

    /// Ends what a story that went wrong has left behind, as far as that is possible.
    pub async fn clear(&self) {
        let over = json!({"operationName": "Complete"});
        if let Some(visitor) = &self.visitor {
            // It may be over already.
            let _ = visitor.post(&over).await;
        }
        let Some(chat) = &self.chat else { return };
        for seat in &self.cast.seats {
            let _ = seat.try_post(&format!("/api/v2/me/chats/{chat}"), &over).await;
        }
    }

    /// Tells what is about to be done, and how it is asked for.
    async fn scene(&self, text: &str, path: &str, request: &Value) -> Result<(), Failure> {
        self.pace.pause(SCENE_MS).await;
        self.screen.gap()?;
        self.screen.tell(text, Look::Told)?;
        self.screen.tell(&format!("POST /api/v2{path} {}", shown(request)), Look::Faint)?;
        self.pace.pause(SCENE_MS / 2.0).await;
        Ok(())
    }

    async fn operate(&self, who: &str, request: &Value) -> Result<(), Failure> {
        let path = format!("/api/v2/me/chats/{}", self.chat()?);
        self.seat(who)?.post(&path, request).await.map(|_| ())
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

    /// Takes what has come to the three clients.
    async fn look(&mut self) -> Result<(), Failure> {
        for (column, name) in self.script.viewers.iter().enumerate().skip(1) {
            let viewer = &mut self.viewers[column];
            for notification in self.cast.seat(name)?.news(viewer.position) {
                viewer.position += 1;
                if self.chat.is_none()
                    && notification.data["chat"]["userData"][TICKET] == self.ticket.as_str()
                {
                    self.chat = notification.chat_id().map(str::to_owned);
                }
                if self.chat.is_none() || notification.chat_id() != self.chat.as_deref() {
                    continue;
                }
                for entry in notification.messages() {
                    self.proof.desk_received(&Entry(entry.clone()));
                }
                viewer.notice(&notification);
            }
        }
        if let Some(visitor) = &self.visitor {
            for entry in visitor.news().await? {
                self.proof.customer_received(&entry);
                self.viewers[0].take(Entry(entry));
            }
        }
        Ok(())
    }

    async fn show_participants(&mut self) -> Result<(), Failure> {
        let participants = self.visitor()?.participants().await?;
        self.viewers[0].set_participants(participants);
        show_participants(self.screen, &self.viewers)
    }

    fn seat(&self, name: &str) -> Result<&'a Seat, Failure> {
        self.cast.seat(name)
    }

    fn column(&self, name: &str) -> usize {
        self.script.viewers.iter().position(|viewer| *viewer == name).unwrap_or(0)
    }

    fn visitor(&self) -> Result<&Visitor, Failure> {
        self.visitor.as_ref().ok_or_else(|| Failure::Demo("no chat was opened".to_owned()))
    }

    fn chat(&self) -> Result<&str, Failure> {
        self.chat.as_deref().ok_or_else(|| Failure::Demo("no agent was offered the chat".to_owned()))
    }
}

/// A request as people write it: the operation first.
fn shown(request: &Value) -> String {
    let members = request.as_object().into_iter().flatten();
    let (first, others): (Vec<_>, Vec<_>) = members.partition(|(name, _)| *name == "operationName");
    let members = first.into_iter().chain(others).map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}
