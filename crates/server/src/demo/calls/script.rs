//! Calls as data: who says what, one after the other or at once.

/// A call from beginning to end.
pub struct CallScript {
    /// What it is about, in one line.
    pub title: &'static str,
    /// Who calls, and from where.
    pub customer: (&'static str, &'static str),
    /// Whose telephone rings.
    pub agent: &'static str,
    /// Who is called in.
    pub supervisor: &'static str,
    /// What happens once everybody is there.
    pub steps: &'static [CallStep],
}

/// One thing that happens in a call.
#[derive(Clone, Copy)]
pub enum CallStep {
    /// People say something, all at once.
    Say(&'static [(&'static str, &'static str)]),
    /// The supervisor changes the mode.
    Switch(&'static str),
}

use CallStep::{Say, Switch};

/// The call that is told.
pub const CALL: CallScript = CallScript {
    title: "A customer calls, and a supervisor whispers: the customer's phone never hears it",
    // Of the numbers that the German regulator keeps free for stories.
    customer: ("Vera", "+493023125017"),
    agent: "anna",
    supervisor: "sam",
    steps: &[
        Say(&[("anna", "Good morning, this is Anna. How may I help you?")]),
        Say(&[("Vera", "My train was cancelled, and I have to be in Linz tonight.")]),
        Say(&[("sam", "Put her on the 17:05. There are seats left.")]),
        Say(&[
            ("Vera", "And the next one is sold out, says your app."),
            ("sam", "It is not. The app counts the first class only."),
        ]),
        Say(&[("anna", "I have a seat for you at 17:05. It is yours.")]),
        Switch("SwitchToBargeIn"),
        Say(&[("sam", "Sam here, Anna's supervisor. The seat costs you nothing.")]),
        Say(&[("Vera", "Thank you both. I did not expect that!")]),
        Switch("SwitchToCoach"),
        Say(&[
            ("anna", "The ticket is in your mail. Have a good trip!"),
            ("sam", "Well done. That is how it is meant."),
        ]),
        Switch("SwitchToListenIn"),
        Say(&[("sam", "Nobody hears me now.")]),
        Say(&[("Vera", "Goodbye!")]),
    ],
};
