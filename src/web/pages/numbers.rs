//! Readings as rows of a table: the number and its circumstances.

use std::collections::HashMap;

use super::when::{DayHour, When};
use crate::charts::summary::shown;
use crate::journal::Arrival;
use crate::vitals::{
    GlucoseValue, Mark, Measured, Observation, Specimen, Subject, TakenAt, TimeMethod,
};
use crate::words::Words;

/// One reading with its provenance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRow {
    pub when: DayHour,
    /// `± 2 分`, or nothing when it is known to the minute.
    pub uncertainty: Option<String>,
    /// The time can be used: drawn in the pictures and counted.
    pub usable_time: bool,
    /// How the time is known.
    pub method: String,
    /// `血压`, `血糖`.
    pub kind: String,
    /// `157/85`, `7.1`, `低于仪器量程`.
    pub value: String,
    /// `mmHg`, `mmol/L`; nothing where the meter showed no number.
    pub unit: &'static str,
    /// `脉率 72`, `空腹`.
    pub beside: String,
    /// Whose it is and on what grounds, or why nobody's.
    pub subject: String,
    /// The page of this reading, for those who may see it.
    pub href: Option<String>,
    pub device: String,
    pub marks: Vec<String>,
}

/// Writes one reading. `labels`: what staff call each device.
pub fn number_row(
    observation: &Observation,
    labels: &HashMap<&str, &str>,
    when: &When,
) -> NumberRow {
    let t = when.t;
    let reading = &observation.reading;
    let (value, beside) = value(&reading.measured, t);
    let device = reading.device.0.as_str();
    NumberRow {
        kind: t.word("kind", reading.measured.kind()),
        value,
        unit: unit(&reading.measured),
        beside,
        href: Some(format!("/observations/{}", observation.id)),
        device: match reading.marks.contains(&Mark::Typed) {
            true => t.say("device-typed"),
            false => labels.get(device).copied().unwrap_or(device).to_owned(),
        },
        marks: mark_words(&reading.marks, t),
        ..circumstances(observation.taken, observation.subject, when)
    }
}

/// When it was taken, how that is known, and whose it is.
fn circumstances(taken: TakenAt, subject: Subject, when: &When) -> NumberRow {
    let t = when.t;
    let worth_saying = taken.uncertainty_s >= 60 && taken.method != TimeMethod::Unusable;
    NumberRow {
        when: when.day_hour(taken.at),
        uncertainty: worth_saying.then(|| t.span(u64::from(taken.uncertainty_s))),
        usable_time: taken.method != TimeMethod::Unusable,
        method: t.word("time-method", taken.method.word()),
        kind: String::new(),
        value: String::new(),
        unit: "",
        beside: String::new(),
        subject: match subject {
            Subject::Known { basis, .. } => t.word("basis", basis.word()),
            Subject::Unclaimed { reason } => t.word("unclaimed", reason.word()),
            Subject::Voided { reason } => t.word("voided", reason.word()),
        },
        href: None,
        device: String::new(),
        marks: Vec::new(),
    }
}

fn mark_words<'a>(marks: impl IntoIterator<Item = &'a Mark>, t: Words) -> Vec<String> {
    let said = |mark: &Mark| t.word("mark", mark.word());
    marks.into_iter().map(said).collect()
}

/// Writes what may be said of a reading without its value.
pub fn arrival_row(arrival: &Arrival, device: &str, when: &When) -> NumberRow {
    let t = when.t;
    NumberRow {
        kind: t.word("kind", &arrival.kind),
        value: String::new(),
        unit: "",
        beside: String::new(),
        device: device.to_owned(),
        marks: mark_words(&arrival.marks, t),
        ..circumstances(arrival.taken, arrival.subject, when)
    }
}

/// The unit beside a value; nothing where the meter showed no number.
pub fn unit(measured: &Measured) -> &'static str {
    match measured {
        Measured::BloodPressure(_) => "mmHg",
        Measured::Glucose(glucose) => match glucose.value {
            GlucoseValue::MmolL(_) => "mmol/L",
            GlucoseValue::Low | GlucoseValue::High => "",
        },
    }
}

/// A measured value for the eye, and what stands beside it.
pub fn value(measured: &Measured, t: Words) -> (String, String) {
    match measured {
        Measured::BloodPressure(pressure) => {
            let pair = format!(
                "{}/{}",
                shown(pressure.systolic_mmhg, 0),
                shown(pressure.diastolic_mmhg, 0)
            );
            let pulse = pressure
                .pulse_bpm
                .map(|pulse| t.with1("number-pulse", "value", shown(pulse, 0)));
            (pair, pulse.unwrap_or_default())
        }
        Measured::Glucose(glucose) => {
            let number = match &glucose.value {
                GlucoseValue::MmolL(value) => shown(*value, 1),
                GlucoseValue::Low => t.say("glucose-low"),
                GlucoseValue::High => t.say("glucose-high"),
            };
            let beside = match glucose.specimen {
                Specimen::Blood => t.word("meal", glucose.meal.word()),
                Specimen::Control => t.say("number-control"),
            };
            (number, beside)
        }
    }
}
