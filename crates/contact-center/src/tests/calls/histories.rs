//! Random histories of calls: phones that ring, answer, hang up, put aside and hand on, agents and supervisors
//! with their orders, a clock that jumps, a gateway that restarts. After every step everything that must always
//! hold is looked at.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::exchange::{Exchange, PEOPLE, QUEUE, to};
use crate::audience::{Mode, Part};
use crate::calls::{
    Call, CallAction, CallOrder, CallParty, CallStage, Cause, LegState, LegWants, LineReport, Origin,
    PartyState, Reach, RecordingOrder, StandingRequest, SupervisionScope,
};
use crate::command::Command;
use crate::contact::{DataValue, UserData};
use crate::{CallId, Channel, ContactCenter, LegId, Refusal, Timestamp, UserId};

const MODES: [Mode; 3] = [Mode::Monitor, Mode::Coach, Mode::BargeIn];
const NUMBERS: [&str; 7] = ["5001", "5002", "5003", "5005", QUEUE, "+4940777", "nowhere"];
const CAUSES: [Cause; 5] = [Cause::HungUp, Cause::Busy, Cause::Declined, Cause::NoAnswer, Cause::Failed];

/// How many steps a history has at most, how many histories there are, and how many steps they have together.
const STEPS: usize = 60;
const LEAST_STEPS: usize = 30_000;
const HISTORIES: u32 = 1_500;

struct Choices<'a>(std::slice::Iter<'a, u32>);

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next().map_or(0, |choice| *choice as usize % limit.max(1))
    }

    fn one_of<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.below(from.len())].clone()) }
    }
}

fn step(x: &mut Exchange, choices: &mut Choices<'_>) {
    let (name, _) = PEOPLE[choices.below(PEOPLE.len())];
    let number = NUMBERS[choices.below(NUMBERS.len())];
    match choices.below(16) {
        0 | 1 => drop(x.call_in(number)),
        2 => {
            let origin = Origin::Device(x.device(name));
            x.arrive(origin, None, number);
        }
        3 => {
            let (by, device) = (x.user(name), x.device(name));
            drop(x.order(Command::Dial { by, device, to: to(number), caller_id: None }));
        }
        4..=6 => phone_acts(x, choices),
        7 => supervisor_acts(x, choices),
        8 => {
            let operation = ["Ready", "Ready", "NotReady", "AuxWork"][choices.below(4)].to_owned();
            let by = x.user(name);
            drop(x.order(Command::EnterState { by, of: by, channel: Some(Channel::Voice), operation }));
        }
        9 => something_rare(x, choices, name),
        _ => user_acts(x, choices, name),
    }
}

/// A phone or the line to it does something.
fn phone_acts(x: &mut Exchange, choices: &mut Choices<'_>) {
    let lines: Vec<_> = x.lines.values().cloned().collect();
    let Some(plan) = choices.one_of(&lines) else { return };
    let (leg, up) = (plan.leg, x.up.contains(&plan.leg));
    match choices.below(8) {
        0..=2 if !up && !plan.incoming => x.answer_line(leg),
        3 if !up && !plan.incoming => {
            x.report(LineReport::Ringing { leg, early_media: choices.below(2) == 0 });
        }
        4 | 5 => x.hang_up_line(leg, CAUSES[choices.below(CAUSES.len())]),
        6 if up => x.report(LineReport::Held { leg, held: choices.below(2) == 0 }),
        7 if up => {
            let replaces = choices.one_of(&lines).map(|other| other.leg).filter(|_| choices.below(2) == 0);
            let to = NUMBERS[choices.below(NUMBERS.len())].into();
            x.report(LineReport::Referred { leg, to, replaces });
        }
        _ => {}
    }
}

fn supervisor_acts(x: &mut Exchange, choices: &mut Choices<'_>) {
    let by = ["sam", "tess"][choices.below(2)];
    let (user, device) = (x.user(by), x.device(by));
    if choices.below(4) == 0 {
        drop(x.order(Command::CancelSupervision { by: user, device }));
        return;
    }
    let (agent, _) = PEOPLE[choices.below(PEOPLE.len())];
    let by_queue = choices.below(5) == 0;
    let request = StandingRequest {
        mode: MODES[choices.below(3)],
        target: (!by_queue).then(|| x.device(agent)),
        phone_number: by_queue.then(|| QUEUE.to_owned()),
        once: choices.below(2) == 0,
        scope: [SupervisionScope::Agent, SupervisionScope::Call][choices.below(2)],
    };
    drop(x.order(Command::Supervise { by: user, device, request }));
}

fn something_rare(x: &mut Exchange, choices: &mut Choices<'_>, name: &str) {
    let by = x.user(name);
    match choices.below(8) {
        0 => drop(x.order(Command::CloseChannels { by })),
        1 | 2 => {
            let device = Some(x.device(name));
            drop(x.order(Command::OpenChannel { by, channel: Channel::Voice, device }));
        }
        3 if choices.below(4) == 0 => {
            x.up.clear();
            x.lines.clear();
            x.report(LineReport::Recovered);
        }
        4 => {
            let phones = [None, Some("phone".into())][choices.below(2)].clone();
            let device = x.device(name);
            x.report(LineReport::Registered { device, phones });
        }
        5 => {
            let replaced: Vec<_> = x.up.clone();
            if let Some(replaces) = choices.one_of(&replaced) {
                let origin = Origin::Device(x.device(name));
                let arrival = crate::calls::Arrival {
                    leg: LegId(u128::from(x.now.0.unsigned_abs()) << 32 | x.history.len() as u128),
                    origin,
                    caller: None,
                    dialled: "5001".into(),
                    replaces: Some(replaces),
                };
                x.report(LineReport::Arrived(Box::new(arrival)));
            }
        }
        _ => x.pass_ms([100, 5_000, 31_000, 200_000, 700_000][choices.below(5)]),
    }
}

fn user_acts(x: &mut Exchange, choices: &mut Choices<'_>, name: &str) {
    let by = x.user(name);
    let Some(call) = choices.one_of(&x.center.calls_of(by)) else { return };
    let orders = orders(x, by, call, NUMBERS[choices.below(NUMBERS.len())]);
    if let Some(order) = choices.one_of(&orders) {
        drop(x.order(Command::Call { by, call, order }));
    }
}

/// Every order there is, with parameters that can be right.
fn orders(x: &Exchange, by: UserId, call: CallId, number: &str) -> Vec<CallOrder> {
    let other = x.center.calls_of(by).into_iter().find(|other| *other != call).unwrap_or(call);
    let present = x.center.calls().get(&call).into_iter().flat_map(|call| call.present());
    let participant = present.map(|party| party.phone_number.to_string()).last().unwrap_or_default();
    let pair = || UserData::from([("key".to_owned(), DataValue::Number(1))]);
    vec![
        CallOrder::Answer,
        CallOrder::Reject,
        CallOrder::Hangup,
        CallOrder::Hold,
        CallOrder::Retrieve,
        CallOrder::SendDigits("1".to_owned()),
        CallOrder::Mute,
        CallOrder::Unmute,
        CallOrder::Swap { other },
        CallOrder::Clear,
        CallOrder::SingleStepTransfer(to(number)),
        CallOrder::SingleStepConference(to(number)),
        CallOrder::InitiateTransfer(to(number)),
        CallOrder::InitiateConference(to(number)),
        CallOrder::CompleteTransfer { consult: None },
        CallOrder::CompleteConference { consult: None },
        CallOrder::Remove { participant },
        CallOrder::AttachData(pair()),
        CallOrder::UpdateData(pair()),
        CallOrder::DeleteData,
        CallOrder::DeleteDataPair("key".to_owned()),
        CallOrder::Record(RecordingOrder::Start),
        CallOrder::Record(RecordingOrder::Stop),
        CallOrder::Record(RecordingOrder::Pause),
        CallOrder::Record(RecordingOrder::Resume),
        CallOrder::SwitchTo(Mode::Monitor),
        CallOrder::SwitchTo(Mode::Coach),
        CallOrder::SwitchTo(Mode::BargeIn),
        CallOrder::MuteMonitoredUser,
        CallOrder::UnmuteMonitoredUser,
    ]
}

fn look_at_everything(x: &mut Exchange, with_capabilities: bool) {
    desks_show_what_reads_show(x);
    gateway_has_the_newest_plans(x);
    no_line_is_stuck(&x.center);
    calls_are_whole(&x.center);
    nobody_hears_too_much(x);
    nobody_sees_who_only_listens(x);
    if with_capabilities {
        capabilities_are_exact(x);
    }
    let mut anew = x.center.clone();
    anew.reindex();
    assert_eq!(
        anew.telephony.tables.without_hints(),
        x.center.telephony.tables.without_hints(),
        "the tables of calls differ from those made anew"
    );
    assert!(anew.tables_equal(&x.center), "the derived tables differ from those made anew");
}

fn desks_show_what_reads_show(x: &Exchange) {
    for (name, _) in PEOPLE {
        let user = x.user(name);
        let reads = x
            .center
            .calls_of(user)
            .into_iter()
            .filter_map(|id| x.center.calls().get(&id).and_then(|call| x.center.call_view(call, user)));
        let reads: Vec<_> = reads.collect();
        let shown: Vec<_> =
            x.desks.get(&user).map(|desk| desk.calls.values().cloned().collect()).unwrap_or_default();
        assert_eq!(shown, reads, "{name}'s desk shows something else than a read");
    }
}

fn gateway_has_the_newest_plans(x: &Exchange) {
    for plan in x.center.line_plans() {
        assert_eq!(x.lines.get(&plan.leg), Some(&plan), "the gateway was not told of {plan:?}");
    }
    assert_eq!(x.lines.len(), x.center.legs().len(), "lines without a plan");
}

fn no_line_is_stuck(center: &ContactCenter) {
    for leg in center.legs().values() {
        let parties: Vec<_> = center
            .calls()
            .values()
            .filter(|call| call.is_open())
            .flat_map(|call| call.present())
            .filter(|party| party.leg == leg.id)
            .collect();
        assert!(!parties.is_empty(), "nobody needs {leg:?}");
        let audible = parties.iter().filter(|party| party.state != PartyState::Held).count();
        assert!(audible <= 1, "{leg:?} is audible in {audible} calls");
        for party in parties {
            let waits = party.state == PartyState::Ringing && leg.state == LegState::Up && !leg.incoming;
            assert!(!waits, "{leg:?} was answered and {party:?} still rings");
        }
    }
}

fn calls_are_whole(center: &ContactCenter) {
    for call in center.calls().values() {
        match call.stage {
            CallStage::Ended(_) => assert_eq!(call.present().count(), 0, "{call:?}"),
            CallStage::Open => {
                let principals = call.present().filter(|party| !party.is_supervisor()).count();
                let expected = usize::from(call.place.is_some() || call.dials.is_some());
                assert!(principals >= 1 && principals + expected >= 2, "nobody to talk with: {call:?}");
            }
        }
        for party in call.present() {
            assert!(center.legs().contains_key(&party.leg), "{party:?} has no line");
            let charge = party.charge.and_then(|charge| call.party(charge));
            assert!(charge.is_none_or(|charge| !charge.is_gone()), "{party:?} supervises who has gone");
        }
    }
}

/// The rule of hearing in other words than the code's: a table of who may hear whom.
fn may_hear(listener: &CallParty, speaker: &CallParty) -> bool {
    let supervises = |party: &CallParty| matches!(party.part, Part::Supervisor(_));
    match speaker.part {
        _ if speaker.muted || speaker.silenced => false,
        Part::Supervisor(Mode::Monitor) => false,
        Part::Supervisor(Mode::Coach) => supervises(listener) || speaker.charge == Some(listener.number),
        _ => true,
    }
}

fn nobody_hears_too_much(x: &Exchange) {
    for plan in x.lines.values() {
        for speaker in &plan.hears {
            let together = |call: &Call| {
                let party = |leg: LegId| call.present().find(|party| party.leg == leg);
                let (Some(one), Some(other)) = (party(plan.leg), party(*speaker)) else { return false };
                let talk = one.state == PartyState::Established && other.state == PartyState::Established;
                let early = one.state == PartyState::Dialing && other.state == PartyState::Ringing;
                call.is_open() && (talk || early) && may_hear(one, other)
            };
            let fine = x.center.calls().values().any(|call| together(call));
            assert!(fine, "{plan:?} hears {speaker}, which it may not");
        }
        if let LegWants::Gone(_) = plan.wants {
            assert!(plan.hears.is_empty());
        }
    }
}

/// Agents are shown no supervisor who only listens, and no coach of somebody else; neither by a number nor by an
/// operation that appears.
fn nobody_sees_who_only_listens(x: &Exchange) {
    for (name, _) in PEOPLE {
        let user = x.user(name);
        for id in x.center.calls_of(user) {
            let Some(call) = x.center.calls().get(&id) else { continue };
            let (Some(own), Some(view)) = (call.party_of(user), x.center.call_view(call, user)) else {
                continue;
            };
            if own.is_supervisor() {
                continue;
            }
            let hidden = |party: &&CallParty| match party.part {
                Part::Supervisor(Mode::Monitor) => true,
                Part::Supervisor(Mode::Coach) => party.charge != Some(own.number),
                _ => false,
            };
            for party in call.present().filter(hidden) {
                let shown = view.participants.iter().any(|it| it.phone_number == party.phone_number);
                assert!(!shown, "{name} sees {party:?}");
            }
            let visible = view.participants.len();
            let removes = view.capabilities.contains(&CallAction::RemoveParticipantFromConference);
            assert!(!removes || visible > 1, "{name} can remove somebody whom nobody shows: {view:?}");
        }
    }
}

/// What is listed is accepted, but for what depends on its parameters; what is not listed is refused as such.
fn capabilities_are_exact(x: &mut Exchange) {
    for (name, _) in PEOPLE {
        let by = x.user(name);
        for call in x.center.calls_of(by) {
            let view = x.center.calls().get(&call).and_then(|call| x.center.call_view(call, by));
            let Some(view) = view else { continue };
            for order in orders(x, by, call, "5003") {
                let action = action(&order);
                let decided = x.decide(&Command::Call { by, call, order: order.clone() });
                let refused = decided == Err(Refusal::CallNotAllowedNow(action));
                // Swapping needs a second call that stands the other way round, which the list cannot say.
                if action == CallAction::SwapCalls && view.capabilities.contains(&action) {
                    continue;
                }
                let listed = view.capabilities.contains(&action);
                assert_eq!(refused, !listed, "{name}: {order:?} gave {decided:?} for {view:?}");
            }
        }
    }
}

fn action(order: &CallOrder) -> CallAction {
    let name = match order {
        CallOrder::SendDigits(_) => return CallAction::SendDtmf,
        CallOrder::Mute => return CallAction::MuteCall,
        CallOrder::Unmute => return CallAction::UnmuteCall,
        CallOrder::Swap { .. } => return CallAction::SwapCalls,
        CallOrder::Clear => return CallAction::ClearCall,
        CallOrder::Remove { .. } => return CallAction::RemoveParticipantFromConference,
        CallOrder::AttachData(_) => return CallAction::AttachUserData,
        CallOrder::UpdateData(_) | CallOrder::SetDisposition { .. } => return CallAction::UpdateUserData,
        CallOrder::DeleteData => return CallAction::DeleteUserData,
        CallOrder::DeleteDataPair(_) => return CallAction::DeleteUserDataPair,
        CallOrder::Record(RecordingOrder::Start) => return CallAction::StartCallRecording,
        CallOrder::Record(RecordingOrder::Stop) => return CallAction::StopCallRecording,
        CallOrder::Record(RecordingOrder::Pause) => return CallAction::PauseCallRecording,
        CallOrder::Record(RecordingOrder::Resume) => return CallAction::ResumeCallRecording,
        CallOrder::SwitchTo(Mode::Monitor) => return CallAction::SwitchToListenIn,
        CallOrder::SwitchTo(Mode::Coach) => return CallAction::SwitchToCoach,
        CallOrder::SwitchTo(Mode::BargeIn) => return CallAction::SwitchToBargeIn,
        other => format!("{other:?}"),
    };
    let named = [
        CallAction::Answer,
        CallAction::Reject,
        CallAction::Hangup,
        CallAction::Hold,
        CallAction::Retrieve,
        CallAction::SingleStepTransfer,
        CallAction::SingleStepConference,
        CallAction::InitiateTransfer,
        CallAction::InitiateConference,
        CallAction::CompleteTransfer,
        CallAction::CompleteConference,
        CallAction::MuteMonitoredUser,
        CallAction::UnmuteMonitoredUser,
    ];
    let found =
        named.into_iter().find(|action| name.split(['(', ' ']).next() == Some(&format!("{action:?}")));
    found.unwrap_or_else(|| panic!("no operation {name}"))
}

/// Everybody goes; nothing may be left.
fn end_everything(x: &mut Exchange) {
    for _ in 0..200 {
        let Some(leg) = x.lines.keys().next().copied() else { break };
        x.hang_up_line(leg, Cause::HungUp);
    }
    let open: Vec<_> = x.center.calls().values().filter(|call| call.is_open()).collect();
    assert!(open.is_empty(), "calls without lines: {open:?}");
    assert!(x.center.legs().is_empty(), "{:?}", x.center.legs());
    assert_eq!(x.center.open_calls(), 0);
    for (name, _) in PEOPLE {
        assert_eq!(x.center.load_of(x.user(name), Channel::Voice), 0);
    }
}

fn written(center: &ContactCenter) -> String {
    serde_json::to_string(center).unwrap()
}

fn replayed(x: &Exchange) -> ContactCenter {
    let mut center = ContactCenter::default();
    for event in &x.history {
        center.apply(event);
    }
    center
}

#[test]
fn calls_stay_sound_whatever_happens() {
    let config = ProptestConfig {
        cases: HISTORIES,
        max_shrink_iters: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let histories = prop::collection::vec(prop::collection::vec(any::<u32>(), 10), 1..STEPS);
    let steps = std::cell::Cell::new(0);
    let told = TestRunner::new(config).run(&histories, |history| {
        let mut x = Exchange::open();
        for (index, numbers) in history.iter().enumerate() {
            step(&mut x, &mut Choices(numbers.iter()));
            look_at_everything(&mut x, index % 7 == 0);
        }
        assert_eq!(written(&replayed(&x)), written(&x.center));
        end_everything(&mut x);
        steps.set(steps.get() + history.len());
        Ok(())
    });
    if let Err(failure) = told {
        panic!("{failure}");
    }
    assert!(steps.get() >= LEAST_STEPS, "only {} steps", steps.get());
}

#[test]
fn lines_that_ring_for_ever_are_given_up() {
    let mut x = Exchange::open();
    x.call_in("5001");
    let rings: Timestamp = x.now;
    x.pass_ms(600_000);
    assert!(x.center.legs().is_empty(), "since {rings:?}");
    let nobody = |plan: &crate::calls::LegPlan| matches!(plan.reach, Reach::Device(_));
    assert!(!x.lines.values().any(nobody));
}
