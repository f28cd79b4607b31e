//! From the texts of the rule files to a checked table, or to the first fault with file and line.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::check;
use super::file::{Exact, RawFile, RawParam, RawParams, RawQuiet, RawSuspect, RawTier};
use super::{
    Bilingual, BpProfile, BpRow, Class, DeviceDefault, GlucoseProfile, GlucoseRow, Params, Phrases,
    PlaceLimits, QuietHours, RuleTable, Source, SuspectLimits, Tier, TierPolicy,
};
use crate::rules::cel::ConditionFault;

/// Why a rule set is refused. Says file, line, and what to change; nothing of it is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    #[error("{file}:{line}: {message}")]
    Toml {
        file: String,
        line: usize,
        message: String,
    },
    #[error("the rule set has no [{0}] table: add it to one of its files")]
    MissingTable(&'static str),
    #[error("{file}:{line}: a second [{table}] table: keep one")]
    SecondTable {
        file: String,
        line: usize,
        table: &'static str,
    },
    #[error("{file}:{line}: the {what} `{id}` is defined twice: rename one")]
    DoubleId {
        file: String,
        line: usize,
        what: &'static str,
        id: String,
    },
    #[error("{file}:{line}: rule {rule}: the condition {fault}")]
    Condition {
        file: String,
        line: usize,
        rule: String,
        fault: ConditionFault,
    },
    #[error("{file}:{line}: rule {rule} names no source: give at least one in `src`")]
    RuleWithoutSource {
        file: String,
        line: usize,
        rule: String,
    },
    #[error("{file}:{line}: {owner} names the source `{source_id}`, which no [[source]] defines")]
    UnknownSource {
        file: String,
        line: usize,
        owner: String,
        source_id: String,
    },
    #[error("{file}:{line}: {owner} is of class {class} and names no source")]
    NumberWithoutSource {
        file: String,
        line: usize,
        owner: String,
        class: &'static str,
    },
    #[error("{file}:{line}: rule {rule} is of class L: no flag may stand on a local value")]
    LocalRule {
        file: String,
        line: usize,
        rule: String,
    },
    #[error("{file}:{line}: rule {rule} is of tier `{tier}`, which no [tier.*] defines")]
    UnknownTier {
        file: String,
        line: usize,
        rule: String,
        tier: String,
    },
    #[error("{file}:{line}: no rule is of tier `{tier}`: it can never be reached")]
    UnreachableTier {
        file: String,
        line: usize,
        tier: String,
    },
    #[error(
        "{file}:{line}: rule {rule} can never be reported: rule {before} of the same group has the same condition and comes first"
    )]
    UnreachableRule {
        file: String,
        line: usize,
        rule: String,
        before: String,
    },
    #[error(
        "{file}:{line}: rule {rule}: its group `{group}` also has rules in {other}: keep a group in one file, so that its order is plain"
    )]
    SplitGroup {
        file: String,
        line: usize,
        rule: String,
        group: String,
        other: String,
    },
    #[error(
        "{file}:{line}: rule {rule} needs confirmation but names no pressure, pulse or glucose that a second reading could confirm"
    )]
    NothingToConfirm {
        file: String,
        line: usize,
        rule: String,
    },
    #[error("{file}:{line}: rule {rule}: the {language} sentence is empty")]
    NoSentence {
        file: String,
        line: usize,
        rule: String,
        language: &'static str,
    },
    #[error("{file}:{line}: {owner}: {problem}")]
    Value {
        file: String,
        line: usize,
        owner: String,
        problem: String,
    },
    #[error("{file}:{line}: the default profile `{id}` is not defined")]
    UnknownProfile {
        file: String,
        line: usize,
        id: String,
    },
}

/// Where something stands, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub file: String,
    pub line: usize,
}

/// One file with the means to tell the line of a byte.
pub(super) struct Text<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

impl Text<'_> {
    pub fn place<T>(&self, spanned: &Spanned<T>) -> Place {
        self.at(spanned.span().start)
    }

    fn at(&self, byte: usize) -> Place {
        let before = self
            .text
            .as_bytes()
            .get(..byte)
            .unwrap_or(self.text.as_bytes());
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        Place {
            file: self.name.to_owned(),
            line,
        }
    }
}

impl RuleTable {
    /// Reads and checks a rule set, given as (file name, text). Files are taken in order of name;
    /// of one group, all rules stand in one file, so their order is that of the file.
    ///
    /// # Errors
    /// The first fault found, with file and line.
    pub fn load(files: &[(String, String)]) -> Result<RuleTable, TableFault> {
        let mut sorted: Vec<&(String, String)> = files.iter().collect();
        sorted.sort();
        let mut parsed = Vec::new();
        for (name, text) in &sorted {
            let text = Text { name, text };
            let raw = toml::from_str::<RawFile>(text.text).map_err(|e| {
                let place = text.at(e.span().map_or(0, |s| s.start));
                let message = e.message().split_whitespace().collect::<Vec<_>>().join(" ");
                TableFault::Toml {
                    file: place.file,
                    line: place.line,
                    message,
                }
            })?;
            parsed.push((text, raw));
        }
        build(parsed, sha256_of(&sorted))
    }
}

/// SHA-256 over names and contents, each with its length before it, in order of name.
fn sha256_of(sorted: &[&(String, String)]) -> String {
    let mut hash = Sha256::new();
    for (name, text) in sorted {
        for part in [name, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

type Parsed<'a> = Vec<(Text<'a>, RawFile)>;

fn build(mut parsed: Parsed<'_>, sha256: String) -> Result<RuleTable, TableFault> {
    let sources = sources(&mut parsed)?;
    let (meta, meta_place) = only(&mut parsed, "meta", |f| f.meta.take())?;
    let (param, place) = only(&mut parsed, "param", |f| f.param.take())?;
    for (name, raw) in param.all() {
        check::number(&sources, &place.file, place.line, name, raw.get_ref())?;
    }
    let params = params(&param, &place)?;
    let (device, _) = only(&mut parsed, "device_default", |f| f.device_default.take())?;
    let (suspect, place) = only(&mut parsed, "suspect", |f| f.suspect.take())?;
    let suspect = suspect_limits(&suspect, &sources, &place)?;
    let (limits, _) = only(&mut parsed, "place", |f| f.place.take())?;
    let (quiet, place) = only(&mut parsed, "quiet", |f| f.quiet.take())?;
    let quiet = quiet_hours(&quiet, &place)?;
    let (signs, signs_place) = only(&mut parsed, "signs", |f| f.signs.take())?;
    let sign_words = sign_words(&mut parsed)?;
    check::signs(&signs, &sign_words, &signs_place)?;
    let (tiers, tier_places) = tiers(&mut parsed)?;
    let (bp_profiles, glucose_profiles) = profiles(&mut parsed, &sources)?;
    check::default_profiles(&meta, &meta_place, &bp_profiles, &glucose_profiles)?;
    let (measured, measured_place) = only(&mut parsed, "measured", |f| f.measured.take())?;
    let (fact, fact_place) = only(&mut parsed, "fact", |f| f.fact.take())?;
    let (join, join_place) = only(&mut parsed, "join", |f| f.join.take())?;
    let phrases = Phrases {
        measured,
        fact,
        join,
    };
    check::phrases(&phrases, &signs, &measured_place, &fact_place, &join_place)?;
    let rules = check::rules(&mut parsed, &sources, &signs)?;
    check::reachable(&rules, &tier_places)?;
    Ok(RuleTable {
        meta,
        params,
        device_default: DeviceDefault {
            sbp_min: device.sbp_min.0,
            sbp_max: device.sbp_max.0,
            dbp_min: device.dbp_min.0,
            dbp_max: device.dbp_max.0,
            pulse_min: device.pulse_min.0,
            pulse_max: device.pulse_max.0,
            cuff_max: device.cuff_max.0,
            glucose_min: device.glucose_min.0,
            glucose_max: device.glucose_max.0,
        },
        suspect,
        place: PlaceLimits {
            sbp_ge: limits.sbp_ge.0,
            sbp_le: limits.sbp_le.0,
            dbp_ge: limits.dbp_ge.0,
            glucose_le: limits.glucose_le.0,
            glucose_ge: limits.glucose_ge.0,
            lo: limits.lo,
            hi: limits.hi,
        },
        quiet,
        signs,
        sign_words,
        tiers,
        bp_profiles,
        glucose_profiles,
        sources,
        rules: rules.into_iter().map(|(rule, _)| rule).collect(),
        phrases,
        sha256,
    })
}

/// A table that stands exactly once in the whole set.
fn only<T>(
    parsed: &mut Parsed<'_>,
    table: &'static str,
    take: impl Fn(&mut RawFile) -> Option<Spanned<T>>,
) -> Result<(T, Place), TableFault> {
    let mut found = None;
    for (text, raw) in parsed.iter_mut() {
        let Some(spanned) = take(raw) else { continue };
        let place = text.place(&spanned);
        if found.is_some() {
            return Err(TableFault::SecondTable {
                file: place.file,
                line: place.line,
                table,
            });
        }
        found = Some((spanned.into_inner(), place));
    }
    found.ok_or(TableFault::MissingTable(table))
}

fn sources(parsed: &mut Parsed<'_>) -> Result<BTreeMap<String, Source>, TableFault> {
    let mut found = BTreeMap::new();
    for (text, raw) in parsed {
        for source in raw.source.drain(..) {
            let place = text.place(&source.id);
            let id = source.id.into_inner();
            let title = Bilingual {
                zh: source.title,
                en: source.title_en,
            };
            let entry = Source {
                id: id.clone(),
                title,
                year: source.year,
                section: source.section,
                seen: source.seen,
            };
            if found.insert(id.clone(), entry).is_some() {
                let (file, line) = (place.file, place.line);
                return Err(TableFault::DoubleId {
                    file,
                    line,
                    what: "source",
                    id,
                });
            }
        }
    }
    Ok(found)
}

fn params(raw: &RawParams, place: &Place) -> Result<Params, TableFault> {
    let whole = |name: &str, raw: &Spanned<RawParam>| {
        use rust_decimal::prelude::ToPrimitive;
        let Exact(value) = raw.get_ref().value;
        value
            .to_i64()
            .filter(|v| value.is_integer() && *v > 0)
            .ok_or_else(|| TableFault::Value {
                file: place.file.clone(),
                line: place.line,
                owner: format!("[param] {name}"),
                problem: format!("{value} is not a whole number above 0"),
            })
    };
    let mgdl_per_mmol = raw.mgdl_per_mmol.get_ref().value.0;
    if mgdl_per_mmol.is_zero() || mgdl_per_mmol.is_sign_negative() {
        return Err(TableFault::Value {
            file: place.file.clone(),
            line: place.line,
            owner: "[param] mgdl_per_mmol".to_owned(),
            problem: format!("{mgdl_per_mmol} is not above 0"),
        });
    }
    Ok(Params {
        session_gap_min: whole("session_gap_min", &raw.session_gap_min)?,
        remeasure_after_s: whole("remeasure_after_s", &raw.remeasure_after_s)?,
        third_if_diff_mmhg: raw.third_if_diff_mmhg.get_ref().value.0,
        confirm_wait_min: whole("confirm_wait_min", &raw.confirm_wait_min)?,
        current_max_age_min: whole("current_max_age_min", &raw.current_max_age_min)?,
        hypo_retest_min: whole("hypo_retest_min", &raw.hypo_retest_min)?,
        hypo_event_gap_min: whole("hypo_event_gap_min", &raw.hypo_event_gap_min)?,
        standing_max_min: whole("standing_max_min", &raw.standing_max_min)?,
        meal_before_max_min: whole("meal_before_max_min", &raw.meal_before_max_min)?,
        meal_after_max_min: whole("meal_after_max_min", &raw.meal_after_max_min)?,
        fast_pulse_gap_min: whole("fast_pulse_gap_min", &raw.fast_pulse_gap_min)?,
        future_max_min: whole("future_max_min", &raw.future_max_min)?,
        mgdl_per_mmol,
    })
}

fn suspect_limits(
    raw: &RawSuspect,
    sources: &BTreeMap<String, Source>,
    place: &Place,
) -> Result<SuspectLimits, TableFault> {
    let value = |name: &str, raw: &Spanned<RawParam>| {
        check::number(sources, &place.file, place.line, name, raw.get_ref())?;
        Ok(raw.get_ref().value.0)
    };
    Ok(SuspectLimits {
        pulse_pressure_min: value("pulse_pressure_min", &raw.pulse_pressure_min)?,
        pulse_pressure_max: value("pulse_pressure_max", &raw.pulse_pressure_max)?,
        map_ratio_min: value("map_ratio_min", &raw.map_ratio_min)?,
        map_ratio_max: value("map_ratio_max", &raw.map_ratio_max)?,
    })
}

fn quiet_hours(raw: &RawQuiet, place: &Place) -> Result<QuietHours, TableFault> {
    let time = |name: &str, text: &Spanned<String>| {
        jiff::civil::Time::strptime("%H:%M", text.get_ref()).map_err(|_| TableFault::Value {
            file: place.file.clone(),
            line: place.line,
            owner: format!("[quiet] {name}"),
            problem: format!("`{}` is not a time of day such as 21:00", text.get_ref()),
        })
    };
    Ok(QuietHours {
        from: time("from", &raw.from)?,
        to: time("to", &raw.to)?,
    })
}

fn sign_words(parsed: &mut Parsed<'_>) -> Result<BTreeMap<String, Bilingual>, TableFault> {
    let mut words = BTreeMap::new();
    for (text, raw) in parsed {
        for (word, names) in std::mem::take(&mut raw.sign_word) {
            let place = text.place(&names);
            if words.insert(word.clone(), names.into_inner()).is_some() {
                let (file, line) = (place.file, place.line);
                return Err(TableFault::DoubleId {
                    file,
                    line,
                    what: "sign",
                    id: word,
                });
            }
        }
    }
    Ok(words)
}

type Tiers = ([TierPolicy; 4], Vec<(Tier, Place)>);

fn tiers(parsed: &mut Parsed<'_>) -> Result<Tiers, TableFault> {
    let mut found: BTreeMap<Tier, (TierPolicy, Place)> = BTreeMap::new();
    for (text, raw) in parsed {
        for (word, policy) in std::mem::take(&mut raw.tier) {
            let place = text.place(&policy);
            let Some(tier) = Tier::from_word(&word) else {
                return Err(TableFault::Value {
                    file: place.file,
                    line: place.line,
                    owner: format!("[tier.{word}]"),
                    problem: "a tier is emergency, urgent, soon or routine".to_owned(),
                });
            };
            let policy = tier_policy(tier, policy.into_inner());
            if found.insert(tier, (policy, place.clone())).is_some() {
                let (file, line) = (place.file, place.line);
                return Err(TableFault::DoubleId {
                    file,
                    line,
                    what: "tier",
                    id: word,
                });
            }
        }
    }
    let mut places = Vec::new();
    let mut of = |tier: Tier, table: &'static str| {
        let (policy, place) = found.remove(&tier).ok_or(TableFault::MissingTable(table))?;
        places.push((tier, place));
        Ok(policy)
    };
    let tiers = [
        of(Tier::Emergency, "tier.emergency")?,
        of(Tier::Urgent, "tier.urgent")?,
        of(Tier::Soon, "tier.soon")?,
        of(Tier::Routine, "tier.routine")?,
    ];
    Ok((tiers, places))
}

fn tier_policy(tier: Tier, raw: RawTier) -> TierPolicy {
    TierPolicy {
        tier,
        name: Bilingual {
            zh: raw.zh,
            en: raw.en,
        },
        meaning: raw.meaning,
        escalate_unacked_min: raw.escalate_unacked_min,
        dedupe_h: raw.dedupe_h,
        quiet_hours: raw.quiet_hours,
        notify: raw.notify,
    }
}

type Profiles = (Vec<BpProfile>, Vec<GlucoseProfile>);

fn profiles(
    parsed: &mut Parsed<'_>,
    sources: &BTreeMap<String, Source>,
) -> Result<Profiles, TableFault> {
    let (mut bp, mut glucose): Profiles = Default::default();
    for (text, raw) in parsed {
        for profile in raw.bp_profile.drain(..) {
            let id = check::profile(text, &profile.id, &profile.src, sources, &|id| {
                bp.iter().any(|p: &BpProfile| p.id == id)
            })?;
            let rows = profile.rows.into_iter().map(|r| BpRow {
                age_min: r.age_min,
                age_max: r.age_max,
                sbp: r.sbp.0,
                dbp: r.dbp.0,
            });
            bp.push(BpProfile {
                id,
                name: Bilingual {
                    zh: profile.zh,
                    en: profile.en,
                },
                src: profile.src.into_iter().map(Spanned::into_inner).collect(),
                rows: rows.collect(),
            });
        }
        for profile in raw.glucose_profile.drain(..) {
            let id = check::profile(text, &profile.id, &profile.src, sources, &|id| {
                glucose.iter().any(|p: &GlucoseProfile| p.id == id)
            })?;
            let rows = profile.rows.into_iter().map(|r| GlucoseRow {
                health: r.health.health(),
                risk_drug: r.risk_drug.flag(),
                fasting_low: r.fasting_low.0,
                fasting_high: r.fasting_high.0,
                inclusive: r.inclusive,
                nonfasting_high: r.nonfasting_high.0,
                bedtime_low: r.bedtime_low.map(|e| e.0),
                bedtime_high: r.bedtime_high.map(|e| e.0),
            });
            glucose.push(GlucoseProfile {
                id,
                name: Bilingual {
                    zh: profile.zh,
                    en: profile.en,
                },
                src: profile.src.into_iter().map(Spanned::into_inner).collect(),
                rows: rows.collect(),
            });
        }
    }
    Ok((bp, glucose))
}

impl Class {
    /// Whether a number of this class must name a source.
    pub(super) fn needs_source(self) -> bool {
        self != Class::L
    }
}
