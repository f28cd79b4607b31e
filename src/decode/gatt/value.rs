//! A measurement value of any characteristic a device sends by itself.

use super::blood_pressure::BloodPressureMeasurement;
use super::fields::Malformed;
use super::glucose::GlucoseMeasurement;
use super::glucose_context::GlucoseContext;
use super::intermediate_cuff::IntermediateCuffPressure;
use super::profile::Quirks;
use super::record_access::Answer;
use super::verdict::Verdict;

/// The characteristics this folder knows, by their 16-bit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Characteristic {
    DateTime,
    BatteryLevel,
    SystemId,
    ModelNumber,
    SerialNumber,
    FirmwareRevision,
    HardwareRevision,
    SoftwareRevision,
    ManufacturerName,
    CurrentTime,
    GlucoseMeasurement,
    GlucoseContext,
    BloodPressureMeasurement,
    IntermediateCuffPressure,
    BloodPressureFeature,
    PnpId,
    GlucoseFeature,
    RecordAccess,
}

impl Characteristic {
    /// In the order of their codes.
    pub const ALL: [Characteristic; 18] = [
        Characteristic::DateTime,
        Characteristic::GlucoseMeasurement,
        Characteristic::BatteryLevel,
        Characteristic::SystemId,
        Characteristic::ModelNumber,
        Characteristic::SerialNumber,
        Characteristic::FirmwareRevision,
        Characteristic::HardwareRevision,
        Characteristic::SoftwareRevision,
        Characteristic::ManufacturerName,
        Characteristic::CurrentTime,
        Characteristic::GlucoseContext,
        Characteristic::BloodPressureMeasurement,
        Characteristic::IntermediateCuffPressure,
        Characteristic::BloodPressureFeature,
        Characteristic::PnpId,
        Characteristic::GlucoseFeature,
        Characteristic::RecordAccess,
    ];

    /// The four hex digits, upper case.
    pub fn code(self) -> &'static str {
        match self {
            Characteristic::DateTime => "2A08",
            Characteristic::GlucoseMeasurement => "2A18",
            Characteristic::BatteryLevel => "2A19",
            Characteristic::SystemId => "2A23",
            Characteristic::ModelNumber => "2A24",
            Characteristic::SerialNumber => "2A25",
            Characteristic::FirmwareRevision => "2A26",
            Characteristic::HardwareRevision => "2A27",
            Characteristic::SoftwareRevision => "2A28",
            Characteristic::ManufacturerName => "2A29",
            Characteristic::CurrentTime => "2A2B",
            Characteristic::GlucoseContext => "2A34",
            Characteristic::BloodPressureMeasurement => "2A35",
            Characteristic::IntermediateCuffPressure => "2A36",
            Characteristic::BloodPressureFeature => "2A49",
            Characteristic::PnpId => "2A50",
            Characteristic::GlucoseFeature => "2A51",
            Characteristic::RecordAccess => "2A52",
        }
    }

    /// The reverse of [`Characteristic::code`], in any case.
    pub fn from_code(code: &str) -> Option<Self> {
        Characteristic::ALL
            .into_iter()
            .find(|known| known.code().eq_ignore_ascii_case(code))
    }
}

/// A well-formed value that a device indicates or notifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    BloodPressure(BloodPressureMeasurement),
    IntermediateCuff(IntermediateCuffPressure),
    Glucose(GlucoseMeasurement),
    GlucoseContext(GlucoseContext),
    Answer(Answer),
}

impl Value {
    /// Whether [`Value::decode`] knows values of this characteristic.
    pub fn is_sent_as(characteristic: Characteristic) -> bool {
        matches!(
            characteristic,
            Characteristic::BloodPressureMeasurement
                | Characteristic::IntermediateCuffPressure
                | Characteristic::GlucoseMeasurement
                | Characteristic::GlucoseContext
                | Characteristic::RecordAccess
        )
    }

    /// Decodes the value; `None` for a characteristic that carries no measurement.
    pub fn decode(
        characteristic: Characteristic,
        bytes: &[u8],
        quirks: &Quirks,
    ) -> Option<Result<Self, Malformed>> {
        Some(match characteristic {
            Characteristic::BloodPressureMeasurement => {
                BloodPressureMeasurement::decode(bytes, quirks).map(Value::BloodPressure)
            }
            Characteristic::IntermediateCuffPressure => {
                IntermediateCuffPressure::decode(bytes, quirks).map(Value::IntermediateCuff)
            }
            Characteristic::GlucoseMeasurement => {
                GlucoseMeasurement::decode(bytes).map(Value::Glucose)
            }
            Characteristic::GlucoseContext => {
                GlucoseContext::decode(bytes).map(Value::GlucoseContext)
            }
            Characteristic::RecordAccess => Answer::decode(bytes).map(Value::Answer),
            _ => return None,
        })
    }

    pub fn verdict(&self, quirks: &Quirks) -> Verdict {
        match self {
            Value::BloodPressure(measurement) => measurement.verdict(),
            Value::IntermediateCuff(cuff) => cuff.verdict(),
            Value::Glucose(measurement) => measurement.verdict(),
            Value::GlucoseContext(context) => context.verdict(quirks),
            Value::Answer(answer) => answer.verdict(),
        }
    }
}
