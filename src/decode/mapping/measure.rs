//! The values of one reading: numbers with their units, checked against what can be measured at all.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::flag::{self, Answer};
use super::number;
use super::outcome::{Fault, PartKey, Problem, Reason, Sent};
use super::plausible;
use super::select::{Found, Place};
use crate::decode::profile::{Measure, NumberRule, ReadingRule, Unit, UnitRule};
use crate::vitals::{BloodPressure, Glucose, GlucoseValue, Meal, Measured, Specimen};

/// What the values of one element amount to.
pub(super) enum Outcome {
    /// None of the fields is there: this rule is not about this element.
    NotHere,
    /// The fields say "no value".
    NoValue(Vec<Reason>),
    Whole(Measured, Vec<Reason>),
    /// Some values of a blood pressure; the profile joins.
    Half(Vec<(PartKey, Decimal)>),
}

/// What a number field says.
enum Amount {
    Missing,
    /// Null, blank, dashes, or a text of the rule's `none`.
    NoValue,
    Number {
        value: Decimal,
        unit: Option<Unit>,
        at: String,
    },
    High(String),
    Low(String),
}

pub(super) fn measure(
    rule: &ReadingRule,
    place: &Place<'_>,
    joins: bool,
) -> Result<Outcome, Problem> {
    match &rule.measure {
        Measure::BloodPressure {
            systolic,
            diastolic,
            map,
            pulse,
        } => {
            let amounts = [
                pressure(systolic.as_ref(), &rule.unit, place)?,
                pressure(diastolic.as_ref(), &rule.unit, place)?,
                // A mean pressure that is no number must not cost the reading.
                pressure(map.as_ref(), &rule.unit, place).unwrap_or(Side::Missing),
                rate(pulse.as_ref(), place)?,
            ];
            blood_pressure(amounts, place, joins)
        }
        Measure::Glucose {
            value,
            meal,
            control,
        } => {
            let amount = amount(value, place)?;
            if matches!(amount, Amount::Missing) {
                return Ok(Outcome::NotHere);
            }
            let mut notes = Vec::new();
            let specimen = match control
                .as_ref()
                .map(|c| flag::answer(c, place))
                .transpose()?
            {
                Some(Answer::Yes) => Specimen::Control,
                // Whether a value is a person's at all cannot be left open.
                Some(Answer::Unclear(at)) => return Err(Problem::new(at, Fault::UnknownFlag)),
                Some(Answer::No) | None => Specimen::Blood,
            };
            if specimen == Specimen::Control {
                notes.push(Reason::new(place.shown_at.clone(), "control_solution"));
            }
            let meal = match meal {
                Some((at, words)) => {
                    let of_word = |found: &Found<'_>| match words {
                        Some(table) => named(found, table),
                        None => Meal::from_word(found.text()?.trim()),
                    };
                    let found = place.find(at)?.filter(|f| !f.value.is_null());
                    let known = found.as_ref().and_then(of_word);
                    if let (Some(found), None) = (&found, known) {
                        notes.push(Reason::new(found.at.clone(), "unknown_meal"));
                    }
                    known.unwrap_or_default()
                }
                None => Meal::Unknown,
            };
            glucose(amount, rule, place, meal, specimen, notes)
        }
    }
}

/// The numbers of an element that was refused, whatever can be measured at all. Nothing when there is none,
/// or when it is (or may be) control solution.
pub(super) fn as_sent(rule: &ReadingRule, place: &Place<'_>) -> Option<Sent> {
    let number = |number: &NumberRule, fits: fn(Unit) -> bool| {
        let without_range = NumberRule {
            range: None,
            ..number.clone()
        };
        match amount(&without_range, place).ok()? {
            Amount::Number { value, unit, at } => {
                converted(value, unit, &rule.unit, place, &at, fits).ok()
            }
            _ => None,
        }
    };
    match &rule.measure {
        Measure::BloodPressure {
            systolic,
            diastolic,
            ..
        } => {
            let side = |rule: &Option<NumberRule>| number(rule.as_ref()?, Unit::is_pressure);
            let (systolic_mmhg, diastolic_mmhg) = (side(systolic), side(diastolic));
            (systolic_mmhg.is_some() || diastolic_mmhg.is_some()).then_some(Sent::Pressure {
                systolic_mmhg,
                diastolic_mmhg,
            })
        }
        Measure::Glucose { value, control, .. } => {
            let control = control.as_ref().map(|c| flag::answer(c, place));
            matches!(control, None | Some(Ok(Answer::No))).then_some(())?;
            let mmol_l = number(value, |unit| !unit.is_pressure())?;
            Some(Sent::Glucose { mmol_l })
        }
    }
}

/// One pressure or rate, in mmHg or per minute.
enum Side {
    Missing,
    NoValue,
    Value(Decimal, String),
}

fn blood_pressure(sides: [Side; 4], place: &Place<'_>, joins: bool) -> Result<Outcome, Problem> {
    if sides.iter().all(|s| matches!(s, Side::Missing)) {
        return Ok(Outcome::NotHere);
    }
    let [systolic, diastolic, map, pulse] = sides;
    let valued = |side: &Side| matches!(side, Side::Value(..));
    if !valued(&systolic) && !valued(&diastolic) && !(joins && valued(&pulse)) {
        let said = matches!(systolic, Side::NoValue) || matches!(diastolic, Side::NoValue);
        if said || joins {
            return Ok(Outcome::NoValue(vec![Reason::new(
                place.shown_at.clone(),
                "no_value",
            )]));
        }
        return Err(Problem::new(place.shown_at.clone(), Fault::Incomplete));
    }
    if let Side::Value(mmhg, at) = &systolic {
        plausible::systolic(*mmhg).map_err(|fault| Problem::new(at.clone(), fault))?;
    }
    if let Side::Value(mmhg, at) = &diastolic {
        plausible::diastolic(*mmhg).map_err(|fault| Problem::new(at.clone(), fault))?;
    }
    let pulse_bpm = match pulse {
        Side::Value(bpm, at) => {
            plausible::pulse(bpm).map_err(|fault| Problem::new(at, fault))?;
            Some(bpm)
        }
        Side::Missing | Side::NoValue => None,
    };
    let map_mmhg = match map {
        Side::Value(mmhg, _) if mmhg > Decimal::ZERO => Some(mmhg),
        _ => None,
    };
    match (systolic, diastolic) {
        (Side::Value(systolic_mmhg, at), Side::Value(diastolic_mmhg, _)) => {
            plausible::above(systolic_mmhg, diastolic_mmhg)
                .map_err(|fault| Problem::new(at, fault))?;
            let pressure = BloodPressure {
                systolic_mmhg,
                diastolic_mmhg,
                map_mmhg,
                pulse_bpm,
            };
            Ok(Outcome::Whole(
                Measured::BloodPressure(pressure),
                Vec::new(),
            ))
        }
        (systolic, diastolic) if joins => {
            let number = |side| {
                if let Side::Value(v, _) = side {
                    Some(v)
                } else {
                    None
                }
            };
            let values = [
                (PartKey::Systolic, number(systolic)),
                (PartKey::Diastolic, number(diastolic)),
                (PartKey::Map, map_mmhg),
                (PartKey::Pulse, pulse_bpm),
            ];
            Ok(Outcome::Half(
                values
                    .into_iter()
                    .filter_map(|(k, v)| Some((k, v?)))
                    .collect(),
            ))
        }
        _ => Err(Problem::new(place.shown_at.clone(), Fault::Incomplete)),
    }
}

fn glucose(
    amount: Amount,
    rule: &ReadingRule,
    place: &Place<'_>,
    meal: Meal,
    specimen: Specimen,
    mut notes: Vec<Reason>,
) -> Result<Outcome, Problem> {
    let value = match amount {
        Amount::Missing => return Ok(Outcome::NotHere),
        Amount::NoValue => {
            notes.push(Reason::new(place.shown_at.clone(), "no_value"));
            return Ok(Outcome::NoValue(notes));
        }
        // HI and LO of control solution say something about the meter, nothing about a person.
        Amount::High(_) | Amount::Low(_) if specimen == Specimen::Control => {
            return Ok(Outcome::NoValue(notes));
        }
        Amount::High(_) => GlucoseValue::High,
        Amount::Low(_) => GlucoseValue::Low,
        Amount::Number { value, unit, at } => {
            let mmol_l = converted(value, unit, &rule.unit, place, &at, |u| !u.is_pressure())?;
            plausible::glucose(mmol_l).map_err(|fault| Problem::new(at, fault))?;
            GlucoseValue::MmolL(mmol_l)
        }
    };
    Ok(Outcome::Whole(
        Measured::Glucose(Glucose {
            value,
            meal,
            specimen,
        }),
        notes,
    ))
}

fn pressure(
    rule: Option<&NumberRule>,
    unit: &UnitRule,
    place: &Place<'_>,
) -> Result<Side, Problem> {
    side(rule, place, |value, own, at| {
        converted(value, own, unit, place, at, Unit::is_pressure)
    })
}

fn rate(rule: Option<&NumberRule>, place: &Place<'_>) -> Result<Side, Problem> {
    side(rule, place, |value, own, at| match own {
        None => Ok(value),
        Some(_) => Err(Problem::new(at, Fault::UnknownUnit)),
    })
}

fn side(
    rule: Option<&NumberRule>,
    place: &Place<'_>,
    convert: impl Fn(Decimal, Option<Unit>, &str) -> Result<Decimal, Problem>,
) -> Result<Side, Problem> {
    let Some(rule) = rule else {
        return Ok(Side::Missing);
    };
    Ok(match amount(rule, place)? {
        Amount::Missing => Side::Missing,
        Amount::NoValue => Side::NoValue,
        Amount::Number { value, unit, at } => Side::Value(convert(value, unit, &at)?, at),
        Amount::High(at) | Amount::Low(at) => {
            return Err(Problem::new(at, Fault::OutsideDeviceRange));
        }
    })
}

fn amount(rule: &NumberRule, place: &Place<'_>) -> Result<Amount, Problem> {
    let Some(found) = place.find(&rule.at)? else {
        return Ok(Amount::Missing);
    };
    if found.value.is_null() {
        return Ok(Amount::NoValue);
    }
    let text = match found.text() {
        Some(text) if found.value.is_string() || found.value.is_number() => text,
        _ => return Err(Problem::new(found.at, Fault::NotANumber)),
    };
    let text = text.trim();
    let dashes = text.chars().all(|c| matches!(c, '-' | '–' | '—'));
    let none = |word: &String| word == text || number::same(word, text);
    if dashes || rule.none.iter().any(none) {
        return Ok(Amount::NoValue);
    }
    let is = |words: &[String], usual: [&str; 2]| {
        words.iter().any(|w| w == text) || usual.iter().any(|u| u.eq_ignore_ascii_case(text))
    };
    if is(&rule.high, ["HI", "HIGH"]) {
        return Ok(Amount::High(found.at));
    }
    if is(&rule.low, ["LO", "LOW"]) {
        return Ok(Amount::Low(found.at));
    }
    // A JSON number has no unit in it, but may have an exponent.
    let (digits, unit) = if rule.with_unit && found.value.is_string() {
        split_unit(text)
    } else {
        (text, "")
    };
    let problem = |fault| Problem::new(found.at.clone(), fault);
    let mut value = number::decimal(digits).map_err(problem)?;
    let unit = match unit {
        "" => None,
        name => Some(Unit::from_name(name).ok_or_else(|| problem(Fault::UnknownUnit))?),
    };
    if let Some(scale) = rule.scale {
        value = value
            .checked_mul(scale)
            .ok_or_else(|| problem(Fault::NumberOutOfRange))?;
    }
    if rule
        .range
        .is_some_and(|(low, high)| value < low || value > high)
    {
        return Err(problem(Fault::OutsideDeviceRange));
    }
    Ok(Amount::Number {
        value,
        unit,
        at: found.at,
    })
}

/// `"126 mmHg"` into `"126"` and `"mmHg"`.
fn split_unit(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|(_, c)| c.is_ascii_whitespace() || c.is_ascii_alphabetic())
        .map_or(text.len(), |(at, _)| at);
    let (digits, unit) = text.split_at(end);
    (digits, unit.trim())
}

fn converted(
    value: Decimal,
    own: Option<Unit>,
    rule: &UnitRule,
    place: &Place<'_>,
    at: &str,
    fits: fn(Unit) -> bool,
) -> Result<Decimal, Problem> {
    let unit = match own {
        Some(unit) if fits(unit) => unit,
        Some(_) => return Err(Problem::new(at, Fault::UnknownUnit)),
        None => unit_of(rule, place, at, fits)?,
    };
    unit.convert(value)
        .ok_or_else(|| Problem::new(at, Fault::NumberOutOfRange))
}

/// What a table of the profile makes of a word.
fn named<T: Copy>(found: &Found<'_>, table: &BTreeMap<String, T>) -> Option<T> {
    let hit = table.iter().find(|(word, _)| found.names(word));
    hit.map(|(_, value)| *value)
}

fn unit_of(
    rule: &UnitRule,
    place: &Place<'_>,
    value_at: &str,
    fits: fn(Unit) -> bool,
) -> Result<Unit, Problem> {
    let (at, values) = match rule {
        UnitRule::Fixed(unit) => return Ok(*unit),
        UnitRule::Field { at, values } => (at, values),
    };
    let Some(found) = place.find(at)? else {
        return Err(Problem::new(value_at, Fault::UnknownUnit));
    };
    let unit = if values.is_empty() {
        found.text().and_then(|text| Unit::from_name(text.trim()))
    } else {
        named(&found, values)
    };
    unit.filter(|u| fits(*u))
        .ok_or_else(|| Problem::new(found.at, Fault::UnknownUnit))
}
