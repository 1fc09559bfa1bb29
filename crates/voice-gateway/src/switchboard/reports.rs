//! Reports on their way to the contact center: those of one line, or of one device, in order, one after the other is
//! kept; those of different ones side by side.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::time::Duration;

use contact_center::calls::LineReport;
use contact_center::{CallId, Command, DeviceId, LegId, Refusal};
use engine::{Denial, Failure, Handle};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::clock;

/// After a failure it is tried again so much later.
const PAUSE: Duration = Duration::from_millis(200);

/// Whose reports have to stay in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Leg(LegId),
    Device(DeviceId),
    Recording(CallId),
    All,
}

/// The reports that are not kept yet.
pub(super) struct Reports {
    center: Handle,
    /// What waits behind a report that is on its way. A report of a kind takes the place of an older one that waits,
    /// so that there are never more for one subject than there are kinds.
    waiting: BTreeMap<Subject, VecDeque<LineReport>>,
    on_the_way: FuturesUnordered<Pin<Box<dyn Future<Output = Tried> + Send>>>,
}

struct Tried {
    subject: Subject,
    report: LineReport,
    /// Whether something has changed by it.
    answer: Result<bool, Denial>,
}

/// What became of a report.
#[derive(Debug)]
pub(super) struct Settled {
    /// The report.
    pub report: LineReport,
    /// Whether something has changed by it, or why the rules said no.
    pub answer: Result<bool, Refusal>,
}

impl Reports {
    pub fn new(center: Handle) -> Reports {
        Reports { center, waiting: BTreeMap::new(), on_the_way: FuturesUnordered::new() }
    }

    /// Reports something.
    pub fn hand_in(&mut self, report: LineReport) {
        let subject = subject(&report);
        match self.waiting.get_mut(&subject) {
            Some(waiting) => {
                let kind = std::mem::discriminant(&report);
                match (waiting.iter_mut().find(|it| std::mem::discriminant(&**it) == kind), report) {
                    (
                        Some(LineReport::RecordingLost { lost_ms, .. }),
                        LineReport::RecordingLost { lost_ms: further, .. },
                    ) => *lost_ms += further,
                    (Some(older), report) => *older = report,
                    (None, report) => waiting.push_back(report),
                }
            }
            None => {
                self.waiting.insert(subject, VecDeque::new());
                self.send(subject, report);
            }
        }
    }

    /// What became of the next one. Waits for ever if there is none. Nothing is lost if it is no longer waited for.
    pub async fn settled(&mut self) -> Settled {
        loop {
            let Some(Tried { subject, report, answer }) = self.on_the_way.next().await else {
                return std::future::pending().await;
            };
            let answer = match answer {
                Ok(changed) => Ok(changed),
                Err(Denial::Refused(refusal)) => Err(refusal),
                Err(Denial::Failed(Failure::Busy | Failure::NotStored)) => {
                    self.send_later(subject, report);
                    continue;
                }
                // Nobody is there any more who could keep it.
                Err(Denial::Failed(Failure::Stopped)) => {
                    self.waiting.remove(&subject);
                    continue;
                }
            };
            self.send_next(subject);
            return Settled { report, answer };
        }
    }

    /// Whether everything is kept.
    pub fn is_empty(&self) -> bool {
        self.on_the_way.is_empty()
    }

    fn send_next(&mut self, subject: Subject) {
        match self.waiting.get_mut(&subject).and_then(VecDeque::pop_front) {
            Some(report) => self.send(subject, report),
            None => {
                self.waiting.remove(&subject);
            }
        }
    }

    fn send(&mut self, subject: Subject, report: LineReport) {
        // It has its place among all commands from here on.
        let answer = self.center.hand_in(Command::Line(report.clone()), None);
        self.on_the_way.push(Box::pin(async move {
            let answer = match answer {
                Ok(answer) => answer.await.map(|events| !events.is_empty()),
                Err(failure) => Err(Denial::Failed(failure)),
            };
            Tried { subject, report, answer }
        }));
    }

    fn send_later(&mut self, subject: Subject, report: LineReport) {
        let center = self.center.clone();
        self.on_the_way.push(Box::pin(async move {
            clock::wait_until(Some(clock::now() + PAUSE)).await;
            let answer = center.execute(Command::Line(report.clone()), None).await;
            let answer = answer.map(|events| !events.is_empty());
            Tried { subject, report, answer }
        }));
    }
}

fn subject(report: &LineReport) -> Subject {
    match report {
        LineReport::Arrived(arrival) => Subject::Leg(arrival.leg),
        LineReport::Ringing { leg, .. }
        | LineReport::Answered { leg, .. }
        | LineReport::DialogChanged { leg, .. }
        | LineReport::Held { leg, .. }
        | LineReport::Referred { leg, .. }
        | LineReport::Ended { leg, .. } => Subject::Leg(*leg),
        LineReport::Registered { device, .. } => Subject::Device(*device),
        LineReport::RecordingLost { call, .. } => Subject::Recording(*call),
        LineReport::Recovered => Subject::All,
    }
}
