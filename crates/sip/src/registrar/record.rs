//! A binding on paper: what is kept of it over a restart.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Binding;
use super::binding::direct;
use crate::flow::Flow;
use crate::message::{Text, Uri};

/// A binding, with the time that it had left when it was written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The address-of-record.
    pub address: String,
    /// The phone's Contact.
    pub contact: String,
    /// The way to it.
    pub flow: Flow,
    /// The milliseconds that were left.
    pub left_ms: u64,
    path: Vec<String>,
    user_agent: String,
    q_permille: u16,
    params: String,
    instance: Option<String>,
    call_id: String,
    cseq: u32,
}

impl Record {
    pub(super) fn of(address: &str, binding: &Binding, now: Instant) -> Self {
        let left = binding.ends.saturating_duration_since(now).as_millis();
        Self {
            address: address.to_owned(),
            contact: binding.contact.as_str().to_owned(),
            flow: binding.flow,
            left_ms: u64::try_from(left).unwrap_or(u64::MAX),
            path: binding.path.iter().map(ToString::to_string).collect(),
            user_agent: binding.user_agent.to_string(),
            q_permille: binding.q_permille,
            params: binding.params.to_string(),
            instance: binding.instance.as_ref().map(ToString::to_string),
            call_id: binding.call_id.to_string(),
            cseq: binding.cseq,
        }
    }

    /// The binding again. Connections do not outlive a process: without one, a phone is there only if its Contact says
    /// where.
    pub(super) fn binding(&self, serial: u64, age: Duration, now: Instant) -> Option<Binding> {
        let left = Duration::from_millis(self.left_ms).checked_sub(age).filter(|left| !left.is_zero())?;
        let contact = Uri::parse(self.contact.as_str()).filter(Uri::is_sip)?;
        let direct = direct(&contact, &self.flow);
        let mut binding = Binding {
            contact,
            flow: self.flow,
            path: self.path.iter().map(Text::from).collect(),
            user_agent: Text::from(&self.user_agent),
            q_permille: self.q_permille,
            ends: now.checked_add(left)?,
            params: Text::from(&self.params),
            instance: self.instance.as_ref().map(Text::from),
            call_id: Text::from(&self.call_id),
            cseq: self.cseq,
            serial,
            direct,
        };
        if self.flow.transport.is_reliable() {
            binding.direct?;
            binding.go_direct();
        }
        Some(binding)
    }
}
