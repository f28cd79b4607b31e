//! Understanding Bluetooth: kept values become readings, device events, and what is known of a device.
//!
//! Everything needed lies in the frames and the journal, never in the connection's own memory: what was
//! kept before a crash is understood after it as it would have been.

mod record;
mod surroundings;
mod waiting;

use std::sync::Arc;

use super::attributed::Tally;
use super::decoder::Decoder;
use super::keep::nonce;
use super::place::{self, Heard};
use super::settle::settle;
use crate::decode::gatt::{self, Characteristic, Malformed, Reason, Verdict};
use crate::decode::mapping::Sent;
use crate::journal::{JournalError, KeptFrame, Outcome, RadioRow, SealKey, Tx};
use crate::rules::PlaceLimits;
use crate::sources::bluetooth::{Place, What};
use crate::vitals::Moment;

pub(super) use waiting::Waiting;
use waiting::{Half, Held};

/// What one step of the work needs.
pub(super) struct Desk<'a> {
    decoder: &'a dyn Decoder,
    seal: &'a SealKey,
    limits: &'a PlaceLimits,
    tx: &'a Tx<'a>,
    now: Moment,
}

/// A value with its device and its profile.
struct Said<'a> {
    kept: &'a KeptFrame,
    place: &'a Place,
    radio: &'a RadioRow,
    profile: &'a gatt::Profile,
}

/// One frame. Only a database error comes back.
pub(super) fn one(
    desk: &Desk<'_>,
    waiting: &mut Waiting,
    kept: &KeptFrame,
) -> Result<(), JournalError> {
    let Some(place) = Place::parse(&kept.frame.topic) else {
        return desk.quarantine(kept, "no_profile", None, None);
    };
    // What waits of an earlier connection of this device has nothing more to come.
    for held in waiting.of_other_connection(&place) {
        released(desk, held)?;
    }
    let Some(radio) = desk.tx.radio_by_address(&place.address)? else {
        return desk.settle(kept, Outcome::Refused, "unknown_device", None, None);
    };
    let Some(profile) = desk.decoder.gatt(&radio.profile) else {
        let device = Some(radio.device.id);
        return desk.quarantine(kept, "no_profile", Some(&radio.profile), device);
    };
    let said = Said {
        kept,
        place: &place,
        radio: &radio,
        profile,
    };
    let heard_at = kept.frame.received_at;
    desk.tx.note_heard(radio.device.id, heard_at, None, None)?;
    match &place.what {
        What::Value(Characteristic::BloodPressureMeasurement) => {
            record::pressure(desk, waiting, &said)
        }
        What::Value(Characteristic::GlucoseMeasurement) => record::glucose(desk, waiting, &said),
        What::Value(Characteristic::GlucoseContext) => record::context(desk, waiting, &said),
        What::Value(Characteristic::RecordAccess) => {
            if surroundings::ends_transfer(&kept.frame.payload) {
                for held in waiting.of_connection(&place) {
                    released(desk, held)?;
                }
            }
            surroundings::answer(desk, &said)
        }
        What::Value(clock @ (Characteristic::CurrentTime | Characteristic::DateTime)) => {
            surroundings::value(desk, &said, *clock)?;
            for held in waiting.for_clock(&place) {
                released(desk, held)?;
            }
            Ok(())
        }
        What::Value(characteristic) => surroundings::value(desk, &said, *characteristic),
        What::ClockSet(_) => {
            desk.tx
                .note_clock_set(radio.device.id, place.connection, heard_at)?;
            desk.done(&said, Outcome::Ignored, "clock_set")
        }
        What::Ended => {
            for held in waiting.of_connection(&place) {
                released(desk, held)?;
            }
            surroundings::ended(desk, &said)
        }
        What::Unknown(_) => desk.quarantine(
            kept,
            "no_profile",
            Some(&radio.profile),
            Some(radio.device.id),
        ),
    }
}

/// What waited, without what it waited for or with it.
pub(super) fn released(desk: &Desk<'_>, held: Held) -> Result<(), JournalError> {
    let Some(radio) = desk.tx.radio_by_address(&held.place.address)? else {
        return desk.settle(&held.kept, Outcome::Refused, "unknown_device", None, None);
    };
    let Some(profile) = desk.decoder.gatt(&radio.profile) else {
        return desk.quarantine(&held.kept, "no_profile", None, Some(radio.device.id));
    };
    let said = Said {
        kept: &held.kept,
        place: &held.place,
        radio: &radio,
        profile,
    };
    match held.half {
        Half::Record(measurement) => record::alone(desk, &said, &measurement),
        Half::Context(_) => desk.done(&said, Outcome::Ignored, "context_alone"),
        Half::Pressure => record::pressure_by_now(desk, &said),
    }
}

impl<'a> Desk<'a> {
    pub fn new(
        decoder: &'a Arc<dyn Decoder>,
        seal: &'a SealKey,
        limits: &'a PlaceLimits,
        tx: &'a Tx<'a>,
        now: Moment,
    ) -> Self {
        Desk {
            decoder: decoder.as_ref(),
            seal,
            limits,
            tx,
            now,
        }
    }

    fn done(&self, said: &Said<'_>, outcome: Outcome, reason: &str) -> Result<(), JournalError> {
        let (profile, device) = (&said.radio.profile, said.radio.device.id);
        self.settle(said.kept, outcome, reason, Some(profile), Some(device))
    }

    fn tallied(&self, said: &Said<'_>, tally: &Tally) -> Result<(), JournalError> {
        for stored in &tally.stored {
            place::stored(self.tx, self.limits, stored, said.kept.row, self.now)?;
        }
        self.done(said, tally.outcome(), tally.problem.unwrap_or(""))
    }

    /// No structure in it: sealed, for it may be anything.
    fn malformed(&self, said: &Said<'_>, malformed: Malformed) -> Result<(), JournalError> {
        let (profile, device) = (&said.radio.profile, said.radio.device.id);
        self.quarantine(said.kept, malformed.word(), Some(profile), Some(device))
    }

    /// A value that gives no reading: the device's own failure, or against a rule. What its numbers say, they
    /// say to staff all the same.
    fn no_reading(
        &self,
        said: &Said<'_>,
        verdict: &Verdict,
        sent: Option<Sent>,
        from_memory: bool,
    ) -> Result<(), JournalError> {
        if let Some(sent) = sent {
            let heard = Heard {
                row: said.kept.row,
                frame: &said.kept.frame,
                from_memory,
            };
            let told = (&said.radio.name, sent);
            place::refused(self.tx, self.limits, told, &heard, self.now)?;
        }
        let Some(reason) = verdict.reasons.first() else {
            return self.done(said, Outcome::Ignored, "no_value");
        };
        match reason {
            Reason::AmbiguousSpecial => {
                let (profile, device) = (&said.radio.profile, said.radio.device.id);
                self.quarantine(said.kept, reason.word(), Some(profile), Some(device))
            }
            Reason::ImplausibleSystolic
            | Reason::ImplausibleDiastolic
            | Reason::SystolicNotAboveDiastolic
            | Reason::ImplausiblePulse
            | Reason::ImplausibleGlucose => self.done(said, Outcome::Refused, reason.word()),
            _ => self.done(said, Outcome::Ignored, reason.word()),
        }
    }

    fn settle(
        &self,
        kept: &KeptFrame,
        outcome: Outcome,
        reason: &str,
        profile: Option<&str>,
        device: Option<i64>,
    ) -> Result<(), JournalError> {
        settle(
            self.tx, kept.row, outcome, reason, profile, device, self.now,
        )
    }

    fn quarantine(
        &self,
        kept: &KeptFrame,
        reason: &str,
        profile: Option<&str>,
        device: Option<i64>,
    ) -> Result<(), JournalError> {
        let sealed = self.seal.seal(&kept.frame.payload, &kept.sha256, nonce());
        self.tx.seal_payload(kept.row, &sealed)?;
        self.settle(kept, Outcome::Quarantined, reason, profile, device)
    }
}
