//! One explanation in one language, put together from the phrases of the rule files.

use rust_decimal::Decimal;

use super::{Language, filled, number, shown, sources};
use crate::rules::assess::Assessment;
use crate::rules::cel::{Leaf, group_of};
use crate::rules::facts::{FactValue, Facts};
use crate::rules::judge::Confirmation;
use crate::rules::record::Record;
use crate::rules::table::{Bilingual, Rule, RuleTable, Source};
use crate::rules::targets::Whose;
use crate::vitals::Meal;

/// One explanation in one language.
pub(super) struct Speaker<'e> {
    pub(super) rule: &'e Rule,
    pub(super) assessment: &'e Assessment<'e>,
    pub(super) table: &'e RuleTable,
    pub(super) record: &'e Record,
    pub(super) language: Language,
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

    pub(super) fn text(&self, confirmation: Confirmation) -> String {
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
            .filter_map(|group| self.phrase_of(group))
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

    /// The phrase of a group, or the one for a single reading.
    fn phrase_of(&self, group: &str) -> Option<&Bilingual> {
        let measured = &self.table.phrases.measured;
        let alone = self.facts().get(&format!("{group}.n")) == Some(FactValue::Count(1));
        let one = measured.get(&format!("{group}.one")).filter(|_| alone);
        one.or_else(|| measured.get(group))
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
    pub(super) fn limit(&self) -> (String, String) {
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
