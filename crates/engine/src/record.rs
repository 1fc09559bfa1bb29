//! How state and events are written for the store, and read back. JSON: a log of years must be
//! readable by later versions, and by people.

use contact_center::contact::Contact;
use contact_center::{ContactCenter, ContactCenterId, Event};
use store::Taken;

use crate::StartError;

/// The events of a batch as they are collected: a JSON array.
#[derive(Debug, Default)]
pub(crate) struct Record {
    bytes: Vec<u8>,
}

impl Record {
    pub fn push(&mut self, event: &Event) {
        self.bytes.push(if self.bytes.is_empty() { b'[' } else { b',' });
        let written = serde_json::to_writer(&mut self.bytes, event);
        assert!(written.is_ok(), "an event can be written: {written:?}");
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn into_bytes(mut self) -> Vec<u8> {
        if self.bytes.is_empty() {
            self.bytes.push(b'[');
        }
        self.bytes.push(b']');
        self.bytes
    }
}

/// A whole state.
pub(crate) fn write_center(center: &ContactCenter) -> Vec<u8> {
    let written = serde_json::to_vec(center);
    assert!(written.is_ok(), "a state can be written: {written:?}");
    written.unwrap_or_default()
}

/// A contact with everything that was said in it.
pub(crate) fn write_transcript(contact: &Contact) -> Vec<u8> {
    let written = serde_json::to_vec(contact);
    assert!(written.is_ok(), "a contact can be written: {written:?}");
    written.unwrap_or_default()
}

/// A state and how it was made.
pub(crate) struct Recovered {
    pub center: ContactCenter,
    pub sequence: u64,
    pub snapshot_bytes: u64,
    pub log_bytes: u64,
}

/// The state that was kept: the snapshot, and what happened since then.
pub(crate) fn recover(id: ContactCenterId, taken: &Taken) -> Result<Recovered, StartError> {
    let unreadable = |sequence| move |cause| StartError::Unreadable { center: id, sequence, cause };
    let mut recovered =
        Recovered { center: ContactCenter::default(), sequence: 0, snapshot_bytes: 0, log_bytes: 0 };
    if let Some(snapshot) = &taken.snapshot {
        recovered.center = serde_json::from_slice(&snapshot.state).map_err(unreadable(snapshot.sequence))?;
        recovered.center.reindex();
        recovered.sequence = snapshot.sequence;
        recovered.snapshot_bytes = snapshot.state.len() as u64;
    }
    for batch in &taken.batches {
        let next = recovered.sequence + 1;
        if batch.sequence != next {
            return Err(StartError::Gap { center: id, missing: next });
        }
        let events: Vec<Event> = serde_json::from_slice(&batch.events).map_err(unreadable(next))?;
        for event in &events {
            recovered.center.apply(event);
        }
        recovered.sequence = next;
        recovered.log_bytes += batch.events.len() as u64;
    }
    match recovered.center.id() {
        Some(own) if own == id => Ok(recovered),
        _ => Err(StartError::Gap { center: id, missing: 1 }),
    }
}
