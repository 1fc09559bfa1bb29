//! A call, played by simulated phones on the real server, and shown as their ears measured it in the packets that came: a voice
//! stands in a column only if it was heard there.

mod ears;
mod script;

use std::time::Duration;

use serde_json::{Value, json};
use test_kit::phone::{HeardFrame, Mark, Phone, PhoneCall, PhoneError};

use super::cast::{Cast, password};
use super::columns::{Cell, Look};
use super::pace::{Pace, wait};
use super::screen::Screen;
use super::telephones::{NUMBER, place};
use crate::failure::Failure;
use ears::{Proof, is_heard, share, share_of_sound};
pub use script::CALL;
use script::{CallScript, CallStep};

/// What it takes to say a letter, in milliseconds of human time.
const LETTER_MS: f64 = 55.0;
/// The least that is said: what a hum needs to be recognized, and as much again to be sure.
const LEAST_SPEECH: Duration = Duration::from_millis(600);
/// Until what was said has been heard by everybody.
const SETTLES: Duration = Duration::from_millis(150);
/// A pause between two scenes, in milliseconds of human time.
const SCENE_MS: f64 = 1_300.0;
/// How long somebody with a phone of his own may take to answer, or to say something.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_PERIOD: Duration = Duration::from_millis(100);
/// How long the server may take to know that a phone is no longer there.
const FORGETS_WITHIN: Duration = Duration::from_secs(1);

/// Whose ear a column shows.
const CUSTOMER: usize = 0;
const AGENT: usize = 1;
const SUPERVISOR: usize = 2;

/// A call while it is told.
pub struct CallStage<'a> {
    cast: &'a Cast,
    screen: &'a Screen,
    pace: Pace,
    script: &'static CallScript,
    customer: Phone,
    agent: Phone,
    /// None if somebody else's phone is registered for the supervisor: then that one is called in.
    supervisor: Option<Phone>,
    dialled: Option<PhoneCall>,
    /// The call in the words of the API.
    call: String,
    is_hidden: bool,
    /// The supervisor only listens.
    is_mute: bool,
    /// Where the customer's phone was when the mode began.
    since: Mark,
    proof: Proof,
    spoke_openly: bool,
}

impl<'a> CallStage<'a> {
    /// Before the phones ring. Those of the desks are switched on and registered; the supervisor's only if nobody else's is.
    ///
    /// # Errors
    /// The server refused something.
    pub async fn open(
        cast: &'a Cast,
        screen: &'a Screen,
        pace: Pace,
        script: &'static CallScript,
    ) -> Result<CallStage<'a>, Failure> {
        let (customer, number) = script.customer;
        let customer = cast.telephones.phone(customer, number, None).await?;
        let agent = registered(cast, script.agent).await?;
        let has_own = has_phone_of_its_own(cast, script.supervisor).await?;
        let supervisor = if has_own { None } else { Some(registered(cast, script.supervisor).await?) };
        let since = customer.mark();
        Ok(CallStage {
            cast,
            screen,
            pace,
            script,
            customer,
            agent,
            supervisor,
            dialled: None,
            call: String::new(),
            is_hidden: true,
            is_mute: false,
            since,
            proof: Proof::default(),
            spoke_openly: false,
        })
    }

    /// Tells the whole call. Answers the result, and whether the customer heard what was not for her.
    ///
    /// # Errors
    /// The server refused something, or somebody was not heard who had to be.
    pub async fn play(&mut self) -> Result<(String, usize), Failure> {
        let CallScript { title, customer: (customer, _), agent, supervisor, .. } = *self.script;
        self.screen.gap()?;
        self.screen.tell(title, Look::Title)?;
        self.screen.tell(
            "Each column shows whose voice that phone received over RTP, measured in the packets, and in how many of them.",
            Look::Faint,
        )?;
        self.screen.gap()?;
        let titles = [
            format!("CUSTOMER {customer} hears"),
            format!("AGENT {agent} hears"),
            format!("SUPERVISOR {supervisor} hears"),
        ];
        self.screen.show(&self.screen.layout.head([&titles[0], &titles[1], &titles[2]]))?;
        self.order_coaching().await?;
        self.connect().await?;
        for step in self.script.steps {
            match step {
                CallStep::Say(lines) => self.say(lines).await?,
                CallStep::Switch(operation) => self.switch(operation).await?,
            }
        }
        self.hang_up().await?;
        if self.supervisor.is_some() && !self.proof.is_convincing(self.spoke_openly) {
            return Err(Failure::Demo("the phones heard too little to prove anything".to_owned()));
        }
        Ok((self.proof.sentence(customer, agent, supervisor), self.proof.leaks()))
    }

    /// Everybody's phone leaves the server, so that somebody else's can come.
    pub async fn close(self) {
        self.customer.leave().await;
        self.agent.leave().await;
        if let Some(supervisor) = self.supervisor {
            supervisor.leave().await;
        }
    }

    /// The supervisor's standing order, through the API.
    async fn order_coaching(&self) -> Result<(), Failure> {
        let (supervisor, agent) = (self.script.supervisor, self.script.agent);
        for name in [supervisor, agent] {
            let session = json!({"operationName": "StartContactCenterSession", "channels": ["voice"]});
            self.cast.seat(name)?.post("/api/v2/me", &session).await?;
            self.set_state(name, "NotReady").await?;
        }
        let device = |name: &str| self.cast.device(name).map(str::to_owned);
        let order = |target: &str| json!({"operationName": "Coach", "targetDeviceUri": target, "supervisorMonitoringMode": "NextCall"});
        let text =
            format!("{supervisor} wants to coach {agent}'s next call. When it comes, his phone is called.");
        let shown = order(&format!("…/devices/{{{agent}}}"));
        self.scene(&text, &format!("/api/v2/me/devices/{{{supervisor}}}"), &shown).await?;
        let target = format!("{}/api/v2/devices/{}", self.cast.base, device(agent)?);
        let path = format!("/api/v2/me/devices/{}", device(supervisor)?);
        self.cast.seat(supervisor)?.post(&path, &order(&target)).await?;
        self.set_state(agent, "Ready").await
    }

    async fn set_state(&self, name: &str, state: &str) -> Result<(), Failure> {
        let request = json!({"operationName": state});
        self.cast.seat(name)?.post("/api/v2/me/channels/voice", &request).await.map(|_| ())
    }

    /// The customer calls, the agent answers, the supervisor is called in.
    async fn connect(&mut self) -> Result<(), Failure> {
        let (customer, number) = self.script.customer;
        let (agent, supervisor) = (self.script.agent, self.script.supervisor);
        self.pace.pause(SCENE_MS).await;
        self.screen.gap()?;
        let text = format!(
            "{customer} calls {NUMBER} from {number}, over a trunk. {agent}'s phone rings and answers."
        );
        self.screen.tell(&text, Look::Told)?;
        let dialled = self.customer.call(NUMBER).await.map_err(failed)?;
        self.dialled = Some(dialled);
        self.customer.established(dialled).await.map_err(failed)?;
        match &self.supervisor {
            Some(phone) => phone.in_call().await.map(|_| ()).map_err(failed)?,
            None => {
                let text = format!("Your phone rings, {supervisor}: answer it, and you are in the call.");
                self.screen.tell(&text, Look::Told)?;
            }
        }
        self.call = self.call_of_supervisor().await?;
        self.since = self.customer.mark();
        Ok(())
    }

    async fn call_of_supervisor(&self) -> Result<String, Failure> {
        let deadline = crate::clock::now() + PATIENCE;
        let seat = self.cast.seat(self.script.supervisor)?;
        while crate::clock::now() < deadline {
            let calls = seat.read("/api/v2/me/calls?fields=*").await?;
            let stands = |call: &&Value| call["state"] == "Established";
            let call = calls["calls"].as_array().and_then(|calls| calls.iter().find(stands).cloned());
            if let Some(id) = call.and_then(|call| call["id"].as_str().map(str::to_owned)) {
                return Ok(id);
            }
            wait(LOOK_PERIOD).await;
        }
        Err(Failure::Demo(format!("{}'s phone was not answered", self.script.supervisor)))
    }

    /// People say something at once, and the columns show who was heard where.
    async fn say(&mut self, lines: &[(&'static str, &'static str)]) -> Result<(), Failure> {
        let supervisor = self.script.supervisor;
        if self.supervisor.is_none() && lines.iter().all(|(who, _)| *who == supervisor) {
            return self.invite_to_speak(lines).await;
        }
        let lines: Vec<_> = lines.iter().filter(|(who, _)| self.phone(who).is_some()).copied().collect();
        let letters = lines.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0);
        let marks = self.marks();
        self.speak(&lines, true);
        let human = Duration::from_secs_f64(LETTER_MS * letters as f64 / 1_000.0 / self.pace.speed);
        wait(human.max(LEAST_SPEECH)).await;
        let heard = self.heard_since(marks);
        self.speak(&lines, false);
        for (who, text) in &lines {
            let is_whisper = *who == supervisor && self.is_hidden;
            if *who == supervisor {
                if self.is_hidden { self.proof.said_hidden() } else { self.spoke_openly = true }
            }
            let cells = [CUSTOMER, AGENT, SUPERVISOR].map(|column| {
                let look = if is_whisper { Look::Hidden } else { Look::Open };
                let verb = match (is_whisper, self.is_mute) {
                    (true, true) => " says, unheard",
                    (true, false) => " whispers",
                    (false, _) => "",
                };
                let cell = |mark: String| {
                    Some(Cell { label: format!("{who}{verb}:"), text: format!("{text}{mark}"), look })
                };
                if self.column(who) == column {
                    return cell(String::new());
                }
                let share = share(heard[column].as_deref()?, place(who));
                is_heard(share).then(|| cell(format!(" [{:.0} %]", share * 100.0))).flatten()
            });
            self.screen.show(&self.screen.layout.row(cells.each_ref().map(Option::as_ref)))?;
        }
        wait(SETTLES).await;
        Ok(())
    }

    /// Somebody else is the supervisor: what he says is known by its sound alone, as nobody else speaks.
    async fn invite_to_speak(&mut self, lines: &[(&'static str, &'static str)]) -> Result<(), Failure> {
        let text = lines.first().map_or("", |(_, text)| *text);
        let CallScript { agent, supervisor, .. } = *self.script;
        let what = match (self.is_hidden, self.is_mute) {
            (_, true) => "say something, which nobody hears".to_owned(),
            (true, false) => format!("whisper to {agent}"),
            (false, false) => "speak to both".to_owned(),
        };
        self.screen.tell(&format!("Now you, {supervisor}: {what}: “{text}”"), Look::Told)?;
        let marks = self.marks();
        wait(Duration::from_secs_f64(5.0 / self.pace.speed).max(LEAST_SPEECH)).await;
        let heard = self.heard_since(marks);
        if let ([Some(customer), Some(agent), _], true) = (&heard, self.is_hidden) {
            self.proof.asked_to_speak(customer, agent);
        }
        let cells = heard.each_ref().map(|frames| {
            let percent = share_of_sound(frames.as_deref()?) * 100.0;
            let look = if self.is_hidden { Look::Hidden } else { Look::Open };
            Some(Cell { label: "you:".to_owned(), text: format!("sound in {percent:.0} %"), look })
        });
        self.screen.show(&self.screen.layout.row(cells.each_ref().map(Option::as_ref)))
    }

    /// The supervisor changes the mode, through the API.
    async fn switch(&mut self, operation: &'static str) -> Result<(), Failure> {
        let supervisor = self.script.supervisor;
        let text = match operation {
            "SwitchToBargeIn" => "steps in: everybody hears him.",
            "SwitchToCoach" => "goes behind the scenes: only the agent hears him.",
            _ => "only listens: nobody hears him.",
        };
        let request = json!({"operationName": operation});
        self.scene(&format!("{supervisor} {text}"), "/api/v2/me/calls/{call}", &request).await?;
        let was_hidden = self.is_hidden;
        if was_hidden {
            self.note();
        }
        let path = format!("/api/v2/me/calls/{}", self.call);
        self.cast.seat(supervisor)?.post(&path, &request).await?;
        if !was_hidden {
            self.note();
        }
        self.is_hidden = operation != "SwitchToBargeIn";
        self.is_mute = operation == "SwitchToListenIn";
        self.since = self.customer.mark();
        Ok(())
    }

    /// Counts what the customer's phone heard in the mode that ends.
    fn note(&mut self) {
        let mark = self.customer.mark();
        let frames = self.customer.heard_since(self.since);
        let (agent, supervisor) = (place(self.script.agent), place(self.script.supervisor));
        self.proof.heard(&frames, self.is_hidden, agent, supervisor);
        self.since = mark;
    }

    async fn hang_up(&mut self) -> Result<(), Failure> {
        self.note();
        self.pace.pause(SCENE_MS).await;
        self.screen.gap()?;
        self.screen
            .tell(&format!("{} hangs up, and the others are let go.", self.script.customer.0), Look::Told)?;
        let over = self.agent.in_call().await.map_err(failed)?;
        if let Some(dialled) = self.dialled.take() {
            self.customer.hang_up(dialled).await.map_err(failed)?;
        }
        self.agent.ended(over).await.map_err(failed)?;
        self.set_state(self.script.agent, "NotReady").await
    }

    async fn scene(&self, text: &str, path: &str, request: &Value) -> Result<(), Failure> {
        self.pace.pause(SCENE_MS).await;
        self.screen.gap()?;
        self.screen.tell(text, Look::Told)?;
        self.screen.tell(&format!("POST {path} {request}"), Look::Faint)?;
        self.pace.pause(SCENE_MS / 2.0).await;
        Ok(())
    }

    fn speak(&self, lines: &[(&'static str, &'static str)], speaks: bool) {
        for phone in lines.iter().filter_map(|(who, _)| self.phone(who)) {
            phone.speak(speaks);
        }
    }

    fn column(&self, who: &str) -> usize {
        match who {
            who if who == self.script.agent => AGENT,
            who if who == self.script.supervisor => SUPERVISOR,
            _ => CUSTOMER,
        }
    }

    fn phone(&self, who: &str) -> Option<&Phone> {
        self.phones()[self.column(who)]
    }

    fn phones(&self) -> [Option<&Phone>; 3] {
        [Some(&self.customer), Some(&self.agent), self.supervisor.as_ref()]
    }

    fn marks(&self) -> [Option<Mark>; 3] {
        self.phones().map(|phone| phone.map(Phone::mark))
    }

    /// What each phone has heard; nothing is known of one that is not ours.
    fn heard_since(&self, marks: [Option<Mark>; 3]) -> [Option<Vec<HeardFrame>>; 3] {
        let phones = self.phones();
        [CUSTOMER, AGENT, SUPERVISOR].map(|column| {
            let (phone, mark) = (phones[column]?, marks[column]?);
            let _now = phone.mark();
            Some(phone.heard_since(mark))
        })
    }
}

/// Switches somebody's phone on.
async fn registered(cast: &Cast, name: &str) -> Result<Phone, Failure> {
    let number = cast.number(name)?;
    let phone = cast.telephones.phone(name, number, Some(password(name))).await?;
    phone.register().await.map_err(failed)?;
    Ok(phone)
}

/// Whether a phone that is not ours is registered for somebody. Ours of the last call may still be known for a moment.
async fn has_phone_of_its_own(cast: &Cast, name: &str) -> Result<bool, Failure> {
    let deadline = crate::clock::now() + FORGETS_WITHIN;
    while cast.is_registered(name).await? {
        if crate::clock::now() > deadline {
            return Ok(true);
        }
        wait(LOOK_PERIOD).await;
    }
    Ok(false)
}

fn failed(error: PhoneError) -> Failure {
    Failure::Demo(error.to_string())
}
