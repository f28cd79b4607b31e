//! What a case file may hold, key by key, with the defaults.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::value::Datetime;

use crate::rules::record::Health;
use crate::rules::table::{Exact, exact};
use crate::vitals::Posture;

/// A number, or NaN and its like for "the device sent something that is none".
#[derive(Debug, Clone, Copy)]
pub struct MaybeNumber(pub Option<Decimal>);

impl<'de> serde::Deserialize<'de> for MaybeNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Sent {
            Whole(i64),
            Binary(f64),
        }
        Ok(MaybeNumber(match Sent::deserialize(deserializer)? {
            Sent::Whole(whole) => Some(Decimal::from(whole)),
            Sent::Binary(binary) => exact(binary),
        }))
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCases {
    #[serde(default)]
    pub case: Vec<RawCase>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCase {
    pub id: Spanned<String>,
    pub now: Datetime,
    #[serde(default)]
    pub person: RawPerson,
    #[serde(default)]
    pub signs: BTreeSet<String>,
    #[serde(default)]
    pub bp: Vec<RawBp>,
    #[serde(default)]
    pub glucose: Vec<RawGlucose>,
    #[serde(default)]
    pub meals: Vec<Datetime>,
    #[serde(default)]
    pub care: RawCare,
    pub expect: Option<RawExpect>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawPerson {
    pub age: u32,
    pub htn: bool,
    pub dm: bool,
    pub af: bool,
    pub risk_drug: bool,
    pub target_sbp: Option<Exact>,
    pub target_dbp: Option<Exact>,
    pub bp_profile: Option<String>,
    pub glucose_profile: Option<String>,
    pub health: Option<Health>,
}

impl Default for RawPerson {
    fn default() -> Self {
        RawPerson {
            age: 70,
            htn: false,
            dm: false,
            af: false,
            risk_drug: false,
            target_sbp: None,
            target_dbp: None,
            bp_profile: None,
            glucose_profile: None,
            health: None,
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBp {
    pub t: Datetime,
    pub s: Exact,
    pub d: Exact,
    pub p: Option<MaybeNumber>,
    pub map: Option<MaybeNumber>,
    #[serde(default)]
    pub posture: Posture,
    #[serde(default)]
    pub irr: bool,
    #[serde(default)]
    pub q: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGlucose {
    pub t: Datetime,
    pub v: Option<Exact>,
    pub unit: Option<String>,
    pub ctx: Option<String>,
    pub flag: Option<String>,
    #[serde(default)]
    pub retest: bool,
    #[serde(default)]
    pub control: bool,
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawCare {
    pub open_referral_days: Option<i64>,
    pub days_since_visit: Option<i64>,
    pub days_since_exam: Option<i64>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawExpect {
    #[serde(default)]
    pub flags: Vec<String>,
    #[serde(default)]
    pub pending: Vec<String>,
    #[serde(default)]
    pub rejected: Vec<String>,
    #[serde(default)]
    pub suspect: Vec<String>,
    pub session: Option<Vec<i64>>,
    pub glucose_mmol: Option<Exact>,
}
