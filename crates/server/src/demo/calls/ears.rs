//! What was heard at a phone, by the hums of those who spoke; and what follows from it at the end.

use test_kit::phone::{HUM_FRAMES, HeardFrame};

/// A voice that is in this share of what a phone heard was heard.
const LEAST_SHARE: f64 = 0.5;
/// Without anybody's hum: from here on there was a sound.
const LEAST_LEVEL: u16 = 100;

/// The share of frames in which somebody's hum was heard. The first ones still hold what was before.
pub fn share(frames: &[HeardFrame], place: usize) -> f64 {
    let settled = settled(frames);
    let heard = settled.iter().filter(|frame| frame.has_hum(place)).count();
    heard as f64 / settled.len().max(1) as f64
}

/// The share of frames in which there was any sound.
pub fn share_of_sound(frames: &[HeardFrame]) -> f64 {
    let settled = settled(frames);
    let heard = settled.iter().filter(|frame| frame.level >= LEAST_LEVEL).count();
    heard as f64 / settled.len().max(1) as f64
}

/// Whether that is enough to say that somebody was heard.
pub fn is_heard(share: f64) -> bool {
    share >= LEAST_SHARE
}

fn settled(frames: &[HeardFrame]) -> &[HeardFrame] {
    frames.get(HUM_FRAMES..).unwrap_or_default()
}

/// What the customer's phone received, while the supervisor was behind the scenes and while not.
#[derive(Default)]
pub struct Proof {
    hidden: Tally,
    open: Tally,
    /// How often the supervisor spoke behind the scenes.
    said_hidden: usize,
    /// If the supervisor's phone is not ours: packets that came to the customer while nobody else spoke, and those with a sound at the
    /// customer and at the agent.
    unknown_voice: Option<[usize; 3]>,
}

#[derive(Default)]
struct Tally {
    packets: usize,
    with_agent: usize,
    with_supervisor: usize,
}

impl Proof {
    /// The customer's phone heard this in one mode, from its beginning to its end.
    pub fn heard(&mut self, frames: &[HeardFrame], is_hidden: bool, agent: usize, supervisor: usize) {
        let tally = if is_hidden { &mut self.hidden } else { &mut self.open };
        let settled = settled(frames);
        tally.packets += settled.len();
        tally.with_agent += settled.iter().filter(|frame| frame.has_hum(agent)).count();
        tally.with_supervisor += settled.iter().filter(|frame| frame.has_hum(supervisor)).count();
    }

    /// The supervisor spoke, and the customer must not have heard it.
    pub fn said_hidden(&mut self) {
        self.said_hidden += 1;
    }

    /// Somebody whose hum is not known was asked to speak behind the scenes, while nobody else did.
    pub fn asked_to_speak(&mut self, customer: &[HeardFrame], agent: &[HeardFrame]) {
        let sounds =
            |frames: &[HeardFrame]| settled(frames).iter().filter(|it| it.level >= LEAST_LEVEL).count();
        let [packets, at_customer, at_agent] = self.unknown_voice.get_or_insert_default();
        *packets += settled(customer).len();
        *at_customer += sounds(customer);
        *at_agent += sounds(agent);
    }

    /// In how many packets the customer's phone got what it must not.
    pub fn leaks(&self) -> usize {
        self.hidden.with_supervisor + self.unknown_voice.map_or(0, |[_, at_customer, _]| at_customer)
    }

    /// Whether enough was heard to prove anything: the agent behind the scenes, and the supervisor, if he was ever to be heard.
    pub fn is_convincing(&self, spoke_openly: bool) -> bool {
        self.hidden.with_agent > 0 && (!spoke_openly || self.open.with_supervisor > 0)
    }

    /// The result in one line.
    pub fn sentence(&self, customer: &str, agent: &str, supervisor: &str) -> String {
        let Proof { hidden, open, said_hidden, unknown_voice } = self;
        if let Some([packets, at_customer, at_agent]) = unknown_voice {
            return format!(
                "Proof: while you spoke behind the scenes, {customer}'s phone received {packets} packets, {} of them with a sound; \
                 {agent}'s phone heard you in {at_agent}.",
                none_or(*at_customer),
            );
        }
        format!(
            "Proof: {customer}'s phone received {} packets while {supervisor} was behind the scenes and spoke {said_hidden} \
             times. {agent}'s voice is in {} of them, {supervisor}'s in {}. While he had stepped in, it is in {} of {}.",
            hidden.packets,
            hidden.with_agent,
            none_or(hidden.with_supervisor),
            open.with_supervisor,
            open.packets,
        )
    }
}

fn none_or(count: usize) -> String {
    if count == 0 { "none".to_owned() } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: usize = 0;
    const SAM: usize = 1;

    /// So many frames in which these hums are.
    fn frames(count: usize, hums: u8, level: u16) -> Vec<HeardFrame> {
        vec![HeardFrame { hums, level, ..HeardFrame::default() }; count]
    }

    #[test]
    fn what_a_phone_still_holds_of_before_does_not_count() {
        let mut heard = frames(HUM_FRAMES, 0b10, 500);
        heard.extend(frames(10, 0b01, 500));
        assert!(is_heard(share(&heard, ANNA)) && !is_heard(share(&heard, SAM)));
        assert_eq!(share(&frames(HUM_FRAMES, 0b10, 500), SAM), 0.0, "too short to say");
    }

    #[test]
    fn a_whisper_in_a_single_packet_is_a_leak() {
        let mut proof = Proof::default();
        let mut heard = frames(100, 0b01, 500);
        proof.heard(&heard, true, ANNA, SAM);
        proof.heard(&frames(100, 0b11, 500), false, ANNA, SAM);
        assert_eq!(proof.leaks(), 0);
        assert!(proof.is_convincing(true));
        heard.extend(frames(1, 0b11, 500));
        proof.heard(&heard, true, ANNA, SAM);
        assert_eq!(proof.leaks(), 1);
    }

    #[test]
    fn silence_proves_nothing() {
        let mut proof = Proof::default();
        proof.heard(&frames(100, 0, 0), true, ANNA, SAM);
        assert!(!proof.is_convincing(false));
        proof.heard(&frames(100, 0b01, 500), true, ANNA, SAM);
        assert!(proof.is_convincing(false) && !proof.is_convincing(true));
    }

    #[test]
    fn of_a_voice_that_is_not_known_any_sound_is_a_leak() {
        let mut proof = Proof::default();
        proof.asked_to_speak(&frames(50, 0, 0), &frames(50, 0, 900));
        assert_eq!(proof.leaks(), 0);
        assert_eq!(
            proof.sentence("Vera", "anna", "sam"),
            "Proof: while you spoke behind the scenes, Vera's phone received 40 packets, none of them with a sound; anna's phone \
             heard you in 40."
        );
        proof.asked_to_speak(&frames(50, 0, 900), &frames(50, 0, 900));
        assert_eq!(proof.leaks(), 40);
    }
}
