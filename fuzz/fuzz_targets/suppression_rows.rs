//! Arbitrary bytes as a file of numbers that must not be texted. Every row that was read is read again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use public_api::resources::WireTime;
use public_api::rows::{suppression_rows, write_columns, write_row};

fuzz_target!(|input: &[u8]| {
    let file = String::from_utf8_lossy(input);
    let rows: Vec<_> = suppression_rows(&file).collect();
    assert!(rows.len() <= file.split(['\r', '\n']).count());
    let mut written = Vec::new();
    write_columns(&mut written);
    for row in &rows {
        write_row(&mut written, &row.number, &row.reason, row.since.unwrap_or(WireTime(0)));
    }
    let written = String::from_utf8(written).expect("what was written is text");
    let again: Vec<_> = suppression_rows(&written).collect();
    assert_eq!(again.len(), rows.len());
    for (row, again) in rows.iter().zip(&again) {
        assert_eq!((&row.number, &row.reason), (&again.number, &again.reason));
        assert!(row.since.is_none_or(|since| again.since == Some(since)));
    }
});
