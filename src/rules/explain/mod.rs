//! The sentence a doctor would say: what was measured, the limit, whose limit, and the source with its year.
//! The words come from the rule files, in both languages; nothing here invents a sentence.

mod speaker;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::assess::{Assessment, Used};
use super::cel::group_of;
use super::facts::{CATALOGUE, FactValue};
use super::judge::Confirmation;
use super::record::{GlucoseShown, GlucoseUnit, Record, round_half_up};
use super::table::{Bilingual, Rule, RuleTable, Source};
use speaker::Speaker;

/// Everything a flag keeps about why it was raised.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explanation {
    pub rule: String,
    /// Version of the table, and the SHA-256 of its files: what a later reader needs to find the rule again.
    pub table_version: String,
    pub table_sha256: String,
    pub group: String,
    pub tier: &'static str,
    /// `P` printed, `D` derived.
    pub class: &'static str,
    pub population: String,
    /// `not_needed`, `by_readings`, or `by_waiting` (nobody measured again).
    pub confirmation: &'static str,
    /// The rule's own sentence.
    pub zh: String,
    pub en: String,
    /// What was measured, the limit and whose it is, as one sentence.
    pub text_zh: String,
    pub text_en: String,
    pub limit_zh: String,
    pub limit_en: String,
    pub whose_zh: String,
    pub whose_en: String,
    /// The facts that the rule names, as they stood.
    pub facts: BTreeMap<String, String>,
    pub readings: Vec<ReadingUsed>,
    pub sources: Vec<SourceShown>,
}

/// A reading behind a flag.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReadingUsed {
    pub id: i64,
    /// `blood_pressure` or `glucose`.
    pub kind: &'static str,
    /// RFC 3339, UTC.
    pub taken_at: String,
    pub device: String,
    /// `152/86`, `3.4 mmol/L`, `LO`, `HI`.
    pub value: String,
    /// Posture, or the context of a glucose value.
    pub circumstance: &'static str,
    /// The device's marks.
    pub quality: Vec<&'static str>,
}

/// A source as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SourceShown {
    pub id: String,
    pub title_zh: String,
    pub title_en: String,
    pub year: Option<i32>,
    pub section: String,
}

#[derive(Clone, Copy)]
enum Language {
    Chinese,
    English,
}

impl Bilingual {
    fn of(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

/// Explains a rule that stands.
pub fn explain(
    rule: &Rule,
    confirmation: Confirmation,
    assessment: &Assessment<'_>,
    table: &RuleTable,
    record: &Record,
) -> Explanation {
    let speak = |language| Speaker {
        rule,
        assessment,
        table,
        record,
        language,
    };
    let (chinese, english) = (speak(Language::Chinese), speak(Language::English));
    let facts = rule.condition.paths().iter().filter_map(|path| {
        let value = assessment.facts.get(path)?;
        Some((path.clone(), shown(path, value)))
    });
    Explanation {
        rule: rule.id.clone(),
        table_version: table.meta.version.clone(),
        table_sha256: table.sha256.clone(),
        group: rule.group.clone(),
        tier: rule.tier.word(),
        class: rule.class.letter(),
        population: rule.population.clone(),
        confirmation: match confirmation {
            Confirmation::NotNeeded => "not_needed",
            Confirmation::ByReadings => "by_readings",
            Confirmation::ByWaiting => "by_waiting",
        },
        zh: rule.sentence.zh.clone(),
        en: rule.sentence.en.clone(),
        text_zh: chinese.text(confirmation),
        text_en: english.text(confirmation),
        limit_zh: chinese.limit().0,
        limit_en: english.limit().0,
        whose_zh: chinese.limit().1,
        whose_en: english.limit().1,
        facts: facts.collect(),
        readings: readings(rule, assessment),
        sources: sources(rule, table).map(source_shown).collect(),
    }
}

fn sources<'t>(rule: &'t Rule, table: &'t RuleTable) -> impl Iterator<Item = &'t Source> {
    rule.sources.iter().filter_map(|id| table.sources.get(id))
}

fn source_shown(source: &Source) -> SourceShown {
    SourceShown {
        id: source.id.clone(),
        title_zh: source.title.zh.clone(),
        title_en: source.title.en.clone(),
        year: source.year,
        section: source.section.clone(),
    }
}

/// The readings behind the facts that the rule names, each once, in order of time.
fn readings(rule: &Rule, assessment: &Assessment<'_>) -> Vec<ReadingUsed> {
    let mut keys: Vec<&str> = Vec::new();
    for path in rule.condition.paths() {
        keys.extend([group_of(path), path.as_str()]);
    }
    let mut used: Vec<Used<'_>> = keys
        .into_iter()
        .flat_map(|key| assessment.evidence(key))
        .copied()
        .collect();
    used.sort_by_key(Used::taken_at);
    let mut shown: Vec<ReadingUsed> = Vec::new();
    for reading in used.into_iter().map(reading_used) {
        if !shown.contains(&reading) {
            shown.push(reading);
        }
    }
    shown
}

fn reading_used(used: Used<'_>) -> ReadingUsed {
    match used {
        Used::Pressure(r) => ReadingUsed {
            id: r.id,
            kind: "blood_pressure",
            taken_at: r.taken_at.to_string(),
            device: r.device.clone(),
            value: format!("{}/{}", r.sbp_mmhg.normalize(), r.dbp_mmhg.normalize()),
            circumstance: r.posture.word(),
            quality: r.marks.iter().map(|m| m.word()).collect(),
        },
        Used::Glucose(r) => ReadingUsed {
            id: r.id,
            kind: "glucose",
            taken_at: r.taken_at.to_string(),
            device: r.device.clone(),
            value: match &r.shown {
                GlucoseShown::Low => "LO".to_owned(),
                GlucoseShown::High => "HI".to_owned(),
                GlucoseShown::Number { value, unit } => {
                    let unit = match unit {
                        Some(GlucoseUnit::MmolPerL) => " mmol/L",
                        Some(GlucoseUnit::MgPerDl) => " mg/dL",
                        None => "",
                    };
                    format!("{}{unit}", value.normalize())
                }
            },
            circumstance: r.meal.word(),
            quality: if r.retest { vec!["retest"] } else { Vec::new() },
        },
    }
}

/// A fact's value as people read it: glucose with one decimal, other measures with at most two.
fn shown(path: &str, value: FactValue) -> String {
    match value {
        FactValue::Truth(truth) => truth.to_string(),
        FactValue::Count(count) => count.to_string(),
        FactValue::Measure(measure) => number(path, measure),
    }
}

fn number(path: &str, value: Decimal) -> String {
    let glucose = CATALOGUE
        .iter()
        .any(|e| e.path == path && e.unit == "mmol/L");
    if glucose {
        format!("{:.1}", round_half_up(value, 1))
    } else {
        round_half_up(value, 2).normalize().to_string()
    }
}

/// The names in braces of a phrase.
pub fn placeholders(phrase: &str) -> impl Iterator<Item = &str> {
    phrase
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// A phrase with its names replaced, or nothing when one of them has no value.
fn filled(phrase: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        out.push_str(before);
        out.push_str(&value(name)?);
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}
