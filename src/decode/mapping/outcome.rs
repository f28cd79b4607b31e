//! What becomes of a frame: status, readings, halves, device events, and closed words for every refusal.

use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::Decimal;

use crate::vitals::{DeviceId, DeviceTime, HintKind, Mark, Moment, PersonHint, Reading};

/// What became of a frame as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// At least one reading (or half of one) came out.
    Ok,
    /// Understood, and there is nothing to measure in it: heartbeat, battery, device error, no value.
    Ignored,
    /// Not understood. Kept as it came, counted, shown; may be interpreted again with a better profile.
    Quarantined,
    /// Understood, and the value breaks a rule: never a reading.
    Refused,
}

impl Status {
    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Ignored => "ignored",
            Status::Quarantined => "quarantined",
            Status::Refused => "refused",
        }
    }
}

/// Why a frame, or one reading in it, was not taken. The words of `error` in `map`'s output:
///
/// | word | rule it broke | status |
/// | --- | --- | --- |
/// | `refused_by_source` | the source says this frame may not be interpreted | quarantined |
/// | `no_profile` | no profile's topic and conditions fit | quarantined |
/// | `payload_too_large` | longer than the profile's `limits.payload_bytes` | quarantined |
/// | `too_deep` | nested deeper than the profile's `limits.depth` | quarantined |
/// | `not_utf8` | the body is not UTF-8 | quarantined |
/// | `bad_json` | the body is not one JSON value (RFC 8259) | quarantined |
/// | `bad_form` | the body is no form encoding | quarantined |
/// | `duplicate_key` | a key stands twice in one object or form | quarantined |
/// | `no_reading` | no `[[reading]]` of the profile applies | quarantined |
/// | `person_number` | a citizen number where none can be replaced, in the name of a field | quarantined |
/// | `no_device` | the device id is missing, blank, over 128 characters or no text | quarantined |
/// | `incomplete` | only one of systolic and diastolic, and the profile does not join | quarantined |
/// | `ambiguous_path` | a path that must select one value selects several | quarantined |
/// | `unknown_unit` | the unit field holds no unit of the table, or is missing | quarantined |
/// | `unknown_flag` | the control-solution field holds neither yes nor no | quarantined |
/// | `half_alone` | one half of a joined reading stayed alone past the window | quarantined |
/// | `half_twice` | the same half came twice with different values before the other half | quarantined |
/// | `device_error` | the device reports an error instead of a measurement | ignored |
/// | `not_a_number` | not a number in ASCII digits | refused |
/// | `number_out_of_range` | more digits or a larger exponent than an exact decimal holds | refused |
/// | `outside_device_range` | outside the `range` of the profile | refused |
/// | `implausible_systolic` | not within 40 to 300 mmHg | refused |
/// | `implausible_diastolic` | not within 20 to 200 mmHg | refused |
/// | `systolic_not_above_diastolic` | systolic is not above diastolic | refused |
/// | `implausible_pulse` | not within 20 to 300 per minute | refused |
/// | `implausible_glucose` | not within 0.6 to 55 mmol/L | refused |
/// | `bad_line` | (`map` only) the input line is not as documented | quarantined |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    RefusedBySource,
    NoProfile,
    PayloadTooLarge,
    TooDeep,
    NotUtf8,
    BadJson,
    BadForm,
    DuplicateKey,
    NoReading,
    PersonNumber,
    NoDevice,
    Incomplete,
    AmbiguousPath,
    UnknownUnit,
    UnknownFlag,
    HalfAlone,
    HalfTwice,
    DeviceError,
    NotANumber,
    NumberOutOfRange,
    OutsideDeviceRange,
    ImplausibleSystolic,
    ImplausibleDiastolic,
    SystolicNotAboveDiastolic,
    ImplausiblePulse,
    ImplausibleGlucose,
    BadLine,
}

impl Fault {
    pub const ALL: [Fault; 27] = [
        Fault::RefusedBySource,
        Fault::NoProfile,
        Fault::PayloadTooLarge,
        Fault::TooDeep,
        Fault::NotUtf8,
        Fault::BadJson,
        Fault::BadForm,
        Fault::DuplicateKey,
        Fault::NoReading,
        Fault::PersonNumber,
        Fault::NoDevice,
        Fault::Incomplete,
        Fault::AmbiguousPath,
        Fault::UnknownUnit,
        Fault::UnknownFlag,
        Fault::HalfAlone,
        Fault::HalfTwice,
        Fault::DeviceError,
        Fault::NotANumber,
        Fault::NumberOutOfRange,
        Fault::OutsideDeviceRange,
        Fault::ImplausibleSystolic,
        Fault::ImplausibleDiastolic,
        Fault::SystolicNotAboveDiastolic,
        Fault::ImplausiblePulse,
        Fault::ImplausibleGlucose,
        Fault::BadLine,
    ];

    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            Fault::RefusedBySource => "refused_by_source",
            Fault::NoProfile => "no_profile",
            Fault::PayloadTooLarge => "payload_too_large",
            Fault::TooDeep => "too_deep",
            Fault::NotUtf8 => "not_utf8",
            Fault::BadJson => "bad_json",
            Fault::BadForm => "bad_form",
            Fault::DuplicateKey => "duplicate_key",
            Fault::NoReading => "no_reading",
            Fault::PersonNumber => "person_number",
            Fault::NoDevice => "no_device",
            Fault::Incomplete => "incomplete",
            Fault::AmbiguousPath => "ambiguous_path",
            Fault::UnknownUnit => "unknown_unit",
            Fault::UnknownFlag => "unknown_flag",
            Fault::HalfAlone => "half_alone",
            Fault::HalfTwice => "half_twice",
            Fault::DeviceError => "device_error",
            Fault::NotANumber => "not_a_number",
            Fault::NumberOutOfRange => "number_out_of_range",
            Fault::OutsideDeviceRange => "outside_device_range",
            Fault::ImplausibleSystolic => "implausible_systolic",
            Fault::ImplausibleDiastolic => "implausible_diastolic",
            Fault::SystolicNotAboveDiastolic => "systolic_not_above_diastolic",
            Fault::ImplausiblePulse => "implausible_pulse",
            Fault::ImplausibleGlucose => "implausible_glucose",
            Fault::BadLine => "bad_line",
        }
    }

    /// The reverse of [`Fault::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Fault::ALL.into_iter().find(|f| f.word() == word)
    }

    /// What a frame becomes that holds nothing but this fault.
    pub fn status(self) -> Status {
        match self {
            Fault::DeviceError => Status::Ignored,
            Fault::NotANumber
            | Fault::NumberOutOfRange
            | Fault::OutsideDeviceRange
            | Fault::ImplausibleSystolic
            | Fault::ImplausibleDiastolic
            | Fault::SystolicNotAboveDiastolic
            | Fault::ImplausiblePulse
            | Fault::ImplausibleGlucose => Status::Refused,
            _ => Status::Quarantined,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A rule and the place it was broken (or a note and the place it is about). Never a value.
///
/// `at` is the JSON pointer in the body, or a source of the profile such as `topic:device`; empty for
/// the whole message. A key that came through `each` over keys is printed as `*`: it may be a name.
/// `word` is a [`Fault`] word or one of the notes `byte_order_mark`, `no_value`, `heartbeat`,
/// `battery_only`, `event`, `time_unusable`, `time_missing`, `unknown_meal`, `unknown_flag`,
/// `control_solution`, `element_not_mapped`, `hint_empty`, `hint_masked`, `hint_check_digit`,
/// `hint_malformed`, or a word of the profile's error table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    pub at: String,
    pub word: String,
}

impl Reason {
    pub(super) fn new(at: impl Into<String>, word: impl Into<String>) -> Self {
        Reason {
            at: at.into(),
            word: word.into(),
        }
    }
}

/// A rule broken at a place: what stops one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub at: String,
    pub fault: Fault,
}

impl Problem {
    pub fn new(at: impl Into<String>, fault: Fault) -> Self {
        Problem {
            at: at.into(),
            fault,
        }
    }
}

impl From<Problem> for Reason {
    fn from(problem: Problem) -> Self {
        Reason::new(problem.at, problem.fault.word())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            f.write_str(&self.word)
        } else {
            write!(f, "{}: {}", self.at, self.word)
        }
    }
}

/// A person hint in a payload that was not prepared yet (only `map` and `replay` of raw samples see one).
#[derive(Clone, PartialEq, Eq)]
pub struct PlainHint {
    pub kind: HintKind,
    /// Normalised by [`HintKind::normalise`].
    pub number: String,
}

impl fmt::Debug for PlainHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainHint({})", self.kind.word())
    }
}

/// A reading and where in the body it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedReading {
    /// `reading.hint` is set when the body carried a hint token of `prepare`.
    pub reading: Reading,
    /// Set instead when the body is a raw one.
    pub plain_hint: Option<PlainHint>,
    /// JSON pointer of the element; empty for the whole body.
    pub at: String,
}

/// Which half a one-value-per-topic message carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartKey {
    Systolic,
    Diastolic,
    Map,
    Pulse,
}

/// One or more values of a blood pressure whose others come in other messages. Values in mmHg and per minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Parts join only within the same profile, device and slot.
    pub profile: String,
    pub device: DeviceId,
    pub slot: Option<String>,
    pub values: Vec<(PartKey, Decimal)>,
    /// What makes it whole. Pulse and mean pressure may stay out at the end of the window.
    pub expected: Vec<PartKey>,
    /// The profile's `join.window_s`.
    pub window_s: u32,
    pub received_at: Moment,
    pub device_time: DeviceTime,
    pub sequence: Option<String>,
    pub hint: Option<PersonHint>,
    pub plain_hint: Option<PlainHint>,
    pub marks: BTreeSet<Mark>,
    pub from_memory: bool,
    /// JSON pointer of the element; empty for the whole body.
    pub at: String,
}

/// What a refused element said, as far as it can be read. For people's eyes: it never becomes a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `None` when the element names no device.
    pub device: Option<DeviceId>,
    pub fault: Fault,
    pub sent: Sent,
}

/// Numbers that were refused, in the units of readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    Pressure {
        systolic_mmhg: Option<Decimal>,
        diastolic_mmhg: Option<Decimal>,
    },
    Glucose {
        mmol_l: Decimal,
    },
}

/// What a device says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEvent {
    /// `None` when the message names no device (a hub's heartbeat).
    pub device: Option<DeviceId>,
    pub event: Event,
}

/// The kinds of [`DeviceEvent`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Heartbeat,
    /// Charge, 0 to 100 percent.
    Battery {
        percent: u8,
    },
    /// The device failed to measure. `word` is from the profile's error table, else `device_error`.
    Error {
        word: String,
    },
}

/// What a frame says, by the profile that fits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpretation {
    /// The profile's name (file stem), when one fitted.
    pub profile: Option<String>,
    pub status: Status,
    pub readings: Vec<MappedReading>,
    pub parts: Vec<Part>,
    /// Elements that were refused and still say a number.
    pub refused: Vec<Refused>,
    pub events: Vec<DeviceEvent>,
    /// The first fault met, also beside good readings of the same message.
    pub error: Option<Fault>,
    pub reasons: Vec<Reason>,
}

impl Interpretation {
    /// Whether a person's number stands in it in the clear: the body was not prepared by these profiles.
    pub fn has_plain_hint(&self) -> bool {
        let readings = self.readings.iter().map(|r| &r.plain_hint);
        let parts = self.parts.iter().map(|p| &p.plain_hint);
        readings.chain(parts).any(Option::is_some)
    }
}
