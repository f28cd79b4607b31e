//! The device's clock out of the forms in which devices write it. Nothing is rolled over or guessed.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::number;
use super::outcome::{Problem, Reason};
use super::select::Place;
use crate::decode::profile::{TimeForm, TimeRule, Zone};
use crate::vitals::{DeviceTime, Moment};

/// A device time further after receipt than this is unusable. A day covers every mistaken zone; what is
/// less wrong is left to the time methods of `people`.
const FUTURE_LIMIT: SignedDuration = SignedDuration::from_hours(24);

/// 2000-01-01T00:00:00Z, in seconds: an earlier time is a counter or a clock that was never set.
const EARLIEST_S: i64 = 946_684_800;

/// The longest time text kept as sent, in characters.
const LONGEST: usize = 64;

/// The device time of a reading, with a reason when it cannot be used.
pub(super) fn device_time(
    rule: Option<&TimeRule>,
    place: &Place<'_>,
    received_at: Moment,
    site: &TimeZone,
) -> Result<(DeviceTime, Option<Reason>), Problem> {
    let Some(rule) = rule else {
        return Ok((DeviceTime::Absent, None));
    };
    let Some(found) = place.find(&rule.at)? else {
        return Ok((DeviceTime::Absent, None));
    };
    if found.value.is_null() {
        return Ok((DeviceTime::Absent, None));
    }
    let text = match found.text() {
        Some(text) if found.value.is_string() || found.value.is_number() => text.into_owned(),
        _ => String::new(),
    };
    let trimmed = text.trim();
    if found.value.is_string() && (trimmed.is_empty() || trimmed.bytes().all(|b| b == b'-')) {
        return Ok((DeviceTime::Absent, None));
    }
    let zone = match rule.zone {
        Zone::Site => site.clone(),
        Zone::Fixed(offset) => TimeZone::fixed(offset),
    };
    // A number of seconds is a moment in milliseconds too, of 1970: the first form that gives a time that can
    // be meant counts. No two forms can both: they differ a thousandfold, or in how they are written.
    let at = rule
        .forms
        .iter()
        .filter_map(|form| moment(*form, trimmed, &zone))
        .find(|at| usable(*at, received_at));
    let sent: String = trimmed.chars().take(LONGEST).collect();
    match at {
        Some(at) => Ok((DeviceTime::Given { sent, at }, None)),
        None => Ok((
            DeviceTime::Unusable { sent },
            Some(Reason::new(found.at, "time_unusable")),
        )),
    }
}

fn usable(at: Moment, received_at: Moment) -> bool {
    at.as_second() >= EARLIEST_S && at.duration_since(received_at) <= FUTURE_LIMIT
}

pub(super) fn moment(form: TimeForm, text: &str, zone: &TimeZone) -> Option<Moment> {
    match form {
        TimeForm::EpochSeconds => epoch(text, 1_000),
        TimeForm::EpochMillis => epoch(text, 1),
        TimeForm::Iso => civil(text, b'-', zone),
        TimeForm::Slashes => civil(text, b'/', zone),
        TimeForm::Compact => compact(text, "", zone),
        TimeForm::CompactUtc => compact(text, "TZ", &TimeZone::UTC),
    }
}

fn epoch(text: &str, to_millis: i64) -> Option<Moment> {
    let millis = number::decimal(text)
        .ok()?
        .checked_mul(Decimal::from(to_millis))?;
    Timestamp::from_millisecond(millis.trunc().to_i64()?).ok()
}

/// ASCII text read from the left.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn digits(&mut self, count: usize) -> Option<i16> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut number = 0i16;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number
                .checked_mul(10)?
                .checked_add(i16::from(digit - b'0'))?;
        }
        self.0 = rest;
        Some(number)
    }

    fn small(&mut self) -> Option<i8> {
        self.digits(2).and_then(|n| i8::try_from(n).ok())
    }

    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !wanted.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    /// Up to nine digits of a second's fraction, in nanoseconds; more are refused.
    fn fraction(&mut self) -> Option<i32> {
        let length = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        let text = std::str::from_utf8(digits)
            .ok()
            .filter(|t| (1..=9).contains(&t.len()))?;
        self.0 = rest;
        format!("{text:0<9}").parse().ok()
    }

    /// One or two digits.
    fn one_or_two(&mut self) -> Option<i8> {
        match self.0 {
            [_, second, ..] if second.is_ascii_digit() => self.small(),
            _ => self.digits(1).and_then(|n| i8::try_from(n).ok()),
        }
    }

    /// `Z`, `+08:00`, `+0800`, `+08` (a blank may stand before them), or nothing more.
    fn zone(&mut self) -> Option<Option<Offset>> {
        if self.0.is_empty() {
            return Some(None);
        }
        self.one_of(b" ");
        let offset = match self.one_of(b"Zz+-")? {
            b'Z' | b'z' => Offset::UTC,
            sign => {
                let hours = i32::from(self.small()?);
                let minutes = match (self.one_of(b":"), self.0) {
                    (None, []) => 0,
                    _ => i32::from(self.small()?),
                };
                if hours > 14 || minutes > 59 {
                    return None;
                }
                let seconds = hours * 3600 + minutes * 60;
                Offset::from_seconds(if sign == b'-' { -seconds } else { seconds }).ok()?
            }
        };
        self.0.is_empty().then_some(Some(offset))
    }
}

/// `yyyy-MM-dd`, `T` or a blank, `HH:mm[:ss[.fff]]`, zone. With slashes, month, day and hour may have one
/// digit, as programs on a Chinese system write them.
fn civil(text: &str, between: u8, zone: &TimeZone) -> Option<Moment> {
    let mut cursor = Cursor(text.as_bytes());
    let part = |cursor: &mut Cursor<'_>| match between {
        b'/' => cursor.one_or_two(),
        _ => cursor.small(),
    };
    let year = cursor.digits(4)?;
    cursor.one_of(&[between])?;
    let month = part(&mut cursor)?;
    cursor.one_of(&[between])?;
    let day = part(&mut cursor)?;
    cursor.one_of(b"Tt ")?;
    let hour = part(&mut cursor)?;
    cursor.one_of(b":")?;
    let minute = cursor.small()?;
    let mut second = 0;
    let mut nanos = 0;
    if cursor.one_of(b":").is_some() {
        second = cursor.small()?;
        if cursor.one_of(b".,").is_some() {
            nanos = cursor.fraction()?;
        }
    }
    let offset = cursor.zone()?;
    let at = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
    in_zone(at, offset, zone)
}

/// `yyyyMMddHHmmss`; with marks `TZ`: `yyyyMMddTHHmmssZ`.
fn compact(text: &str, marks: &str, zone: &TimeZone) -> Option<Moment> {
    let mut cursor = Cursor(text.as_bytes());
    let (year, month, day) = (cursor.digits(4)?, cursor.small()?, cursor.small()?);
    if !marks.is_empty() {
        cursor.one_of(b"T")?;
    }
    let (hour, minute, second) = (cursor.small()?, cursor.small()?, cursor.small()?);
    if !marks.is_empty() {
        cursor.one_of(b"Z")?;
    }
    if !cursor.0.is_empty() {
        return None;
    }
    in_zone(
        DateTime::new(year, month, day, hour, minute, second, 0).ok()?,
        None,
        zone,
    )
}

/// A local time that the clock change skips or repeats is no one moment: `None`.
fn in_zone(at: DateTime, offset: Option<Offset>, zone: &TimeZone) -> Option<Moment> {
    match offset {
        Some(offset) => offset.to_timestamp(at).ok(),
        None => zone.to_ambiguous_timestamp(at).unambiguous().ok(),
    }
}
