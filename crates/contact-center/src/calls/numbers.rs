//! What a dialled number leads to.

use std::sync::Arc;

use super::leg::Cause;
use crate::ContactCenter;
use crate::channel::Channel;
use crate::directory::Device;
use crate::ids::{DeviceId, QueueId};
use crate::limits;

/// Where a number leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    Device(DeviceId),
    Queue(QueueId),
    Outside(Arc<str>),
}

impl ContactCenter {
    /// The device of this number.
    pub fn device_numbered(&self, number: &str) -> Option<&Device> {
        self.tables.device_numbers.get(number).and_then(|id| self.devices().get(id))
    }

    /// The queue for calls of this number.
    pub(super) fn queue_numbered(&self, number: &str) -> Option<QueueId> {
        let numbered = |queue: &&crate::directory::Queue| {
            queue.channel == Channel::Voice && queue.phone_number.as_deref() == Some(number)
        };
        self.queues().values().find(numbered).map(|queue| queue.id)
    }

    /// Where a call to a number goes, after forwarding.
    ///
    /// # Errors
    /// The cause why it goes nowhere.
    pub(super) fn line_of(&self, number: &str, may_go_outside: bool) -> Result<Line, Cause> {
        let mut number = number;
        for forwards in 0..=limits::FORWARDS {
            if let Some(queue) = self.queue_numbered(number) {
                return Ok(Line::Queue(queue));
            }
            let Some(device) = self.device_numbered(number) else {
                // A device may pass calls on to a number outside, whoever called it.
                let allowed = (may_go_outside || forwards > 0) && is_dialable(number);
                return if allowed { Ok(Line::Outside(Arc::from(number))) } else { Err(Cause::NoSuchNumber) };
            };
            if let Some(next) = device.forward_to.as_deref() {
                number = next;
                continue;
            }
            let open = device.owner.and_then(|owner| self.channel_of(owner, Channel::Voice));
            let disturbed = open.is_some_and(|open| open.device == Some(device.id) && open.do_not_disturb);
            if device.do_not_disturb || disturbed {
                return Err(Cause::Busy);
            }
            return if self.is_registered(device.id) {
                Ok(Line::Device(device.id))
            } else {
                Err(Cause::Unavailable)
            };
        }
        Err(Cause::Failed)
    }

    /// Whether a phone is registered for a device.
    pub(super) fn is_registered(&self, device: DeviceId) -> bool {
        self.phones().contains_key(&device)
    }
}

/// Whether this can be a telephone number: digits, with a plus sign, stars and hashes. What it means is for
/// the dial plan to say.
pub(super) fn is_dialable(number: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_digit() || b"+*#".contains(&byte);
    !number.is_empty() && number.len() <= limits::PHONE_NUMBER_BYTES && number.bytes().all(known)
}
