//! Case files of `judge`: one person, one moment, what is expected. The judgement itself is the same
//! function that the pipeline calls.

mod file;

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Number, Value, json};
use toml::value::Datetime;

use super::assess::unknown_signs;
use super::explain::Explanation;
use super::judge::{Judgement, judge};
use super::record::{
    Care, GlucoseReading, GlucoseShown, GlucoseUnit, Now, Person, PressureReading, Record,
};
use super::table::{Exact, RuleTable};
use crate::vitals::{Mark, Meal, Moment};
use file::{MaybeNumber, RawBp, RawCase, RawCases, RawExpect, RawGlucose, RawPerson};

/// Why a case file is refused as a whole. `line` counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseFault {
    #[error("line {line}: {message}")]
    Toml { line: usize, message: String },
    #[error("line {line}: case {id}: {problem}")]
    Case {
        line: usize,
        id: String,
        problem: String,
    },
}

/// The result of one case, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseLine {
    pub id: String,
    pub flags: Vec<String>,
    pub pending: Vec<&'static str>,
    pub rejected: Vec<&'static str>,
    pub suspect: Vec<&'static str>,
    /// [SBP, DBP] of the current session, mmHg.
    pub session: Option<(i64, i64)>,
    /// mmol/L.
    pub glucose_mmol: Option<Number>,
    pub explain: Vec<Explanation>,
    /// What differs from `expect`: per key what was expected and what came. Absent when all agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Value>,
}

/// Judges every case of a file.
///
/// The caller prints one line per case and exits 1 when any line holds a `mismatch`.
///
/// # Errors
/// The first fault of the file: not TOML, an unknown key, sign, mark or profile, a time without offset.
pub fn judge_cases(table: &RuleTable, text: &str) -> Result<Vec<CaseLine>, CaseFault> {
    let file: RawCases = toml::from_str(text).map_err(|e| CaseFault::Toml {
        line: line_of(text, e.span().map_or(0, |s| s.start)),
        message: e.message().split_whitespace().collect::<Vec<_>>().join(" "),
    })?;
    file.case
        .into_iter()
        .map(|raw| {
            let line = line_of(text, raw.id.span().start);
            let id = raw.id.get_ref().clone();
            run(table, raw).map_err(|problem| CaseFault::Case { line, id, problem })
        })
        .collect()
}

fn line_of(text: &str, byte: usize) -> usize {
    let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|b| **b == b'\n').count()
}

fn run(table: &RuleTable, raw: RawCase) -> Result<CaseLine, String> {
    let now = now_of(&raw.now)?;
    let record = record_of(table, &raw)?;
    let judgement = judge(table, &record, now);
    let mut line = line_from(raw.id.into_inner(), judgement);
    line.mismatch = raw.expect.and_then(|expected| mismatch(&expected, &line));
    Ok(line)
}

fn line_from(id: String, judgement: Judgement) -> CaseLine {
    let refused = judgement
        .refused_pressures
        .iter()
        .chain(&judgement.refused_glucose);
    CaseLine {
        id,
        flags: judgement.findings.iter().map(|f| f.rule.clone()).collect(),
        pending: judgement.prompts.iter().map(|p| p.kind.word()).collect(),
        rejected: refused.map(|(_, refusal)| refusal.word()).collect(),
        suspect: judgement
            .suspect
            .iter()
            .map(|(_, suspicion)| suspicion.word())
            .collect(),
        session: judgement.session,
        glucose_mmol: judgement.glucose_mmol.and_then(number_of),
        explain: judgement
            .findings
            .into_iter()
            .map(|f| f.explanation)
            .collect(),
        mismatch: None,
    }
}

fn number_of(value: Decimal) -> Option<Number> {
    serde_json::from_str(&value.normalize().to_string()).ok()
}

/// The differences between what was expected and what came. An absent list is an empty one, an absent
/// scalar is not compared, the order inside lists does not matter.
fn mismatch(expected: &RawExpect, line: &CaseLine) -> Option<Value> {
    let mut found = Map::new();
    let lists: [(&str, &[String], Vec<&str>); 4] = [
        (
            "flags",
            &expected.flags,
            line.flags.iter().map(String::as_str).collect(),
        ),
        ("pending", &expected.pending, line.pending.clone()),
        ("rejected", &expected.rejected, line.rejected.clone()),
        ("suspect", &expected.suspect, line.suspect.clone()),
    ];
    for (key, wanted, mut came) in lists {
        let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        wanted.sort_unstable();
        came.sort_unstable();
        if wanted != came {
            found.insert(key.to_owned(), json!({ "expected": wanted, "came": came }));
        }
    }
    if let Some(wanted) = &expected.session {
        let came: Vec<i64> = line.session.map(|(s, d)| vec![s, d]).unwrap_or_default();
        if *wanted != came {
            found.insert(
                "session".into(),
                json!({ "expected": wanted, "came": came }),
            );
        }
    }
    if let Some(Exact(wanted)) = expected.glucose_mmol {
        let wanted = number_of(wanted);
        if wanted != line.glucose_mmol {
            let difference = json!({ "expected": wanted, "came": line.glucose_mmol });
            found.insert("glucose_mmol".into(), difference);
        }
    }
    (!found.is_empty()).then_some(Value::Object(found))
}

fn now_of(datetime: &Datetime) -> Result<Now, String> {
    let offset = match datetime.offset {
        Some(toml::value::Offset::Z) => jiff::tz::Offset::UTC,
        Some(toml::value::Offset::Custom { minutes }) => {
            jiff::tz::Offset::from_seconds(i32::from(minutes) * 60)
                .map_err(|_| format!("`now` has an offset of {minutes} minutes"))?
        }
        None => return Err("`now` needs an offset such as +08:00".to_owned()),
    };
    Ok(Now {
        at: moment_of(datetime)?,
        offset,
    })
}

fn moment_of(datetime: &Datetime) -> Result<Moment, String> {
    if datetime.offset.is_none() || datetime.date.is_none() || datetime.time.is_none() {
        return Err(format!(
            "`{datetime}` needs date, time and an offset such as +08:00"
        ));
    }
    datetime
        .to_string()
        .parse()
        .map_err(|_| format!("`{datetime}` is not a time"))
}

fn record_of(table: &RuleTable, raw: &RawCase) -> Result<Record, String> {
    let mut record = Record::of(person_of(table, &raw.person)?);
    for (position, bp) in raw.bp.iter().enumerate() {
        record.pressures.push(pressure_of(position, bp)?);
    }
    for (position, glucose) in raw.glucose.iter().enumerate() {
        record.glucose.push(glucose_of(position, glucose)?);
    }
    record.meals = raw.meals.iter().map(moment_of).collect::<Result<_, _>>()?;
    record.signs = raw.signs.clone();
    if let Some(sign) = unknown_signs(&record.signs, table) {
        return Err(format!("no sign is called `{sign}`"));
    }
    record.care = Care {
        open_referral_days: raw.care.open_referral_days,
        days_since_visit: raw.care.days_since_visit,
        days_since_exam: raw.care.days_since_exam,
    };
    Ok(record)
}

fn person_of(table: &RuleTable, raw: &RawPerson) -> Result<Person, String> {
    let unknown = |id: &String| Err(format!("no profile is called `{id}`"));
    if let Some(id) = &raw.bp_profile
        && !table.bp_profiles.iter().any(|p| p.id == *id)
    {
        return unknown(id);
    }
    if let Some(id) = &raw.glucose_profile
        && !table.glucose_profiles.iter().any(|p| p.id == *id)
    {
        return unknown(id);
    }
    Ok(Person {
        age_years: raw.age,
        hypertension: raw.htn,
        diabetes: raw.dm,
        atrial_fibrillation: raw.af,
        risk_drug: raw.risk_drug,
        target_sbp_mmhg: raw.target_sbp.map(|e| e.0),
        target_dbp_mmhg: raw.target_dbp.map(|e| e.0),
        bp_profile: raw.bp_profile.clone(),
        glucose_profile: raw.glucose_profile.clone(),
        health: raw.health,
    })
}

/// A row number for a reading of a case file: its position in its list, from 1.
fn id_of(position: usize) -> i64 {
    i64::try_from(position).map_or(i64::MAX, |p| p.saturating_add(1))
}

fn pressure_of(position: usize, raw: &RawBp) -> Result<PressureReading, String> {
    let mut marks = BTreeSet::new();
    for word in &raw.q {
        marks.insert(match word.as_str() {
            "BODY_MOVEMENT" => Mark::BodyMovement,
            "CUFF_LOOSE" => Mark::CuffLoose,
            "POSITION" => Mark::Position,
            "PULSE_RANGE" => Mark::PulseRange,
            _ => return Err(format!("no quality mark is called `{word}`")),
        });
    }
    if raw.irr {
        marks.insert(Mark::IrregularPulse);
    }
    Ok(PressureReading {
        id: id_of(position),
        taken_at: moment_of(&raw.t)?,
        time_usable: true,
        device: String::new(),
        sbp_mmhg: raw.s.0,
        dbp_mmhg: raw.d.0,
        map_mmhg: raw.map.and_then(|MaybeNumber(map)| map),
        pulse_bpm: raw.p.and_then(|MaybeNumber(pulse)| pulse),
        posture: raw.posture,
        marks,
        range: None,
    })
}

fn glucose_of(position: usize, raw: &RawGlucose) -> Result<GlucoseReading, String> {
    let shown = match (raw.flag.as_deref(), raw.v) {
        (Some("LO"), _) => GlucoseShown::Low,
        (Some("HI"), _) => GlucoseShown::High,
        (Some(flag), _) => return Err(format!("no glucose flag is called `{flag}`")),
        (None, Some(Exact(value))) => {
            let unit = match raw.unit.as_deref() {
                Some("mmol/L") => Some(GlucoseUnit::MmolPerL),
                Some("mg/dL") => Some(GlucoseUnit::MgPerDl),
                _ => None,
            };
            GlucoseShown::Number { value, unit }
        }
        (None, None) => return Err("a glucose reading needs `v` or `flag`".to_owned()),
    };
    let meal = match raw.ctx.as_deref() {
        Some("fasting") => Meal::Fasting,
        Some("before_meal") => Meal::Before,
        Some("after_meal_2h") => Meal::After,
        Some("bedtime") => Meal::Bedtime,
        Some("random") => Meal::Casual,
        Some("unknown") | None => Meal::Unknown,
        Some(word) => return Err(format!("no glucose context is called `{word}`")),
    };
    Ok(GlucoseReading {
        id: id_of(position),
        taken_at: moment_of(&raw.t)?,
        time_usable: true,
        device: String::new(),
        shown,
        meal,
        control: raw.control,
        retest: raw.retest,
        range: None,
    })
}
