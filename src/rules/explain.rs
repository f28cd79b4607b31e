//! The sentence a doctor would say: what was measured, the limit, whose limit, and the source with its year.
//! The words come from the rule files, in both languages; nothing here invents a sentence.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::assess::{Assessment, Used};
use super::cel::{Leaf, group_of};
use super::facts::{CATALOGUE, FactValue, Facts};
use super::judge::Confirmation;
use super::record::{GlucoseShown, GlucoseUnit, Record, round_half_up};
use super::table::{Bilingual, Rule, RuleTable, Source};
use super::targets::Whose;
use crate::vitals::Meal;

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

/// One explanation in one language.
struct Speaker<'e> {
    rule: &'e Rule,
    assessment: &'e Assessment<'e>,
    table: &'e RuleTable,
    record: &'e Record,
    language: Language,
}

impl Speaker<'_> {
    fn facts(&self) -> &Facts {
        &self.assessment.facts
    }

    fn joined(&self, parts: &[String]) -> String {
        parts.join(self.table.phrases.join.list.of(self.language))
    }

    fn phrase(&self, phrase: &Bilingual, values: &[(&str, String)]) -> String {
        let value = |name: &str| {
            values
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| value.clone())
        };
        // The names of joining phrases are checked when the files are read.
        filled(phrase.of(self.language), &value).unwrap_or_default()
    }

    fn text(&self, confirmation: Confirmation) -> String {
        let join = &self.table.phrases.join;
        let mut parts = self.measured();
        if confirmation == Confirmation::ByWaiting {
            parts.push(join.unconfirmed.of(self.language).to_owned());
        }
        let (limit, whose) = self.limit();
        let limit = if limit.is_empty() {
            String::new()
        } else {
            self.phrase(&join.limit, &[("limit", limit), ("whose", whose)])
        };
        format!("{}{limit}", self.joined(&parts))
    }

    /// What was measured: one phrase for each group the rule names, and the signs ticked.
    fn measured(&self) -> Vec<String> {
        let mut groups: Vec<&str> = Vec::new();
        for path in self.rule.condition.paths() {
            let group = group_of(path);
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        let value = |path: &str| Some(shown(path, self.facts().get(path)?));
        let mut parts: Vec<String> = groups
            .iter()
            .filter_map(|group| self.table.phrases.measured.get(*group))
            .filter_map(|phrase| filled(phrase.of(self.language), &value))
            .collect();
        if groups.contains(&"care") {
            parts.extend(
                self.rule
                    .condition
                    .leaves()
                    .iter()
                    .filter_map(|l| self.care(l)),
            );
        }
        let ticked: Vec<String> = self
            .record
            .signs
            .iter()
            .filter_map(|word| self.table.sign_words.get(word))
            .map(|names| names.of(self.language).to_owned())
            .collect();
        if groups.contains(&"signs") && !ticked.is_empty() {
            let signs = self.joined(&ticked);
            parts.push(self.phrase(&self.table.phrases.join.signs, &[("signs", signs)]));
        }
        parts
    }

    fn care(&self, leaf: &Leaf) -> Option<String> {
        let Leaf::Compared { path, .. } = leaf else {
            return None;
        };
        let name = self
            .table
            .phrases
            .fact
            .get(path)
            .filter(|_| group_of(path) == "care")?;
        let label = Bilingual {
            zh: name.zh.clone(),
            en: name.en.clone(),
        };
        let value = shown(path, self.facts().get(path)?);
        Some(format!("{} {value} {}", label.of(self.language), name.unit))
    }

    /// The limit, and whose it is.
    fn limit(&self) -> (String, String) {
        let mut limits: Vec<String> = Vec::new();
        let mut whose: Vec<String> = Vec::new();
        for leaf in self.rule.condition.leaves() {
            let Some((limit, owners)) = self.leaf(leaf) else {
                continue;
            };
            if !limits.contains(&limit) {
                limits.push(limit);
            }
            for owner in owners {
                if !whose.contains(&owner) {
                    whose.push(owner);
                }
            }
        }
        if whose.is_empty() {
            whose.extend(
                sources(self.rule, self.table)
                    .next()
                    .map(|s| self.source(s)),
            );
        }
        (self.joined(&limits), self.joined(&whose))
    }

    fn source(&self, source: &Source) -> String {
        let join = &self.table.phrases.join;
        let title = ("title", source.title.of(self.language).to_owned());
        match source.year {
            Some(year) => self.phrase(&join.source, &[title, ("year", year.to_string())]),
            None => self.phrase(&join.source_no_year, &[title]),
        }
    }

    /// The limit of one part of the condition that holds, and its owners where it is a target.
    fn leaf(&self, leaf: &Leaf) -> Option<(String, Vec<String>)> {
        match leaf {
            Leaf::Named { negated: true, .. } => None,
            Leaf::Named {
                path,
                negated: false,
            } => {
                if self.facts().get(path)? != FactValue::Truth(true) {
                    return None;
                }
                match path.as_str() {
                    "bp.over" | "bp14.over" | "bp14prev.over" => self.bp_target(),
                    "glu14.fasting_over" | "glu14prev.fasting_over" => self.fasting_target(),
                    "glu.over" => self.current_glucose_target(),
                    _ => Some((self.name(path)?, Vec::new())),
                }
            }
            Leaf::Compared {
                path,
                operator,
                limit,
            } => {
                let value = self.facts().get(path)?.number()?;
                if !operator.holds(value, *limit) {
                    return None;
                }
                match path.as_str() {
                    "glu14.nonfasting_days_over" => self.nonfasting_target(Meal::Casual),
                    "glu14.days_under" => self.low_target(),
                    _ => {
                        let name = self.table.phrases.fact.get(path)?;
                        let label = self.name(path)?;
                        let limit = number(path, *limit);
                        let text = format!("{label} {} {limit} {}", operator.sign(), name.unit);
                        Some((text.trim_end().to_owned(), Vec::new()))
                    }
                }
            }
        }
    }

    fn name(&self, path: &str) -> Option<String> {
        if let Some(name) = self.table.phrases.fact.get(path) {
            let label = Bilingual {
                zh: name.zh.clone(),
                en: name.en.clone(),
            };
            return Some(label.of(self.language).to_owned());
        }
        let sign = self.table.sign_words.get(path.strip_prefix("signs.")?)?;
        Some(sign.of(self.language).to_owned())
    }

    fn bp_target(&self) -> Option<(String, Vec<String>)> {
        let target = self.assessment.bp_target;
        let value = |t: Option<(Decimal, Whose<'_>)>| {
            t.map_or_else(|| "-".to_owned(), |(v, _)| v.normalize().to_string())
        };
        let values = [("sbp", value(target.sbp)), ("dbp", value(target.dbp))];
        let text = self.phrase(&self.table.phrases.join.target_bp, &values);
        let owners = [target.sbp, target.dbp]
            .into_iter()
            .flatten()
            .map(|(_, w)| self.whose(w));
        Some((text, owners.collect()))
    }

    fn whose(&self, whose: Whose<'_>) -> String {
        let join = &self.table.phrases.join;
        match whose {
            Whose::Personal => join.personal.of(self.language).to_owned(),
            Whose::Profile { profile, row } => {
                let oldest = profile.rows.iter().map(|r| r.age_max).max() == Some(row.age_max);
                let phrase = if oldest {
                    &join.ages_from
                } else {
                    &join.ages_between
                };
                let values = [
                    ("from", row.age_min.to_string()),
                    ("to", row.age_max.to_string()),
                    ("profile", profile.name.of(self.language).to_owned()),
                ];
                self.phrase(phrase, &values)
            }
        }
    }

    fn glucose_owner(&self) -> Vec<String> {
        let target = self.assessment.glucose_target;
        target
            .map(|t| t.profile.name.of(self.language).to_owned())
            .into_iter()
            .collect()
    }

    fn fasting_target(&self) -> Option<(String, Vec<String>)> {
        let row = self.assessment.glucose_target?.row;
        let sign = if row.inclusive { "≥" } else { ">" };
        let fasting = format!("{sign} {:.1}", row.fasting_high);
        let phrase = &self.table.phrases.join.target_fasting;
        Some((
            self.phrase(phrase, &[("fasting", fasting)]),
            self.glucose_owner(),
        ))
    }

    fn nonfasting_target(&self, meal: Meal) -> Option<(String, Vec<String>)> {
        let high = self.assessment.glucose_target?.nonfasting_high(meal);
        let phrase = &self.table.phrases.join.target_nonfasting;
        let value = [("nonfasting", format!("≥ {high:.1}"))];
        Some((self.phrase(phrase, &value), self.glucose_owner()))
    }

    fn current_glucose_target(&self) -> Option<(String, Vec<String>)> {
        match self.assessment.current_value()?.value.meal {
            Meal::Fasting | Meal::Before => self.fasting_target(),
            meal => self.nonfasting_target(meal),
        }
    }

    fn low_target(&self) -> Option<(String, Vec<String>)> {
        let low = self.assessment.glucose_target?.row.fasting_low;
        let phrase = &self.table.phrases.join.target_low;
        Some((
            self.phrase(phrase, &[("low", format!("{low:.1}"))]),
            self.glucose_owner(),
        ))
    }
}
