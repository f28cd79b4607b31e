//! A person's record as the rules take it, from what the journal holds. The one way from rows to rules.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::journal::{JournalError, PersonLine, Seen};
use crate::rules::{Now, Person, Record};
use crate::vitals::Moment;

/// How far back the rules look: two windows of fourteen days, and a day for their edges.
const LOOK_BACK_DAYS: i64 = 29;
/// How far ahead of now a device's clock may be and still be read ([`crate::rules::Refusal::TimeUnusable`]
/// says which are not believed).
const LOOK_AHEAD_DAYS: i64 = 1;

/// Everything the rules read about one person, as of `now`.
pub fn record(
    seen: &Seen<'_>,
    person: &PersonLine,
    now: Moment,
    zone: &TimeZone,
) -> Result<Record, JournalError> {
    let days = |n: i64| SignedDuration::from_hours(24 * n);
    let from = now
        .saturating_sub(days(LOOK_BACK_DAYS))
        .unwrap_or(Moment::MIN);
    let until = now
        .saturating_add(days(LOOK_AHEAD_DAYS))
        .unwrap_or(Moment::MAX);
    let mut record = Record::of(facts_of(person, now, zone));
    for kind in ["blood_pressure", "glucose"] {
        for observation in seen.observations_of(person, kind, from, until)? {
            record.observe(&observation);
        }
    }
    Ok(record)
}

/// The moment of evaluation with the offset in which its days begin.
pub fn as_of(now: Moment, zone: &TimeZone) -> Now {
    Now {
        at: now,
        offset: zone.to_offset(now),
    }
}

fn facts_of(person: &PersonLine, now: Moment, zone: &TimeZone) -> Person {
    let today = zone.to_datetime(now).date();
    let age = person
        .birth_date
        .until((jiff::Unit::Year, today))
        .map_or(0, |span| span.get_years());
    Person {
        age_years: u32::try_from(age).unwrap_or(0),
        hypertension: person.hypertension,
        diabetes: person.diabetes,
        atrial_fibrillation: false,
        risk_drug: false,
        target_sbp_mmhg: None,
        target_dbp_mmhg: None,
        bp_profile: None,
        glucose_profile: None,
        health: None,
    }
}
