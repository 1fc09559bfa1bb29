//! The wire's form of time: `yyyy-MM-dd HH:mm:ss.SSSZ`, always in UTC.

use std::fmt::{Display, Formatter};

use serde::ser::{Serialize, Serializer};

/// A moment, in milliseconds since 1970, that prints in the wire's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireTime(pub i64);

/// The wire's form of a moment, such as `2031-04-07 07:15:02.640+0000`.
#[must_use]
pub fn wire_time(millis_since_epoch: i64) -> String {
    WireTime(millis_since_epoch).to_string()
}

impl WireTime {
    /// Reads the wire's form, or another of ISO 8601: with a `T`, with a colon in the zone, and with as
    /// much of the time of day left out at its end as one likes. Without a zone it is UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once([' ', 'T']) {
            Some((date, time)) => (date, time),
            None => (text, ""),
        };
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let day_count = days_from_civil(year, month, day)?;
        let (clock, zone_minutes) = split_zone(time)?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let is_fraction = !fraction.is_empty() && fraction.bytes().all(|digit| digit.is_ascii_digit());
        let millis = format!("{fraction:0<3}").get(..3).filter(|_| is_fraction)?.parse::<i64>().ok()?;
        let [hours, minutes, seconds] = match clock.len() {
            0 => [0, 0, 0],
            5 => numbers(clock, ':', [2, 2]).map(|[hours, minutes]| [hours, minutes, 0])?,
            _ => numbers(clock, ':', [2, 2, 2])?,
        };
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let minutes = hours * 60 + minutes - zone_minutes;
        let time = day_count * MILLIS_A_DAY + (minutes * 60 + seconds) * 1_000 + millis;
        // A zone may lead out of the years that the wire's form has room for.
        PRINTABLE.contains(&time).then_some(Self(time))
    }
}

/// Takes the zone off a time of day: `Z`, or hours and minutes behind a sign. In minutes.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(place) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (clock, zone) = time.split_at(place);
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone[1..].replace(':', "");
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..)?);
    let [hours] = numbers(hours, ':', [2])?;
    let [minutes] = if minutes.is_empty() { [0] } else { numbers(minutes, ':', [2])? };
    Some((clock.trim_end(), sign * (hours * 60 + minutes)))
}

/// Numbers of so many digits each.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut read = [0; N];
    for (number, length) in read.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == length)?;
        *number = part.parse().ok().filter(|_| part.bytes().all(|digit| digit.is_ascii_digit()))?;
    }
    parts.next().is_none().then_some(read)
}

/// The day count of a date that exists.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let year_from_march = if month > 2 { year } else { year - 1 };
    let era = year_from_march.div_euclid(400);
    let year_of_era = year_from_march.rem_euclid(400);
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * DAYS_AN_ERA + day_of_era - DAYS_FROM_ERA_ZERO_TO_1970;
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

impl Display for WireTime {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        let days = self.0.div_euclid(MILLIS_A_DAY);
        let millis = self.0.rem_euclid(MILLIS_A_DAY);
        let (year, month, day) = civil_from_days(days);
        // Four digits is all that the form has room for.
        if !(0..=9999).contains(&year) {
            return write!(out, "{year:05}-{month:02}-{day:02} {}", TimeOfDay(millis));
        }
        let mut text = *b"0000-00-00 00:00:00.000+0000";
        put_digits(&mut text[0..4], year);
        put_digits(&mut text[5..7], month);
        put_digits(&mut text[8..10], day);
        put_time_of_day(&mut text[11..23], millis);
        out.write_str(std::str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct TimeOfDay(i64);

impl Display for TimeOfDay {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        let mut text = *b"00:00:00.000+0000";
        put_time_of_day(&mut text[0..12], self.0);
        out.write_str(std::str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
    }
}

fn put_time_of_day(text: &mut [u8], millis: i64) {
    put_digits(&mut text[0..2], millis / 3_600_000);
    put_digits(&mut text[3..5], millis / 60_000 % 60);
    put_digits(&mut text[6..8], millis / 1_000 % 60);
    put_digits(&mut text[9..12], millis % 1_000);
}

fn put_digits(text: &mut [u8], mut number: i64) {
    for place in text.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

/// The proleptic Gregorian date of a day count from 1970-01-01.
///
/// Counts in eras of 400 years that begin on a 1 March, so that the leap day is the last day of its year
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let from_era_zero = days + DAYS_FROM_ERA_ZERO_TO_1970;
    let era = from_era_zero.div_euclid(DAYS_AN_ERA);
    let day_of_era = from_era_zero.rem_euclid(DAYS_AN_ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

const MILLIS_A_DAY: i64 = 86_400_000;
/// From the year 0 to the year 9999.
const PRINTABLE: std::ops::Range<i64> = -62_167_219_200_000..253_402_300_800_000;
const DAYS_AN_ERA: i64 = 146_097;
const DAYS_FROM_ERA_ZERO_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(millis: i64, text: &str) {
        assert_eq!(wire_time(millis), text);
    }

    #[test]
    fn the_moment_of_the_coaching_sample_prints_with_its_space() {
        check(1_399_313_371_000, "2014-05-05 18:09:31.000+0000");
    }

    #[test]
    fn edges_of_the_calendar_print_right() {
        check(0, "1970-01-01 00:00:00.000+0000");
        check(-1, "1969-12-31 23:59:59.999+0000");
        check(951_782_400_000, "2000-02-29 00:00:00.000+0000");
        check(951_868_799_999, "2000-02-29 23:59:59.999+0000");
        check(951_868_800_000, "2000-03-01 00:00:00.000+0000");
        check(4_107_542_400_000, "2100-03-01 00:00:00.000+0000");
        check(253_402_300_799_999, "9999-12-31 23:59:59.999+0000");
        check(253_402_300_800_000, "10000-01-01 00:00:00.000+0000");
        check(-62_135_596_800_000, "0001-01-01 00:00:00.000+0000");
    }

    fn check_parsed(text: &str, millis: Option<i64>) {
        assert_eq!(WireTime::parse(text).map(|time| time.0), millis, "{text}");
    }

    #[test]
    fn other_forms_of_iso_8601_are_read() {
        for text in [
            "2014-05-05 18:09:31.000+0000",
            "2014-05-05 20:09:31.000+0200",
            "2014-05-05T18:09:31Z",
            "2014-05-05T13:39:31-04:30",
            "2014-05-05 18:09:31",
            "2014-05-05 18:09:31.0004",
        ] {
            check_parsed(text, Some(1_399_313_371_000));
        }
        check_parsed("1970-01-02", Some(86_400_000));
        check_parsed("1970-01-02 00:01+00", Some(86_460_000));
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for text in [
            "",
            "now",
            "2014-05",
            "2014-13-01",
            "2013-02-29",
            "2014-05-05 24:00",
            "2014-05-05 18:60",
            "2014-05-05 18",
            "2014-05-05 18:09:31.",
            "2014-05-05 18:09:31+1",
            "14-05-05",
            "2014-05-05-01",
            "9999-12-31 23:59-0100",
            "0000-01-01 00:00+0100",
            "2014-+5-05",
            "2014-05-05 18:09:31ä",
            "2014-05-05 18:09:31+é0",
            "+014-05-05",
        ] {
            check_parsed(text, None);
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = civil_from_days(-800_000);
        for days in -799_999..2_000_000 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                _ if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
            assert_eq!(civil_from_days(days), (year, month, day));
        }
    }

    proptest! {
        #[test]
        fn what_was_printed_is_read(millis in 0..253_402_300_800_000_i64) {
            prop_assert_eq!(WireTime::parse(&wire_time(millis)), Some(WireTime(millis)));
        }

        #[test]
        fn any_text_can_be_read(text in "[0-9TZ:. +-]{0,30}|\\PC{0,30}") {
            let _ = WireTime::parse(&text);
        }

        #[test]
        fn any_moment_prints(millis in any::<i64>()) {
            prop_assert!(wire_time(millis).len() >= 28);
        }

        #[test]
        fn later_is_greater(early in 0..250_000_000_000_000_i64, gap in 1..1_000_000_000_000_i64) {
            prop_assert!(wire_time(early) < wire_time(early + gap));
        }
    }
}
