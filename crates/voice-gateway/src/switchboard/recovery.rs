//! Beginning and ending: lines of an earlier process, plans read as a whole, leave taken of all phones.

use std::sync::Arc;
use std::time::Duration;

use contact_center::calls::{Cause, LegPlan, LineReport};
use contact_center::{DeviceId, LegId};
use engine::{Failure, Handle};
use sip::user_agent::Order;

use super::Switchboard;
use super::news::Place;
use crate::clock;

/// The pause before the state is read again when it could not be.
const READ_AGAIN: Duration = Duration::from_millis(200);
/// How long leave may take.
const LEAVE: Duration = Duration::from_secs(4);

/// What is read of the contact center.
struct Read {
    plans: Vec<LegPlan>,
    phones: Vec<(DeviceId, Arc<str>)>,
    /// How much had been announced then.
    announced: u64,
}

impl Switchboard {
    /// Ends the calls of an earlier process, whose sound is gone, and takes back its phones.
    pub(super) async fn recover(&mut self) {
        let Some(Read { plans, phones, announced }) = self.read().await else { return };
        self.news.know(announced);
        for plan in plans {
            self.end_kept(plan.dialog.as_deref());
        }
        self.reports.hand_in(LineReport::Recovered);
        let kept = phones.iter().map(|(device, phones)| (*device, phones));
        let news = self.phones.restore(kept, clock::now());
        self.tell_of_phones(news);
        self.settle();
        self.show_trunks();
    }

    /// Reads all plans anew. Lines that are not wanted any more end.
    pub(super) async fn read_all(&mut self) {
        let Some(Read { plans, announced, .. }) = self.read().await else { return };
        self.news.know(announced);
        let is_wanted = |leg: LegId| plans.iter().any(|plan| plan.leg == leg);
        // A line that arrived and is not known yet has no plan.
        let unwanted: Vec<LegId> =
            self.lines.iter().filter(|it| it.plan.is_some() && !is_wanted(it.leg)).map(|it| it.leg).collect();
        for leg in unwanted {
            self.end(leg, Cause::HungUp);
        }
        self.carry_out(plans);
    }

    /// The state as a whole; nothing if the contact center has stopped.
    fn read(&self) -> impl Future<Output = Option<Read>> + Send + 'static {
        let (center, place) = (self.center.clone(), self.news.place());
        async move { read(&center, &place).await }
    }

    /// Ends all calls, and waits a moment for phones and rules to know.
    pub(super) async fn take_leave(&mut self) {
        self.order(Order::Drain);
        let legs: Vec<LegId> = self.lines.iter().map(|it| it.leg).collect();
        for leg in legs {
            self.end(leg, Cause::Restarted);
        }
        self.settle();
        let until = clock::now() + LEAVE;
        loop {
            let calls = self.agent.len();
            if (self.reports.is_empty() && calls == 0) || clock::now() >= until {
                break;
            }
            let deadline = self.agent.deadline().map_or(until, |(at, _)| at.min(until));
            tokio::select! {
                received = self.transports.receive() => self.receive(received),
                settled = self.reports.settled() => self.settled(settled),
                () = clock::wait_until(Some(deadline)) => self.tick(),
            }
            self.settle();
        }
    }
}

async fn read(center: &Handle, place: &Arc<Place>) -> Option<Read> {
    loop {
        let place = Arc::clone(place);
        let read = center.query(move |center| Read {
            plans: center.line_plans(),
            phones: center.phones().iter().map(|(device, phones)| (*device, phones.clone())).collect(),
            announced: place.announced(),
        });
        match read.await {
            Ok(read) => return Some(read),
            Err(Failure::Stopped) => return None,
            Err(Failure::Busy | Failure::NotStored) => {
                clock::wait_until(Some(clock::now() + READ_AGAIN)).await;
            }
        }
    }
}
