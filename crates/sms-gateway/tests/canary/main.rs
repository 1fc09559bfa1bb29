//! What is said behind a customer's back never leaves by text, whatever happens: a contact center in which everybody
//! does everything, a gateway, and a carrier with phones, over real connections. A model that knows none of the rules
//! writes down what each speaker means for whom.

#![expect(clippy::unwrap_used, reason = "a test that fails ends")]

use std::collections::VecDeque;

use engine::Answer;

mod house;
mod model;
mod random;
mod steps;

use house::House;
use model::{Model, Said};
use random::Random;
use steps::{Step, Walk};

/// How many steps are made.
const STEPS: usize = 120_000;
/// Most orders whose answers are not looked at.
const UNDER_WAY: usize = 128;
/// After so many steps the walk looks who is where.
const LOOK: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_behind_a_customers_back_is_never_sent() {
    let seed = std::env::var("SOUFFLEUR_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(0x5EED_0004);
    println!("seed {seed}");
    let house = House::open(seed).await;
    let mut walk = Walk::new(Random::new(seed), house.staff.clone());
    let mut model = Model::default();
    let mut under_way: VecDeque<(Said, Answer)> = VecDeque::new();
    for number in 0..STEPS {
        if number.is_multiple_of(LOOK) {
            let sessions = house.look().await;
            model.learn(&sessions);
            walk.look(sessions);
        }
        match walk.next() {
            Step::Text { phone, text } => house.text(&phone, text),
            Step::Order { command, said } => {
                let answer = house.center.hand_in(*command, None).unwrap();
                under_way.push_back((said, answer));
            }
        }
        if under_way.len() >= UNDER_WAY
            && let Some((said, answer)) = under_way.pop_front()
        {
            model.hear(&said, &answer.await);
        }
    }
    for (said, answer) in under_way {
        model.hear(&said, &answer.await);
    }
    let outcome = house.close().await;
    model.check(&outcome, seed);
}
