//! What is known about one person, as the rules take it: plain values, no row of a journal, no clock.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::vitals::{
    GlucoseValue, Mark, Meal, Measured, Moment, Observation, Posture, Specimen, TimeMethod,
};

/// The person's standing facts, as staff and doctor recorded them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Full years at the moment of evaluation.
    pub age_years: u32,
    /// Known hypertension.
    pub hypertension: bool,
    /// Known diabetes.
    pub diabetes: bool,
    /// Known atrial fibrillation.
    pub atrial_fibrillation: bool,
    /// On insulin, a sulfonylurea or a glinide.
    pub risk_drug: bool,
    /// The doctor's personal target in mmHg, one or both; the other comes from the profile.
    pub target_sbp_mmhg: Option<Decimal>,
    pub target_dbp_mmhg: Option<Decimal>,
    /// Ids of the profiles of the person's centre; the table's default when absent.
    pub bp_profile: Option<String>,
    pub glucose_profile: Option<String>,
    /// Health class set by the doctor (Chinese guideline for diabetes in older adults, 2024).
    pub health: Option<Health>,
}

/// Health class of an elder with diabetes. The doctor sets it; it is never inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Good,
    Intermediate,
    Poor,
}

/// The pressures a cuff's manual says it can measure, inclusive, mmHg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CuffRange {
    pub sbp_min: Decimal,
    pub sbp_max: Decimal,
    pub dbp_min: Decimal,
    pub dbp_max: Decimal,
}

/// The concentrations a meter's manual says it can measure, inclusive, mmol/L.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeterRange {
    pub min: Decimal,
    pub max: Decimal,
}

/// One blood pressure of the person. Pressures in mmHg, pulse per minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PressureReading {
    /// The journal's row number (in a case file: the position in its list).
    pub id: i64,
    pub taken_at: Moment,
    /// False when the time cannot be trusted: the reading is kept and shown, no rule uses it.
    pub time_usable: bool,
    pub device: String,
    pub sbp_mmhg: Decimal,
    pub dbp_mmhg: Decimal,
    pub map_mmhg: Option<Decimal>,
    pub pulse_bpm: Option<Decimal>,
    pub posture: Posture,
    pub marks: BTreeSet<Mark>,
    /// The enrolled device's own range; the table's default when absent.
    pub range: Option<CuffRange>,
}

/// A glucose unit as the device labelled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GlucoseUnit {
    MmolPerL,
    MgPerDl,
}

/// What the meter showed. The unit is absent when the device sent none, or one nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GlucoseShown {
    Number {
        value: Decimal,
        unit: Option<GlucoseUnit>,
    },
    Low,
    High,
}

/// One glucose reading of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlucoseReading {
    pub id: i64,
    pub taken_at: Moment,
    pub time_usable: bool,
    pub device: String,
    pub shown: GlucoseShown,
    pub meal: Meal,
    /// Control solution: never the person's value.
    pub control: bool,
    /// Said to re-test the value before it.
    pub retest: bool,
    pub range: Option<MeterRange>,
}

/// Days that the care process counts, each absent while nothing is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Care {
    /// Days since the oldest referral without a recorded result.
    pub open_referral_days: Option<i64>,
    /// Days since the last face-to-face visit.
    pub days_since_visit: Option<i64>,
    /// Days since the last yearly health examination.
    pub days_since_exam: Option<i64>,
}

/// Everything the rules read about one person.
///
/// `pressures` and `glucose` hold at least the last 28 days; older readings and any order do no harm.
/// `signs` are the words that staff ticked and that hold now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub person: Person,
    pub pressures: Vec<PressureReading>,
    pub glucose: Vec<GlucoseReading>,
    pub meals: Vec<Moment>,
    pub signs: BTreeSet<String>,
    pub care: Care,
}

impl Record {
    /// A record of this person with nothing measured yet.
    pub fn of(person: Person) -> Self {
        Record {
            person,
            pressures: Vec::new(),
            glucose: Vec::new(),
            meals: Vec::new(),
            signs: BTreeSet::new(),
            care: Care::default(),
        }
    }

    /// Adds an observation of this person.
    pub fn observe(&mut self, observation: &Observation) {
        let reading = &observation.reading;
        let time_usable = observation.taken.method != TimeMethod::Unusable;
        let device = reading.device.0.clone();
        match &reading.measured {
            Measured::BloodPressure(bp) => self.pressures.push(PressureReading {
                id: observation.id,
                taken_at: observation.taken.at,
                time_usable,
                device,
                sbp_mmhg: bp.systolic_mmhg,
                dbp_mmhg: bp.diastolic_mmhg,
                map_mmhg: bp.map_mmhg,
                pulse_bpm: bp.pulse_bpm,
                posture: observation.posture,
                marks: reading.marks.clone(),
                range: None,
            }),
            Measured::Glucose(glucose) => self.glucose.push(GlucoseReading {
                id: observation.id,
                taken_at: observation.taken.at,
                time_usable,
                device,
                shown: match glucose.value {
                    GlucoseValue::MmolL(value) => GlucoseShown::Number {
                        value,
                        unit: Some(GlucoseUnit::MmolPerL),
                    },
                    GlucoseValue::Low => GlucoseShown::Low,
                    GlucoseValue::High => GlucoseShown::High,
                },
                meal: glucose.meal,
                control: glucose.specimen == Specimen::Control,
                retest: reading.marks.contains(&Mark::Retest),
                range: None,
            }),
        }
    }
}

/// The moment of an evaluation, and the offset in which its days begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub at: Moment,
    pub offset: jiff::tz::Offset,
}

impl Now {
    /// The local date of a moment, in the offset of `now`.
    pub fn day_of(&self, moment: Moment) -> jiff::civil::Date {
        self.offset.to_datetime(moment).date()
    }

    /// The local hour of a moment, 0 to 23.
    pub fn hour_of(&self, moment: Moment) -> i8 {
        self.offset.to_datetime(moment).hour()
    }

    /// How long before `now`, in milliseconds; a moment ahead of `now` has age 0.
    pub fn age_ms(&self, moment: Moment) -> i64 {
        (self.at.as_millisecond() - moment.as_millisecond()).max(0)
    }
}

/// Milliseconds in so many minutes.
pub(super) const fn minutes_ms(minutes: i64) -> i64 {
    minutes * 60_000
}

/// Milliseconds in so many days of 24 hours.
pub(super) const fn days_ms(days: i64) -> i64 {
    days * 86_400_000
}

/// Half up to `places` decimals: the rounding of every mean here. All rounded values are positive
/// (pressures, rates, concentrations), so away from zero is up.
///
/// A mean of means can be a tie that 28 digits miss (three thirds make 0.999...): twenty digits are
/// restored first. No value that is not a tie lies that near to one, since counts of readings are small.
pub fn round_half_up(value: Decimal, places: u32) -> Decimal {
    let away = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    value
        .round_dp_with_strategy(20, away)
        .round_dp_with_strategy(places, away)
}

/// The mean, or nothing of nothing.
pub(super) fn mean(values: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    let mut sum = Decimal::ZERO;
    let mut n = 0u32;
    for value in values {
        sum += value;
        n += 1;
    }
    (n > 0).then(|| sum / Decimal::from(n))
}

/// Values gathered by local day, days in order.
pub(super) fn by_day<T>(
    items: impl IntoIterator<Item = T>,
    day: impl Fn(&T) -> jiff::civil::Date,
) -> BTreeMap<jiff::civil::Date, Vec<T>> {
    let mut days: BTreeMap<_, Vec<T>> = BTreeMap::new();
    for item in items {
        days.entry(day(&item)).or_default().push(item);
    }
    days
}
