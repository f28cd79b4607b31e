//! The catalogue of facts: everything a rule may name, with kind, unit and source.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

/// What kind of value a fact has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    /// True or false.
    Truth,
    /// A whole number.
    Count,
    /// An exact decimal.
    Measure,
}

/// A fact's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactValue {
    Truth(bool),
    Count(i64),
    Measure(Decimal),
}

impl FactValue {
    /// Its number, if it is one.
    pub fn number(self) -> Option<Decimal> {
        match self {
            FactValue::Truth(_) => None,
            FactValue::Count(count) => Some(Decimal::from(count)),
            FactValue::Measure(measure) => Some(measure),
        }
    }
}

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct FactEntry {
    /// Full name: group and part.
    pub path: &'static str,
    pub kind: FactKind,
    pub unit: &'static str,
    /// What it is, and when it is absent.
    pub meaning: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
}

/// Every group of facts: always a map, however empty.
pub const GROUPS: [&str; 15] = [
    "am14",
    "bp",
    "bp14",
    "bp14prev",
    "bp28",
    "care",
    "glu",
    "glu14",
    "glu14prev",
    "glu24",
    "meal",
    "ortho",
    "person",
    "pulse",
    "signs",
];

const fn fact(
    path: &'static str,
    kind: FactKind,
    unit: &'static str,
    meaning: &'static str,
    source: &'static str,
) -> FactEntry {
    FactEntry {
        path,
        kind,
        unit,
        meaning,
        source,
    }
}

use FactKind::{Count, Measure, Truth};

const STANDARD: &str = "National basic public health service standard, 3rd edition, 2017";
const CN_2024: &str =
    "Chinese hypertension guideline, 2024 revision: mean of the readings of a visit";
const LOCAL: &str = "operating rule of this table (class L)";
const ROSTER: &str = "recorded by staff or doctor";

/// The catalogue. Facts of single signs (`signs.<word>`) come from the rule files on top of it.
///
/// A group whose session or value is not current is absent as a whole: pressures and everything
/// computed from them need a session that ended within the last hour, glucose a value as fresh.
#[rustfmt::skip]
pub const CATALOGUE: &[FactEntry] = &[
    fact("person.age", Count, "years", "full years at the evaluation", ROSTER),
    fact("person.htn", Truth, "", "known hypertension", ROSTER),
    fact("person.dm", Truth, "", "known diabetes", ROSTER),
    fact("person.af", Truth, "", "known atrial fibrillation", ROSTER),
    fact("person.risk_drug", Truth, "", "on insulin, a sulfonylurea or a glinide", ROSTER),

    fact("bp.sbp", Count, "mmHg", "mean systolic of the current session, rounded half up", CN_2024),
    fact("bp.dbp", Count, "mmHg", "mean diastolic of the current session, rounded half up", CN_2024),
    fact("bp.n", Count, "readings", "clean sitting or lying readings in the current session", CN_2024),
    fact("bp.over", Truth, "", "session mean at or above the person's target in either pressure; absent without a target", STANDARD),

    fact("bp14.days", Count, "days", "local days with a session in the last 14 x 24 h", STANDARD),
    fact("bp14.n", Count, "readings", "readings in those sessions", STANDARD),
    fact("bp14.sbp", Count, "mmHg", "mean of the days' means, rounded half up; a day is the mean of its sessions", STANDARD),
    fact("bp14.dbp", Count, "mmHg", "as bp14.sbp, diastolic", STANDARD),
    fact("bp14.over", Truth, "", "bp14 mean at or above the target in either pressure", STANDARD),
    fact("bp14.days_le_100", Count, "days", "days whose rounded systolic is 100 or under, today included", "NEWS2, Royal College of Physicians, 2017, chart 1"),
    fact("bp14.rise_sbp", Count, "mmHg", "bp14.sbp minus bp14prev.sbp", "reproducibility of home blood pressure, SD of differences 6.9/4.7 mmHg"),
    fact("bp14.rise_dbp", Count, "mmHg", "bp14.dbp minus bp14prev.dbp", "reproducibility of home blood pressure, SD of differences 6.9/4.7 mmHg"),
    fact("bp14prev.days", Count, "days", "as bp14, for the 14 x 24 h before", STANDARD),
    fact("bp14prev.n", Count, "readings", "as bp14, for the 14 x 24 h before", STANDARD),
    fact("bp14prev.sbp", Count, "mmHg", "as bp14, for the 14 x 24 h before", STANDARD),
    fact("bp14prev.dbp", Count, "mmHg", "as bp14, for the 14 x 24 h before", STANDARD),
    fact("bp14prev.over", Truth, "", "as bp14, for the 14 x 24 h before", STANDARD),
    fact("bp28.days", Count, "days", "as bp14, for the last 28 x 24 h", STANDARD),
    fact("bp28.n", Count, "readings", "as bp14, for the last 28 x 24 h", STANDARD),
    fact("bp28.sbp", Count, "mmHg", "as bp14, for the last 28 x 24 h", STANDARD),
    fact("bp28.dbp", Count, "mmHg", "as bp14, for the last 28 x 24 h", STANDARD),
    fact("bp28.last3_all_ge_140_90", Truth, "", "each of the last three measured days has a rounded SBP >= 140 or DBP >= 90; false with fewer than three", STANDARD),

    fact("am14.days", Count, "days", "days in the last 14 x 24 h with a clean sitting or lying reading before 12:00 local; the first of each counts", "Hypertension 2017;69:599"),
    fact("am14.cv_sbp", Measure, "%", "coefficient of variation of those systolic values, n-1; absent under two days", "Hypertension 2017;69:599"),
    fact("am14.cv_dbp", Measure, "%", "as am14.cv_sbp, diastolic", "Hypertension 2017;69:599"),

    fact("ortho.drop", Truth, "", "a standing reading within 5 min after readings of the current session is lower than their mean by >= 20 systolic or >= 10 diastolic; absent without a standing reading", "Freeman et al., consensus on orthostatic hypotension, 2011"),
    fact("ortho.sbp_before", Count, "mmHg", "that mean, rounded half up", "Freeman et al., 2011"),
    fact("ortho.dbp_before", Count, "mmHg", "that mean, rounded half up", "Freeman et al., 2011"),
    fact("ortho.sbp_standing", Measure, "mmHg", "the standing reading", "Freeman et al., 2011"),
    fact("ortho.dbp_standing", Measure, "mmHg", "the standing reading", "Freeman et al., 2011"),

    fact("meal.drop", Truth, "", "systolic of the current session, up to 120 min after a meal, is lower by >= 20 than that of the last session up to 60 min before it, or under 90 after 100 or over; absent without such a pair", "post-prandial hypotension, usual definition"),
    fact("meal.sbp_before", Count, "mmHg", "session mean before the meal", "post-prandial hypotension, usual definition"),
    fact("meal.sbp_after", Count, "mmHg", "session mean after the meal", "post-prandial hypotension, usual definition"),

    fact("pulse.rate", Count, "/min", "mean pulse of the current session, rounded half up; absent when no reading carries a usable pulse", CN_2024),
    fact("pulse.n", Count, "readings", "readings of the current session with a usable pulse", CN_2024),
    fact("pulse.readings", Count, "readings", "readings of the current session: each had its rhythm watched by the cuff", "Int J Cardiol 2016;203:465"),
    fact("pulse.irregular", Count, "readings", "readings of the current session with the irregular-pulse mark", "Int J Cardiol 2016;203:465"),
    fact("pulse.sessions_gt_100_today", Count, "sessions", "sessions of this local day with a mean pulse over 100, counted when they start at least 15 min after the one counted before", STANDARD),

    fact("glu.value", Measure, "mmol/L", "the current value, rounded half up to 0.1; absent for LO and HI", STANDARD),
    fact("glu.lo", Truth, "", "the meter shows LO", "makers' manuals"),
    fact("glu.hi", Truth, "", "the meter shows HI", "makers' manuals"),
    fact("glu.fasting", Truth, "", "taken fasting; absent when nobody said when the person last ate", STANDARD),
    fact("glu.over", Truth, "", "over the target for its context; absent without a known context or a number", STANDARD),

    fact("glu24.n", Count, "values", "values in the last 24 h", "ADA, diabetes in long-term care, 2016, table 6"),
    fact("glu24.gt_13_9", Count, "values", "values over 13.9 mmol/L, and HI, in the last 24 h", "ADA, diabetes in long-term care, 2016, table 6"),

    fact("glu14.n", Count, "values", "values in the last 14 x 24 h", STANDARD),
    fact("glu14.fasting_days", Count, "days", "days with a fasting or before-meal number", STANDARD),
    fact("glu14.fasting_mean", Measure, "mmol/L", "mean of those days' means, rounded half up to 0.1; absent without a day", STANDARD),
    fact("glu14.fasting_over", Truth, "", "that mean is over the fasting target; absent without a day", STANDARD),
    fact("glu14.nonfasting_days_over", Count, "days", "days with an after-meal, bedtime or random value at or above its target; HI counts", STANDARD),
    fact("glu14.low_events", Count, "events", "values <= 3.9 and LO, at least 120 min after the first value of the event before", LOCAL),
    fact("glu14.days_under", Count, "days", "days with a fasting or before-meal value above 3.9 and below the target's lower bound", "Chinese guideline for diabetes in older adults, 2024"),
    fact("glu14prev.fasting_days", Count, "days", "as glu14, for the 14 x 24 h before", STANDARD),
    fact("glu14prev.fasting_mean", Measure, "mmol/L", "as glu14, for the 14 x 24 h before", STANDARD),
    fact("glu14prev.fasting_over", Truth, "", "as glu14, for the 14 x 24 h before", STANDARD),

    fact("signs.red", Truth, "", "staff ticked one of the signs of the group", STANDARD),
    fact("signs.amber", Truth, "", "staff ticked one of the signs of the group", STANDARD),
    fact("signs.dka_hhs", Truth, "", "staff ticked one of the signs of the group", STANDARD),
    fact("signs.sick", Truth, "", "staff ticked one of the signs of the group", STANDARD),

    fact("care.open_referral_days", Count, "days", "days since the oldest referral without a result; absent without one", STANDARD),
    fact("care.days_since_visit", Count, "days", "days since the last face-to-face visit; absent when none is recorded", STANDARD),
    fact("care.days_since_exam", Count, "days", "days since the last yearly examination; absent when none is recorded", STANDARD),
];

/// The facts of one person at one moment. An absent fact is unknown, never false.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    known: BTreeMap<Cow<'static, str>, FactValue>,
}

impl Facts {
    /// The value of a fact, if it is known.
    pub fn get(&self, path: &str) -> Option<FactValue> {
        self.known.get(path).copied()
    }

    /// Every known fact, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FactValue)> {
        self.known
            .iter()
            .map(|(path, value)| (path.as_ref(), value))
    }

    pub(super) fn set(&mut self, path: &str, value: FactValue) {
        self.known.insert(named(path), value);
    }

    pub(super) fn set_truth(&mut self, path: &str, truth: Option<bool>) {
        self.put(path, truth.map(FactValue::Truth));
    }

    pub(super) fn set_count(&mut self, path: &str, count: impl TryInto<i64>) {
        self.set(path, FactValue::Count(count.try_into().unwrap_or(i64::MAX)));
    }

    /// A number that was rounded to a whole one.
    pub(super) fn set_whole(&mut self, path: &str, whole: Option<Decimal>) {
        use rust_decimal::prelude::ToPrimitive;
        self.put(path, whole.and_then(|w| w.to_i64()).map(FactValue::Count));
    }

    pub(super) fn set_measure(&mut self, path: &str, measure: Option<Decimal>) {
        self.put(path, measure.map(|m| FactValue::Measure(m.normalize())));
    }

    fn put(&mut self, path: &str, value: Option<FactValue>) {
        match value {
            Some(value) => self.set(path, value),
            None => {
                self.known.remove(path);
            }
        }
    }
}

/// The catalogue's own text where it has this path: no copy for the facts of every judgement.
fn named(path: &str) -> Cow<'static, str> {
    match CATALOGUE.iter().find(|entry| entry.path == path) {
        Some(entry) => Cow::Borrowed(entry.path),
        None => Cow::Owned(path.to_owned()),
    }
}
