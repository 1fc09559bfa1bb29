//! The suppression list: numbers that must not be texted, one by one or as rows of a file.
//!
//! The list can be long and the contact center's owner has more to do: whatever concerns all of it is done in
//! pieces, each a command or a look of its own. No number is ever logged.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use contact_center::people::Role;
use contact_center::provisioning::Change;
use contact_center::texting::{PhoneNumber, SuppressionRequest, TextEvent};
use contact_center::{Event, Refusal, limits};
use engine::Denial;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use public_api::answer::{created, imported};
use public_api::limits::SUPPRESSION_PAGE_ENTRIES;
use public_api::operations::SUPPRESSION_FIELDS;
use public_api::resources::{Id, Import, WireTime};
use public_api::rows::{SuppressionRow, suppression_rows, write_columns, write_row};
use public_api::{Problem, Query, parse_object};

use super::answer::{Answer, Json, Refused, done};
use super::asked::{At, Search, Sent};
use super::person::{Person, Reader};
use super::{Route, route};
use crate::App;
use crate::doors::carries_rows;
use crate::translate::{refusals, texts};

/// Who keeps the list.
const KEEPERS: [Role; 2] = [Role::Admin, Role::Supervisor];

/// How many numbers one command or one look is about, so that the owner's turn stays short.
const PIECE_NUMBERS: usize = 1_000;

pub(super) fn routes() -> Vec<Route> {
    let list: &str = texts::SUPPRESSIONS;
    vec![
        route(&format!("/{list}"), get(list_or_export).post(enter_or_import)),
        route(&format!("/{list}/{{number}}"), get(read).delete(remove)),
    ]
}

async fn list_or_export(
    State(app): State<Arc<App>>,
    person: Person,
    Search(mut query): Search,
) -> Result<Response, Refused> {
    if query.parameter("format") == Some("csv") {
        return export(&app, &person).await;
    }
    let number = query.take("number");
    let page = person.read(&app, move |reader| list(reader, &query, number.as_deref())).await?;
    Ok(page.into_response())
}

fn list(reader: Reader<'_>, query: &Query, number: Option<&str>) -> Answer {
    reader.check_may_read(&KEEPERS)?;
    let (center, base) = (reader.source.center, reader.source.base);
    if let Some(number) = number {
        // A plus that was not encoded came as a space; reading a number makes up for it.
        let number: Option<PhoneNumber> = number.parse().ok();
        let found = number.as_ref().and_then(|number| Some((number, center.suppression_of(number)?)));
        let found: Vec<_> =
            found.into_iter().map(|(number, entry)| texts::suppression(number, entry, base)).collect();
        return Ok(Json(query.answer_page("suppressions", &found, found.len())));
    }
    check_sees_numbers(reader)?;
    let (offset, most) = query.page(SUPPRESSION_PAGE_ENTRIES);
    let page = center.suppressions().skip(offset).take(most);
    let page: Vec<_> = page.map(|(number, entry)| texts::suppression(number, entry, base)).collect();
    Ok(Json(query.answer_page("suppressions", &page, center.suppression_count())))
}

/// Whoever is shown masked numbers may ask for one, and not for all of them.
fn check_sees_numbers(reader: Reader<'_>) -> Result<(), Refused> {
    let shown = reader.source.center.shows_numbers_to(reader.me);
    shown.then_some(()).ok_or_else(|| Problem::no_permission("to see the numbers of customers").into())
}

async fn export(app: &App, person: &Person) -> Result<Response, Refused> {
    let mut file = Vec::new();
    write_columns(&mut file);
    let mut last: Option<PhoneNumber> = None;
    loop {
        let after = last.clone();
        let (rows, until) = person.read(app, move |reader| rows_after(reader, after)).await?;
        file.extend_from_slice(&rows);
        if until.is_none() {
            break;
        }
        last = until;
    }
    let mut response = Response::new(file.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv;charset=UTF-8;header=present"));
    headers.insert(
        CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"sms-suppressions.csv\""),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A piece of the list as rows, and its last number.
fn rows_after(
    reader: Reader<'_>,
    after: Option<PhoneNumber>,
) -> Result<(Vec<u8>, Option<PhoneNumber>), Refused> {
    reader.check_may_read(&KEEPERS)?;
    check_sees_numbers(reader)?;
    let (mut rows, mut last) = (Vec::new(), None);
    for (number, entry) in reader.source.center.suppressions_after(after.as_ref()).take(PIECE_NUMBERS) {
        write_row(&mut rows, number.as_str(), &entry.reason, WireTime(entry.since.0));
        last = Some(number.clone());
    }
    Ok((rows, last))
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(number): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_may_read(&KEEPERS)?;
            let number = suppressed_number(&number)?;
            let found = reader.source.center.suppression_of(&number).ok_or(Refusal::UnknownSuppression)?;
            let suppression = texts::suppression(&number, found, reader.source.base);
            Ok(Json(query.answer_object("suppression", &suppression)))
        })
        .await
}

async fn remove(State(app): State<Arc<App>>, person: Person, At(number): At<String>) -> Answer {
    check_may_change(&app, &person).await?;
    person.provision(&app, Change::Unsuppress(suppressed_number(&number)?)).await?;
    done()
}

/// What is no number is on no list.
fn suppressed_number(number: &str) -> Result<PhoneNumber, Refused> {
    number.parse().map_err(|_| Refusal::UnknownSuppression.into())
}

async fn check_may_change(app: &App, person: &Person) -> Result<(), Refused> {
    person.read(app, |reader| reader.check_may_provision(&KEEPERS)).await
}

async fn enter_or_import(
    State(app): State<Arc<App>>,
    person: Person,
    headers: HeaderMap,
    Search(query): Search,
    Sent(body): Sent,
) -> Answer {
    check_may_change(&app, &person).await?;
    if carries_rows(&headers) {
        let is_trial = query.parameter("dryRun") == Some("true");
        // What is not UTF-8 can only be in a reason: numbers are ASCII in every encoding.
        let import = import(&app, &person, &String::from_utf8_lossy(&body), is_trial).await?;
        return Ok(Json(imported(&import)));
    }
    let request = texts::suppression_request(&parse_object(SUPPRESSION_FIELDS, &[], &body)?)?;
    let number = request.number.clone();
    person.provision(&app, Change::Suppress(vec![request])).await?;
    let link = texts::suppression_link(&number, &app.base);
    Ok(Json(created(Id::from(number.as_str()), link)))
}

/// Takes a file in, piece by piece. What cannot be used is listed, and keeps nothing else out.
///
/// # Errors
/// The world's failures. What was entered before stays; sending the file again does no harm.
async fn import(app: &App, person: &Person, file: &str, is_trial: bool) -> Result<Import, Refused> {
    let mut import = Import::default();
    let mut seen = BTreeSet::new();
    let mut rows = suppression_rows(file);
    loop {
        let piece = next_piece(&mut rows, &mut seen, &mut import);
        if piece.is_empty() {
            return Ok(import);
        }
        let (lines, requests): (Vec<usize>, Vec<_>) = piece.into_iter().unzip();
        let entered = if is_trial {
            count_new(app, person, requests, import.imported).await?
        } else {
            enter(app, person, requests, import.imported).await?
        };
        match entered {
            Some(count) => {
                import.imported += count;
                import.unchanged += lines.len() - count;
            }
            None => lines.into_iter().for_each(|line| import.note(line, "the list is full")),
        }
    }
}

/// The next numbers of a file, each once and with its line.
fn next_piece(
    rows: &mut impl Iterator<Item = SuppressionRow>,
    seen: &mut BTreeSet<PhoneNumber>,
    import: &mut Import,
) -> Vec<(usize, SuppressionRequest)> {
    let mut piece = Vec::new();
    for row in rows {
        let Some(request) = texts::suppression_of_row(&row) else {
            import.note(row.line, "no phone number");
            continue;
        };
        if let Some(problem) = row.problem {
            import.note(row.line, problem);
        }
        if !seen.insert(request.number.clone()) {
            import.unchanged += 1;
            continue;
        }
        piece.push((row.line, request));
        if piece.len() == PIECE_NUMBERS {
            break;
        }
    }
    piece
}

/// Enters numbers, and counts those that were new; none were entered if there is no room for all.
async fn enter(
    app: &App,
    person: &Person,
    requests: Vec<SuppressionRequest>,
    entered_before: usize,
) -> Result<Option<usize>, Refused> {
    match person.provision(app, Change::Suppress(requests)).await {
        Ok(events) => {
            let is_new = |event: &&Event| matches!(event, Event::Text(TextEvent::Suppressed(..)));
            Ok(Some(events.iter().filter(is_new).count()))
        }
        Err(Denial::Refused(Refusal::LimitReached { .. })) => Ok(None),
        Err(denial) if entered_before == 0 => Err(denial.into()),
        Err(denial) => {
            let mut problem = refusals::denial(denial);
            let rest = format!(" {entered_before} numbers were entered before; send the file again.");
            problem.message.to_mut().push_str(&rest);
            Err(problem.into())
        }
    }
}

/// The same without entering any.
async fn count_new(
    app: &App,
    person: &Person,
    requests: Vec<SuppressionRequest>,
    counted_before: usize,
) -> Result<Option<usize>, Refused> {
    person
        .read(app, move |reader| {
            let center = reader.source.center;
            let is_new = |request: &&SuppressionRequest| center.suppression_of(&request.number).is_none();
            let count = requests.iter().filter(is_new).count();
            let has_room = center.suppression_count() + counted_before + count <= limits::SUPPRESSIONS;
            Ok(has_room.then_some(count))
        })
        .await
}
