//! What supervision follows: every cell of the table in the design of supervision.
//!
//! A cell is what becomes of the supervisor who watches anna, by scope, when something happens to the call of
//! anna and a customer: whom the supervisor hears afterwards, and who hears the supervisor.

use super::exchange::{Exchange, to};
use crate::audience::Mode;
use crate::calls::{CallOrder, Cause, SupervisionScope as Scope};
use crate::{CallId, LegId};

const MODES: [Mode; 3] = [Mode::Monitor, Mode::Coach, Mode::BargeIn];

/// What happens to the supervised call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happens {
    Hold,
    Retrieve,
    Consult,
    ConsultGivenUp,
    TwoStepTransfer,
    OneStepTransferRings,
    OneStepTransferAnswered,
    TwoStepConference,
    OneStepConference,
    ConferenceLeft,
    Requeued,
    AnsweredFromQueueAgain,
    CustomerHangsUp,
    AgentHangsUp,
}

/// What becomes of the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Released,
    Hears(&'static [&'static str]),
}

use Happens as H;
use Then::{Hears, Released};

/// By what happens: with scope `Agent`, with scope `Call`.
const TABLE: [(Happens, Then, Then); 14] = [
    (H::Hold, Hears(&["customer"]), Hears(&["customer"])),
    (H::Retrieve, Hears(&["customer", "anna"]), Hears(&["customer", "anna"])),
    // The consultation itself is not supervised, unless a setting says so.
    (H::Consult, Hears(&["customer"]), Hears(&["customer"])),
    (H::ConsultGivenUp, Hears(&["customer", "anna"]), Hears(&["customer", "anna"])),
    (H::TwoStepTransfer, Released, Hears(&["customer", "bela"])),
    (H::OneStepTransferRings, Released, Hears(&["customer"])),
    (H::OneStepTransferAnswered, Released, Hears(&["customer", "bela"])),
    (H::TwoStepConference, Hears(&["customer", "anna", "bela"]), Hears(&["customer", "anna", "bela"])),
    (H::OneStepConference, Hears(&["customer", "anna", "bela"]), Hears(&["customer", "anna", "bela"])),
    (H::ConferenceLeft, Released, Hears(&["customer", "bela"])),
    (H::Requeued, Released, Hears(&["customer"])),
    (H::AnsweredFromQueueAgain, Released, Hears(&["customer", "bela"])),
    (H::CustomerHangsUp, Released, Released),
    (H::AgentHangsUp, Released, Released),
];

fn make_it(x: &mut Exchange, what: Happens, call: CallId, customer: LegId) {
    let consult = |x: &mut Exchange| {
        x.does("anna", call, CallOrder::InitiateTransfer(to("5002")));
        x.pick_up("bela");
        x.call_of("bela")
    };
    match what {
        H::Hold => x.does("anna", call, CallOrder::Hold),
        H::Retrieve => {
            x.does("anna", call, CallOrder::Hold);
            x.does("anna", call, CallOrder::Retrieve);
        }
        H::Consult => drop(consult(x)),
        H::ConsultGivenUp => {
            let asked = consult(x);
            x.does("anna", asked, CallOrder::Hangup);
            x.does("anna", call, CallOrder::Retrieve);
        }
        H::TwoStepTransfer => {
            consult(x);
            x.does("anna", call, CallOrder::CompleteTransfer { consult: None });
        }
        H::OneStepTransferRings => x.does("anna", call, CallOrder::SingleStepTransfer(to("5002"))),
        H::OneStepTransferAnswered => {
            x.does("anna", call, CallOrder::SingleStepTransfer(to("5002")));
            x.pick_up("bela");
        }
        H::TwoStepConference => {
            consult(x);
            x.does("anna", call, CallOrder::CompleteConference { consult: None });
        }
        H::OneStepConference => {
            x.does("anna", call, CallOrder::SingleStepConference(to("5002")));
            x.pick_up("bela");
        }
        H::ConferenceLeft => {
            x.does("anna", call, CallOrder::SingleStepConference(to("5002")));
            x.pick_up("bela");
            x.does("anna", call, CallOrder::Hangup);
        }
        H::Requeued => {
            x.enter("anna", "NotReady");
            x.does("anna", call, CallOrder::SingleStepTransfer(to(super::exchange::QUEUE)));
        }
        H::AnsweredFromQueueAgain => {
            make_it(x, H::Requeued, call, customer);
            x.enter("bela", "Ready");
            x.pick_up("bela");
        }
        H::CustomerHangsUp => x.hang_up_line(customer, Cause::HungUp),
        H::AgentHangsUp => x.does("anna", call, CallOrder::Hangup),
    }
}

/// The agent whom a supervisor with this scope supervises after it happened.
fn supervised_after(what: Happens, scope: Scope) -> &'static str {
    match (what, scope) {
        (
            H::TwoStepTransfer | H::OneStepTransferAnswered | H::ConferenceLeft | H::AnsweredFromQueueAgain,
            Scope::Call,
        ) => "bela",
        _ => "anna",
    }
}

fn check(what: Happens, scope: Scope, mode: Mode, then: Then) {
    let mut x = Exchange::open();
    x.watch("sam", "anna", mode, false, scope);
    let (call, customer) = x.handled_by("anna");
    x.pick_up("sam");
    make_it(&mut x, what, call, customer);
    let cell = format!("{what:?}, scope {scope:?}, {mode:?}");
    match then {
        Released => {
            assert!(x.line_to("sam").is_none(), "{cell}: the supervisor stays");
            assert_eq!(x.state("sam", call), None, "{cell}");
        }
        Hears(whom) => assert_eq!(x.phone_hears("sam"), whom, "{cell}"),
    }
    let stays = then != Released;
    let customer_hears = x.hears(customer).contains(&"sam".to_owned());
    assert_eq!(
        customer_hears,
        stays && mode == Mode::BargeIn && x.lines.contains_key(&customer),
        "{cell}: customer"
    );
    for agent in ["anna", "bela", "carl"] {
        let hears = x.phone_hears(agent).contains(&"sam".to_owned());
        let talks = x.phone_hears("sam").contains(&agent.to_owned());
        let meant = match mode {
            Mode::Monitor => false,
            Mode::Coach => agent == supervised_after(what, scope),
            Mode::BargeIn => true,
        };
        assert_eq!(hears, stays && talks && meant, "{cell}: {agent}");
    }
}

#[test]
fn supervision_follows_the_contact_as_the_table_says() {
    for (what, with_agent, with_call) in TABLE {
        for mode in MODES {
            check(what, Scope::Agent, mode, with_agent);
            check(what, Scope::Call, mode, with_call);
        }
    }
}

#[test]
fn consultations_are_supervised_where_a_setting_says_so() {
    let mut x = Exchange::open();
    x.set(crate::settings::SettingName::VoiceSuperviseConsultations, 1);
    x.watch("sam", "bela", Mode::Coach, false, Scope::Agent);
    let (call, _) = x.handled_by("anna");
    x.does("anna", call, CallOrder::InitiateTransfer(to("5002")));
    x.pick_up("bela");
    x.pick_up("sam");
    assert_eq!(x.phone_hears("bela"), ["anna", "sam"]);
    assert_eq!(x.phone_hears("anna"), ["bela"]);
}

#[test]
fn two_supervisors_hear_each_other_unless_one_only_listens() {
    let mut x = Exchange::open();
    x.watch("sam", "anna", Mode::Coach, false, Scope::Call);
    x.watch("tess", "anna", Mode::Monitor, false, Scope::Call);
    let (_, customer) = x.handled_by("anna");
    x.pick_up("sam");
    x.pick_up("tess");
    assert_eq!(x.phone_hears("tess"), ["customer", "anna", "sam"]);
    assert_eq!(x.phone_hears("sam"), ["customer", "anna"]);
    assert_eq!(x.phone_hears("anna"), ["customer", "sam"]);
    assert_eq!(x.hears(customer), ["anna"]);
}

#[test]
fn a_queue_is_watched_by_its_number() {
    let mut x = Exchange::open();
    let request = crate::calls::StandingRequest {
        mode: Mode::Monitor,
        target: None,
        phone_number: Some(super::exchange::QUEUE.to_owned()),
        once: true,
        scope: Scope::Call,
    };
    let (by, device) = (x.user("sam"), x.device("sam"));
    x.accepted(crate::Command::Supervise { by, device, request });
    x.handled_by("carl");
    x.pick_up("sam");
    assert_eq!(x.phone_hears("sam"), ["customer", "carl"]);
}
