//! Random histories without the acknowledgement extension: what the shell reports as failed comes again.
//!
//! One session wanders between HTTP and sockets. A reply or frame counts as received exactly if it is reported as
//! written, and in the end everything that was published has been received once, in whichever order.

use std::collections::{BTreeMap, VecDeque};

use bayeux::{Config, ConnectionId, ExchangeId, Input};
use proptest::prelude::*;

use crate::story::{ALICE, CONNECT, Story, Tab, data, subscribe};

#[derive(Debug, Clone)]
enum Step {
    Publish,
    Http { body: usize },
    Socket { which: usize, body: usize },
    Report { which: usize, written: bool },
    SocketReport { which: usize, written: bool },
}

struct World {
    story: Story,
    tab: Tab,
    sockets: Vec<ConnectionId>,
    frames: BTreeMap<ConnectionId, VecDeque<Vec<u64>>>,
    frames_seen: usize,
    reported: Vec<ExchangeId>,
    published: u64,
    received: Vec<u64>,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Publish),
        3 => (0..2_usize).prop_map(|body| Step::Http { body }),
        3 => (0..3_usize, 0..2_usize).prop_map(|(which, body)| Step::Socket { which, body }),
        4 => (0..3_usize, any::<bool>()).prop_map(|(which, written)| Step::Report { which, written }),
        4 => (0..3_usize, prop::bool::weighted(0.7))
            .prop_map(|(which, written)| Step::SocketReport { which, written }),
    ]
}

impl World {
    fn new() -> World {
        let mut story = Story::new(Config::default());
        let tab = story.listen(ALICE);
        story.network_works = false;
        let sockets = (0..3).map(|_| story.socket(ALICE)).collect();
        let reported = story.responses.keys().copied().collect();
        World {
            story,
            tab,
            sockets,
            frames: BTreeMap::new(),
            frames_seen: 0,
            reported,
            published: 0,
            received: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        let bodies = [CONNECT.to_owned(), subscribe("/a")];
        match *step {
            Step::Publish => {
                self.published += 1;
                self.story.publish(ALICE, self.published);
            }
            Step::Http { body } => {
                self.story.send(&self.tab, &bodies[body]);
            }
            Step::Socket { which, body } => {
                self.story.tell(self.sockets[which], &self.tab, &bodies[body]);
            }
            Step::Report { which, written } => self.report(which, written),
            Step::SocketReport { which, written } => self.socket_report(which, written),
        }
        for (connection, messages) in &self.story.frames[self.frames_seen..] {
            self.frames.entry(*connection).or_default().push_back(data(messages));
        }
        self.frames_seen = self.story.frames.len();
    }

    fn report(&mut self, which: usize, written: bool) {
        let responses = &self.story.responses;
        let open = responses.keys().filter(|exchange| !self.reported.contains(exchange)).nth(which);
        let Some(exchange) = open.copied() else { return };
        self.reported.push(exchange);
        let response = &responses[&exchange];
        assert!(response.report || data(&response.messages).is_empty());
        if written {
            self.received.extend(data(&response.messages));
            self.story.handle(Input::Written { exchange });
        } else {
            self.story.handle(Input::ExchangeClosed { exchange });
        }
    }

    fn socket_report(&mut self, which: usize, written: bool) {
        let connection = self.sockets[which];
        if written {
            if let Some(events) = self.frames.get_mut(&connection).and_then(VecDeque::pop_front) {
                self.received.extend(events);
                self.story.handle(Input::SocketWritten { connection });
            }
        } else {
            self.frames.remove(&connection);
            self.story.handle(Input::SocketClosed { connection });
            self.sockets[which] = self.story.socket(ALICE);
        }
    }
}

#[track_caller]
fn check(steps: &[Step]) {
    let mut world = World::new();
    steps.iter().for_each(|step| world.step(step));
    for which in 0..3 {
        world.step(&Step::SocketReport { which, written: false });
    }
    for _ in 0..2 * steps.len() {
        world.step(&Step::Report { which: 0, written: true });
    }
    world.step(&Step::Http { body: 0 });
    world.step(&Step::Report { which: 0, written: true });
    world.received.sort_unstable();
    assert_eq!(world.received, (1..=world.published).collect::<Vec<_>>());
    assert_eq!(world.story.hub.queued_events(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_not_written_comes_again_and_nothing_else_does(steps in prop::collection::vec(step(), 0..100)) {
        check(&steps);
    }
}
