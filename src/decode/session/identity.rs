//! When two values are one measurement, and what a device has already sent.
//!
//! A glucose record is its sequence number, base time, offset and value: a meter whose numbers began again
//! loses nothing. A blood pressure is its time, user and numbers. Without a time that can be used there is no
//! telling a repeat from a second measurement, so equal ones are one only within a short window of one
//! connection.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::decode::gatt::blood_pressure::BloodPressureMeasurement;
use crate::decode::gatt::date_time::DateTime;
use crate::decode::gatt::glucose::{Concentration, GlucoseMeasurement};
use crate::decode::medfloat::Medfloat;

/// Records remembered of one device. Meters hold some hundred, at most a few thousand.
const REMEMBERED: usize = 20_000;

/// What makes a record itself. Flags that may change while it lies in memory are left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Identity {
    Glucose {
        sequence: u16,
        base_time: DateTime,
        offset_minutes: Option<i16>,
        value: Option<Concentration>,
    },
    Pressure {
        time: Option<DateTime>,
        user_id: Option<u8>,
        numbers: [Option<Medfloat>; 4],
    },
}

impl From<&GlucoseMeasurement> for Identity {
    fn from(measurement: &GlucoseMeasurement) -> Self {
        Identity::Glucose {
            sequence: measurement.sequence,
            base_time: measurement.base_time,
            offset_minutes: measurement.time_offset_minutes,
            value: measurement.concentration,
        }
    }
}

impl From<&BloodPressureMeasurement> for Identity {
    fn from(measurement: &BloodPressureMeasurement) -> Self {
        Identity::Pressure {
            time: measurement.time,
            user_id: measurement.user_id,
            numbers: [
                Some(measurement.systolic),
                Some(measurement.diastolic),
                Some(measurement.mean_as_sent),
                measurement.pulse,
            ],
        }
    }
}

impl Identity {
    /// Whether equal identities are the same measurement whenever they come.
    fn holds_for_ever(&self) -> bool {
        match self {
            Identity::Glucose { .. } => true,
            Identity::Pressure { time, .. } => time.is_some_and(|time| time.local().at().is_some()),
        }
    }
}

/// What a value is to somebody who remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    New {
        /// Equal numbers without a time came before: perhaps the same measurement.
        maybe_double: bool,
        /// This sequence number belonged to another record: the meter's numbers began again.
        sequence_reused: bool,
    },
    Before,
}

/// The records a device has sent.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    known: HashSet<Identity>,
    oldest_first: VecDeque<Identity>,
    by_sequence: HashMap<u16, Identity>,
    /// Values without a usable time of this connection, with the moment each was taken as new.
    untimed: Vec<(Identity, u64)>,
}

impl Memory {
    /// `now_ms` counts from anywhere; `window_ms` is the profile's resend window.
    pub fn see(&mut self, identity: Identity, now_ms: u64, window_ms: u64) -> Seen {
        let known = self.known.contains(&identity);
        if !identity.holds_for_ever() {
            self.untimed
                .retain(|&(_, at_ms)| now_ms.saturating_sub(at_ms) <= window_ms);
            if self.untimed.iter().any(|(other, _)| *other == identity) {
                return Seen::Before;
            }
            self.untimed.push((identity.clone(), now_ms));
        } else if known {
            return Seen::Before;
        }
        let sequence_reused = match identity {
            Identity::Glucose { sequence, .. } => self
                .by_sequence
                .insert(sequence, identity.clone())
                .is_some(),
            Identity::Pressure { .. } => false,
        };
        if !known {
            self.remember(identity);
        }
        Seen::New {
            maybe_double: known,
            sequence_reused,
        }
    }

    pub fn connection_ended(&mut self) {
        self.untimed.clear();
    }

    fn remember(&mut self, identity: Identity) {
        self.known.insert(identity.clone());
        self.oldest_first.push_back(identity);
        if self.oldest_first.len() > REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
