//! What must hold of a rule set before it may judge anybody.

use std::collections::BTreeMap;

use toml::Spanned;

use super::fault::TableFault;
use super::file::{RawFile, RawParam, RawRule};
use super::load::{Place, Text};
use super::{Bilingual, BpProfile, Class, GlucoseProfile, Meta, Rule, Signs, Source, Tier};
use crate::rules::cel::Condition;
use crate::rules::facts::{CATALOGUE, FactKind};

/// Groups of facts that a second reading confirms.
const CONFIRMABLE: [&str; 12] = [
    "bp",
    "bp14",
    "bp14prev",
    "bp28",
    "am14",
    "ortho",
    "meal",
    "pulse",
    "glu",
    "glu24",
    "glu14",
    "glu14prev",
];

/// The kind of a fact, in the catalogue or among the single signs.
pub(super) fn kind_of(path: &str, signs: &Signs) -> Option<FactKind> {
    if let Some(entry) = CATALOGUE.iter().find(|e| e.path == path) {
        return Some(entry.kind);
    }
    let word = path.strip_prefix("signs.")?;
    signs
        .single
        .iter()
        .any(|s| s == word)
        .then_some(FactKind::Truth)
}

fn known_paths(signs: &Signs) -> Vec<String> {
    CATALOGUE
        .iter()
        .map(|e| e.path.to_owned())
        .chain(signs.single.iter().map(|s| format!("signs.{s}")))
        .collect()
}

/// A number with a class: printed and derived ones name a source that exists.
pub(super) fn number(
    sources: &BTreeMap<String, Source>,
    file: &str,
    line: usize,
    name: &str,
    raw: &RawParam,
) -> Result<(), TableFault> {
    if raw.cls.needs_source() && raw.src.is_empty() {
        return Err(TableFault::NumberWithoutSource {
            file: file.to_owned(),
            line,
            owner: name.to_owned(),
            class: raw.cls.letter(),
        });
    }
    match raw.src.iter().find(|s| !sources.contains_key(s.get_ref())) {
        Some(unknown) => Err(TableFault::UnknownSource {
            file: file.to_owned(),
            line,
            owner: name.to_owned(),
            source_id: unknown.get_ref().clone(),
        }),
        None => Ok(()),
    }
}

/// A profile: its id is new, and each source exists. Gives the id.
pub(super) fn profile(
    text: &Text<'_>,
    id: &Spanned<String>,
    src: &[Spanned<String>],
    sources: &BTreeMap<String, Source>,
    taken: &dyn Fn(&str) -> bool,
) -> Result<String, TableFault> {
    let Place { file, line } = text.place(id);
    let id = id.get_ref().clone();
    if taken(&id) {
        return Err(TableFault::DoubleId {
            file,
            line,
            what: "profile",
            id,
        });
    }
    if src.is_empty() {
        let (owner, class) = (format!("profile {id}"), Class::P.letter());
        return Err(TableFault::NumberWithoutSource {
            file,
            line,
            owner,
            class,
        });
    }
    match src.iter().find(|s| !sources.contains_key(s.get_ref())) {
        Some(unknown) => {
            let Place { file, line } = text.place(unknown);
            let (owner, source_id) = (format!("profile {id}"), unknown.get_ref().clone());
            Err(TableFault::UnknownSource {
                file,
                line,
                owner,
                source_id,
            })
        }
        None => Ok(id),
    }
}

/// The default profiles exist, and the default glucose profile has a row for everybody.
pub(super) fn default_profiles(
    meta: &Meta,
    place: &Place,
    bp: &[BpProfile],
    glucose: &[GlucoseProfile],
) -> Result<(), TableFault> {
    let missing = |id: &str| TableFault::UnknownProfile {
        file: place.file.clone(),
        line: place.line,
        id: id.to_owned(),
    };
    if !bp.iter().any(|p| p.id == meta.default_bp_profile) {
        return Err(missing(&meta.default_bp_profile));
    }
    let Some(default) = glucose
        .iter()
        .find(|p| p.id == meta.default_glucose_profile)
    else {
        return Err(missing(&meta.default_glucose_profile));
    };
    if default
        .rows
        .iter()
        .any(|r| r.health.is_none() && r.risk_drug.is_none())
    {
        return Ok(());
    }
    Err(TableFault::Value {
        file: place.file.clone(),
        line: place.line,
        owner: format!("the default glucose profile `{}`", default.id),
        problem: "needs a row for any health and any risk_drug".to_owned(),
    })
}

/// All rules, in order of file and line, each checked.
pub(super) fn rules(
    parsed: &mut [(Text<'_>, RawFile)],
    sources: &BTreeMap<String, Source>,
    signs: &Signs,
) -> Result<Vec<(Rule, Place)>, TableFault> {
    let known = known_paths(signs);
    let mut rules: Vec<(Rule, Place)> = Vec::new();
    for (text, raw) in parsed {
        for raw in raw.rule.drain(..) {
            let place = text.place(&raw.id);
            if rules.iter().any(|(r, _)| r.id == *raw.id.get_ref()) {
                let Place { file, line } = place;
                let id = raw.id.into_inner();
                return Err(TableFault::DoubleId {
                    file,
                    line,
                    what: "rule",
                    id,
                });
            }
            sourced(text, &raw, sources)?;
            let rule = compiled(text, raw, signs, &known)?;
            let elsewhere = rules
                .iter()
                .find(|(r, p)| r.group == rule.group && p.file != place.file);
            if let Some((_, other)) = elsewhere {
                return Err(TableFault::SplitGroup {
                    file: place.file,
                    line: place.line,
                    rule: rule.id,
                    group: rule.group,
                    other: other.file.clone(),
                });
            }
            rules.push((rule, place));
        }
    }
    Ok(rules)
}

fn sourced(
    text: &Text<'_>,
    raw: &RawRule,
    sources: &BTreeMap<String, Source>,
) -> Result<(), TableFault> {
    let rule = raw.id.get_ref().clone();
    if raw.src.is_empty() {
        let Place { file, line } = text.place(&raw.id);
        return Err(TableFault::RuleWithoutSource { file, line, rule });
    }
    if let Some(unknown) = raw.src.iter().find(|s| !sources.contains_key(s.get_ref())) {
        let Place { file, line } = text.place(unknown);
        let (owner, source_id) = (format!("rule {rule}"), unknown.get_ref().clone());
        return Err(TableFault::UnknownSource {
            file,
            line,
            owner,
            source_id,
        });
    }
    if *raw.cls.get_ref() == Class::L {
        let Place { file, line } = text.place(&raw.cls);
        return Err(TableFault::LocalRule { file, line, rule });
    }
    for (language, sentence) in [("zh", &raw.zh), ("en", &raw.en)] {
        if sentence.get_ref().trim().is_empty() {
            let Place { file, line } = text.place(sentence);
            return Err(TableFault::NoSentence {
                file,
                line,
                rule,
                language,
            });
        }
    }
    Ok(())
}

fn compiled(
    text: &Text<'_>,
    raw: RawRule,
    signs: &Signs,
    known: &[String],
) -> Result<Rule, TableFault> {
    let id = raw.id.get_ref().clone();
    let Some(tier) = Tier::from_word(raw.tier.get_ref()) else {
        let Place { file, line } = text.place(&raw.tier);
        let tier = raw.tier.into_inner();
        return Err(TableFault::UnknownTier {
            file,
            line,
            rule: id,
            tier,
        });
    };
    let condition = Condition::compile(raw.when.get_ref(), &|path| kind_of(path, signs), known)
        .map_err(|fault| {
            let Place { file, line } = text.place(&raw.when);
            TableFault::Condition {
                file,
                line,
                rule: id.clone(),
                fault,
            }
        })?;
    if *raw.needs_confirmation.get_ref()
        && !CONFIRMABLE.iter().any(|group| condition.names_group(group))
    {
        let Place { file, line } = text.place(&raw.needs_confirmation);
        return Err(TableFault::NothingToConfirm {
            file,
            line,
            rule: id,
        });
    }
    Ok(Rule {
        id,
        group: raw.group.into_inner(),
        tier,
        condition,
        needs_confirmation: raw.needs_confirmation.into_inner(),
        population: raw.population,
        sentence: Bilingual {
            zh: raw.zh.into_inner(),
            en: raw.en.into_inner(),
        },
        class: raw.cls.into_inner(),
        sources: raw.src.into_iter().map(Spanned::into_inner).collect(),
    })
}

/// Every tier has a rule, and no rule stands behind another of its group with the same condition.
pub(super) fn reachable(
    rules: &[(Rule, Place)],
    tiers: &[(Tier, Place)],
) -> Result<(), TableFault> {
    for (tier, place) in tiers {
        if !rules.iter().any(|(r, _)| r.tier == *tier) {
            return Err(TableFault::UnreachableTier {
                file: place.file.clone(),
                line: place.line,
                tier: tier.word().to_owned(),
            });
        }
    }
    for (i, (rule, place)) in rules.iter().enumerate() {
        let hides = |(j, other): (usize, &Rule)| {
            j != i
                && other.group == rule.group
                && other.condition.source() == rule.condition.source()
                && (!other.needs_confirmation || rule.needs_confirmation)
                && (other.tier < rule.tier || (other.tier == rule.tier && j < i))
        };
        let before = rules
            .iter()
            .map(|(r, _)| r)
            .enumerate()
            .find(|(j, r)| hides((*j, r)));
        if let Some((_, before)) = before {
            return Err(TableFault::UnreachableRule {
                file: place.file.clone(),
                line: place.line,
                rule: rule.id.clone(),
                before: before.id.clone(),
            });
        }
    }
    Ok(())
}
