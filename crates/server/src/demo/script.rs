//! What is played: stories as data. People are called by their names; who is in none of the desks is the
//! customer.

use test_kit::{CHATS, Medium, SMS_SESSIONS};

/// One chat, or one session of texts, from beginning to end.
pub struct Script {
    /// What it is about, in one line.
    pub title: &'static str,
    /// Who looks: the customer first, then two desks.
    pub viewers: [&'static str; 3],
    /// What each of them is.
    pub parts: [&'static str; 3],
    /// How the customer comes in.
    pub door: Door,
    /// What happens.
    pub steps: &'static [Step],
}

/// How a customer comes in.
#[derive(Clone, Copy)]
pub enum Door {
    /// With a browser.
    Web,
    /// With a phone that has this number.
    Phone(&'static str),
}

impl Script {
    /// What the desks work on.
    pub fn medium(&self) -> Medium {
        match self.door {
            Door::Web => CHATS,
            Door::Phone(_) => SMS_SESSIONS,
        }
    }

    /// What people call it.
    pub fn thing(&self) -> &'static str {
        match self.door {
            Door::Web => "chat",
            Door::Phone(_) => "session",
        }
    }

    /// What the customer reads with.
    pub fn receiver(&self) -> String {
        let customer = self.viewers[0];
        match self.door {
            Door::Web => customer.to_owned(),
            Door::Phone(_) => format!("{customer}'s phone"),
        }
    }
}

/// One thing that somebody does.
#[derive(Clone, Copy)]
pub enum Step {
    /// The customer opens a chat about this, or texts it, and the agent who waits is offered it.
    Open(&'static str),
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
    /// Somebody who may not write to the customer tries to.
    Refused(&'static str, &'static str),
    /// An agent asks another one for advice, who accepts.
    Consult(&'static str, &'static str),
    /// An agent hands the chat over to another one.
    Transfer(&'static str, &'static str),
    /// The customer ends the chat.
    Leave,
    /// The customer texts a word that ends all texts.
    OptOut(&'static str),
    /// An agent closes it.
    Complete(&'static str),
}

use Step::{
    Accept, Complete, Consult, Leave, Open, OptOut, Refused, Say, Supervise, Switch, Transfer, Whisper,
};

/// All stories in writing.
pub static SCRIPTS: [Script; 4] = [
    Script {
        title: "A supervisor coaches a live chat, and the customer never notices",
        viewers: ["Milo", "anna", "sam"],
        parts: ["CUSTOMER", "AGENT", "SUPERVISOR"],
        door: Door::Web,
        steps: &[
            Open("Parcel"),
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
        title: "A customer texts, and a supervisor coaches: no whisper reaches the phone",
        viewers: ["Nora", "anna", "sam"],
        parts: ["CUSTOMER", "AGENT", "SUPERVISOR"],
        // Of those that the German regulator keeps free for stories.
        door: Door::Phone("+491713920042"),
        steps: &[
            Supervise { supervisor: "sam", agent: "anna", mode: "Coach" },
            Open("Nora here. Your courier left a card, but no parcel. 📦 Now what?"),
            Accept("anna"),
            Whisper("sam", "Locker 12 is two streets from her, and free. Offer it."),
            Say("anna", "Hello Nora! May we bring it to locker 12, two streets from you?"),
            Say("Nora", "Perfect. Does it cost anything?"),
            Say("sam", "Five euros by the book. Waive them."),
            Say("anna", "Not for you. It is there tonight, and your code is 4711."),
            OptOut("STOP"),
            Refused("anna", "One more question"),
            Complete("anna"),
        ],
    },
    Script {
        title: "An agent asks a colleague, then hands the chat over",
        viewers: ["Rosa", "bela", "carl"],
        parts: ["CUSTOMER", "AGENT", "AGENT"],
        door: Door::Web,
        steps: &[
            Open("Invoice"),
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
        door: Door::Web,
        steps: &[
            Open("Subscription"),
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
                let (who, text) = match step {
                    Say(who, text) | Whisper(who, text) | Refused(who, text) => (who, text),
                    Open(text) if matches!(script.door, Door::Phone(_)) => (&script.viewers[0], text),
                    OptOut(text) => (&script.viewers[0], text),
                    _ => continue,
                };
                assert!(script.viewers.contains(who), "{who}");
                assert!(texts.iter().all(|other| !other.contains(text) && !text.contains(other)), "{text}");
                texts.push(text);
            }
        }
    }
}
