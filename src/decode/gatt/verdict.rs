//! What may become of a well-formed value: the second step of decoding, after its structure.

use serde::{Serialize, Serializer};

use super::date_time::{DateTime, LocalTime};
use super::fields::Malformed;
use super::glucose::Annunciation;
use crate::decode::medfloat::Medfloat;

/// Whether a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A reading, context or response to accept.
    Valid,
    /// Well-formed, but no normal reading may come of it.
    Invalid,
    /// Malformed.
    Error,
}

/// As what a value may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreAs {
    /// Somebody's reading.
    Patient,
    /// Control solution: nobody's reading.
    Control,
    None,
}

/// Why a value was judged as it was. On a valid one it only informs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Malformed(Malformed),
    /// A mantissa that looks special under an exponent: the number or the special, nobody can tell.
    AmbiguousSpecial,
    /// The cuff tried and gave up: a device event, not a reading.
    MeasurementFailed,
    /// The pressure is beyond what the cuff can show.
    OutOfRange,
    /// A value that is not a number, by the name of the special.
    NotANumber(Special),
    ImplausibleSystolic,
    ImplausibleDiastolic,
    /// Systolic not above diastolic.
    SystolicNotAboveDiastolic,
    ImplausiblePulse,
    ImplausibleGlucose,
    NoConcentration,
    /// HI: urgent, without a number.
    ValueHigh,
    /// LO: urgent, without a number.
    ValueLow,
    /// The meter's own word against its result.
    Annunciation(Annunciation),
    ControlSolution,
    /// By this device's profile the linked record is a ketone value.
    Ketone,
    /// The device says that it does not know the time.
    TimeUnknown,
    /// The time is impossible, or the meter says that its clock is at fault.
    TimeUnusable,
}

/// The specials that carry no direction (or whose direction nobody must act on).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Special {
    NaN,
    NRes,
    PlusInf,
    MinusInf,
    Reserved,
}

impl Special {
    /// The special of this word; none for a number.
    pub fn of(value: Medfloat) -> Option<Self> {
        match value {
            Medfloat::Number(_) | Medfloat::Ambiguous(_) => None,
            Medfloat::NaN => Some(Special::NaN),
            Medfloat::NRes => Some(Special::NRes),
            Medfloat::PlusInf => Some(Special::PlusInf),
            Medfloat::MinusInf => Some(Special::MinusInf),
            Medfloat::Reserved => Some(Special::Reserved),
        }
    }
}

impl Reason {
    /// The word in the output of `decode`, in the journal and as the key of its text.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Malformed(malformed) => malformed.word(),
            Reason::AmbiguousSpecial => "ambiguous_special",
            Reason::MeasurementFailed => "measurement_failed",
            Reason::OutOfRange => "out_of_range",
            Reason::NotANumber(Special::NaN) => "NaN",
            Reason::NotANumber(Special::NRes) => "NRes",
            Reason::NotANumber(Special::PlusInf) => "+INF",
            Reason::NotANumber(Special::MinusInf) => "-INF",
            Reason::NotANumber(Special::Reserved) => "reserved",
            Reason::ImplausibleSystolic => "implausible_systolic",
            Reason::ImplausibleDiastolic => "implausible_diastolic",
            Reason::SystolicNotAboveDiastolic => "systolic_not_above_diastolic",
            Reason::ImplausiblePulse => "implausible_pulse",
            Reason::ImplausibleGlucose => "implausible_glucose",
            Reason::NoConcentration => "no_concentration",
            Reason::ValueHigh => "value_high",
            Reason::ValueLow => "value_low",
            Reason::Annunciation(annunciation) => annunciation.word(),
            Reason::ControlSolution => "control_solution",
            Reason::Ketone => "ketone",
            Reason::TimeUnknown => "time_unknown",
            Reason::TimeUnusable => "time_unusable",
        }
    }

    /// Whether this reason only informs, so that a value with no other is still valid.
    fn informs(self) -> bool {
        matches!(
            self,
            Reason::ControlSolution | Reason::Ketone | Reason::TimeUnknown | Reason::TimeUnusable
        )
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// Class, storage and reasons of one value. Reasons that decide the class come first, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub class: Class,
    pub store_as: StoreAs,
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// The verdict these reasons make. `valid_store_as` holds only where none of them is against the value.
    pub fn from_reasons(found: Vec<Reason>, valid_store_as: StoreAs) -> Self {
        let (informing, deciding): (Vec<_>, Vec<_>) = found.into_iter().partition(|r| r.informs());
        let invalid = !deciding.is_empty();
        let mut reasons = Vec::new();
        for reason in deciding.into_iter().chain(informing) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Verdict {
            class: if invalid {
                Class::Invalid
            } else {
                Class::Valid
            },
            store_as: if invalid {
                StoreAs::None
            } else {
                valid_store_as
            },
            reasons,
        }
    }

    /// The verdict on a value without structure.
    pub fn malformed(malformed: Malformed) -> Self {
        Verdict {
            class: Class::Error,
            store_as: StoreAs::None,
            reasons: vec![Reason::Malformed(malformed)],
        }
    }

    pub fn has(&self, reason: Reason) -> bool {
        self.reasons.contains(&reason)
    }
}

/// What a time field informs about. It never decides the class.
pub(super) fn time_reason(time: Option<DateTime>) -> Option<Reason> {
    match time?.local() {
        LocalTime::At(_) => None,
        LocalTime::Unknown => Some(Reason::TimeUnknown),
        LocalTime::Impossible => Some(Reason::TimeUnusable),
    }
}
