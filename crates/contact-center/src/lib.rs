//! The rules of a contact center: people, agents, queues, conversations, supervision, and who may
//! perceive what. Pure: no sockets, no clock, no random numbers, no tasks.
//!
//! [`ContactCenter::decide`] answers a [`Command`] with [`Event`]s or a [`Refusal`] and changes
//! nothing; [`ContactCenter::apply`] takes an event in and cannot fail. What the contact center owes
//! by itself, such as offering a waiting chat to an agent, comes from [`ContactCenter::due`]. Who is
//! told of a change, and what, comes from [`notice::Glimpse`].
//!
//! What always holds: the log of a contact is numbered without gaps; nobody is shown an entry, a
//! party or a capability beyond their clearance; what is listed as a capability is accepted, and
//! nothing else is; after an end nothing follows.

pub mod agent;
pub mod audience;
pub mod calls;
pub mod capability;
mod channel;
pub mod command;
pub mod contact;
mod conversation;
mod customer;
pub mod directory;
mod draft;
mod event;
mod ids;
pub mod limits;
mod log;
mod moment;
pub mod notice;
pub mod people;
pub mod provisioning;
mod reads;
mod refusal;
mod routing;
mod settings;
mod state;
mod subscription;
pub mod supervision;
mod tables;
#[cfg(test)]
mod tests;
pub mod texting;

pub use channel::Channel;
pub use command::{Command, Duty};
pub use conversation::action_of;
pub use customer::{CustomerState, customer_state};
pub use event::Event;
pub use ids::{
    CallId, ContactCenterId, ContactId, CustomerKey, DeviceId, GroupId, GroupKind, GroupNumber, LegId,
    MalformedId, PartyId, QueueId, SkillId, UserId,
};
pub use log::Log;
pub use moment::{Moment, Timestamp};
pub use refusal::Refusal;
pub use settings::{SETTINGS, SettingDefinition, SettingName, Settings};
pub use state::ContactCenter;

impl ContactCenter {
    /// What follows from a command. Changes nothing.
    ///
    /// # Errors
    /// The [`Refusal`] that says why not.
    pub fn decide(&self, command: &Command, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        self.check_password_is_changed(command)?;
        match command {
            Command::Provision { by, change } => self.provision(*by, change, moment),
            Command::OpenChannel { by, channel, device } => self.open_channel(*by, *channel, *device, moment),
            Command::CloseChannels { by } => self.close_channels(*by, moment),
            Command::EnterState { by, of, channel, operation } => {
                self.enter_state(*by, *of, *channel, operation, moment)
            }
            Command::WrapUp { by, seconds } => self.take_wrap_up(*by, *seconds, moment),
            Command::SwitchDisturbance { by, of, channel, on } => {
                self.switch_disturbance(*by, *of, *channel, *on, moment)
            }
            Command::Converse { by, contact, order } => self.converse(*by, *contact, order, moment),
            Command::Monitor { by, agent, channel, request } => {
                self.monitor(*by, *agent, *channel, request, moment)
            }
            Command::CancelMonitoring { by, agent, channel } => self.cancel_monitoring(*by, *agent, *channel),
            Command::Intrude { by, agent, contact, mode, at_once, nickname } => {
                let nickname = nickname.as_deref();
                let intrusion = supervision::Intrusion {
                    by: *by,
                    agent: *agent,
                    contact: *contact,
                    mode: *mode,
                    at_once: *at_once,
                    nickname,
                };
                self.intrude(&intrusion, moment)
            }
            Command::RequestContact { channel, endpoint, nickname, user_data } => {
                self.request_contact(*channel, endpoint.as_deref(), nickname, user_data, moment)
            }
            Command::CustomerSays { key, kind, text } => {
                self.customer_says(*key, *kind, text.as_deref(), moment)
            }
            Command::CustomerLeaves { key } => self.customer_leaves(*key, moment),
            Command::ReceiveText(arrival) => self.receive_text(arrival, moment),
            Command::SettleArrivals { connection, until } => Ok(self.settle_arrivals(*connection, *until)),
            Command::ClaimTexts { carrier, texts } => Ok(self.claim_texts(carrier, texts)),
            Command::SettleTexts(outcomes) => Ok(self.settle_texts(outcomes)),
            Command::ReportTexts { carrier, reports } => Ok(self.report_texts(carrier, reports)),
            Command::RecoverTexts => Ok(self.recover_texts()),
            Command::StartTexting { by, to, from, queue, nickname, text, user_data } => {
                let order = texting::Beginning {
                    by: *by,
                    to,
                    from: from.as_ref(),
                    queue: queue.as_deref(),
                    nickname: nickname.as_deref(),
                    text: text.as_deref(),
                    user_data,
                };
                self.start_texting(&order, moment)
            }
            Command::Dial { .. }
            | Command::Call { .. }
            | Command::SwitchDevice { .. }
            | Command::Supervise { .. }
            | Command::CancelSupervision { .. }
            | Command::Line(_) => self.decide_about_calls(command, moment),
            Command::Do(duty) => self.do_duty(*duty, moment),
        }
    }

    /// Whoever has to change the password does that first; leaving is always allowed.
    fn check_password_is_changed(&self, command: &Command) -> Result<(), Refusal> {
        let user = command.by().and_then(|by| self.users.get(&by));
        let allowed = matches!(
            command,
            Command::CloseChannels { .. }
                | Command::Provision { change: provisioning::Change::ChangeOwnPassword(_), .. }
        );
        if user.is_some_and(|user| user.must_change_password) && !allowed {
            return Err(Refusal::PasswordChangeDemanded);
        }
        Ok(())
    }
}
