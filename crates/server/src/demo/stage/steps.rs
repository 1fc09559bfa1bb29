//! What people do in a story, each with what has to be told before it goes on.

use serde_json::json;

use super::{Stage, TICKET};
use crate::demo::columns::Look;
use crate::demo::script::Step;
use crate::demo::seat::Visitor;
use crate::demo::viewer::Viewer;
use crate::failure::Failure;

impl Stage<'_> {
    /// Does one thing, and shows what came of it.
    pub(super) async fn perform(&mut self, step: Step) -> Result<(), Failure> {
        match step {
            Step::Open => self.open().await,
            Step::Supervise { supervisor, agent, mode } => self.supervise(supervisor, agent, mode).await,
            Step::Accept(agent) => self.accept(agent).await,
            Step::Say(who, text) => self.say(who, "SendMessage", text).await,
            Step::Whisper(who, text) => self.say(who, "SendToAgents", text).await,
            Step::Switch(supervisor, operation) => self.switch(supervisor, operation).await,
            Step::Refused(supervisor, text) => self.refused(supervisor, text).await,
            Step::Consult(agent, colleague) => self.consult(agent, colleague).await,
            Step::Transfer(agent, colleague) => self.transfer(agent, colleague).await,
            Step::Leave => self.leave().await,
            Step::Complete(agent) => self.complete(agent).await,
        }
    }

    async fn open(&mut self) -> Result<(), Failure> {
        let customer = self.script.viewers[0];
        let first = self.script.steps.iter().find_map(|step| match step {
            Step::Accept(agent) => Some(*agent),
            _ => None,
        });
        let agent = first.unwrap_or(self.script.viewers[1]);
        self.seat(agent)?.set_state("Ready").await?;
        let mut request =
            json!({"operationName": "RequestChat", "nickname": customer, "subject": self.script.subject});
        self.scene(
            &format!("{customer} opens a chat. The longest idle agent is offered it."),
            "/chats",
            &request,
        )
        .await?;
        request["userData"] = json!({TICKET: self.ticket});
        self.visitor = Some(Visitor::open_chat(&self.cast.base, &self.cast.contact_center, &request).await?);
        let column = self.column(agent);
        self.until("the offer", |it| it.viewers[column].state() == "Invited").await
    }

    async fn supervise(
        &mut self,
        supervisor: &'static str,
        agent: &'static str,
        mode: &'static str,
    ) -> Result<(), Failure> {
        let request = json!({"operationName": mode, "supervisorMonitoringMode": "NextChat"});
        let verb = if mode == "Coach" { "coach" } else { "listen to" };
        let text = format!("{supervisor}, {agent}'s supervisor, wants to {verb} {agent}'s next chat.");
        self.scene(&text, &format!("/users/{{{agent}}}/channels/chat"), &request).await?;
        let path = format!("/api/v2/users/{}/channels/chat", self.seat(agent)?.id);
        self.seat(supervisor)?.post(&path, &request).await?;
        self.supervisor = Some((supervisor, mode));
        Ok(())
    }

    async fn accept(&mut self, agent: &'static str) -> Result<(), Failure> {
        let request = json!({"operationName": "Accept", "nickname": agent});
        let with =
            self.supervisor.map_or_else(String::new, |(supervisor, _)| format!(" {supervisor} comes along."));
        self.scene(&format!("{agent} accepts.{with}"), "/me/chats/{chat}", &request).await?;
        self.operate(agent, &request).await?;
        if let Some((supervisor, _)) = self.supervisor {
            self.hidden.insert(supervisor);
        }
        let columns = [Some(agent), self.supervisor.map(|(supervisor, _)| supervisor)];
        let columns: Vec<usize> = columns.into_iter().flatten().map(|name| self.column(name)).collect();
        self.until("the agent's joining", |it| {
            it.viewers[0].count("ParticipantJoined", agent) > 0
                && columns.iter().all(|column| it.viewers[*column].count("ParticipantJoined", agent) > 0)
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
        if who == self.script.viewers[0] {
            self.visitor()?.post(&request).await?;
        } else {
            self.operate(who, &request).await?;
        }
        self.until(text, |it| {
            let is_told = |(column, viewer): (usize, &Viewer)| match column {
                0 => is_hidden || viewer.has_text(text),
                _ => viewer.state() != "Chatting" || viewer.has_text(text),
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
        self.scene(&text, "/me/chats/{chat}", &request).await?;
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

    async fn refused(&mut self, supervisor: &'static str, text: &'static str) -> Result<(), Failure> {
        let request = json!({"operationName": "SendToAgents", "text": text});
        let path = format!("/api/v2/me/chats/{}", self.chat()?);
        let answer = self.seat(supervisor)?.try_post(&path, &request).await?;
        if answer.is_success() {
            return Err(Failure::Demo(format!("{supervisor} could write while watching")));
        }
        self.scene(
            &format!("{supervisor} tries to write all the same, and is refused:"),
            "/me/chats/{chat}",
            &request,
        )
        .await?;
        self.screen.tell(&String::from_utf8_lossy(&answer.body), Look::Faint)
    }

    async fn consult(&mut self, agent: &'static str, colleague: &'static str) -> Result<(), Failure> {
        self.seat(colleague)?.set_state("Ready").await?;
        let target = format!("{}/api/v2/users/{}", self.cast.base, self.seat(colleague)?.id);
        let shown = json!({"operationName": "Consult", "targetUri": format!("…/users/{{{colleague}}}")});
        self.scene(
            &format!("{agent} asks {colleague} for advice; {colleague} accepts."),
            "/me/chats/{chat}",
            &shown,
        )
        .await?;
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
        self.scene(&format!("{agent} hands the chat over to {colleague}."), "/me/chats/{chat}", &shown)
            .await?;
        self.operate(agent, &json!({"operationName": "Transfer", "targetUri": target})).await?;
        self.hidden.remove(colleague);
        let column = self.column(agent);
        self.until("the transfer", |it| it.viewers[column].state() == "Completed").await?;
        self.show_participants().await
    }

    async fn leave(&mut self) -> Result<(), Failure> {
        let customer = self.script.viewers[0];
        let request = json!({"operationName": "Complete"});
        self.scene(&format!("{customer} closes the window."), "/chats/{chat}", &request).await?;
        self.visitor()?.post(&request).await?;
        self.until("the customer's leaving", |it| {
            let desks = it.viewers.iter().skip(1).filter(|viewer| viewer.state() == "Chatting");
            desks.into_iter().all(|viewer| viewer.count("ParticipantLeft", customer) > 0)
        })
        .await
    }

    async fn complete(&mut self, agent: &'static str) -> Result<(), Failure> {
        let request = json!({"operationName": "Complete"});
        self.scene(&format!("{agent} closes the chat."), "/me/chats/{chat}", &request).await?;
        self.operate(agent, &request).await?;
        self.until("the end", |it| it.viewers.iter().all(|viewer| viewer.state() != "Chatting")).await
    }
}
