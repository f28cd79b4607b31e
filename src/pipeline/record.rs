//! A person's record as the rules take it, from what the journal holds. The one way from rows to rules.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::desk::holds_since;
use crate::journal::{JournalError, Limits, PersonLine, Seen};
use crate::people::details::HealthClass;
use crate::rules::{Health, Now, Person, Record};
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
    let today = zone.to_datetime(now).date();
    let target = seen.target_on(person, today)?;
    let limits = target.map(|target| target.limits).unwrap_or_default();
    let mut record = Record::of(facts_of(person, &limits, today));
    for kind in ["blood_pressure", "glucose"] {
        for observation in seen.observations_of(person, kind, from, until)? {
            record.observe(&observation);
        }
    }
    record.meals = seen.meals(person, from, until)?;
    let signs = seen.signs_at(person, holds_since(now), now)?;
    record.signs = signs.into_iter().map(|line| line.sign).collect();
    Ok(record)
}

/// The moment of evaluation with the offset in which its days begin.
pub fn as_of(now: Moment, zone: &TimeZone) -> Now {
    Now {
        at: now,
        offset: zone.to_offset(now),
    }
}

fn facts_of(person: &PersonLine, limits: &Limits, today: Date) -> Person {
    let age = person
        .birth_date
        .until((jiff::Unit::Year, today))
        .map_or(0, |span| span.get_years());
    Person {
        age_years: u32::try_from(age).unwrap_or(0),
        hypertension: person.hypertension,
        diabetes: person.diabetes,
        atrial_fibrillation: person.atrial_fibrillation,
        risk_drug: person.risk_drug,
        target_sbp_mmhg: limits.systolic_mmhg,
        target_dbp_mmhg: limits.diastolic_mmhg,
        bp_profile: None,
        glucose_profile: None,
        health: person.health_class.map(|class| match class {
            HealthClass::Good => Health::Good,
            HealthClass::Intermediate => Health::Intermediate,
            HealthClass::Poor => Health::Poor,
        }),
    }
}
