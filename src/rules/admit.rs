//! Which readings may enter a mean: refused ones never, suspect ones are kept and shown beside them.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::record::{
    CuffRange, GlucoseReading, GlucoseShown, GlucoseUnit, MeterRange, Now, PressureReading,
    minutes_ms, round_half_up,
};
use super::table::{DeviceDefault, Params, PlaceLimits, SuspectLimits};
use crate::vitals::{Mark, Meal, Moment, Posture};

/// Why a reading is refused: no mean, no rule, no value on a chart. One per reading, the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// Systolic not above diastolic.
    SysLeDia,
    /// A mean arterial pressure was sent that does not lie between the two.
    MapNotBetween,
    /// Outside what the device can measure, or a pulse outside 20 to 300.
    OutOfRange,
    /// A glucose number without a unit, or with one nobody knows.
    UnitMissing,
    /// Over the meter's range when read as mmol/L: probably mg/dL. Never converted silently.
    GluUnitSuspect,
    /// Control solution is nobody's value.
    ControlSolution,
    /// More than five minutes ahead of now, or a device clock nobody can trust.
    TimeUnusable,
}

impl Refusal {
    /// The word of the case format.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::SysLeDia => "SYS_LE_DIA",
            Refusal::MapNotBetween => "MAP_NOT_BETWEEN",
            Refusal::OutOfRange => "OUT_OF_RANGE",
            Refusal::UnitMissing => "UNIT_MISSING",
            Refusal::GluUnitSuspect => "GLU_UNIT_SUSPECT",
            Refusal::ControlSolution => "CONTROL_SOLUTION",
            Refusal::TimeUnusable => "TIME_UNUSABLE",
        }
    }
}

/// Why a pressure is kept but outside every mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suspicion {
    BodyMovement,
    CuffLoose,
    Position,
    /// SBP minus DBP under 20 or over 150 mmHg.
    PulsePressure,
    /// The mean arterial pressure lies at an unlikely height between the two.
    MapRatio,
}

impl Suspicion {
    /// The word of the case format.
    pub fn word(self) -> &'static str {
        match self {
            Suspicion::BodyMovement => "BODY_MOVEMENT",
            Suspicion::CuffLoose => "CUFF_LOOSE",
            Suspicion::Position => "POSITION",
            Suspicion::PulsePressure => "PULSE_PRESSURE",
            Suspicion::MapRatio => "MAP_RATIO",
        }
    }
}

/// The lowest and highest pulse any reading may carry, per minute. Beyond it nothing of the reading is
/// believed. A pulse outside the device's own range but inside this counts as sent: a very slow or very
/// fast pulse is what must be seen.
const PULSE_BELIEVABLE: (i64, i64) = (20, 300);

/// The pressures of one person, sorted into what may be used and what not, each in order of time.
#[derive(Debug, Default)]
pub struct Pressures<'a> {
    /// Clean, sitting or lying: what sessions are made of.
    pub seated: Vec<&'a PressureReading>,
    /// Clean and standing: for the drop on standing up only.
    pub standing: Vec<&'a PressureReading>,
    pub suspect: Vec<(&'a PressureReading, Vec<Suspicion>)>,
    pub refused: Vec<(&'a PressureReading, Refusal)>,
}

/// Sorts pressures. A reading that came twice (same time, same values) counts once.
pub fn pressures<'a>(
    readings: &'a [PressureReading],
    now: Now,
    params: &Params,
    device: &DeviceDefault,
    limits: &SuspectLimits,
) -> Pressures<'a> {
    let mut admitted = Pressures::default();
    for (reading, marks) in once(readings) {
        if let Some(refusal) = refusal(reading, &marks, now, params, device) {
            admitted.refused.push((reading, refusal));
            continue;
        }
        let suspicions = suspicions(reading, &marks, limits);
        if !suspicions.is_empty() {
            admitted.suspect.push((reading, suspicions));
        } else if reading.posture == Posture::Standing {
            admitted.standing.push(reading);
        } else {
            admitted.seated.push(reading);
        }
    }
    admitted
}

/// Each reading once, in order of time, with the marks of all its copies: a mark that one copy lost on
/// its way still counts.
fn once(readings: &[PressureReading]) -> Vec<(&PressureReading, BTreeSet<Mark>)> {
    let mut copies: BTreeMap<_, (&PressureReading, BTreeSet<Mark>)> = BTreeMap::new();
    for reading in readings {
        let identity = (
            reading.taken_at,
            reading.sbp_mmhg,
            reading.dbp_mmhg,
            reading.pulse_bpm,
            reading.map_mmhg,
        );
        let kept = copies
            .entry(identity)
            .or_insert_with(|| (reading, BTreeSet::new()));
        kept.1.extend(reading.marks.iter().copied());
        // Which copy stands for all must not depend on which arrived first.
        if (reading.posture, &reading.marks, reading.id)
            < (kept.0.posture, &kept.0.marks, kept.0.id)
        {
            kept.0 = reading;
        }
    }
    copies.into_values().collect()
}

fn refusal(
    reading: &PressureReading,
    marks: &BTreeSet<Mark>,
    now: Now,
    params: &Params,
    device: &DeviceDefault,
) -> Option<Refusal> {
    let (sbp, dbp) = (reading.sbp_mmhg, reading.dbp_mmhg);
    if sbp <= dbp {
        return Some(Refusal::SysLeDia);
    }
    if let Some(map) = sent_map(reading)
        && !(dbp < map && map < sbp)
    {
        return Some(Refusal::MapNotBetween);
    }
    let range = reading.range.unwrap_or(CuffRange {
        sbp_min: device.sbp_min,
        sbp_max: device.sbp_max,
        dbp_min: device.dbp_min,
        dbp_max: device.dbp_max,
    });
    let pulse_unbelievable = !marks.contains(&Mark::PulseRange)
        && reading.pulse_bpm.is_some_and(|pulse| {
            pulse < Decimal::from(PULSE_BELIEVABLE.0) || pulse > Decimal::from(PULSE_BELIEVABLE.1)
        });
    if !(range.sbp_min..=range.sbp_max).contains(&sbp)
        || !(range.dbp_min..=range.dbp_max).contains(&dbp)
        || pulse_unbelievable
    {
        return Some(Refusal::OutOfRange);
    }
    time_unusable(reading.taken_at, reading.time_usable, now, params)
        .then_some(Refusal::TimeUnusable)
}

fn time_unusable(taken_at: Moment, usable: bool, now: Now, params: &Params) -> bool {
    let ahead_ms = taken_at.as_millisecond() - now.at.as_millisecond();
    !usable || ahead_ms > minutes_ms(params.future_max_min)
}

/// The mean arterial pressure if the cuff really sent one: some cuffs send 0 for "none".
fn sent_map(reading: &PressureReading) -> Option<Decimal> {
    reading.map_mmhg.filter(|map| !map.is_zero())
}

fn suspicions(
    reading: &PressureReading,
    marks: &BTreeSet<Mark>,
    limits: &SuspectLimits,
) -> Vec<Suspicion> {
    let by_mark = [
        (Mark::BodyMovement, Suspicion::BodyMovement),
        (Mark::CuffLoose, Suspicion::CuffLoose),
        (Mark::Position, Suspicion::Position),
    ];
    let mut found: Vec<Suspicion> = by_mark
        .into_iter()
        .filter(|(mark, _)| marks.contains(mark))
        .map(|(_, suspicion)| suspicion)
        .collect();
    let width = reading.sbp_mmhg - reading.dbp_mmhg;
    if width < limits.pulse_pressure_min || width > limits.pulse_pressure_max {
        found.push(Suspicion::PulsePressure);
    }
    if let Some(map) = sent_map(reading) {
        // Compared as products: a quotient of decimals is rounded, a limit must not be.
        let height = map - reading.dbp_mmhg;
        if height < limits.map_ratio_min * width || height > limits.map_ratio_max * width {
            found.push(Suspicion::MapRatio);
        }
    }
    found
}

/// True when a suspect pressure is so severe that bad quality must not hide it.
pub fn is_severe(reading: &PressureReading, place: &PlaceLimits) -> bool {
    reading.sbp_mmhg >= place.sbp_ge
        || reading.dbp_mmhg >= place.dbp_ge
        || reading.sbp_mmhg <= place.sbp_le
}

/// A glucose value after conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Glucose {
    /// `LO`: below the meter's range.
    Low,
    /// mmol/L, rounded half up to 0.1.
    MmolPerL(Decimal),
    /// `HI`: above the meter's range.
    High,
}

impl Glucose {
    /// The number, if the meter showed one.
    pub fn mmol_per_l(self) -> Option<Decimal> {
        match self {
            Glucose::MmolPerL(value) => Some(value),
            Glucose::Low | Glucose::High => None,
        }
    }
}

/// A glucose reading that may be used.
#[derive(Debug, Clone)]
pub struct GlucoseValue<'a> {
    pub reading: &'a GlucoseReading,
    pub value: Glucose,
    /// What is known of the meal: a copy that carries it speaks for one that does not.
    pub meal: Meal,
    pub marked_retest: bool,
}

/// The glucose readings of one person, in order of time.
#[derive(Debug, Default)]
pub struct GlucoseValues<'a> {
    pub usable: Vec<GlucoseValue<'a>>,
    pub refused: Vec<(&'a GlucoseReading, Refusal)>,
}

/// Sorts glucose readings. A reading that came twice counts once.
pub fn glucose<'a>(
    readings: &'a [GlucoseReading],
    now: Now,
    params: &Params,
    device: &DeviceDefault,
) -> GlucoseValues<'a> {
    let mut copies: BTreeMap<_, Vec<&GlucoseReading>> = BTreeMap::new();
    for reading in readings {
        copies
            .entry((reading.taken_at, reading.shown.clone()))
            .or_default()
            .push(reading);
    }
    let mut admitted = GlucoseValues::default();
    for mut same in copies.into_values() {
        same.sort_by_key(|r| (meal_rank(r.meal), r.retest, r.id));
        let reading = same[0];
        let control = same.iter().any(|r| r.control);
        match glucose_value(reading, control, now, params, device) {
            Ok(value) => admitted.usable.push(GlucoseValue {
                reading,
                value,
                meal: reading.meal,
                marked_retest: same.iter().any(|r| r.retest),
            }),
            Err(refusal) => admitted.refused.push((reading, refusal)),
        }
    }
    // A re-test of the same minute comes after what it tests.
    admitted
        .usable
        .sort_by_key(|v| (v.reading.taken_at, v.marked_retest, v.value));
    admitted
}

/// Known contexts before the unknown one.
fn meal_rank(meal: Meal) -> usize {
    Meal::ALL
        .iter()
        .position(|m| *m == meal)
        .unwrap_or(usize::MAX)
}

fn glucose_value(
    reading: &GlucoseReading,
    control: bool,
    now: Now,
    params: &Params,
    device: &DeviceDefault,
) -> Result<Glucose, Refusal> {
    if control {
        return Err(Refusal::ControlSolution);
    }
    if time_unusable(reading.taken_at, reading.time_usable, now, params) {
        return Err(Refusal::TimeUnusable);
    }
    let (sent, unit) = match &reading.shown {
        GlucoseShown::Low => return Ok(Glucose::Low),
        GlucoseShown::High => return Ok(Glucose::High),
        GlucoseShown::Number { unit: None, .. } => return Err(Refusal::UnitMissing),
        GlucoseShown::Number {
            value,
            unit: Some(unit),
        } => (*value, *unit),
    };
    let mmol = match unit {
        GlucoseUnit::MmolPerL => sent,
        GlucoseUnit::MgPerDl => sent / params.mgdl_per_mmol,
    };
    let mmol = round_half_up(mmol, 1);
    let range = reading.range.unwrap_or(MeterRange {
        min: device.glucose_min,
        max: device.glucose_max,
    });
    if mmol > range.max && unit == GlucoseUnit::MmolPerL {
        Err(Refusal::GluUnitSuspect)
    } else if mmol > range.max || mmol < range.min {
        Err(Refusal::OutOfRange)
    } else {
        Ok(Glucose::MmolPerL(mmol))
    }
}
