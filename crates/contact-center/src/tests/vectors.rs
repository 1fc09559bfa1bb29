//! The test vectors of the contract, for chats and for sessions of texts.

use super::world::{World, complete, leave, on_both_channels, text, transfer};
use crate::audience::{Mode, Part, Visibility};
use crate::capability::Action;
use crate::command::{Command, Order, Target};
use crate::supervision::Scope;
use crate::{ContactId, CustomerState, Refusal, customer_state};
use Visibility::{Agents, All};

/// Anna handles a chat that Sam coaches for this one time.
fn coached(mut world: World) -> (World, ContactId) {
    world.monitor("sam", "anna", Mode::Coach, Scope::NextContact).unwrap();
    let (contact, _) = world.handled_by("anna");
    (world, contact)
}

fn capabilities(world: &World, name: &str, contact: ContactId) -> Vec<Action> {
    world.desks[&world.user(name)].capabilities(contact).to_vec()
}

#[test]
fn a_coach_joins_the_next_chat_and_no_other() {
    on_both_channels(|mut world| {
        let (running, _) = world.handled_by("anna");
        world.monitor("sam", "anna", Mode::Coach, Scope::NextContact).unwrap();
        assert_eq!(world.state("sam", running), "");
        let (next, _) = world.request("Nora");
        world.accept("anna", next);
        assert_eq!(world.state("sam", next), "Chatting");
        assert_eq!(
            world.contact(next).party_of(world.user("sam")).unwrap().part,
            Part::Supervisor(Mode::Coach)
        );
        assert_eq!(world.customer_reads(next), ["1 ParticipantJoined (Nora)", "2 ParticipantJoined (anna)"]);
        let (later, _) = world.request("Olga");
        world.accept("anna", later);
        assert_eq!(world.state("sam", later), "");
    });
}

#[test]
fn what_a_coach_says_reaches_agents_only_whatever_was_meant() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        world.does("sam", contact, text(Agents, "offer a refund"));
        world.does("sam", contact, text(All, "be kind"));
        world.does("anna", contact, text(All, "hello"));
        let told = world.was_told("anna", contact);
        assert_eq!(told[3..], ["4 offer a refund (sam)", "5 be kind (sam)", "6 hello (anna)"]);
        let levels: Vec<_> = world.contact(contact).log.range(3..6).map(|entry| entry.visibility).collect();
        assert_eq!(levels, [Agents, Agents, All]);
        assert_eq!(world.customer_reads(contact)[2..], ["6 hello (anna)"]);
    });
}

#[test]
fn the_three_switches_are_seen_by_whom_they_concern() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        world.does("sam", contact, Order::Switch(Mode::BargeIn));
        let list = capabilities(&world, "sam", contact);
        assert_eq!(list[list.len() - 2..], [Action::SwitchToMonitor, Action::SwitchToCoach]);
        assert_eq!(world.customer_reads(contact).last().unwrap(), "4 ParticipantRejoined (sam)");

        world.does("sam", contact, Order::Switch(Mode::Coach));
        assert_eq!(capabilities(&world, "sam", contact).len(), 17);
        assert_eq!(world.customer_reads(contact).last().unwrap(), "6 ParticipantLeft (sam)");
        assert_eq!(world.was_told("anna", contact).last().unwrap(), "5 ParticipantRejoined (sam)");
        let rejoined = &world.contact(contact).log[4];
        assert_eq!((rejoined.visibility, rejoined.from.part.visibility()), (All, Agents));

        world.does("sam", contact, Order::Switch(Mode::Monitor));
        assert_eq!(world.colleagues("anna", contact), ["anna", "Milo"]);
        assert_eq!(world.was_told("anna", contact).last().unwrap(), "8 ParticipantLeft (sam)");
        assert_eq!(world.was_told("sam", contact).last().unwrap(), "7 ParticipantRejoined (sam)");
        assert_eq!(world.customer_reads(contact).len(), 4);
        let refused = world.converse("sam", contact, text(Agents, "psst"));
        assert_eq!(refused, Err(Refusal::MonitorMayNotSpeak));
        let again = world.converse("sam", contact, Order::Switch(Mode::Monitor));
        assert_eq!(again, Err(Refusal::NotAllowedNow(Action::SwitchToMonitor)));
    });
}

#[test]
fn the_list_after_switching_to_coach_is_the_printed_one() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        world.does("sam", contact, Order::Switch(Mode::Monitor));
        world.does("sam", contact, Order::Switch(Mode::Coach));
        use Action as A;
        assert_eq!(
            capabilities(&world, "sam", contact),
            [
                A::Leave,
                A::SetInFocus,
                A::SetDisposition,
                A::AttachUserData,
                A::DeleteUserData,
                A::UpdateUserData,
                A::Transfer,
                A::Invite,
                A::Consult,
                A::SendToAgents,
                A::SendStartTypingToAgentsNotification,
                A::SendStopTypingToAgentsNotification,
                A::SendMessage,
                A::SendStartTypingNotification,
                A::SendStopTypingNotification,
                A::SwitchToMonitor,
                A::SwitchToBargeIn,
            ]
        );
    });
}

#[test]
fn completing_ends_it_for_the_agent_and_revokes_it_from_the_supervisor() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        let told = world.was_told("sam", contact).len();
        world.does("anna", contact, complete());
        assert_eq!(world.state("anna", contact), "Completed");
        assert_eq!(world.state("sam", contact), "Revoked");
        assert_eq!(world.was_told("sam", contact).len(), told);
    });
}

#[test]
fn a_supervisor_stays_with_the_agent_who_remains() {
    on_both_channels(|mut world| {
        world.monitor("sam", "anna", Mode::Monitor, Scope::AllContacts).unwrap();
        let (contact, _) = world.handled_by("anna");
        world.enter("bela", "Ready");
        let bela = world.user("bela");
        world.does("anna", contact, Order::Invite(Target::User(bela)));
        world.accept("bela", contact);
        world.does("anna", contact, leave());
        assert_eq!(world.state("anna", contact), "Completed");
        assert_eq!(world.state("sam", contact), "Chatting");
        world.does("bela", contact, complete());
        assert_eq!(world.state("sam", contact), "Revoked");
    });
}

#[test]
fn a_transfer_to_a_queue_keeps_the_customer_and_revokes_the_supervisor() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        world.enter("anna", "NotReady");
        world.does("anna", contact, transfer(world.default_queue()));
        assert_eq!(world.state("sam", contact), "Revoked");
        assert_eq!(world.state("anna", contact), "Completed");
        assert_eq!(customer_state(world.contact(contact)), CustomerState::WaitingForAgent);
    });
}

#[test]
fn intruding_needs_a_mode_or_a_subscription() {
    on_both_channels(|mut world| {
        let (contact, _) = world.handled_by("anna");
        let (by, agent) = (world.user("sam"), world.user("anna"));
        let intrude = |mode, at_once| Command::Intrude { by, agent, contact, mode, at_once, nickname: None };
        assert_eq!(world.order(intrude(None, false)), Err(Refusal::NothingMonitored));
        world.accepted(intrude(Some(Mode::Coach), false));
        assert_eq!(world.state("sam", contact), "Invited");
        assert_eq!(world.colleagues("anna", contact), ["anna", "Milo"]);
        world.accept("sam", contact);
        assert_eq!(world.colleagues("anna", contact), ["anna", "sam", "Milo"]);
        let tess = world.user("tess");
        world.accepted(Command::Intrude {
            by: tess,
            agent,
            contact,
            mode: Some(Mode::Monitor),
            at_once: true,
            nickname: None,
        });
        assert_eq!(world.state("tess", contact), "Chatting");
        assert_eq!(world.colleagues("sam", contact), ["anna", "sam", "tess", "Milo"]);
        assert_eq!(world.colleagues("anna", contact), ["anna", "sam", "Milo"]);
    });
}

#[test]
fn cancelling_leaves_running_chats_alone() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        let (by, agent) = (world.user("sam"), world.user("anna"));
        let cancel = Command::CancelMonitoring { by, agent, channel: world.channel };
        assert_eq!(world.order(cancel.clone()), Err(Refusal::NothingMonitored), "one chat used it up");
        world.monitor("sam", "anna", Mode::Coach, Scope::AllContacts).unwrap();
        world.accepted(cancel);
        assert_eq!(world.state("sam", contact), "Chatting");
        world.does("sam", contact, leave());
        assert_eq!(world.state("sam", contact), "Completed");
        assert_eq!(world.state("anna", contact), "Chatting");
        assert_eq!(customer_state(world.contact(contact)), CustomerState::Chatting);
    });
}

#[test]
fn a_consultant_is_hidden_until_invited_in() {
    on_both_channels(|mut world| {
        let (contact, _) = world.handled_by("anna");
        world.enter("carl", "Ready");
        let carl = world.user("carl");
        world.does("anna", contact, Order::Consult(Target::User(carl)));
        world.accept("carl", contact);
        assert_eq!(world.colleagues("anna", contact), ["anna", "carl", "Milo"]);
        assert_eq!(world.customer_reads(contact).len(), 2);
        world.does("carl", contact, text(Agents, "try restarting it"));
        assert_eq!(world.customer_reads(contact).len(), 2);
        world.does("anna", contact, Order::Invite(Target::User(carl)));
        assert_eq!(world.contact(contact).party_of(carl).unwrap().part, Part::Agent);
        assert_eq!(world.customer_reads(contact).last().unwrap(), "5 ParticipantRejoined (carl)");
    });
}

#[test]
fn a_running_chat_can_be_coached_at_once() {
    on_both_channels(|mut world| {
        assert_eq!(
            world.monitor("sam", "anna", Mode::Coach, Scope::CurrentContacts),
            Err(Refusal::NoRunningContact)
        );
        let (contact, _) = world.handled_by("anna");
        world.monitor("sam", "anna", Mode::Coach, Scope::CurrentContacts).unwrap();
        assert_eq!(world.state("sam", contact), "Chatting");
        let (next, _) = world.request("Nora");
        world.accept("anna", next);
        assert_eq!(world.state("sam", next), "");
    });
}

#[test]
fn a_monitor_is_not_betrayed_by_what_an_agent_may_do_or_is_refused() {
    on_both_channels(|mut world| {
        let (contact, _) = world.handled_by("anna");
        let alone = capabilities(&world, "anna", contact);
        let sam = world.user("sam");
        let refusals = |world: &mut World| {
            [
                world.converse("anna", contact, Order::Invite(Target::User(sam))),
                world.converse("anna", contact, Order::Consult(Target::User(sam))),
                world.converse("anna", contact, transfer(Target::User(sam))),
                world.converse("anna", contact, Order::Remove { user: sam, farewell: None }),
            ]
        };
        let before = refusals(&mut world);
        world.monitor("sam", "anna", Mode::Monitor, Scope::CurrentContacts).unwrap();
        assert_eq!(capabilities(&world, "anna", contact), alone);
        assert_eq!(refusals(&mut world), before);
        assert_eq!(world.was_told("anna", contact).len(), 2);
    });
}

#[test]
fn leaving_alone_closes_the_chat_and_keeps_the_work() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        world.does("anna", contact, leave());
        assert_eq!(world.state("anna", contact), "LeftChat");
        assert_eq!(world.state("sam", contact), "Chatting");
        assert_eq!(customer_state(world.contact(contact)), CustomerState::Idle);
        world.does("anna", contact, Order::SetDisposition { disposition: "Sold".to_owned(), key: None });
        world.does("anna", contact, complete());
        assert_eq!(world.state("sam", contact), "Revoked");
    });
}

#[test]
fn a_transfer_follows_the_supervisor_to_the_next_agent() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        world.enter("bela", "Ready");
        let bela = world.user("bela");
        world.does("anna", contact, transfer(Target::User(bela)));
        assert_eq!(world.state("anna", contact), "Completed");
        assert_eq!(world.state("sam", contact), "Chatting");
        world.accept("bela", contact);
        assert_eq!(world.colleagues("bela", contact), ["sam", "bela", "Milo"]);
    });
}

#[test]
fn a_rejected_transfer_goes_back_to_the_queue() {
    on_both_channels(|world| {
        let (mut world, contact) = coached(world);
        world.enter("bela", "Ready");
        world.enter("anna", "NotReady");
        let bela = world.user("bela");
        world.does("anna", contact, transfer(Target::User(bela)));
        world.does("bela", contact, Order::Reject);
        assert_eq!(world.state("bela", contact), "Completed");
        assert_eq!(world.state("sam", contact), "Revoked");
        assert_eq!(customer_state(world.contact(contact)), CustomerState::WaitingForAgent);
    });
}

#[test]
fn a_customer_who_has_gone_hears_nothing_more() {
    on_both_channels(|mut world| {
        let (contact, key) = world.handled_by("anna");
        world.accepted(Command::CustomerLeaves { key });
        world.does("anna", contact, complete());
        assert_eq!(world.customer_reads(contact).last().unwrap(), "3 ParticipantLeft (Milo)");
        assert_eq!(customer_state(world.contact(contact)), CustomerState::Idle);
    });
}
