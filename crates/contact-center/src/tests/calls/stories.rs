//! What people do with calls, told once each.

use super::exchange::{Exchange, QUEUE, to};
use crate::Refusal;
use crate::audience::Mode;
use crate::calls::{
    CallAction, CallKind, CallOrder, CallState, Cause, LegWants, LineReport, Origin, RecordingOrder, Sound,
    SupervisionScope,
};
use crate::command::Command;
use crate::settings::SettingName;

#[test]
fn a_call_to_a_queue_is_answered_and_offered_to_the_agent_who_is_ready() {
    let mut x = Exchange::open();
    let customer = x.call_in(QUEUE);
    assert_eq!(x.lines[&customer].plays, Some(Sound::HoldMusic));
    x.enter("bela", "Ready");
    let call = x.call_of("bela");
    assert_eq!(x.state("bela", call), Some(CallState::Ringing));
    assert_eq!(x.participants("bela", call), ["+4930123"]);
    x.pick_up("bela");
    assert_eq!(x.state("bela", call), Some(CallState::Established));
    assert_eq!((x.hears(customer), x.phone_hears("bela")), (vec!["bela".into()], vec!["customer".into()]));
    assert_eq!(x.lines[&customer].plays, None);
    x.hang_up_line(customer, Cause::HungUp);
    assert_eq!(x.state("bela", call), None);
    assert!(x.center.legs().is_empty());
}

#[test]
fn an_agent_answers_by_the_api() {
    let mut x = Exchange::open();
    x.enter("anna", "Ready");
    x.call_in(QUEUE);
    let call = x.call_of("anna");
    x.does("anna", call, CallOrder::Answer);
    assert_eq!(x.state("anna", call), Some(CallState::Established));
}

#[test]
fn a_rejected_call_goes_to_somebody_else() {
    let mut x = Exchange::open();
    x.enter("anna", "Ready");
    let customer = x.call_in(QUEUE);
    let call = x.call_of("anna");
    x.does("anna", call, CallOrder::Reject);
    assert_eq!(x.take_told("anna"), ["Status Ringing Inbound", "Status Released Inbound"]);
    assert_eq!(x.lines[&customer].plays, Some(Sound::HoldMusic));
    x.enter("bela", "Ready");
    x.pick_up("bela");
    assert_eq!(x.phone_hears("bela"), ["customer"]);
}

#[test]
fn a_call_that_nobody_answers_is_offered_again_after_a_pause() {
    let mut x = Exchange::open();
    x.set(SettingName::NotReadyAfterLapse, 0);
    x.enter("anna", "Ready");
    x.call_in(QUEUE);
    x.pass_ms(30_000);
    assert!(x.ringing_at("anna").is_none());
    x.pass_ms(30_000);
    assert!(x.ringing_at("anna").is_some());
}

#[test]
fn an_agent_dials_and_the_own_phone_is_called_first() {
    let mut x = Exchange::open();
    let (by, device) = (x.user("anna"), x.device("anna"));
    x.accepted(Command::Dial { by, device, to: to("5002"), caller_id: None });
    let call = x.call_of("anna");
    assert_eq!(x.state("anna", call), Some(CallState::Dialing));
    assert_eq!(x.participants("anna", call), ["5002"]);
    assert_eq!(x.state("bela", call), Some(CallState::Ringing));
    x.pick_up("bela");
    assert_eq!(x.phone_hears("anna"), ["bela"]);
    assert_eq!(x.phone_hears("bela"), ["anna"]);
    assert_eq!(x.take_told("anna"), ["Status Dialing Internal", "Status Established Internal"]);
    x.does("bela", call, CallOrder::Hangup);
    assert!(x.center.legs().is_empty() && x.center.open_calls() == 0);
}

#[test]
fn a_number_that_does_not_exist_is_refused_on_the_line() {
    let mut x = Exchange::open();
    let leg = x.call_in("4711");
    assert!(!x.center.legs().contains_key(&leg));
    assert_eq!(x.center.open_calls(), 0);
    let last = x.history.iter().rev().find_map(|event| match event {
        crate::Event::Call(crate::calls::CallEvent::LegKept(leg)) => leg.ends,
        _ => None,
    });
    assert_eq!(last, Some(Cause::NoSuchNumber));
}

#[test]
fn calls_that_are_over_are_forgotten_early_when_there_are_too_many() {
    let mut x = Exchange::open();
    let over = crate::limits::ENDED_CALLS + 5;
    for _ in 0..over {
        let leg = x.call_in(QUEUE);
        x.hang_up_line(leg, Cause::HungUp);
        x.history.clear();
    }
    assert_eq!(x.center.calls().len(), crate::limits::ENDED_CALLS);
}

#[test]
fn forwarding_and_do_not_disturb_are_kept() {
    let mut x = Exchange::open();
    let (by, device) = (x.user("anna"), x.device("anna"));
    let on = crate::calls::DeviceSwitch::ForwardCallsOn("5002".to_owned());
    x.accepted(Command::SwitchDevice { by, device, switch: on });
    x.call_in("5001");
    x.pick_up("bela");
    let (by, device) = (x.user("carl"), x.device("carl"));
    x.accepted(Command::SwitchDevice { by, device, switch: crate::calls::DeviceSwitch::DoNotDisturbOn });
    x.call_in("5003");
    assert!(x.ringing_at("carl").is_none());
}

#[test]
fn a_held_customer_hears_music_and_the_agent_nobody() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    x.does("anna", call, CallOrder::Hold);
    assert_eq!((x.hears(customer), x.phone_hears("anna")), (vec![], vec![]));
    assert_eq!(x.lines[&customer].plays, Some(Sound::HoldMusic));
    x.does("anna", call, CallOrder::Retrieve);
    assert_eq!((x.hears(customer), x.phone_hears("anna")), (vec!["anna".into()], vec!["customer".into()]));
}

#[test]
fn a_phone_that_puts_us_aside_shows_as_held() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    let leg = x.line_to("anna").unwrap();
    x.report(LineReport::Held { leg, held: true });
    assert_eq!(x.state("anna", call), Some(CallState::Held));
    assert_eq!(x.lines[&customer].plays, Some(Sound::HoldMusic));
    assert_eq!(
        x.refused("anna", call, CallOrder::Retrieve),
        Refusal::CallNotAllowedNow(CallAction::Retrieve)
    );
    x.report(LineReport::Held { leg, held: false });
    assert_eq!(x.hears(customer), ["anna"]);
}

/// Anna asks bela about the customer's call; bela has answered.
fn consulted(x: &mut Exchange) -> (crate::CallId, crate::CallId, crate::LegId) {
    let (main, customer) = x.handled_by("anna");
    x.take_told("anna");
    x.does("anna", main, CallOrder::InitiateTransfer(to("5002")));
    assert_eq!(x.take_told("anna"), ["Status Held Inbound", "Status Dialing Consult"]);
    x.pick_up("bela");
    let consult = x.call_of("bela");
    (main, consult, customer)
}

#[test]
fn a_consultation_uses_the_line_of_the_main_call() {
    let mut x = Exchange::open();
    let (main, consult, customer) = consulted(&mut x);
    assert_eq!(x.phone_hears("anna"), ["bela"]);
    assert_eq!(x.phone_hears("bela"), ["anna"]);
    assert_eq!(x.lines[&customer].plays, Some(Sound::HoldMusic));
    x.does("anna", main, CallOrder::Swap { other: consult });
    assert_eq!(x.phone_hears("anna"), ["customer"]);
    assert_eq!(x.phone_hears("bela"), Vec::<String>::new());
    x.does("anna", consult, CallOrder::Hangup);
    assert_eq!(x.state("bela", consult), None);
    assert_eq!(x.phone_hears("anna"), ["customer"]);
}

#[test]
fn a_call_that_is_swapped_in_gives_up_what_its_line_dials() {
    let mut x = Exchange::open();
    x.handled_by("anna");
    let first = x.call_of("anna");
    let leg = x.line_to("anna").unwrap();
    x.report(LineReport::Held { leg, held: true });
    let device = x.device("anna");
    let own = x.arrive(Origin::Device(device), None, "5003");
    x.pick_up("carl");
    let second = x.call_of("carl");
    x.report(LineReport::Held { leg, held: false });
    let asked = CallOrder::InitiateTransfer(to("5002"));
    x.does("anna", second, asked);
    assert!(x.ringing_at("bela").is_some());
    // Both lines are of one phone: the first call stands, the second is put aside for bela, who rings.
    let refusal = x.refused("anna", second, CallOrder::Swap { other: first });
    assert_eq!(refusal, Refusal::CallNotAllowedNow(CallAction::SwapCalls));
    x.pick_up("bela");
    assert_eq!(x.hears(own), ["bela"]);
}

#[test]
fn a_consultation_is_given_up_and_the_main_call_taken_up_again() {
    let mut x = Exchange::open();
    let (main, consult, customer) = consulted(&mut x);
    x.does("anna", consult, CallOrder::Hangup);
    x.does("anna", main, CallOrder::Retrieve);
    assert_eq!(x.hears(customer), ["anna"]);
}

#[test]
fn a_two_step_transfer_moves_whoever_was_asked_to_the_customer() {
    let mut x = Exchange::open();
    let (main, consult, customer) = consulted(&mut x);
    x.take_told("anna");
    x.take_told("bela");
    x.does("anna", consult, CallOrder::CompleteTransfer { consult: None });
    assert_eq!(x.take_told("anna"), ["Status Released Inbound", "Status Released Consult"]);
    assert_eq!(
        x.take_told("bela"),
        ["Status Ringing Inbound", "Status Established Inbound", "Status Released Consult"]
    );
    assert_eq!((x.hears(customer), x.phone_hears("bela")), (vec!["bela".into()], vec!["customer".into()]));
    assert!(x.line_to("anna").is_none());
    assert_eq!(x.participants("bela", main), ["+4930123"]);
    x.does("bela", main, CallOrder::Hangup);
    assert!(x.center.legs().is_empty());
}

#[test]
fn a_two_step_conference_brings_all_together() {
    let mut x = Exchange::open();
    let (main, consult, customer) = consulted(&mut x);
    x.take_told("anna");
    x.does("anna", consult, CallOrder::CompleteConference { consult: None });
    assert_eq!(x.take_told("anna")[0], "Status Released Consult");
    assert_eq!(x.hears(customer), ["anna", "bela"]);
    assert_eq!(x.phone_hears("anna"), ["customer", "bela"]);
    assert_eq!(x.participants("anna", main), ["+4930123", "5002"]);
    x.does("anna", main, CallOrder::Remove { participant: "5002".to_owned() });
    assert_eq!(x.hears(customer), ["anna"]);
}

#[test]
fn a_call_is_handed_on_in_one_step_and_comes_back_to_the_queue_if_nobody_answers() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    x.does("anna", call, CallOrder::SingleStepTransfer(to("5002")));
    assert_eq!(x.state("anna", call), None);
    assert!(x.ringing_at("bela").is_some());
    x.pass_ms(180_000);
    assert!(x.ringing_at("bela").is_none());
    assert!(x.ringing_at("anna").is_some(), "she is the one who is ready");
    assert_eq!(x.lines[&customer].plays, Some(Sound::HoldMusic));
}

#[test]
fn a_phone_hands_its_call_on() {
    let mut x = Exchange::open();
    let (_, customer) = x.handled_by("anna");
    let leg = x.line_to("anna").unwrap();
    x.report(LineReport::Referred { leg, to: "5003".into(), replaces: None });
    x.pick_up("carl");
    assert_eq!(x.hears(customer), ["carl"]);
    assert!(x.line_to("anna").is_none());
}

#[test]
fn a_phone_connects_its_two_calls() {
    let mut x = Exchange::open();
    let (main, customer) = x.handled_by("anna");
    let first = x.line_to("anna").unwrap();
    x.report(LineReport::Held { leg: first, held: true });
    let device = x.device("anna");
    let second = x.arrive(Origin::Device(device), None, "5003");
    x.pick_up("carl");
    assert_eq!(x.hears(second), ["carl"]);
    x.report(LineReport::Referred { leg: second, to: "5001".into(), replaces: Some(first) });
    assert_eq!(x.hears(customer), ["carl"]);
    assert!(x.center.calls_of(x.user("anna")).is_empty());
    let _ = main;
}

#[test]
fn a_coached_agent_alone_hears_the_coach() {
    let mut x = Exchange::open();
    x.watch("sam", "anna", Mode::Coach, false, SupervisionScope::Call);
    let (call, customer) = x.handled_by("anna");
    x.pick_up("sam");
    assert_eq!(x.hears(customer), ["anna"]);
    assert_eq!(x.phone_hears("anna"), ["customer", "sam"]);
    assert_eq!(x.phone_hears("sam"), ["customer", "anna"]);
    assert_eq!(x.participants("anna", call), ["+4930123", "5005"]);
    assert_eq!(x.participants("sam", call), ["+4930123", "5001"]);
    x.does("sam", call, CallOrder::SwitchTo(Mode::BargeIn));
    assert_eq!(x.hears(customer), ["anna", "sam"]);
    x.does("sam", call, CallOrder::MuteMonitoredUser);
    assert_eq!(x.hears(customer), ["sam"]);
    x.does("sam", call, CallOrder::SwitchTo(Mode::Monitor));
    assert_eq!(x.hears(customer), ["anna"]);
    assert_eq!(x.phone_hears("anna"), ["customer"]);
    assert_eq!(x.participants("anna", call), ["+4930123"]);
    x.does("sam", call, CallOrder::SwitchTo(Mode::Coach));
    assert_eq!(x.phone_hears("anna"), ["customer", "sam"]);
    x.does("anna", call, CallOrder::Hangup);
    assert!(x.center.legs().is_empty());
}

#[test]
fn in_a_call_between_agents_only_the_coached_one_hears_the_coach() {
    let mut x = Exchange::open();
    x.watch("sam", "anna", Mode::Coach, false, SupervisionScope::Call);
    let device = x.device("bela");
    x.arrive(Origin::Device(device), None, "5001");
    x.pick_up("anna");
    x.pick_up("sam");
    assert_eq!(x.phone_hears("bela"), ["anna"]);
    assert_eq!(x.phone_hears("anna"), ["bela", "sam"]);
}

#[test]
fn an_order_joins_the_call_that_runs_already() {
    let mut x = Exchange::open();
    let (_, customer) = x.handled_by("anna");
    x.watch("sam", "anna", Mode::Monitor, true, SupervisionScope::Agent);
    x.pick_up("sam");
    assert_eq!(x.phone_hears("sam"), ["customer", "anna"]);
    assert_eq!(x.phone_hears("anna"), ["customer"]);
    x.hang_up_line(customer, Cause::HungUp);
    assert!(x.center.standing_order(x.device("sam")).is_none(), "one call has used it up");
    assert!(x.center.legs().is_empty());
}

#[test]
fn without_intrusion_an_order_waits_for_the_next_call() {
    let mut x = Exchange::open();
    x.set(SettingName::VoiceIntrusion, 0);
    x.handled_by("anna");
    x.watch("sam", "anna", Mode::Monitor, true, SupervisionScope::Agent);
    assert!(x.ringing_at("sam").is_none());
}

#[test]
fn a_supervisor_takes_a_call_over() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    x.watch("sam", "anna", Mode::BargeIn, false, SupervisionScope::Call);
    x.pick_up("sam");
    x.does("sam", call, CallOrder::Remove { participant: "5001".to_owned() });
    assert_eq!((x.hears(customer), x.phone_hears("sam")), (vec!["sam".into()], vec!["customer".into()]));
}

#[test]
fn agents_get_time_after_calls_from_a_queue() {
    let mut x = Exchange::open();
    x.set(SettingName::VoiceWrapUpSeconds, 20);
    let (_, customer) = x.handled_by("anna");
    x.hang_up_line(customer, Cause::HungUp);
    assert_eq!(state_of_anna(&x).as_deref(), Some("AfterCallWork"));
    x.pass_ms(20_000);
    assert_eq!(state_of_anna(&x).as_deref(), Some("Ready"));
}

fn state_of_anna(x: &Exchange) -> Option<String> {
    let open = x.center.channel_of(x.user("anna"), crate::Channel::Voice);
    open.map(|open| open.state.operation_name.clone())
}

#[test]
fn an_agent_takes_time_and_is_ready_again_unless_another_state_was_chosen() {
    let mut x = Exchange::open();
    let by = x.user("anna");
    x.accepted(Command::WrapUp { by, seconds: 30 });
    x.pass_ms(20_000);
    // Once more, from now on.
    x.accepted(Command::WrapUp { by, seconds: 30 });
    x.pass_ms(20_000);
    assert_eq!(state_of_anna(&x).as_deref(), Some("AfterCallWork"));
    x.pass_ms(10_000);
    assert_eq!(state_of_anna(&x).as_deref(), Some("Ready"));

    x.accepted(Command::WrapUp { by, seconds: 30 });
    x.enter("anna", "AfterCallWork");
    x.pass_ms(60_000);
    assert_eq!(state_of_anna(&x).as_deref(), Some("AfterCallWork"), "without an end");
    x.accepted(Command::WrapUp { by, seconds: 30 });
    x.accepted(Command::CloseChannels { by });
    x.pass_ms(60_000);
    assert_eq!(state_of_anna(&x), None);
}

#[test]
fn digits_reach_the_customer_and_no_supervisor() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    x.watch("sam", "anna", Mode::Monitor, false, SupervisionScope::Call);
    x.pick_up("sam");
    x.does("anna", call, CallOrder::SendDigits("12#".to_owned()));
    x.does("sam", call, CallOrder::SendDigits("7".to_owned()));
    assert_eq!(x.digits, [(vec![customer], "12#".to_owned()), (vec![], "7".to_owned())]);
    let refusal = x.refused("anna", call, CallOrder::SendDigits("1a".to_owned()));
    assert!(matches!(refusal, Refusal::OutOfRange { parameter: "digits", .. }));
}

#[test]
fn a_recording_has_a_track_for_everybody() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    x.does("anna", call, CallOrder::Record(RecordingOrder::Start));
    let track = x.lines[&customer].track.clone().unwrap();
    assert_eq!((&*track.label, track.is_customer), ("1-customer-+4930123", true));
    x.does("anna", call, CallOrder::Record(RecordingOrder::Pause));
    assert!(x.lines[&customer].track.as_ref().unwrap().paused);
    x.does("anna", call, CallOrder::Record(RecordingOrder::Stop));
    assert_eq!(x.lines[&customer].track, None);
    let told = x.take_told("anna");
    assert!(told.contains(&"Recording Established Inbound".to_owned()), "{told:?}");
}

#[test]
fn a_restart_ends_every_call_and_the_desks_are_told() {
    let mut x = Exchange::open();
    let (call, _) = x.handled_by("anna");
    x.report(LineReport::Recovered);
    assert_eq!(x.state("anna", call), None);
    assert!(x.center.legs().is_empty() && x.center.open_calls() == 0);
}

#[test]
fn whoever_stops_working_leaves_the_customer_to_the_queue() {
    let mut x = Exchange::open();
    let (_, customer) = x.handled_by("anna");
    let by = x.user("anna");
    x.accepted(Command::CloseChannels { by });
    assert_eq!(x.lines[&customer].plays, Some(Sound::HoldMusic));
    x.enter("bela", "Ready");
    x.pick_up("bela");
    assert_eq!(x.hears(customer), ["bela"]);
}

#[test]
fn strangers_know_nothing_of_a_call() {
    let mut x = Exchange::open();
    let (call, _) = x.handled_by("anna");
    assert_eq!(x.refused("bela", call, CallOrder::Hangup), Refusal::UnknownCall);
}

#[test]
fn a_disposition_can_be_set_during_and_after_the_call() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    let dispose = || CallOrder::SetDisposition {
        disposition: "sold".to_owned(),
        key: None,
        user_data: crate::contact::UserData::new(),
    };
    x.does("anna", call, dispose());
    x.hang_up_line(customer, Cause::HungUp);
    x.does("anna", call, dispose());
    assert_eq!(x.refused("bela", call, dispose()), Refusal::UnknownCall);
}

#[test]
fn early_media_is_heard_before_the_answer() {
    let mut x = Exchange::open();
    let device = x.device("anna");
    let own = x.arrive(Origin::Device(device), None, "+4940999");
    let far = x.lines.values().find(|plan| !plan.incoming).map(|plan| plan.leg).unwrap();
    x.report(LineReport::Ringing { leg: far, early_media: true });
    assert_eq!((x.hears(own), x.lines[&own].wants), (vec!["customer".into()], LegWants::Ring));
    assert_eq!(x.hears(far), Vec::<String>::new());
    x.answer_line(far);
    assert_eq!(x.hears(far), ["anna"]);
    assert_eq!(x.center.calls()[&x.call_of("anna")].kind, CallKind::Outbound);
}

#[test]
fn a_supervisors_phone_cannot_take_somebodys_place_in_the_same_call() {
    let mut x = Exchange::open();
    let (call, customer) = x.handled_by("anna");
    x.watch("sam", "anna", Mode::Monitor, false, SupervisionScope::Call);
    x.pick_up("sam");
    let (leg, origin) = (crate::LegId(7 << 80), Origin::Device(x.device("sam")));
    let (dialled, replaces) = ("5001".into(), Some(customer));
    let arrival = crate::calls::Arrival { leg, origin, caller: None, dialled, replaces };
    x.report(LineReport::Arrived(Box::new(arrival)));
    assert!(!x.center.legs().contains_key(&leg));
    assert_eq!(x.participants("anna", call), ["+4930123"]);
    assert_eq!(x.phone_hears("anna"), ["customer"]);
}
