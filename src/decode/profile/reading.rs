//! The `[[reading]]` tables: what is measured, where its values stand, and what the device says against it.

use super::fields::Scope;
use super::model::{Condition, Flag, Kind, Measure, ReadingRule};
use super::overlap::{self, Around};
use super::section::{Item, ProfileError, Section, nearest_clause};
use super::topic::TopicFilter;
use super::unit::Unit;
use crate::vitals::{Mark, Meal};

type Parsed<T> = Result<T, ProfileError>;

/// One table. `outer` are the conditions of `[match]`, which hold too.
pub(super) fn reading(
    item: &Item<'_>,
    kind: Kind,
    topics: &[TopicFilter],
    outer: &[Condition],
) -> Parsed<ReadingRule> {
    let section = item.table("[[reading]]")?;
    let each = section.get("each");
    let scope = Scope {
        kind,
        topics,
        keys: each.is_some(),
    };
    let each = each.map(|e| scope.path(&e)).transpose()?;
    let when = scope.conditions(section.get("when"))?;
    let around = Around {
        topics,
        outer,
        each: each.is_some(),
    };
    overlap::refuse_contradiction(&section, &when, around)?;
    let example = "kind = \"blood_pressure\"";
    let word = section.need("kind", example)?;
    let (measure, fits): (Measure, fn(Unit) -> bool) = match word.text(example)? {
        "blood_pressure" => (blood_pressure(&section, &scope)?, Unit::is_pressure),
        "glucose" => (glucose(&section, &scope)?, |u| !u.is_pressure()),
        other => {
            return Err(word.error(
                format!("unknown kind of reading `{other}`"),
                nearest_clause(other, &["blood_pressure", "glucose"]),
            ));
        }
    };
    let rule = ReadingRule {
        each,
        when,
        unit: scope.unit(&section.need("unit", "unit = \"mmHg\"")?, fits)?,
        measure,
        time: section.get("time").map(|t| scope.time(&t)).transpose()?,
        slot: section.get("slot").map(|s| scope.text(&s)).transpose()?,
        sequence: section
            .get("sequence")
            .map(|s| scope.text(&s))
            .transpose()?,
        marks: marks(section.get("marks"), &scope)?,
    };
    section.finish()?;
    Ok(rule)
}

fn blood_pressure(section: &Section<'_>, scope: &Scope<'_>) -> Parsed<Measure> {
    let number = |key| section.get(key).map(|n| scope.number(&n)).transpose();
    let (systolic, diastolic) = (number("systolic")?, number("diastolic")?);
    let (map, pulse) = (number("map")?, number("pulse")?);
    if systolic.is_none() && diastolic.is_none() && map.is_none() && pulse.is_none() {
        return Err(section.error(
            "this blood pressure names no value",
            "write `systolic = \"/sys\"` and `diastolic = \"/dia\"`",
        ));
    }
    Ok(Measure::BloodPressure {
        systolic,
        diastolic,
        map,
        pulse,
    })
}

fn glucose(section: &Section<'_>, scope: &Scope<'_>) -> Parsed<Measure> {
    let meals = Meal::ALL.map(Meal::word);
    Ok(Measure::Glucose {
        value: scope.number(&section.need("value", "value = \"/glucose\"")?)?,
        meal: section
            .get("meal")
            .map(|m| scope.word_table(&m, Meal::from_word, &meals))
            .transpose()?,
        control: section.get("control").map(|c| scope.flag(&c)).transpose()?,
    })
}

fn marks(item: Option<Item<'_>>, scope: &Scope<'_>) -> Parsed<Vec<(Mark, Flag)>> {
    let Some(item) = item else {
        return Ok(Vec::new());
    };
    // What the hub or staff says about a reading is not the device's to say.
    let known: Vec<&str> = Mark::ALL
        .into_iter()
        .filter(|m| !matches!(m, Mark::MaybeDouble | Mark::Typed))
        .map(Mark::word)
        .collect();
    let mut found = Vec::new();
    for (word, span, flag) in item
        .table("marks = { body_movement = \"/moved\" }")?
        .entries()
    {
        let mark = Mark::from_word(word)
            .filter(|m| known.contains(&m.word()))
            .ok_or_else(|| {
                item.origin.error(
                    span,
                    format!("unknown mark `{word}`"),
                    nearest_clause(word, &known),
                )
            })?;
        found.push((mark, scope.flag(&flag)?));
    }
    Ok(found)
}
