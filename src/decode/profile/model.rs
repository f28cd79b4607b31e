//! A profile after reading: plain data, every path parsed, every word known.

use std::collections::BTreeMap;

use jiff::tz::Offset;
use rust_decimal::Decimal;

use super::source::{Path, Sources};
use super::topic::TopicFilter;
use super::unit::Unit;
use crate::vitals::{HintKind, Mark, Meal};

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Json,
    /// `application/x-www-form-urlencoded`; every field is text.
    Form,
    /// The whole body is one text, at the pointer `""`.
    Text,
}

/// What happens to the device's memory after it has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Memory {
    /// Sends old records again: never trust the order of arrival.
    #[default]
    Keeps,
    Erases,
}

/// What is accepted before a body is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest body in bytes; a longer one is quarantined. Default 65536.
    pub payload_bytes: u32,
    /// Deepest nesting of arrays and objects; a deeper one is quarantined. Default 16.
    pub depth: u32,
}

/// What the pipeline must know about the device behind a profile.
#[derive(Debug, Clone)]
pub struct DeviceRules {
    pub(in crate::decode) id: Sources,
    pub(in crate::decode) battery: Option<Sources>,
    pub(in crate::decode) from_memory: Option<Flag>,
    /// Sends as it measures: a reading without a device time is taken when received. Default false.
    pub sends_live: bool,
    /// Longest time between measuring and receiving of a live reading, seconds. Default 60.
    pub delay_s: u32,
    pub memory: Memory,
    /// Steps of the device's clock, seconds. Default 1.
    pub clock_resolution_s: u32,
    /// Equal payloads without sequence and time within this many seconds are one. Default 10.
    pub resend_window_s: u32,
    /// Longest time from the start of measuring to the result, seconds. Default: the kind's own.
    pub measuring_s: Option<u32>,
}

/// What to answer after the commit.
#[derive(Debug, Clone)]
pub struct ReplyRule {
    /// HTTP status. Default 200.
    pub status: u16,
    /// Default `application/json`.
    pub content_type: String,
    /// `{name}` stands for a named topic level or a name of `echo`, JSON-escaped.
    pub body: String,
    /// MQTT topic of the answer, with `{name}` levels of the message's topic.
    pub topic: Option<String>,
    /// Values of the message that the body repeats (a message id), at most 64 characters each.
    pub(in crate::decode) echo: Vec<(String, Sources)>,
}

/// Why a message may be ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IgnoreWord {
    Heartbeat,
    BatteryOnly,
    Event,
    NoValue,
}

impl IgnoreWord {
    /// The printed word.
    pub fn word(self) -> &'static str {
        match self {
            IgnoreWord::Heartbeat => "heartbeat",
            IgnoreWord::BatteryOnly => "battery_only",
            IgnoreWord::Event => "event",
            IgnoreWord::NoValue => "no_value",
        }
    }
}

/// What a condition asks of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::decode) enum Test {
    /// Its text is one of these.
    Is(Vec<String>),
    Missing,
    Present,
}

#[derive(Debug, Clone)]
pub(in crate::decode) struct Condition {
    pub at: Sources,
    pub test: Test,
}

#[derive(Debug, Clone)]
pub(in crate::decode) struct IgnoreRule {
    pub when: Vec<Condition>,
    pub why: IgnoreWord,
}

/// Yes or no. `is`: the texts that mean yes, everything else no; without it the usual spellings.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Flag {
    pub at: Sources,
    pub is: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum TimeForm {
    EpochSeconds,
    EpochMillis,
    /// `yyyy-MM-ddTHH:mm[:ss[.fff]]` or with a blank, with `Z`, `+08:00`, `+0800`, `+08` or without a zone.
    Iso,
    /// `yyyyMMddHHmmss`.
    Compact,
    /// `yyyyMMddTHHmmssZ`.
    CompactUtc,
    /// `yyyy/MM/dd HH:mm[:ss]`; month, day and hour also with one digit.
    Slashes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::decode) enum Zone {
    Site,
    Fixed(Offset),
}

#[derive(Debug, Clone)]
pub(in crate::decode) struct TimeRule {
    pub at: Sources,
    pub forms: Vec<TimeForm>,
    pub zone: Zone,
}

#[derive(Debug, Clone)]
pub(in crate::decode) struct PersonRule {
    pub at: Sources,
    pub kind: HintKind,
}

#[derive(Debug, Clone)]
pub(in crate::decode) struct ErrorRule {
    pub at: Sources,
    pub good: Vec<String>,
    pub words: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub(in crate::decode) struct NumberRule {
    pub at: Sources,
    pub scale: Option<Decimal>,
    /// Texts that mean "no value", beside null, blank and dashes.
    pub none: Vec<String>,
    /// The device's own range, as sent after `scale`, both ends included.
    pub range: Option<(Decimal, Decimal)>,
    /// The text carries its unit: `"126 mmHg"`.
    pub with_unit: bool,
    pub high: Vec<String>,
    pub low: Vec<String>,
}

#[derive(Debug, Clone)]
pub(in crate::decode) enum UnitRule {
    Fixed(Unit),
    Field {
        at: Sources,
        /// Empty: the field holds the unit's name.
        values: BTreeMap<String, Unit>,
    },
}

#[derive(Debug, Clone)]
pub(in crate::decode) enum Measure {
    BloodPressure {
        systolic: Option<NumberRule>,
        diastolic: Option<NumberRule>,
        map: Option<NumberRule>,
        pulse: Option<NumberRule>,
    },
    Glucose {
        value: NumberRule,
        meal: Option<(Sources, Option<BTreeMap<String, Meal>>)>,
        control: Option<Flag>,
    },
}

#[derive(Debug, Clone)]
pub(in crate::decode) struct ReadingRule {
    pub each: Option<Path>,
    pub when: Vec<Condition>,
    pub measure: Measure,
    pub unit: UnitRule,
    pub time: Option<TimeRule>,
    pub slot: Option<TextRule>,
    pub sequence: Option<TextRule>,
    pub marks: Vec<(Mark, Flag)>,
}

/// A short text (or a number taken as text), and the texts that mean "none".
#[derive(Debug, Clone)]
pub(in crate::decode) struct TextRule {
    pub at: Sources,
    pub none: Vec<String>,
}

/// A profile that loaded.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The file's stem.
    pub name: String,
    /// For the operator's page.
    pub title: String,
    pub kind: Kind,
    pub topics: Vec<TopicFilter>,
    pub limits: Limits,
    pub device: DeviceRules,
    pub reply: Option<ReplyRule>,
    /// The window in which one-value messages are joined, seconds; `None` when the profile does not join.
    pub join_window_s: Option<u32>,
    pub(in crate::decode) when: Vec<Condition>,
    pub(in crate::decode) person: Option<PersonRule>,
    pub(in crate::decode) time: Option<TimeRule>,
    pub(in crate::decode) error: Option<ErrorRule>,
    pub(in crate::decode) drop: Vec<Path>,
    pub(in crate::decode) ignore: Vec<IgnoreRule>,
    pub(in crate::decode) readings: Vec<ReadingRule>,
}
