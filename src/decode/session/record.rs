//! One measurement of a session: the value, what surrounds it, and its time put right.

use jiff::civil;

use crate::decode::gatt::blood_pressure::BloodPressureMeasurement;
use crate::decode::gatt::glucose::GlucoseMeasurement;
use crate::decode::gatt::glucose_context::GlucoseContext;
use crate::decode::gatt::profile::Quirks;
use crate::decode::gatt::verdict::{Class, StoreAs, Verdict};

/// A value as the device sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    BloodPressure(BloodPressureMeasurement),
    Glucose {
        measurement: GlucoseMeasurement,
        context: Option<GlucoseContext>,
    },
}

/// What a record counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    BloodPressure,
    Glucose,
    /// A ketone value in the shape of a glucose record: never stored as glucose.
    Ketone,
    Control,
    /// HI or LO: urgent, without a number.
    Urgent,
    /// A failed or refused measurement: a device event.
    NoReading,
}

/// One measurement that was not sent before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub sent: Sent,
    pub verdict: Verdict,
    pub kind: Kind,
    /// Equal numbers without a time came before.
    pub maybe_double: bool,
    /// The device's time put right by its clock, read in the same connection.
    pub corrected: Option<civil::DateTime>,
}

impl Record {
    pub fn blood_pressure(measurement: BloodPressureMeasurement, maybe_double: bool) -> Self {
        let verdict = measurement.verdict();
        let valid = verdict.class == Class::Valid;
        Record {
            sent: Sent::BloodPressure(measurement),
            kind: if valid {
                Kind::BloodPressure
            } else {
                Kind::NoReading
            },
            verdict,
            maybe_double,
            corrected: None,
        }
    }

    pub fn glucose(measurement: GlucoseMeasurement) -> Self {
        let verdict = measurement.verdict();
        let kind = match (verdict.class, verdict.store_as) {
            (Class::Valid, StoreAs::Control) => Kind::Control,
            (Class::Valid, _) => Kind::Glucose,
            _ if measurement.is_control() => Kind::NoReading,
            _ if measurement.is_high() || measurement.is_low() => Kind::Urgent,
            _ => Kind::NoReading,
        };
        let sent = Sent::Glucose {
            measurement,
            context: None,
        };
        Record {
            sent,
            verdict,
            kind,
            maybe_double: false,
            corrected: None,
        }
    }

    /// The meter's number of a glucose record.
    pub fn sequence(&self) -> Option<u16> {
        match &self.sent {
            Sent::Glucose { measurement, .. } => Some(measurement.sequence),
            Sent::BloodPressure(_) => None,
        }
    }

    /// Joins a context of the same sequence number; a later one takes the place of an earlier.
    pub fn join(&mut self, joined: GlucoseContext, quirks: &Quirks) {
        let Sent::Glucose { context, .. } = &mut self.sent else {
            return;
        };
        // A ketone of 1.2 mmol/L looks like a glucose of 12 mg/dL: also its LO must not ring.
        if joined.marks_ketone(quirks) && matches!(self.kind, Kind::Glucose | Kind::Urgent) {
            self.kind = Kind::Ketone;
        }
        *context = Some(joined);
    }

    pub fn context(&self) -> Option<&GlucoseContext> {
        match &self.sent {
            Sent::Glucose { context, .. } => context.as_ref(),
            Sent::BloodPressure(_) => None,
        }
    }

    /// The device's time of it, where it can be used and the device trusts it.
    pub fn shown(&self) -> Option<civil::DateTime> {
        match &self.sent {
            Sent::BloodPressure(measurement) => measurement.time?.local().at(),
            Sent::Glucose { measurement, .. } if measurement.time_is_untrusted() => None,
            Sent::Glucose { measurement, .. } => measurement.user_facing_time(),
        }
    }

    /// A reading of a person, of whatever kind.
    pub fn is_reading(&self) -> bool {
        self.verdict.store_as == StoreAs::Patient
    }
}
