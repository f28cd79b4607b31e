//! What a rule file may hold, key by key. Unknown keys are refused with file and line.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserializer, Visitor};
use toml::Spanned;

use super::{Bilingual, Class, Meta, QuietPolicy, Seen, Signs};
use crate::rules::record::Health;

/// A number as a decimal: `3.9` in a file is 3.9 and not the nearest binary fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact(pub Decimal);

impl<'de> serde::Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Exact;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Exact, E> {
                Ok(Exact(Decimal::from(v)))
            }

            fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Exact, E> {
                Ok(Exact(Decimal::from(v)))
            }

            fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<Exact, E> {
                exact(v)
                    .map(Exact)
                    .ok_or_else(|| E::custom(format!("{v} is not a number one can measure")))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// The decimal that a person wrote and the file's parser turned into `v`: the shortest one that
/// means the same binary number. Nothing for NaN, infinities and numbers beyond a decimal.
pub fn exact(v: f64) -> Option<Decimal> {
    if !v.is_finite() {
        return None;
    }
    v.to_string().parse().ok()
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFile {
    pub meta: Option<Spanned<Meta>>,
    pub param: Option<Spanned<RawParams>>,
    pub device_default: Option<Spanned<RawDeviceDefault>>,
    pub suspect: Option<Spanned<RawSuspect>>,
    pub place: Option<Spanned<RawPlace>>,
    pub quiet: Option<Spanned<RawQuiet>>,
    pub signs: Option<Spanned<Signs>>,
    pub measured: Option<Spanned<BTreeMap<String, Bilingual>>>,
    pub fact: Option<Spanned<BTreeMap<String, Phrase>>>,
    pub join: Option<Spanned<Join>>,
    #[serde(default)]
    pub sign_word: BTreeMap<String, Spanned<Bilingual>>,
    #[serde(default)]
    pub tier: BTreeMap<String, Spanned<RawTier>>,
    #[serde(default)]
    pub source: Vec<RawSource>,
    #[serde(default)]
    pub bp_profile: Vec<RawBpProfile>,
    #[serde(default)]
    pub glucose_profile: Vec<RawGlucoseProfile>,
    #[serde(default)]
    pub rule: Vec<RawRule>,
}

/// An operating value with its class and, unless local, its sources.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawParam {
    pub value: Exact,
    pub cls: Class,
    #[serde(default)]
    pub src: Vec<Spanned<String>>,
    #[serde(rename = "note")]
    pub _note: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawParams {
    pub session_gap_min: Spanned<RawParam>,
    pub remeasure_after_s: Spanned<RawParam>,
    pub third_if_diff_mmhg: Spanned<RawParam>,
    pub confirm_wait_min: Spanned<RawParam>,
    pub current_max_age_min: Spanned<RawParam>,
    pub hypo_retest_min: Spanned<RawParam>,
    pub hypo_event_gap_min: Spanned<RawParam>,
    pub standing_max_min: Spanned<RawParam>,
    pub meal_before_max_min: Spanned<RawParam>,
    pub meal_after_max_min: Spanned<RawParam>,
    pub fast_pulse_gap_min: Spanned<RawParam>,
    pub future_max_min: Spanned<RawParam>,
    pub mgdl_per_mmol: Spanned<RawParam>,
}

impl RawParams {
    pub fn all(&self) -> [(&'static str, &Spanned<RawParam>); 13] {
        [
            ("session_gap_min", &self.session_gap_min),
            ("remeasure_after_s", &self.remeasure_after_s),
            ("third_if_diff_mmhg", &self.third_if_diff_mmhg),
            ("confirm_wait_min", &self.confirm_wait_min),
            ("current_max_age_min", &self.current_max_age_min),
            ("hypo_retest_min", &self.hypo_retest_min),
            ("hypo_event_gap_min", &self.hypo_event_gap_min),
            ("standing_max_min", &self.standing_max_min),
            ("meal_before_max_min", &self.meal_before_max_min),
            ("meal_after_max_min", &self.meal_after_max_min),
            ("fast_pulse_gap_min", &self.fast_pulse_gap_min),
            ("future_max_min", &self.future_max_min),
            ("mgdl_per_mmol", &self.mgdl_per_mmol),
        ]
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDeviceDefault {
    pub sbp_min: Exact,
    pub sbp_max: Exact,
    pub dbp_min: Exact,
    pub dbp_max: Exact,
    pub pulse_min: Exact,
    pub pulse_max: Exact,
    pub cuff_max: Exact,
    pub glucose_min: Exact,
    pub glucose_max: Exact,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSuspect {
    pub pulse_pressure_min: Spanned<RawParam>,
    pub pulse_pressure_max: Spanned<RawParam>,
    pub map_ratio_min: Spanned<RawParam>,
    pub map_ratio_max: Spanned<RawParam>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPlace {
    pub sbp_ge: Exact,
    pub sbp_le: Exact,
    pub dbp_ge: Exact,
    pub glucose_le: Exact,
    pub glucose_ge: Exact,
    pub lo: bool,
    pub hi: bool,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawQuiet {
    /// Local time, `HH:MM`.
    pub from: Spanned<String>,
    pub to: Spanned<String>,
    #[serde(rename = "cls")]
    pub _cls: Class,
    #[serde(rename = "note")]
    pub _note: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTier {
    pub zh: String,
    pub en: String,
    pub meaning: String,
    pub escalate_unacked_min: Vec<u32>,
    pub dedupe_h: u32,
    pub quiet_hours: QuietPolicy,
    pub notify: Vec<String>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    pub id: Spanned<String>,
    pub title: String,
    pub title_en: String,
    pub year: Option<i32>,
    pub section: String,
    pub seen: Seen,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBpProfile {
    pub id: Spanned<String>,
    pub zh: String,
    pub en: String,
    pub src: Vec<Spanned<String>>,
    pub rows: Vec<RawBpRow>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBpRow {
    pub age_min: u32,
    pub age_max: u32,
    pub sbp: Exact,
    pub dbp: Exact,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGlucoseProfile {
    pub id: Spanned<String>,
    pub zh: String,
    pub en: String,
    pub src: Vec<Spanned<String>>,
    pub rows: Vec<RawGlucoseRow>,
}

#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthOrAny {
    Any,
    Good,
    Intermediate,
    Poor,
}

impl HealthOrAny {
    pub fn health(self) -> Option<Health> {
        match self {
            HealthOrAny::Any => None,
            HealthOrAny::Good => Some(Health::Good),
            HealthOrAny::Intermediate => Some(Health::Intermediate),
            HealthOrAny::Poor => Some(Health::Poor),
        }
    }
}

#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum YesNoAny {
    Yes,
    No,
    Any,
}

impl YesNoAny {
    pub fn flag(self) -> Option<bool> {
        match self {
            YesNoAny::Yes => Some(true),
            YesNoAny::No => Some(false),
            YesNoAny::Any => None,
        }
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGlucoseRow {
    pub health: HealthOrAny,
    pub risk_drug: YesNoAny,
    pub fasting_low: Exact,
    pub fasting_high: Exact,
    pub inclusive: bool,
    pub nonfasting_high: Exact,
    pub bedtime_low: Option<Exact>,
    pub bedtime_high: Option<Exact>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    pub id: Spanned<String>,
    pub group: Spanned<String>,
    pub tier: Spanned<String>,
    pub when: Spanned<String>,
    pub needs_confirmation: Spanned<bool>,
    pub population: String,
    pub zh: Spanned<String>,
    pub en: Spanned<String>,
    pub cls: Spanned<Class>,
    #[serde(default)]
    pub src: Vec<Spanned<String>>,
}

/// The name of a fact, and its unit where it has one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrase {
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub unit: String,
}

/// How the parts of an explanation are joined.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    pub limit: Bilingual,
    pub list: Bilingual,
    pub target_bp: Bilingual,
    pub target_fasting: Bilingual,
    pub target_nonfasting: Bilingual,
    pub target_low: Bilingual,
    pub ages_from: Bilingual,
    pub ages_between: Bilingual,
    pub personal: Bilingual,
    pub source: Bilingual,
    pub source_no_year: Bilingual,
    pub signs: Bilingual,
    pub unconfirmed: Bilingual,
}
