//! What is read from the database.

use contact_center::{ContactCenterId, ContactId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::head::Head;
use crate::{Batch, EndedContact, Epoch, Snapshot};

/// Room for this many batches of one contact center. See the comment at table `batch`.
const BATCHES_BITS: u32 = 40;

/// The position of a batch in the log.
pub(super) fn position(number: i64, sequence: u64) -> i64 {
    debug_assert!(sequence >> BATCHES_BITS == 0, "the log of center {number} is full");
    number << BATCHES_BITS | sequence as i64
}

fn sequence_at(position: i64) -> u64 {
    position as u64 & ((1 << BATCHES_BITS) - 1)
}

/// All contact centers in order of their foundation.
pub(super) fn centers(connection: &Connection) -> Result<Vec<ContactCenterId>, rusqlite::Error> {
    connection.prepare_cached("SELECT id FROM center ORDER BY number")?.query_map([], id_at_0)?.collect()
}

/// The number and the end of the log of every contact center.
pub(super) fn heads(connection: &Connection) -> Result<Vec<(ContactCenterId, i64, Head)>, rusqlite::Error> {
    let mut centers = connection.prepare("SELECT id, number, epoch FROM center")?;
    let mut last = connection.prepare(
        "SELECT max(position) FROM
           (SELECT max(position) AS position FROM batch WHERE position BETWEEN ?1 AND ?2
            UNION ALL
            SELECT max(position) FROM snapshot WHERE position BETWEEN ?1 AND ?2)",
    )?;
    let rows = centers.query_map([], |row| Ok((id_at_0(row)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (id, number, epoch) = row?;
        let range = params![position(number, 0), position(number + 1, 0) - 1];
        let last: Option<i64> = last.query_row(range, |row| row.get(0))?;
        Ok((id, number, Head { epoch: Epoch(epoch), last: last.map_or(0, sequence_at) }))
    })
    .collect()
}

/// The newest snapshot and every batch after it. None of either if there is no such center.
pub(super) fn log(
    connection: &mut Connection,
    center: ContactCenterId,
) -> Result<(Option<Snapshot>, Vec<Batch>), rusqlite::Error> {
    let transaction = connection.transaction()?;
    let Some(number) = number(&transaction, center)? else { return Ok((None, Vec::new())) };
    let (first, last) = (position(number, 0), position(number + 1, 0) - 1);
    let snapshot = transaction
        .prepare_cached(
            "SELECT position, state FROM snapshot WHERE position BETWEEN ?1 AND ?2
             ORDER BY position DESC LIMIT 1",
        )?
        .query_row(params![first, last], |row| {
            Ok(Snapshot { sequence: sequence_at(row.get(0)?), state: row.get(1)? })
        })
        .optional()?;
    let after = snapshot.as_ref().map_or(first, |snapshot| position(number, snapshot.sequence));
    let batches = transaction
        .prepare_cached(
            "SELECT position, events FROM batch WHERE position > ?1 AND position <= ?2 ORDER BY position",
        )?
        .query_map(params![after, last], |row| {
            Ok(Batch { sequence: sequence_at(row.get(0)?), events: row.get(1)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok((snapshot, batches))
}

/// One ended contact; the outer `Option` is about the contact center.
pub(super) fn ended_contact(
    connection: &Connection,
    center: ContactCenterId,
    contact: ContactId,
) -> Result<Option<Option<EndedContact>>, rusqlite::Error> {
    let Some(number) = number(connection, center)? else { return Ok(None) };
    connection
        .prepare_cached("SELECT id, ended_at, transcript FROM ended_contact WHERE center = ?1 AND id = ?2")?
        .query_row(params![number, contact.to_string()], ended)
        .optional()
        .map(Some)
}

/// The contacts that ended before; none if there is no such contact center.
pub(super) fn ended_contacts(
    connection: &Connection,
    center: ContactCenterId,
    (before, id): (Timestamp, ContactId),
    limit: usize,
) -> Result<Option<Vec<EndedContact>>, rusqlite::Error> {
    let Some(number) = number(connection, center)? else { return Ok(None) };
    connection
        .prepare_cached(
            "SELECT id, ended_at, transcript FROM ended_contact
             WHERE center = ?1 AND (ended_at, id) < (?2, ?3) ORDER BY ended_at DESC, id DESC LIMIT ?4",
        )?
        .query_map(params![number, before.0, id.to_string(), limit as i64], ended)?
        .collect::<Result<_, _>>()
        .map(Some)
}

fn number(connection: &Connection, center: ContactCenterId) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT number FROM center WHERE id = ?1")?
        .query_row([center.to_string()], |row| row.get(0))
        .optional()
}

fn ended(row: &Row<'_>) -> Result<EndedContact, rusqlite::Error> {
    Ok(EndedContact { id: id_at_0(row)?, ended_at: Timestamp(row.get(1)?), transcript: row.get(2)? })
}

fn id_at_0<T: std::str::FromStr<Err = contact_center::MalformedId>>(
    row: &Row<'_>,
) -> Result<T, rusqlite::Error> {
    row.get_ref(0)?.as_str()?.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}
