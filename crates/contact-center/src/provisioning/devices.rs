//! Devices and who works with them.

use super::{DeviceChange, check_count, checked_name, or_old};
use crate::ContactCenter;
use crate::calls::SipIdentity;
use crate::channel::Channel;
use crate::directory::Device;
use crate::event::Event;
use crate::ids::{DeviceId, UserId};
use crate::limits;
use crate::people::Role;
use crate::refusal::Refusal;

impl ContactCenter {
    pub(super) fn keep_device(
        &self,
        old: Option<&Device>,
        id: DeviceId,
        new: &DeviceChange,
    ) -> Result<Vec<Event>, Refusal> {
        check_count("devices", self.devices.len(), limits::DIRECTORY_ENTRIES, old.is_none())?;
        let number = checked_name(
            "phoneNumber",
            new.phone_number.as_deref(),
            old.map_or("", |old| &old.phone_number),
        )?;
        if self.devices.values().any(|other| other.phone_number == number && other.id != id) {
            return Err(Refusal::AlreadyInUse("phoneNumber"));
        }
        if let Some(owner) = new.owner {
            self.user(owner)?;
        }
        Ok(vec![Event::DeviceKept(Device {
            id,
            description: or_old(&new.description, old.map(|old| &old.description)),
            location: or_old(&new.location, old.map(|old| &old.location)),
            kind: or_old(&new.kind, old.map(|old| &old.kind)),
            owner: new.owner.or(old.and_then(|old| old.owner)),
            do_not_disturb: new.do_not_disturb.or(old.map(|old| old.do_not_disturb)).unwrap_or(false),
            forward_to: old.and_then(|old| old.forward_to.clone()),
            is_public: new.is_public.or(old.map(|old| old.is_public)).unwrap_or(false),
            sip: self.identity_kept(old, &number, new.sip.as_ref()),
            phone_number: number,
        })])
    }

    /// A device's identity holds its number: with another number it needs a new one.
    fn identity_kept(
        &self,
        old: Option<&Device>,
        number: &str,
        new: Option<&SipIdentity>,
    ) -> Option<SipIdentity> {
        let kept = old.filter(|old| old.phone_number == number).and_then(|old| old.sip.as_ref());
        new.or(kept).cloned()
    }

    pub(super) fn delete_device(&self, id: DeviceId) -> Result<Vec<Event>, Refusal> {
        let device = self.devices.get(&id).ok_or(Refusal::UnknownDevice)?;
        self.not_in_use(device)?;
        Ok(vec![Event::DeviceDeleted(id)])
    }

    pub(super) fn assign_device(&self, id: DeviceId, owner: Option<UserId>) -> Result<Vec<Event>, Refusal> {
        let device = self.devices.get(&id).ok_or(Refusal::UnknownDevice)?;
        if device.owner == owner {
            return Ok(Vec::new());
        }
        self.not_in_use(device)?;
        if let Some(owner) = owner
            && !self.user(owner)?.is(Role::Agent)
        {
            return Err(Refusal::RoleMissing(Role::Agent));
        }
        Ok(vec![Event::DeviceKept(Device { owner, ..device.clone() })])
    }

    /// A device cannot be taken from under an agent who works with it.
    fn not_in_use(&self, device: &Device) -> Result<(), Refusal> {
        let voice = device.owner.and_then(|owner| self.channel_of(owner, Channel::Voice));
        if voice.is_some_and(|open| open.device == Some(device.id)) {
            return Err(Refusal::AlreadyInUse("device"));
        }
        Ok(())
    }
}
