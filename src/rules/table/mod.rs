//! The rule set: what its files say, checked. Built once at start, then only read.

mod check;
mod check_words;
mod fault;
mod file;
mod load;
mod parts;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::cel::Condition;
use super::record::Health;
pub use fault::TableFault;
pub use file::{Exact, Join, Phrase, exact};

/// How fast somebody has to look. Order: the fastest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    Emergency,
    Urgent,
    Soon,
    Routine,
}

impl Tier {
    pub const ALL: [Tier; 4] = [Tier::Emergency, Tier::Urgent, Tier::Soon, Tier::Routine];

    /// The word of the rule files, stored and printed.
    pub fn word(self) -> &'static str {
        match self {
            Tier::Emergency => "emergency",
            Tier::Urgent => "urgent",
            Tier::Soon => "soon",
            Tier::Routine => "routine",
        }
    }

    /// The reverse of [`Tier::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Tier::ALL.into_iter().find(|t| t.word() == word)
    }
}

/// Where a number comes from. A rule is printed or derived; local values only time waits and sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
pub enum Class {
    /// Printed in a source.
    P,
    /// Derived from a printed number.
    D,
    /// A local operating value.
    L,
}

impl Class {
    /// The letter of the rule files.
    pub fn letter(self) -> &'static str {
        match self {
            Class::P => "P",
            Class::D => "D",
            Class::L => "L",
        }
    }
}

/// Which set of rules this is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    pub id: String,
    /// Shown on every flag, and part of what a signature covers.
    pub version: String,
    pub jurisdiction: String,
    pub default_bp_profile: String,
    pub default_glucose_profile: String,
    pub sign_off: String,
}

/// Operating values, by their unit in the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    pub session_gap_min: i64,
    pub remeasure_after_s: i64,
    pub third_if_diff_mmhg: Decimal,
    pub confirm_wait_min: i64,
    pub current_max_age_min: i64,
    pub hypo_retest_min: i64,
    pub hypo_event_gap_min: i64,
    pub standing_max_min: i64,
    pub meal_before_max_min: i64,
    pub meal_after_max_min: i64,
    pub fast_pulse_gap_min: i64,
    pub future_max_min: i64,
    pub mgdl_per_mmol: Decimal,
}

/// Ranges of a device that declares none of its own, inclusive: mmHg, per minute, mmol/L.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceDefault {
    pub sbp_min: Decimal,
    pub sbp_max: Decimal,
    pub dbp_min: Decimal,
    pub dbp_max: Decimal,
    pub pulse_min: Decimal,
    pub pulse_max: Decimal,
    pub cuff_max: Decimal,
    pub glucose_min: Decimal,
    pub glucose_max: Decimal,
}

/// Beyond these a pressure is suspect: mmHg, and the height of the mean between the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspectLimits {
    pub pulse_pressure_min: Decimal,
    pub pulse_pressure_max: Decimal,
    pub map_ratio_min: Decimal,
    pub map_ratio_max: Decimal,
}

/// Values that are never left unseen, whoever they are: mmHg, mmol/L, inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceLimits {
    pub sbp_ge: Decimal,
    pub sbp_le: Decimal,
    pub dbp_ge: Decimal,
    pub glucose_le: Decimal,
    pub glucose_ge: Decimal,
    pub lo: bool,
    pub hi: bool,
}

/// Local hours in which messages of the held tiers wait. May pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    pub from: jiff::civil::Time,
    pub to: jiff::civil::Time,
}

impl QuietHours {
    /// True when this local time lies in the quiet hours: `from` inclusive, `to` exclusive.
    pub fn hold(&self, local: jiff::civil::Time) -> bool {
        if self.from <= self.to {
            self.from <= local && local < self.to
        } else {
            local >= self.from || local < self.to
        }
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    pub zh: String,
    pub en: String,
}

/// What a tier asks of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierPolicy {
    pub tier: Tier,
    pub name: Bilingual,
    pub meaning: String,
    /// Minutes after which an unacknowledged flag is told to the next in line.
    pub escalate_unacked_min: Vec<u32>,
    /// Hours in which the same group and tier sends no second message.
    pub dedupe_h: u32,
    pub quiet_hours: QuietPolicy,
    /// Whom, in the words of the alert policy.
    pub notify: Vec<String>,
}

/// What quiet hours do to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuietPolicy {
    /// Rings at any hour.
    Ignored,
    /// Sent when the quiet hours end.
    HeldUntilEnd,
    /// Not sent in them at all.
    Held,
}

/// A published source of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub id: String,
    pub title: Bilingual,
    /// Absent when no year could be confirmed: pages say so.
    pub year: Option<i32>,
    pub section: String,
    pub seen: Seen,
}

/// How the authors of the table saw a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seen {
    /// At the publisher, a journal or an official copy.
    Publisher,
    /// As a third party's copy or summary.
    Copy,
    /// General knowledge; to be checked before sign-off.
    Unconfirmed,
}

/// Pressure targets by age. Over = at or above either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BpProfile {
    pub id: String,
    pub name: Bilingual,
    pub src: Vec<String>,
    pub rows: Vec<BpRow>,
}

/// One age band, both ends inclusive, mmHg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BpRow {
    pub age_min: u32,
    pub age_max: u32,
    pub sbp: Decimal,
    pub dbp: Decimal,
}

/// Glucose targets by health class and drug risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlucoseProfile {
    pub id: String,
    pub name: Bilingual,
    pub src: Vec<String>,
    pub rows: Vec<GlucoseRow>,
}

/// One row, mmol/L. `None` in `health` or `risk_drug` means any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlucoseRow {
    pub health: Option<Health>,
    pub risk_drug: Option<bool>,
    /// 0 = no lower bound.
    pub fasting_low: Decimal,
    pub fasting_high: Decimal,
    /// Whether `fasting_high` itself is over. Non-fasting limits always are.
    pub inclusive: bool,
    pub nonfasting_high: Decimal,
    pub bedtime_low: Option<Decimal>,
    pub bedtime_high: Option<Decimal>,
}

/// The words staff may tick, by group. A word may stand in several.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signs {
    pub red: Vec<String>,
    pub amber: Vec<String>,
    pub dka_hhs: Vec<String>,
    pub sick: Vec<String>,
    /// Words that are a fact of their own.
    pub single: Vec<String>,
}

impl Signs {
    /// The four groups by the last part of their fact's name.
    pub fn groups(&self) -> [(&'static str, &[String]); 4] {
        [
            ("red", &self.red),
            ("amber", &self.amber),
            ("dka_hhs", &self.dka_hhs),
            ("sick", &self.sick),
        ]
    }

    /// Every word, each once, in alphabetical order.
    pub fn words(&self) -> Vec<&str> {
        let all = [
            &self.red,
            &self.amber,
            &self.dka_hhs,
            &self.sick,
            &self.single,
        ];
        let mut words: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// One rule. Its place in [`RuleTable::rules`] is its rank within its group and tier.
#[derive(Debug)]
pub struct Rule {
    pub id: String,
    /// Of one group only the highest tier is reported, then the earlier rule.
    pub group: String,
    pub tier: Tier,
    pub condition: Condition,
    /// Waits for a second clean reading, or for the confirmation wait.
    pub needs_confirmation: bool,
    pub population: String,
    /// The sentence of the flag.
    pub sentence: Bilingual,
    pub class: Class,
    /// Ids of its sources, never empty, each in the table.
    pub sources: Vec<String>,
}

/// A checked rule set.
#[derive(Debug)]
pub struct RuleTable {
    pub meta: Meta,
    pub params: Params,
    pub device_default: DeviceDefault,
    pub suspect: SuspectLimits,
    pub place: PlaceLimits,
    pub quiet: QuietHours,
    pub signs: Signs,
    pub sign_words: BTreeMap<String, Bilingual>,
    pub tiers: [TierPolicy; 4],
    pub bp_profiles: Vec<BpProfile>,
    pub glucose_profiles: Vec<GlucoseProfile>,
    pub sources: BTreeMap<String, Source>,
    pub rules: Vec<Rule>,
    pub phrases: Phrases,
    /// Lower-case hex of the SHA-256 over all files: names and contents, in order of name.
    /// A signature holds it, so any change to any file undoes the signature.
    pub sha256: String,
}

/// The pieces that an explanation is made of.
#[derive(Debug, Clone)]
pub struct Phrases {
    /// What was measured, by group of facts.
    pub measured: BTreeMap<String, Bilingual>,
    /// Names of facts in a limit, by full path.
    pub fact: BTreeMap<String, Phrase>,
    pub join: Join,
}

impl RuleTable {
    /// The policy of a tier.
    pub fn tier(&self, tier: Tier) -> &TierPolicy {
        &self.tiers[tier as usize]
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == id)
    }
}
