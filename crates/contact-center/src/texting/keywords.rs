//! The words by which a customer stops texts, allows them again, or asks who is texting.

use serde::{Deserialize, Serialize};

/// What a keyword asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// No more texts.
    Stop,
    /// Texts again.
    Start,
    /// Who is this, and how do I stop it?
    Help,
}

/// The keywords of one language, and what is answered to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeywordFamily {
    /// The language, as in RFC 5646.
    pub language: String,
    /// Words that opt out.
    pub stop: Vec<String>,
    /// Words that opt in again; they mean something only to those who opted out.
    pub start: Vec<String>,
    /// Words that ask for help.
    pub help: Vec<String>,
    /// What those who opted out are sent once; nothing if empty.
    pub stop_answer: String,
    /// What those who opted in again are sent; nothing if empty.
    pub start_answer: String,
    /// What those who asked for help are sent; nothing if empty.
    pub help_answer: String,
}

impl KeywordFamily {
    fn holds(&self, word: &str) -> Option<Keyword> {
        let among = |words: &[String]| words.iter().any(|one| normalized(one) == word);
        if among(&self.stop) {
            Some(Keyword::Stop)
        } else if among(&self.start) {
            Some(Keyword::Start)
        } else if among(&self.help) {
            Some(Keyword::Help)
        } else {
            None
        }
    }

    /// What is answered to a keyword.
    pub fn answer(&self, keyword: Keyword) -> &str {
        match keyword {
            Keyword::Stop => &self.stop_answer,
            Keyword::Start => &self.start_answer,
            Keyword::Help => &self.help_answer,
        }
    }
}

/// The keyword that a text is, and the family it is from. The whole text has to be the keyword, upper
/// and lower case alike; what stands around it that is neither letter nor digit is passed over:
/// "Stop!" stops, "STOP 12345" and "stop the delivery" may mean something else and do not.
pub fn keyword_of<'a>(families: &'a [KeywordFamily], text: &str) -> Option<(Keyword, &'a KeywordFamily)> {
    let word = normalized(text);
    if word.is_empty() || word.len() > LONGEST_KEYWORD {
        return None;
    }
    families.iter().find_map(|family| Some((family.holds(&word)?, family)))
}

/// Bytes of a keyword.
pub(super) const LONGEST_KEYWORD: usize = 64;

fn normalized(text: &str) -> String {
    let inner = text.trim_matches(|letter: char| !letter.is_alphanumeric());
    let words: Vec<_> = inner.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The families that a contact center begins with: the words that carriers and authorities name, in
/// English (CTIA Messaging Principles, 47 CFR 64.1200(a)(10)), and the words of the same meaning in
/// German, Spanish and French.
pub fn built_in_keywords() -> Vec<KeywordFamily> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    vec![
        KeywordFamily {
            language: "en".to_owned(),
            stop: words(&["stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "opt out", "optout"]),
            start: words(&["start", "unstop", "yes", "subscribe", "opt in", "optin"]),
            help: words(&["help", "info"]),
            stop_answer: "You have opted out and will get no more texts from this number. Reply START to get them again.".to_owned(),
            start_answer: "You will get texts from this number again. Reply STOP to end them.".to_owned(),
            help_answer: "You are texting with our customer service. Reply STOP to get no more texts. Message and data rates may apply.".to_owned(),
        },
        KeywordFamily {
            language: "de".to_owned(),
            stop: words(&["stopp", "abmelden", "abbestellen", "beenden", "austragen"]),
            start: words(&["anmelden", "starten", "fortsetzen"]),
            help: words(&["hilfe"]),
            stop_answer: "Sie sind abgemeldet und erhalten keine weiteren SMS von dieser Nummer. Mit START melden Sie sich wieder an.".to_owned(),
            start_answer: "Sie erhalten wieder SMS von dieser Nummer. Mit STOPP melden Sie sich ab.".to_owned(),
            help_answer: "Sie schreiben mit unserem Kundenservice. Mit STOPP erhalten Sie keine weiteren SMS.".to_owned(),
        },
        KeywordFamily {
            language: "es".to_owned(),
            stop: words(&["alto", "parar", "baja", "cancelar", "detener"]),
            start: words(&["alta", "iniciar", "comenzar"]),
            help: words(&["ayuda"]),
            stop_answer: "Se ha dado de baja y no recibirá más SMS de este número. Responda ALTA para volver a recibirlos.".to_owned(),
            start_answer: "Volverá a recibir SMS de este número. Responda BAJA para darse de baja.".to_owned(),
            help_answer: "Está escribiendo a nuestro servicio al cliente. Responda BAJA para no recibir más SMS.".to_owned(),
        },
        KeywordFamily {
            language: "fr".to_owned(),
            stop: words(&["arret", "arrêt", "arreter", "arrêter", "desabonner", "désabonner"]),
            start: words(&["reprendre", "demarrer", "démarrer", "abonner"]),
            help: words(&["aide"]),
            stop_answer: "Vous êtes désinscrit et ne recevrez plus de SMS de ce numéro. Répondez REPRENDRE pour les recevoir à nouveau.".to_owned(),
            start_answer: "Vous recevrez à nouveau des SMS de ce numéro. Répondez STOP pour ne plus en recevoir.".to_owned(),
            help_answer: "Vous écrivez à notre service client. Répondez STOP pour ne plus recevoir de SMS.".to_owned(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(Keyword, &str)>) {
        let families = built_in_keywords();
        let found = keyword_of(&families, text).map(|(keyword, family)| (keyword, family.language.as_str()));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn a_keyword_is_the_whole_text() {
        check("STOP", Some((Keyword::Stop, "en")));
        check("  stop! ", Some((Keyword::Stop, "en")));
        check("Stop   all", Some((Keyword::Stop, "en")));
        check("\u{201c}Unsubscribe\u{201d}.", Some((Keyword::Stop, "en")));
        check("HILFE", Some((Keyword::Help, "de")));
        check("Arrêt", Some((Keyword::Stop, "fr")));
        check("ARRÊT", Some((Keyword::Stop, "fr")));
        check("BAJA", Some((Keyword::Stop, "es")));
        check("start", Some((Keyword::Start, "en")));
        check("STOP 12345", None);
        check("stop the delivery", None);
        check("please stop", None);
        check("", None);
        check("!!!", None);
        check(&"x".repeat(10_000), None);
    }

    #[test]
    fn no_word_means_two_things() {
        let families = built_in_keywords();
        let all = || {
            families
                .iter()
                .flat_map(|family| [&family.stop, &family.start, &family.help].into_iter().flatten())
        };
        let mut words: Vec<_> = all().collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all().count());
    }
}
