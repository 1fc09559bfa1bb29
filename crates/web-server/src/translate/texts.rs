//! What people keep about text messages: whom nobody may text, and the keywords of customers.

use std::borrow::Cow;
use std::sync::Arc;

use contact_center::Timestamp;
use contact_center::texting::{self, PhoneNumber, SuppressionRequest};
use public_api::resources::{Id, KeywordFamily, Link, Suppression, WireTime};
use public_api::rows::SuppressionRow;
use public_api::{Arguments, Problem};

/// The collection of numbers that must not be texted.
pub const SUPPRESSIONS: &str = "sms-suppressions";

/// A number that must not be texted.
pub fn suppression<'a>(
    number: &'a PhoneNumber,
    suppression: &'a texting::Suppression,
    base: &'a str,
) -> Suppression<'a> {
    let link = suppression_link(number, base);
    Suppression {
        number: Cow::Borrowed(number.as_str()),
        reason: Some(&*suppression.reason).filter(|reason| !reason.is_empty()).map(Cow::Borrowed),
        since: WireTime(suppression.since.0),
        uri: link.uri(),
        path: link.path(),
    }
}

pub fn suppression_link<'a>(number: &'a PhoneNumber, base: &'a str) -> Link<'a> {
    Link::new(base, SUPPRESSIONS, Id::from(number.as_str()))
}

/// A number to enter.
///
/// # Errors
/// It is none.
pub fn suppression_request(given: &Arguments) -> Result<SuppressionRequest, Problem> {
    let number = customers_number(given, "number")?;
    let reason = given.text("reason").unwrap_or_default();
    Ok(SuppressionRequest { number, reason: in_one_line(reason), since: None })
}

/// The same from a row of a file; none if its number is none.
pub fn suppression_of_row(row: &SuppressionRow) -> Option<SuppressionRequest> {
    Some(SuppressionRequest {
        number: row.number.parse().ok().filter(is_customers)?,
        reason: in_one_line(&row.reason),
        since: row.since.map(|since| Timestamp(since.0)),
    })
}

/// A reason is a cell of a row when the list is exported, and a row is a line.
fn in_one_line(reason: &str) -> Arc<str> {
    reason.replace(char::is_control, " ").into()
}

/// A number, if given.
///
/// # Errors
/// It is none.
pub fn number(given: &Arguments, name: &str) -> Result<Option<PhoneNumber>, Problem> {
    given.text(name).map(|text| text.parse().map_err(|_| not_a_number(name))).transpose()
}

/// The number of a customer's phone, which has no letters.
///
/// # Errors
/// It is none.
pub fn customers_number(given: &Arguments, name: &str) -> Result<PhoneNumber, Problem> {
    number(given, name)?.filter(is_customers).ok_or_else(|| not_a_number(name))
}

fn is_customers(number: &PhoneNumber) -> bool {
    number.as_str().trim_start_matches('+').bytes().all(|byte| byte.is_ascii_digit())
}

fn not_a_number(name: &str) -> Problem {
    Problem::wrong_type(name, "a phone number")
}

/// The words of one language.
pub fn keyword_family(family: &texting::KeywordFamily) -> KeywordFamily<'_> {
    KeywordFamily {
        language: Cow::Borrowed(&family.language),
        stop: Cow::Borrowed(&family.stop),
        start: Cow::Borrowed(&family.start),
        help: Cow::Borrowed(&family.help),
        stop_answer: Cow::Borrowed(&family.stop_answer),
        start_answer: Cow::Borrowed(&family.start_answer),
        help_answer: Cow::Borrowed(&family.help_answer),
    }
}

/// The same as they are to be.
pub fn keyword_family_asked_for(given: &Arguments) -> texting::KeywordFamily {
    let text = |name| given.text(name).unwrap_or_default().to_owned();
    let words = |name| given.list(name).unwrap_or_default().to_vec();
    texting::KeywordFamily {
        language: text("language"),
        stop: words("stop"),
        start: words("start"),
        help: words("help"),
        stop_answer: text("stopAnswer"),
        start_answer: text("startAnswer"),
        help_answer: text("helpAnswer"),
    }
}
