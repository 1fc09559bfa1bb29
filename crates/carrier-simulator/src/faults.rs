//! What a carrier may do wrong, as settings. The names of the fields are those of the command line and of
//! `POST /faults`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest time that anything is held back, in milliseconds: an hour.
const MOST_DELAY_MS: u32 = 3_600_000;
/// How many statuses refused texts may be given.
const MOST_STATUSES: usize = 32;

/// What goes wrong, and how often. The default is a carrier without fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// How long an answer to a text takes.
    pub delay_ms: Span,
    /// How long after its answer a receipt comes.
    pub receipt_delay_ms: Span,
    /// Texts that vanish: no answer, and no phone gets them.
    pub loss: Share,
    /// Texts that are taken and reach their phone, but are never answered. Their receipts come.
    pub lost_answers: Share,
    /// Receipts that never come.
    pub lost_receipts: Share,
    /// Answers and receipts that are held back for [`Faults::reorder_ms`], so that later ones overtake them.
    pub reorder: Share,
    /// How long they are held back.
    pub reorder_ms: u32,
    /// Texts a second that an account may submit; the others get `ESME_RTHROTTLED`. 0 means no limit.
    pub throttle: u32,
    /// Texts that are refused with one of [`Faults::error_status`].
    pub errors: Share,
    /// The statuses of refused texts; each is as likely as the others.
    pub error_status: Statuses,
    /// Texts whose receipt says UNDELIV, EXPIRED or REJECTD, and which reach no phone.
    pub failed_receipts: Share,
    /// Receipts that come twice.
    pub duplicate_receipts: Share,
    /// Receipts that come before the answer to their text.
    pub early_receipts: Share,
    /// How receipts write the ID that the answer had given in hexadecimal digits.
    pub receipt_ids: ReceiptIds,
    /// Where receipts say what they say.
    pub receipt_form: ReceiptForm,
    /// Texts of phones that are delivered twice, although the first one was acknowledged.
    pub duplicate_texts: Share,
    /// How often the connection is dropped after a text or an acknowledgement.
    pub disconnects: Share,
    /// How often the carrier stops reading for [`Faults::pause_ms`] after a text or an acknowledgement.
    pub pauses: Share,
    /// How long it does not read.
    pub pause_ms: u32,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            delay_ms: Span::default(),
            receipt_delay_ms: Span::default(),
            loss: Share::NONE,
            lost_answers: Share::NONE,
            lost_receipts: Share::NONE,
            reorder: Share::NONE,
            reorder_ms: 200,
            throttle: 0,
            errors: Share::NONE,
            error_status: Statuses::default(),
            failed_receipts: Share::NONE,
            duplicate_receipts: Share::NONE,
            early_receipts: Share::NONE,
            receipt_ids: ReceiptIds::Same,
            receipt_form: ReceiptForm::Both,
            duplicate_texts: Share::NONE,
            disconnects: Share::NONE,
            pauses: Share::NONE,
            pause_ms: 2_000,
        }
    }
}

impl Faults {
    /// These faults with some settings changed, which stand in a JSON object.
    ///
    /// # Errors
    /// What is wrong with the object, in a sentence.
    pub fn changed(&self, changes: &serde_json::Map<String, serde_json::Value>) -> Result<Faults, String> {
        let Ok(serde_json::Value::Object(mut all)) = serde_json::to_value(self) else {
            return Err("the present settings cannot be written".to_owned());
        };
        for (name, value) in changes {
            // One at a time, so that the sentence can name the setting.
            all.insert(name.clone(), value.clone());
            let one = serde_json::Map::from_iter([(name.clone(), value.clone())]);
            serde_json::from_value::<Faults>(one.into()).map_err(|error| format!("{name}: {error}"))?;
        }
        let changed: Faults = serde_json::from_value(all.into()).map_err(|error| error.to_string())?;
        changed.check()?;
        Ok(changed)
    }

    /// Looks at what the types of the fields leave open.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        let waits = [("reorder_ms", self.reorder_ms), ("pause_ms", self.pause_ms)];
        match waits.iter().find(|(_, ms)| *ms > MOST_DELAY_MS) {
            Some((name, ms)) => Err(format!("{name}: {ms} is more than {MOST_DELAY_MS}")),
            None => Ok(()),
        }
    }
}

/// How often something happens: from 0, never, to 1, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(f64);

impl Share {
    /// Never.
    pub const NONE: Share = Share(0.0);
    /// Always.
    pub const ALL: Share = Share(1.0);

    /// From 0 to 1.
    pub fn fraction(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = String;

    fn try_from(fraction: f64) -> Result<Share, String> {
        let share = (0.0..=1.0).contains(&fraction).then_some(Share(fraction));
        share.ok_or_else(|| format!("{fraction} is not a share from 0 to 1"))
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> f64 {
        share.0
    }
}

impl FromStr for Share {
    type Err = String;

    /// Reads a fraction ("0.05") or percents ("5%").
    fn from_str(text: &str) -> Result<Share, String> {
        let (number, divisor) = text.strip_suffix('%').map_or((text, 1.0), |percents| (percents, 100.0));
        let fraction = number.trim().parse::<f64>().map(|number| number / divisor);
        fraction
            .ok()
            .and_then(|it| Share::try_from(it).ok())
            .ok_or_else(|| "is not a share from 0 to 1, or from 0% to 100%".to_owned())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A time between two bounds, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    least_ms: u32,
    most_ms: u32,
}

impl Span {
    /// From the least to the most; nothing if they are the wrong way round, or more than an hour.
    pub fn new(least_ms: u32, most_ms: u32) -> Option<Span> {
        (least_ms <= most_ms && most_ms <= MOST_DELAY_MS).then_some(Span { least_ms, most_ms })
    }

    pub(crate) fn least_ms(self) -> u32 {
        self.least_ms
    }

    pub(crate) fn most_ms(self) -> u32 {
        self.most_ms
    }
}

impl FromStr for Span {
    type Err = String;

    /// Reads "5..50" or "20".
    fn from_str(text: &str) -> Result<Span, String> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        let number = |text: &str| text.trim().parse().ok();
        let span = number(least).zip(number(most)).and_then(|(least, most)| Span::new(least, most));
        span.ok_or_else(|| {
            format!("is not a time in milliseconds up to {MOST_DELAY_MS}, or two of them, as in 5..50")
        })
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Span, String> {
        text.parse().map_err(|complaint| format!("{text:?} {complaint}"))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least_ms == self.most_ms {
            return write!(f, "{}", self.least_ms);
        }
        write!(f, "{}..{}", self.least_ms, self.most_ms)
    }
}

/// Statuses by the names of SMPP 3.4, 5.1.3.
const STATUSES: [(&str, u32); 13] = [
    ("ESME_RSYSERR", 0x08),
    ("ESME_RINVSRCADR", 0x0a),
    ("ESME_RINVDSTADR", 0x0b),
    ("ESME_RMSGQFUL", 0x14),
    ("ESME_RINVDCS", 0x104),
    ("ESME_RCANTREPLACE", 0x13),
    ("ESME_RINVESMCLASS", 0x43),
    ("ESME_RSUBMITFAIL", 0x45),
    ("ESME_RTHROTTLED", 0x58),
    ("ESME_RX_T_APPN", 0x64),
    ("ESME_RX_P_APPN", 0x65),
    ("ESME_RX_R_APPN", 0x66),
    ("ESME_RUNKNOWNERR", 0xff),
];

/// Statuses that texts are refused with; one at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Statuses(Vec<u32>);

impl Statuses {
    /// The numbers of the protocol.
    pub fn numbers(&self) -> &[u32] {
        &self.0
    }
}

impl Default for Statuses {
    fn default() -> Statuses {
        Statuses(vec![0x08, 0x45])
    }
}

impl FromStr for Statuses {
    type Err = String;

    /// Reads names, with or without `ESME_`, or numbers as 0x58; several are separated by commas.
    fn from_str(text: &str) -> Result<Statuses, String> {
        let numbers: Option<Vec<u32>> = text.split(',').map(|one| status_number(one.trim())).collect();
        let numbers = numbers.filter(|numbers| numbers.len() <= MOST_STATUSES);
        numbers.map(Statuses).ok_or_else(|| {
            "is not a list of statuses by name or number, as in ESME_RSYSERR,0x58, without 0".to_owned()
        })
    }
}

fn status_number(text: &str) -> Option<u32> {
    let upper = text.to_ascii_uppercase();
    let is_it = |name: &str| name == upper || name.strip_prefix("ESME_") == Some(&upper);
    let by_name = STATUSES.iter().find(|(name, _)| is_it(name)).map(|(_, number)| *number);
    let by_number = || match upper.strip_prefix("0X") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => upper.parse().ok(),
    };
    // 0 is success.
    by_name.or_else(by_number).filter(|number| *number != 0)
}

impl TryFrom<String> for Statuses {
    type Error = String;

    fn try_from(text: String) -> Result<Statuses, String> {
        text.parse().map_err(|complaint| format!("{text:?} {complaint}"))
    }
}

impl From<Statuses> for String {
    fn from(statuses: Statuses) -> String {
        statuses.to_string()
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, number) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            match STATUSES.iter().find(|(_, known)| known == number) {
                Some((name, _)) => write!(f, "{comma}{name}")?,
                None => write!(f, "{comma}{number:#x}")?,
            }
        }
        Ok(())
    }
}

/// How a receipt writes the ID of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptIds {
    /// As the answer wrote it.
    Same,
    /// In decimal digits.
    Decimal,
    /// With zeros in front.
    Zeros,
    /// With capital letters.
    Upper,
    /// Each receipt in one of these ways.
    Mixed,
}

impl FromStr for ReceiptIds {
    type Err = String;

    fn from_str(text: &str) -> Result<ReceiptIds, String> {
        word(text, "same, decimal, zeros, upper or mixed")
    }
}

/// Where a receipt says what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptForm {
    /// In its text: `id:… stat:…` (SMPP 3.4, appendix B).
    Text,
    /// In `receipted_message_id` and `message_state` (SMPP 3.4, 5.3.2.12 and 5.3.2.35).
    Tlv,
    /// In both places.
    Both,
    /// Each receipt in one of these forms.
    Mixed,
}

impl FromStr for ReceiptForm {
    type Err = String;

    fn from_str(text: &str) -> Result<ReceiptForm, String> {
        word(text, "text, tlv, both or mixed")
    }
}

/// Reads one word of an enum with the names that JSON has, too.
pub(crate) fn word<T: for<'a> Deserialize<'a>>(text: &str, words: &str) -> Result<T, String> {
    serde_json::from_value(text.to_ascii_lowercase().into()).map_err(|_| format!("is none of {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(json: &str) -> Result<Faults, String> {
        Faults::default().changed(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn settings_are_read_as_they_are_written() {
        let cases: [(&str, &str); 5] =
            [("5..50", "5..50"), ("20", "20"), ("7..7", "7"), (" 1 .. 2 ", "1..2"), ("0", "0")];
        for (text, written) in cases {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), written);
        }
        let statuses: Statuses = "rsyserr, ESME_RTHROTTLED,0x400,69".parse().unwrap();
        assert_eq!(statuses.numbers(), [0x08, 0x58, 0x400, 0x45]);
        assert_eq!(statuses.to_string(), "ESME_RSYSERR,ESME_RTHROTTLED,0x400,ESME_RSUBMITFAIL");
        assert_eq!("2.5%".parse(), Ok(Share(0.025)));
        assert_eq!("Mixed".parse(), Ok(ReceiptIds::Mixed));
    }

    #[test]
    fn wrong_settings_are_refused() {
        for text in ["", "5..", "50..5", "-1", "1.5", "..", "3600001", "a..b"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        for text in ["", "1.01", "-0.1", "NaN", "inf", "101%", "five"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
        for text in ["", "0", "ESME_ROK", "RSYSERR,", "0xzz"] {
            assert!(text.parse::<Statuses>().is_err(), "{text}");
        }
        assert_eq!("html".parse::<ReceiptForm>(), Err("is none of text, tlv, both or mixed".to_owned()));
    }

    #[test]
    fn changes_keep_what_they_do_not_name() {
        let first = changed(r#"{"loss":0.5,"delay_ms":"5..50","receipt_form":"tlv"}"#).unwrap();
        assert_eq!(
            (first.loss, first.delay_ms.most_ms, first.receipt_form),
            (Share(0.5), 50, ReceiptForm::Tlv)
        );
        let second = first.changed(&serde_json::from_str(r#"{"errors":1}"#).unwrap()).unwrap();
        assert_eq!(second, Faults { errors: Share::ALL, ..first });
    }

    #[test]
    fn wrong_changes_name_the_setting() {
        for (json, name) in [
            (r#"{"loss":2}"#, "loss"),
            (r#"{"delay_ms":"soon"}"#, "delay_ms"),
            (r#"{"gremlins":1}"#, "gremlins"),
            (r#"{"pause_ms":3600001}"#, "pause_ms"),
        ] {
            let complaint = changed(json).unwrap_err();
            assert!(complaint.starts_with(name), "{complaint}");
        }
    }
}
