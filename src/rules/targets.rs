//! Whose limit: a doctor's personal target beats the profile of the centre.

use rust_decimal::Decimal;

use super::admit::Glucose;
use super::record::Person;
use super::table::{BpProfile, BpRow, GlucoseProfile, GlucoseRow, RuleTable};
use crate::vitals::Meal;

/// Where a target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'t> {
    /// The doctor set it for this person.
    Personal,
    /// A row of a profile.
    Profile {
        profile: &'t BpProfile,
        row: &'t BpRow,
    },
}

/// The pressure targets of a person, mmHg. Either may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BpTarget<'t> {
    pub sbp: Option<(Decimal, Whose<'t>)>,
    pub dbp: Option<(Decimal, Whose<'t>)>,
}

/// Nobody under this age has a target.
const ADULT_YEARS: u32 = 18;

impl<'t> BpTarget<'t> {
    /// The targets of this person. Nothing under 18. An unknown profile falls back to the default
    /// one, so that a typing slip in a centre's settings never leaves a person without a limit.
    pub fn of(person: &Person, table: &'t RuleTable) -> Self {
        if person.age_years < ADULT_YEARS {
            return BpTarget {
                sbp: None,
                dbp: None,
            };
        }
        let profile =
            named(&table.bp_profiles, person.bp_profile.as_deref(), |p| &p.id).or_else(|| {
                named(
                    &table.bp_profiles,
                    Some(&table.meta.default_bp_profile),
                    |p| &p.id,
                )
            });
        let row = profile.and_then(|profile| {
            let ages = |r: &&BpRow| (r.age_min..=r.age_max).contains(&person.age_years);
            profile.rows.iter().find(ages).map(|row| (profile, row))
        });
        let from_row = |value: fn(&BpRow) -> Decimal| {
            row.map(|(profile, row)| (value(row), Whose::Profile { profile, row }))
        };
        let personal = |value: Option<Decimal>| value.map(|v| (v, Whose::Personal));
        BpTarget {
            sbp: personal(person.target_sbp_mmhg).or_else(|| from_row(|r| r.sbp)),
            dbp: personal(person.target_dbp_mmhg).or_else(|| from_row(|r| r.dbp)),
        }
    }

    /// At or above the target in either pressure; nothing without any target.
    pub fn over(&self, sbp: Decimal, dbp: Decimal) -> Option<bool> {
        if self.sbp.is_none() && self.dbp.is_none() {
            return None;
        }
        let reached = |target: Option<(Decimal, Whose<'_>)>, value| {
            target.is_some_and(|(target, _)| value >= target)
        };
        Some(reached(self.sbp, sbp) || reached(self.dbp, dbp))
    }
}

fn named<'t, T>(all: &'t [T], id: Option<&str>, id_of: impl Fn(&T) -> &String) -> Option<&'t T> {
    let id = id?;
    all.iter().find(|p| id_of(p) == id)
}

/// The glucose limits of a person, mmol/L.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlucoseTarget<'t> {
    pub profile: &'t GlucoseProfile,
    pub row: &'t GlucoseRow,
}

impl<'t> GlucoseTarget<'t> {
    /// The limits of this person: the profile's row for the health class and drugs, else the default
    /// profile's row for everybody (a profile by health class needs one that the doctor recorded).
    pub fn of(person: &Person, table: &'t RuleTable) -> Option<Self> {
        let row_of = |profile: &'t GlucoseProfile| {
            let fits = |r: &&GlucoseRow| {
                (r.health.is_none() || r.health == person.health)
                    && r.risk_drug.is_none_or(|risk| risk == person.risk_drug)
            };
            profile
                .rows
                .iter()
                .find(fits)
                .map(|row| GlucoseTarget { profile, row })
        };
        let default = Some(table.meta.default_glucose_profile.as_str());
        named(
            &table.glucose_profiles,
            person.glucose_profile.as_deref(),
            |p| &p.id,
        )
        .and_then(row_of)
        .or_else(|| named(&table.glucose_profiles, default, |p| &p.id).and_then(row_of))
    }

    /// Whether a fasting or before-meal value (or their mean) is over.
    pub fn fasting_over(&self, mmol: Decimal) -> bool {
        mmol > self.row.fasting_high || (self.row.inclusive && mmol == self.row.fasting_high)
    }

    /// The limit of another context, always inclusive.
    pub fn nonfasting_high(&self, meal: Meal) -> Decimal {
        match (meal, self.row.bedtime_high) {
            (Meal::Bedtime, Some(high)) => high,
            _ => self.row.nonfasting_high,
        }
    }

    /// Whether a value is over for its context; nothing without a known context or a number.
    pub fn over(&self, value: Glucose, meal: Meal) -> Option<bool> {
        let mmol = value.mmol_per_l()?;
        match meal {
            Meal::Unknown => None,
            Meal::Fasting | Meal::Before => Some(self.fasting_over(mmol)),
            Meal::After | Meal::Bedtime | Meal::Casual => Some(mmol >= self.nonfasting_high(meal)),
        }
    }

    /// Whether a fasting or before-meal value is under the lower bound; a bound of 0 is not used.
    pub fn under(&self, mmol: Decimal) -> bool {
        !self.row.fasting_low.is_zero() && mmol < self.row.fasting_low
    }
}
