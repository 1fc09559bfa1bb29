//! Which text a receipt is for.

use std::sync::Arc;

use super::TextEvent;
use super::arrival::DeliveryReport;
use super::outgoing::{OutgoingText, Progress, TextId};
use crate::ContactCenter;
use crate::event::Event;

impl ContactCenter {
    /// What receipts say. Those for texts that nobody knows have no effect.
    pub(crate) fn report_texts(&self, carrier: &str, reports: &[DeliveryReport]) -> Vec<Event> {
        let report = |report: &DeliveryReport| {
            let named = report.names.iter().find_map(|name| self.texting.part_named(carrier, name));
            let (id, part) = match named {
                Some((id, part)) => (id, Some(part)),
                None => (self.unnamed_text(carrier, report)?, None),
            };
            let (state, error) = (report.state, report.error.clone());
            Some(Event::Text(TextEvent::Reported { id, part, state, error }))
        };
        reports.iter().filter_map(report).collect()
    }

    /// The text whose parts have names that we never learned: by our own number, or by its first
    /// words if they fit only one.
    fn unnamed_text(&self, carrier: &str, report: &DeliveryReport) -> Option<TextId> {
        let here = |text: &&Arc<OutgoingText>| matches!(&text.progress, Progress::Unknown { carrier: over, .. } if **over == *carrier);
        let mut lost = self.texting.unknown(&report.thread).filter(here);
        if let Some(reference) = report.reference {
            return lost.find(|text| text.id.reference() == reference).map(|text| text.id);
        }
        let beginning = report.beginning.as_deref().filter(|beginning| !beginning.is_empty())?;
        let mut fitting = lost.filter(|text| text.text.starts_with(beginning));
        match (fitting.next(), fitting.next()) {
            (Some(text), None) => Some(text.id),
            _ => None,
        }
    }
}
