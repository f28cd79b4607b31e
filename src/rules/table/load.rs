//! From the texts of the rule files to a checked table, or to the first fault with file and line.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::fault::TableFault;
use super::file::{RawFile, RawTier};
use super::parts::{params, profiles, quiet_hours, suspect_limits};
use super::{
    Bilingual, Class, DeviceDefault, Phrases, PlaceLimits, RuleTable, Source, Tier, TierPolicy,
};
use super::{check, check_words};

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
    check_words::signs(&signs, &sign_words, &signs_place)?;
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
    check_words::phrases(&phrases, &signs, &measured_place, &fact_place, &join_place)?;
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

impl Class {
    /// Whether a number of this class must name a source.
    pub(super) fn needs_source(self) -> bool {
        self != Class::L
    }
}
