//! What people do in a story, each with what has to be told before it goes on.

use serde_json::json;

use super::{GRACE, Stage, TICKET};
use crate::demo::carrier;
use crate::demo::columns::Look;
use crate::demo::customer::{Customer, Phone};
use crate::demo::pace::wait;
use crate::demo::script::{Door, Step};
use crate::demo::seat::Visitor;
use crate::demo::viewer::Viewer;
use crate::failure::Failure;

impl Stage<'_> {
    /// Does one thing, and shows what came of it.
    pub(super) async fn perform(&mut self, step: Step) -> Result<(), Failure> {
        match step {
            Step::Open(about) => self.open(about).await,
            Step::Supervise { supervisor, agent, mode } => self.supervise(supervisor, agent, mode).await,
            Step::Accept(agent) => self.accept(agent).await,
            Step::Say(who, text) => self.say(who, "SendMessage", text).await,
            Step::Whisper(who, text) => self.say(who, "SendToAgents", text).await,
            Step::Switch(supervisor, operation) => self.switch(supervisor, operation).await,
            Step::Refused(supervisor, text) => self.refused(supervisor, text).await,
            Step::Consult(agent, colleague) => self.consult(agent, colleague).await,
            Step::Transfer(agent, colleague) => self.transfer(agent, colleague).await,
            Step::Leave => self.leave().await,
            Step::OptOut(word) => self.opt_out(word).await,
            Step::Complete(agent) => self.complete(agent).await,
        }
    }

    async fn open(&mut self, about: &'static str) -> Result<(), Failure> {
        let first = self.script.steps.iter().find_map(|step| match step {
            Step::Accept(agent) => Some(*agent),
            _ => None,
        });
        let agent = first.unwrap_or(self.script.viewers[1]);
        self.seat(agent)?.set_state(self.script.medium(), "Ready").await?;
        match self.script.door {
            Door::Web => self.open_chat(about).await?,
            Door::Phone(number) => self.open_session(number, about).await?,
        }
        let column = self.column(agent);
        self.until("the offer", |it| it.viewers[column].state() == "Invited").await
    }

    async fn open_chat(&mut self, subject: &str) -> Result<(), Failure> {
        let customer = self.script.viewers[0];
        let mut request = json!({"operationName": "RequestChat", "nickname": customer, "subject": subject});
        let text = format!("{customer} opens a chat. The longest idle agent is offered it.");
        self.scene(&text, "/api/v2/chats", &request).await?;
        request["userData"] = json!({TICKET: self.ticket});
        let visitor = Visitor::open_chat(&self.cast.base, &self.cast.contact_center, &request).await?;
        self.customer = Some(Customer::Browser(visitor));
        Ok(())
    }

    async fn open_session(&mut self, number: &'static str, text: &'static str) -> Result<(), Failure> {
        let customer = self.script.viewers[0];
        self.cast.opt_in(number).await;
        let phone = Phone::take(&self.cast.phones, customer, number).await?;
        let told =
            format!("{customer} texts {}. The longest idle agent is offered a session.", carrier::NUMBER);
        self.phone_scene(&told, number, text).await?;
        wait(GRACE).await;
        self.look().await?;
        self.customer = Some(Customer::Phone(phone));
        self.customer()?.say(text).await
    }

    /// Tells what is about to be done with a phone.
    async fn phone_scene(&self, told: &str, number: &str, text: &str) -> Result<(), Failure> {
        let path = format!("{}/texts", self.cast.phones);
        self.scene(told, &path, &Phone::request(number, text)).await
    }

    async fn supervise(
        &mut self,
        supervisor: &'static str,
        agent: &'static str,
        mode: &'static str,
    ) -> Result<(), Failure> {
        let request = json!({"operationName": mode, "supervisorMonitoringMode": "NextChat"});
        let verb = if mode == "Coach" { "coach" } else { "listen to" };
        let thing = self.script.thing();
        let text = format!("{supervisor}, {agent}'s supervisor, wants to {verb} {agent}'s next {thing}.");
        let path = |user: &str| format!("/api/v2/users/{user}/channels/{}", self.script.medium().channel);
        self.scene(&text, &path(&format!("{{{agent}}}")), &request).await?;
        self.seat(supervisor)?.post(&path(&self.seat(agent)?.id), &request).await?;
        self.supervisor = Some((supervisor, mode));
        Ok(())
    }

    async fn accept(&mut self, agent: &'static str) -> Result<(), Failure> {
        let request = json!({"operationName": "Accept", "nickname": agent});
        let with =
            self.supervisor.map_or_else(String::new, |(supervisor, _)| format!(" {supervisor} comes along."));
        self.desk_scene(&format!("{agent} accepts.{with}"), &request).await?;
        self.operate(agent, &request).await?;
        if let Some((supervisor, _)) = self.supervisor {
            self.hidden.insert(supervisor);
        }
        // Phones are not told.
        let customer = Some(self.script.viewers[0]).filter(|_| matches!(self.script.door, Door::Web));
        let told = [customer, Some(agent), self.supervisor.map(|(supervisor, _)| supervisor)];
        let columns: Vec<usize> = told.into_iter().flatten().map(|name| self.column(name)).collect();
        self.until("the agent's joining", |it| {
            columns.iter().all(|column| it.viewers[*column].count("ParticipantJoined", agent) > 0)
        })
        .await?;
        self.show_participants().await
    }

    async fn say(&mut self, who: &'static str, operation: &str, text: &'static str) -> Result<(), Failure> {
        self.pace.typing(text).await;
        let request = json!({"operationName": operation, "text": text});
        let is_hidden = operation == "SendToAgents" || self.hidden.contains(who);
        if is_hidden {
            self.proof.said_hidden(text);
        }
        let is_customer = who == self.script.viewers[0];
        if is_customer {
            self.customer()?.say(text).await?;
        } else {
            self.operate(who, &request).await?;
        }
        let has_receipt = matches!(self.script.door, Door::Phone(_)) && !is_customer && !is_hidden;
        self.until(text, |it| {
            let is_told = |(column, viewer): (usize, &Viewer)| match column {
                0 => is_hidden || viewer.has_text(text),
                _ if viewer.state() != "Chatting" => true,
                _ => viewer.has_text(text) && (!has_receipt || viewer.knows_delivered(text)),
            };
            it.viewers.iter().enumerate().all(is_told)
        })
        .await
    }

    async fn switch(&mut self, supervisor: &'static str, operation: &str) -> Result<(), Failure> {
        let (text, is_hidden) = match operation {
            "SwitchToBargeIn" => ("steps in: everybody hears what {} says.", false),
            "SwitchToCoach" => {
                ("goes behind the scenes: whatever {} sends now, SendMessage too, is for agents.", true)
            }
            _ => ("only watches now: agents no longer see {}.", true),
        };
        let text = format!("{supervisor} {}", text.replace("{}", supervisor));
        let request = json!({"operationName": operation});
        self.desk_scene(&text, &request).await?;
        let column = self.column(supervisor);
        let before = self.viewers[column].count("ParticipantRejoined", supervisor);
        self.operate(supervisor, &request).await?;
        if is_hidden {
            self.hidden.insert(supervisor);
        } else {
            self.hidden.remove(supervisor);
        }
        self.until("the switch", |it| it.viewers[column].count("ParticipantRejoined", supervisor) > before)
            .await?;
        self.show_participants().await
    }

    async fn refused(&mut self, who: &'static str, text: &'static str) -> Result<(), Failure> {
        let request = json!({"operationName": "SendMessage", "text": text});
        let answer = self.seat(who)?.try_post(&self.path()?, &request).await?;
        if answer.is_success() {
            return Err(Failure::Demo(format!("{who} could write and must not")));
        }
        self.desk_scene(&format!("{who} tries to write all the same, and is refused:"), &request).await?;
        self.screen.tell(&String::from_utf8_lossy(&answer.body), Look::Faint)
    }

    async fn consult(&mut self, agent: &'static str, colleague: &'static str) -> Result<(), Failure> {
        self.seat(colleague)?.set_state(self.script.medium(), "Ready").await?;
        let target = format!("{}/api/v2/users/{}", self.cast.base, self.seat(colleague)?.id);
        let shown = json!({"operationName": "Consult", "targetUri": format!("…/users/{{{colleague}}}")});
        let text = format!("{agent} asks {colleague} for advice; {colleague} accepts.");
        self.desk_scene(&text, &shown).await?;
        self.operate(agent, &json!({"operationName": "Consult", "targetUri": target})).await?;
        let (asking, asked) = (self.column(agent), self.column(colleague));
        self.until("the consultation", |it| it.viewers[asked].state() == "Invited").await?;
        self.operate(colleague, &json!({"operationName": "Accept", "nickname": colleague})).await?;
        self.hidden.insert(colleague);
        self.until("the consultant", |it| it.viewers[asking].count("ParticipantJoined", colleague) > 0)
            .await?;
        self.show_participants().await
    }

    async fn transfer(&mut self, agent: &'static str, colleague: &'static str) -> Result<(), Failure> {
        let target = format!("{}/api/v2/users/{}", self.cast.base, self.seat(colleague)?.id);
        let shown = json!({"operationName": "Transfer", "targetUri": format!("…/users/{{{colleague}}}")});
        let thing = self.script.thing();
        self.desk_scene(&format!("{agent} hands the {thing} over to {colleague}."), &shown).await?;
        self.operate(agent, &json!({"operationName": "Transfer", "targetUri": target})).await?;
        self.hidden.remove(colleague);
        let column = self.column(agent);
        self.until("the transfer", |it| it.viewers[column].state() == "Completed").await?;
        self.show_participants().await
    }

    async fn leave(&mut self) -> Result<(), Failure> {
        let customer = self.script.viewers[0];
        let Customer::Browser(visitor) = self.customer()? else {
            return Err(Failure::Demo(format!("{customer} has no window to close")));
        };
        let request = json!({"operationName": "Complete"});
        self.scene(&format!("{customer} closes the window."), "/api/v2/chats/{chat}", &request).await?;
        visitor.post(&request).await?;
        self.until("the customer's leaving", |it| {
            let desks = it.viewers.iter().skip(1).filter(|viewer| viewer.state() == "Chatting");
            desks.into_iter().all(|viewer| viewer.count("ParticipantLeft", customer) > 0)
        })
        .await
    }

    async fn opt_out(&mut self, word: &'static str) -> Result<(), Failure> {
        let (customer, agent) = (self.script.viewers[0], self.script.viewers[1]);
        let Door::Phone(number) = self.script.door else {
            return Err(Failure::Demo(format!("{customer} has no phone")));
        };
        let told = format!("{customer} wants no more texts. One confirmation goes out, and {agent} is told.");
        self.phone_scene(&told, number, word).await?;
        let before = self.viewers[0].received().count();
        self.customer()?.say(word).await?;
        self.until("the confirmation", |it| {
            let [phone, desks @ ..] = &it.viewers;
            let confirmation = phone.received().nth(before);
            confirmation.is_some_and(|text| desks.iter().all(|desk| desk.knows_delivered(text)))
        })
        .await
    }

    async fn complete(&mut self, agent: &'static str) -> Result<(), Failure> {
        let request = json!({"operationName": "Complete"});
        self.desk_scene(&format!("{agent} closes the {}.", self.script.thing()), &request).await?;
        self.operate(agent, &request).await?;
        self.until("the end", |it| it.viewers.iter().all(|viewer| viewer.state() != "Chatting")).await
    }
}
