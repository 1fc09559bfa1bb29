//! Where each order about calls is decided.

use super::CallDuty;
use crate::ContactCenter;
use crate::command::Command;
use crate::event::Event;
use crate::ids::QueueId;
use crate::moment::{Moment, Timestamp};
use crate::refusal::Refusal;

impl ContactCenter {
    pub(crate) fn decide_about_calls(
        &self,
        command: &Command,
        moment: &Moment,
    ) -> Result<Vec<Event>, Refusal> {
        let _ = (command, moment);
        Err(Refusal::UnknownCall)
    }
    pub(crate) fn do_call_duty(&self, duty: CallDuty, moment: &Moment) -> Result<Vec<Event>, Refusal> {
        let _ = (duty, moment);
        Err(Refusal::UnknownCall)
    }
    pub(crate) fn due_about_calls(&mut self, now: Timestamp) -> Option<CallDuty> {
        let _ = now;
        None
    }
    pub(crate) fn call_deadline(&self) -> Option<(Timestamp, &'static str)> {
        None
    }
    pub(crate) fn route_calls(&self, queue: QueueId, now: Timestamp) -> Option<CallDuty> {
        let _ = (queue, now);
        None
    }
    /// What every line is wanted for now: for a gateway that begins, or has missed something.
    pub fn line_plans(&self) -> Vec<super::LegPlan> {
        Vec::new()
    }
}
