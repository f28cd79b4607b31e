//! A measurement, decoded: what, in which unit, by which device. Whose it is comes later.

use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::Decimal;

use super::person_hint::PersonHint;
use super::time::DeviceTime;

/// The name a device goes by in the hub: its address, serial or topic name, as enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(pub String);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One blood pressure, all in mmHg, pulse per minute. Exact decimals: kPa is converted by 7.500616.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BloodPressure {
    pub systolic_mmhg: Decimal,
    pub diastolic_mmhg: Decimal,
    /// Mean arterial pressure, when the cuff sent one that is a number and not 0.
    pub map_mmhg: Option<Decimal>,
    pub pulse_bpm: Option<Decimal>,
}

/// A glucose value, or the two that a meter shows instead of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GlucoseValue {
    /// mmol/L, unrounded; 1 mmol/L = 18.016 mg/dL.
    MmolL(Decimal),
    /// `LO`: below the meter's range. Urgent, without a number.
    Low,
    /// `HI`: above the meter's range. Urgent, without a number.
    High,
}

/// When the person last ate. `Unknown` when nobody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Meal {
    Fasting,
    Before,
    /// About two hours after the first bite.
    After,
    Bedtime,
    /// Any other hour, said so.
    Casual,
    #[default]
    Unknown,
}

impl Meal {
    pub const ALL: [Meal; 6] = [
        Meal::Fasting,
        Meal::Before,
        Meal::After,
        Meal::Bedtime,
        Meal::Casual,
        Meal::Unknown,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Meal::Fasting => "fasting",
            Meal::Before => "before_meal",
            Meal::After => "after_meal",
            Meal::Bedtime => "bedtime",
            Meal::Casual => "casual",
            Meal::Unknown => "unknown",
        }
    }

    /// The reverse of [`Meal::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Meal::ALL.into_iter().find(|m| m.word() == word)
    }
}

/// How the person was held while measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Deserialize)]
pub enum Posture {
    #[default]
    #[serde(rename = "sit")]
    Sitting,
    #[serde(rename = "lie")]
    Lying,
    #[serde(rename = "stand")]
    Standing,
}

impl Posture {
    pub const ALL: [Posture; 3] = [Posture::Sitting, Posture::Lying, Posture::Standing];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Posture::Sitting => "sit",
            Posture::Lying => "lie",
            Posture::Standing => "stand",
        }
    }

    /// The reverse of [`Posture::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Posture::ALL.into_iter().find(|p| p.word() == word)
    }
}

/// What was in the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Specimen {
    #[default]
    Blood,
    /// Control solution: never a person's value.
    Control,
}

/// A glucose measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glucose {
    pub value: GlucoseValue,
    pub meal: Meal,
    pub specimen: Specimen,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measured {
    BloodPressure(BloodPressure),
    Glucose(Glucose),
}

impl Measured {
    /// The stored and printed word: `blood_pressure` or `glucose`.
    pub fn kind(&self) -> &'static str {
        match self {
            Measured::BloodPressure(_) => "blood_pressure",
            Measured::Glucose(_) => "glucose",
        }
    }
}

/// A quality mark: what the device (or the hub) says against a reading. It never hides one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    BodyMovement,
    CuffLoose,
    IrregularPulse,
    /// The pulse is outside the cuff's range: the pressure counts, the pulse does not.
    PulseRange,
    Position,
    BatteryLow,
    /// Equal numbers without any identity, sent again outside the resend window: perhaps the same one.
    MaybeDouble,
    /// Staff typed it: the cuff has no radio.
    Typed,
    /// The meter says this value re-tests the one before it.
    Retest,
}

impl Mark {
    pub const ALL: [Mark; 9] = [
        Mark::BodyMovement,
        Mark::CuffLoose,
        Mark::IrregularPulse,
        Mark::PulseRange,
        Mark::Position,
        Mark::BatteryLow,
        Mark::MaybeDouble,
        Mark::Typed,
        Mark::Retest,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Mark::BodyMovement => "body_movement",
            Mark::CuffLoose => "cuff_loose",
            Mark::IrregularPulse => "irregular_pulse",
            Mark::PulseRange => "pulse_range",
            Mark::Position => "position",
            Mark::BatteryLow => "battery_low",
            Mark::MaybeDouble => "maybe_double",
            Mark::Typed => "typed",
            Mark::Retest => "retest",
        }
    }

    /// The reverse of [`Mark::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Mark::ALL.into_iter().find(|m| m.word() == word)
    }
}

/// A decoded measurement that is nobody's yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub device: DeviceId,
    pub measured: Measured,
    /// The device's own clock at the measurement, as sent.
    pub device_time: DeviceTime,
    /// User slot on the device (button 1/2), as sent: a hint through a per-device table only.
    pub slot: Option<String>,
    /// The device's running number or record id, as sent.
    pub sequence: Option<String>,
    pub hint: Option<PersonHint>,
    pub marks: BTreeSet<Mark>,
    /// Downloaded from the device's memory rather than sent as it was measured.
    pub from_memory: bool,
}
