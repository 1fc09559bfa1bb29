//! What is played: stories as data. People are called by their names; who is in none of the desks is the
//! customer.

/// One chat from beginning to end.
pub struct Script {
    /// What it is about, in one line.
    pub title: &'static str,
    /// Who looks: the customer first, then two desks.
    pub viewers: [&'static str; 3],
    /// What each of them is.
    pub parts: [&'static str; 3],
    /// What the customer wants.
    pub subject: &'static str,
    /// What happens.
    pub steps: &'static [Step],
}

/// One thing that somebody does.
#[derive(Clone, Copy)]
pub enum Step {
    /// The customer opens the chat, and the agent who waits for it is offered it.
    Open,
    /// A supervisor asks to be in an agent's next chat.
    Supervise { supervisor: &'static str, agent: &'static str, mode: &'static str },
    /// An agent takes the chat; a supervisor who asked for it comes along.
    Accept(&'static str),
    /// Somebody says something, to whoever may hear it.
    Say(&'static str, &'static str),
    /// Somebody says something to the agents alone.
    Whisper(&'static str, &'static str),
    /// A supervisor changes the mode.
    Switch(&'static str, &'static str),
    /// A supervisor who may only watch tries to write.
    Refused(&'static str, &'static str),
    /// An agent asks another one for advice, who accepts.
    Consult(&'static str, &'static str),
    /// An agent hands the chat over to another one.
    Transfer(&'static str, &'static str),
    /// The customer ends the chat.
    Leave,
    /// An agent closes it.
    Complete(&'static str),
}

use Step::{Accept, Complete, Consult, Leave, Open, Refused, Say, Supervise, Switch, Transfer, Whisper};

/// All stories in their order; the first is the one that is told with `--once`.
pub const SCRIPTS: [Script; 3] = [
    Script {
        title: "A supervisor coaches a live chat, and the customer never notices",
        viewers: ["Milo", "anna", "sam"],
        parts: ["CUSTOMER", "AGENT", "SUPERVISOR"],
        subject: "Parcel",
        steps: &[
            Open,
            Supervise { supervisor: "sam", agent: "anna", mode: "Coach" },
            Accept("anna"),
            Say("Milo", "Hello! My parcel should have come on Monday. Where is it?"),
            Whisper("sam", "Ask for the order number. Parcels are stuck in Graz today."),
            Say("anna", "Good morning, Milo! What is your order number, please?"),
            Say("Milo", "88-1. It is a birthday present, for tomorrow!"),
            Whisper("anna", "Stuck in Graz. May I send another one by express?"),
            Whisper("sam", "Yes, free of charge. And mention the birthday."),
            Say(
                "anna",
                "It waits at our depot, I am sorry. I'll send another by express, free of charge, so it is there for the birthday.",
            ),
            Say("Milo", "I was promised that once before. Who guarantees it?"),
            Switch("sam", "SwitchToBargeIn"),
            Say("sam", "I do. I am Sam, Anna's supervisor: the courier leaves within the hour."),
            Say("Milo", "Now I believe it. Thank you both!"),
            Switch("sam", "SwitchToCoach"),
            Say("sam", "Well done. Give him the ten euro voucher as well."),
            Say("anna", "There is a ten euro voucher in your mail, too."),
            Switch("sam", "SwitchToMonitor"),
            Refused("sam", "One more thing"),
            Say("Milo", "You made my day. Goodbye!"),
            Leave,
            Complete("anna"),
        ],
    },
    Script {
        title: "An agent asks a colleague, then hands the chat over",
        viewers: ["Rosa", "bela", "carl"],
        parts: ["CUSTOMER", "AGENT", "AGENT"],
        subject: "Invoice",
        steps: &[
            Open,
            Accept("bela"),
            Say("Rosa", "Invoice 4711 has VAT on it, but we are a company in Vienna."),
            Say("bela", "Let me have a look, Rosa. One moment, please."),
            Consult("bela", "carl"),
            Whisper("bela", "Carl, is that a reverse charge?"),
            Whisper("carl", "It is. Her VAT number is missing in our files. I can fix it."),
            Say("bela", "My colleague Carl will correct the invoice right now. I hand you over."),
            Transfer("bela", "carl"),
            Say("carl", "Hello Rosa, what is your VAT number?"),
            Say("Rosa", "ATU12345678"),
            Say("carl", "Thank you. The new invoice is in your mail."),
            Say("Rosa", "That was quick. Goodbye!"),
            Leave,
            Complete("carl"),
        ],
    },
    Script {
        title: "A supervisor listens, and steps in when it gets loud",
        viewers: ["Ines", "carl", "sam"],
        parts: ["CUSTOMER", "AGENT", "SUPERVISOR"],
        subject: "Subscription",
        steps: &[
            Open,
            Supervise { supervisor: "sam", agent: "carl", mode: "Monitor" },
            Accept("carl"),
            Say("Ines", "I cancelled in May. Why do you still charge me?"),
            Say("carl", "Good evening, Ines. I can't find a cancellation."),
            Say("Ines", "I have sent it three times! This is ridiculous!"),
            Switch("sam", "SwitchToCoach"),
            Whisper("sam", "Look under her maiden name, Novak."),
            Whisper("carl", "Found it. It was filed there in May."),
            Say("carl", "I have found it, filed under another name. I am sorry."),
            Say("Ines", "And my money?"),
            Switch("sam", "SwitchToBargeIn"),
            Say("sam", "I am Sam, Carl's supervisor. You'll have all of it back on Friday."),
            Say("Ines", "Finally. Thank you."),
            Switch("sam", "SwitchToMonitor"),
            Leave,
            Complete("carl"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_speaks_is_a_viewer_and_no_text_is_a_part_of_another() {
        for script in &SCRIPTS {
            let mut texts: Vec<&str> = Vec::new();
            for step in script.steps {
                if let Say(who, text) | Whisper(who, text) | Refused(who, text) = step {
                    assert!(script.viewers.contains(who), "{who}");
                    assert!(
                        texts.iter().all(|other| !other.contains(text) && !text.contains(other)),
                        "{text}"
                    );
                    texts.push(text);
                }
            }
        }
    }
}
