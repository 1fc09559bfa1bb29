//! Strangers, floods, empty pools, bugs, dead threads, and legs that move.

use proptest::prelude::*;

use super::*;

#[test]
fn strangers_are_not_heard() {
    let mut rig = Rig::start(config(22_070, 4));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    rig.media.score(&[plan(CUSTOMER, &[AGENT]), plan(AGENT, &[CUSTOMER])]).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, _| phones[1].heard.len() > 60);
    // From another port, to the right one and to the one for RTCP; and a phone to the wrong port.
    let mut stranger = Phone {
        socket: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(),
        far: customer.far,
        says: octet(-20_000),
        sequence: 0,
        heard: Vec::new(),
        keys: Vec::new(),
    };
    let control = SocketAddr::new(customer.far.ip(), customer.far.port() + 1);
    agent.heard.clear();
    for _ in 0..20 {
        stranger.say();
        stranger.send(control, &[octet(-20_000); 160], 8);
        let other = octet(-20_000);
        customer.send(control, &[other; 160], 8);
        rig.talk(&mut [&mut customer, &mut agent], 1);
    }
    assert!(agent.hears_only(octet(1_000)));
    rig.media.close(CUSTOMER);
    rig.await_event(
        |it| matches!(it, MediaEvent::Closed { leg: CUSTOMER, figures } if figures.wrong_source >= 20),
    );
}

#[test]
fn a_flood_harms_no_other_leg() {
    let mut rig = Rig::start(config(22_080, 4));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    let flooded = rig.phone_of(COACH, CallId(2), octet(3_000), IpVersion::V4);
    rig.media.score(&[plan(CUSTOMER, &[AGENT]), plan(AGENT, &[CUSTOMER])]).unwrap();
    for _ in 0..20 {
        for size in 0..200 {
            flooded.socket.send_to(&[0x80; 1_400][..size * 7], flooded.far).unwrap();
        }
        rig.talk(&mut [&mut customer, &mut agent], 1);
    }
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, _| {
        phones[0].heard.ends_with(&[octet(2_000); 5]) && phones[1].heard.ends_with(&[octet(1_000); 5])
    });
    rig.media.close(COACH);
    rig.await_event(|it| {
        matches!(it, MediaEvent::Closed { leg: COACH, figures } if figures.malformed + figures.flooded > 0)
    });
}

#[test]
fn a_phone_that_says_nothing_is_told() {
    let mut rig = Rig::start(config(22_090, 4));
    let phone = rig.phone(CUSTOMER, octet(1_000));
    let own = phone.socket.local_addr().unwrap();
    let impatient = LegMedia { silent_after: Duration::from_millis(100), ..leg_media(own) };
    rig.media.configure(CUSTOMER, impatient).unwrap();
    rig.await_event(|it| matches!(it, MediaEvent::FellSilent { leg: CUSTOMER }));
}

#[test]
fn without_ports_there_is_no_leg() {
    let rig = Rig::start(config(22_100, 2));
    for leg in [CUSTOMER, AGENT] {
        rig.media.open(leg, FAMILY, IpVersion::V4).unwrap();
    }
    let refused = rig.media.open(COACH, FAMILY, IpVersion::V4);
    assert!(matches!(refused, Err(MediaError::NoPort(NoPort::Exhausted))));
    assert!(matches!(rig.media.open(AGENT, FAMILY, IpVersion::V6), Err(MediaError::KnownLeg)));
    assert_eq!(rig.media.open_legs(), 2);
}

#[test]
fn closed_legs_give_their_ports_back() {
    let mut rig = Rig::start(config(22_110, 4));
    let _customer = rig.phone(CUSTOMER, octet(0));
    let _agent = rig.phone(AGENT, octet(0));
    for leg in [CUSTOMER, AGENT, COACH] {
        rig.media.close(leg);
    }
    rig.await_event(|it| matches!(it, MediaEvent::Closed { leg: AGENT, .. }));
    let media = rig.media.clone();
    rig.talk_until(&mut [], |_, _| media.open_legs() == 0);
    assert!(matches!(
        rig.media.configure(AGENT, leg_media(([127, 0, 0, 1], 9).into())),
        Err(MediaError::UnknownLeg)
    ));
    assert!(matches!(rig.media.send_digits(AGENT, "1".to_owned()), Err(MediaError::UnknownLeg)));
}

#[test]
fn a_bug_in_one_family_ends_that_family_alone() {
    let mut rig = Rig::start(config(22_120, 8));
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    let _other = rig.phone_of(COACH, CallId(2), octet(0), IpVersion::V4);
    rig.media.score(&[plan(CUSTOMER, &[AGENT])]).unwrap();
    rig.media.shared.doors[0].address.order(Order::Panic { family: Some(CallId(2)) }).unwrap();
    rig.await_event(|it| matches!(it, MediaEvent::Failed { leg: COACH }));
    rig.talk_until(&mut [&mut customer, &mut agent], |phones, _| {
        phones[0].heard.ends_with(&[octet(2_000); 5])
    });
    assert_eq!(rig.media.open_legs(), 2);
}

#[test]
fn the_death_of_a_thread_is_told_and_new_calls_go_to_another() {
    let mut rig = Rig::start(MediaConfig { threads: Some(2), ..config(22_140, 8) });
    let _customer = rig.phone(CUSTOMER, octet(0));
    let _agent = rig.phone_of(AGENT, CallId(2), octet(0), IpVersion::V4);
    let (_, thread) = rig.media.shared.registry.lock().place_of(CUSTOMER).unwrap();
    rig.media.shared.doors[thread].address.order(Order::Panic { family: None }).unwrap();
    rig.await_event(|it| matches!(it, MediaEvent::Failed { leg: CUSTOMER }));
    assert!(rig.seen.iter().any(|it| matches!(it, MediaEvent::ThreadDied { .. })));
    assert!(matches!(rig.media.score(&[plan(CUSTOMER, &[])]), Err(MediaError::Died)));
    rig.media.close(CUSTOMER);
    rig.media.open(COACH, CallId(3), IpVersion::V4).unwrap();
    let place = rig.media.shared.registry.lock().place_of(COACH).unwrap();
    assert_ne!(place.1, thread);
    let media = rig.media.clone();
    rig.talk_until(&mut [], |_, _| media.open_legs() == 2);
}

/// Two calls become one, as by an attended transfer; `threads` is 2 if they are on different ones.
fn two_families_become_one(first_port: u16, threads: usize) {
    let mut rig = Rig::start(MediaConfig { threads: Some(threads), ..config(first_port, 8) });
    let mut customer = rig.phone(CUSTOMER, octet(1_000));
    let mut agent = rig.phone(AGENT, octet(2_000));
    let mut other = rig.phone_of(COACH, CallId(2), octet(3_000), IpVersion::V4);
    rig.media.score(&[plan(CUSTOMER, &[AGENT]), plan(AGENT, &[CUSTOMER])]).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent, &mut other], |phones, _| {
        phones[1].heard.ends_with(&[octet(1_000); 5])
    });
    let moved = EarPlan { family: CallId(2), ..plan(CUSTOMER, &[COACH]) };
    let joined = EarPlan { family: CallId(2), ..plan(COACH, &[CUSTOMER]) };
    // What is ordered for the leg meanwhile reaches it where it is then.
    rig.media.score(&[moved, joined, plan(AGENT, &[CUSTOMER])]).unwrap();
    rig.media.send_digits(CUSTOMER, "1".to_owned()).unwrap();
    rig.talk_until(&mut [&mut customer, &mut agent, &mut other], |phones, seen| {
        phones[0].heard.ends_with(&[octet(3_000); 5])
            && phones[2].heard.ends_with(&[octet(1_000); 5])
            && seen.iter().any(|it| matches!(it, MediaEvent::DigitsSent { leg: CUSTOMER }))
    });
    agent.heard.clear();
    rig.talk(&mut [&mut customer, &mut agent, &mut other], 10);
    assert!(!agent.heard.contains(&octet(1_000)), "the customer left that family");
    [CUSTOMER, AGENT, COACH].into_iter().for_each(|leg| rig.media.close(leg));
    let media = rig.media.clone();
    rig.talk_until(&mut [], |_, _| media.open_legs() == 0);
}

#[test]
fn two_families_of_one_thread_become_one() {
    two_families_become_one(22_200, 1);
}

#[test]
fn two_families_of_two_threads_become_one() {
    two_families_become_one(22_220, 2);
}

#[test]
fn a_leg_that_would_go_to_a_dead_thread_is_closed() {
    let mut rig = Rig::start(MediaConfig { threads: Some(2), ..config(22_240, 8) });
    let _customer = rig.phone(CUSTOMER, octet(0));
    let _agent = rig.phone_of(AGENT, CallId(2), octet(0), IpVersion::V4);
    let (_, thread) = rig.media.shared.registry.lock().place_of(AGENT).unwrap();
    rig.media.shared.doors[thread].address.order(Order::Panic { family: None }).unwrap();
    rig.await_event(|it| matches!(it, MediaEvent::Failed { leg: AGENT }));
    let moved = EarPlan { family: CallId(2), ..plan(CUSTOMER, &[AGENT]) };
    assert!(matches!(rig.media.score(&[moved]), Err(MediaError::Died)));
    rig.await_event(|it| matches!(it, MediaEvent::Closed { leg: CUSTOMER, .. }));
    let media = rig.media.clone();
    rig.talk_until(&mut [], |_, _| media.open_legs() == 0);
}

/// What may happen to legs.
#[derive(Debug, Clone)]
enum Step {
    Open(u128, u128),
    Score(u128, u128),
    Close(u128),
    BugInFamily(u128),
    BugInThread(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (leg, family) = (0u128..8, 0u128..4);
    let step = prop_oneof![
        6 => (leg.clone(), family.clone()).prop_map(|(leg, family)| Step::Open(leg, family)),
        6 => (leg.clone(), family.clone()).prop_map(|(leg, family)| Step::Score(leg, family)),
        3 => leg.prop_map(Step::Close),
        1 => family.prop_map(Step::BugInFamily),
        1 => (0usize..3).prop_map(Step::BugInThread),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_no_port_is_lost(steps in steps()) {
        let mut rig = Rig::start(MediaConfig { threads: Some(3), ..config(23_000, 64) });
        for step in steps {
            let door = |thread: usize, order| {
                let _ = rig.media.shared.doors[thread].address.order(order);
            };
            match step {
                Step::Open(leg, family) => {
                    let remote = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
                    if rig.media.open(LegId(leg), CallId(family), IpVersion::V4).is_ok() {
                        let _ = rig.media.configure(LegId(leg), leg_media(remote));
                    }
                }
                Step::Score(leg, family) => {
                    let hears = [LegId((leg + 1) % 8), LegId((leg + 3) % 8)];
                    let plan = EarPlan { family: CallId(family), ..plan(LegId(leg), &hears) };
                    let _ = rig.media.score(&[plan]);
                }
                Step::Close(leg) => rig.media.close(LegId(leg)),
                Step::BugInFamily(family) => {
                    let thread = rig.media.shared.registry.lock().thread_of(CallId(family));
                    if let Some(thread) = thread {
                        door(thread, Order::Panic { family: Some(CallId(family)) });
                    }
                }
                Step::BugInThread(thread) => door(thread, Order::Panic { family: None }),
            }
        }
        (0..8).for_each(|leg| rig.media.close(LegId(leg)));
        let media = rig.media.clone();
        rig.talk_until(&mut [], |_, _| media.open_legs() == 0);
    }
}
