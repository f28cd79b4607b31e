//! What one device says and is told, over its connections: records once, contexts joined, times put right.
//!
//! The listener decides nothing about the connection; [`super::driver`] does, and asks it.

use std::collections::HashSet;

use jiff::{SignedDuration, civil};

use super::clock::DeviceClock;
use super::identity::{Identity, Memory, Seen};
use super::record::Record;
use super::transfer::{Next, Transfers, Warning};
use crate::decode::gatt::current_time::CurrentTime;
use crate::decode::gatt::date_time::DateTime;
use crate::decode::gatt::glucose_context::GlucoseContext;
use crate::decode::gatt::profile::{Profile, Quirks, ReservedMeal};
use crate::decode::gatt::record_access::Request;
use crate::decode::gatt::{Characteristic, Value};

/// What a value turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A record that did not come before.
    New,
    /// A record that came before: nothing is stored, nothing rings.
    Again,
    /// A context, an answer or a pressure on its way: nothing to store by itself.
    Surrounding,
    /// Malformed. It costs this record and no other.
    Broken,
    /// A characteristic that carries no measurement.
    Ignored,
}

/// One connection, as it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// In order of arrival, each once, with its context and its corrected time.
    pub records: Vec<Record>,
    /// Contexts whose record came in an earlier connection, or not at all.
    pub loose_contexts: Vec<GlucoseContext>,
    pub duplicates_dropped: u64,
    pub decode_errors: u64,
    pub warnings: Vec<Warning>,
    /// Hub minus device, when the clock was read.
    pub clock_offset: Option<SignedDuration>,
    /// Everything that was asked for came; of a device that sends by itself: it left of its own accord.
    pub complete: bool,
    /// Records that the device counted and did not send.
    pub missing: u32,
}

/// The passive half of a session.
#[derive(Debug, Clone)]
pub struct Listener {
    quirks: Quirks,
    resend_window_ms: u64,
    memory: Memory,
    transfers: Transfers,
    clock: DeviceClock,
    hub_time: civil::DateTime,
    hub_ms: u64,
    elapsed_ms: u64,
    left: bool,
    last: Option<(u16, DateTime)>,
    /// Identities of the running transfer, so that a repeat is not counted as another record.
    in_transfer: HashSet<Identity>,
    /// Numbers of the running transfer whose context may say that they are no glucose, and has not come.
    without_context: HashSet<u16>,
    /// A value of the running transfer had no structure.
    broken_in_transfer: bool,
    report: Report,
}

impl Listener {
    /// `hub_time`: the local time of the hub now.
    pub fn new(profile: &Profile, hub_time: civil::DateTime) -> Self {
        Listener {
            quirks: profile.quirks(),
            resend_window_ms: u64::from(profile.resend_window_s) * 1000,
            memory: Memory::default(),
            transfers: Transfers::default(),
            clock: DeviceClock::default(),
            hub_time,
            hub_ms: 0,
            elapsed_ms: 0,
            left: false,
            last: None,
            in_transfer: HashSet::new(),
            without_context: HashSet::new(),
            broken_in_transfer: false,
            report: Report::default(),
        }
    }

    /// The hub wrote a value.
    pub fn wrote(&mut self, characteristic: Characteristic, bytes: &[u8]) {
        self.left = false;
        match characteristic {
            Characteristic::CurrentTime | Characteristic::DateTime => self.clock.set(),
            Characteristic::RecordAccess => {
                if let Ok(request) = Request::decode(bytes) {
                    self.in_transfer.clear();
                    self.without_context.clear();
                    self.broken_in_transfer = false;
                    let warning = self.transfers.wrote(request);
                    self.warn(warning);
                }
            }
            _ => {}
        }
    }

    /// The last write to the control point failed.
    pub fn write_failed(&mut self) {
        self.transfers.write_failed();
    }

    /// A value came.
    pub fn value(&mut self, characteristic: Characteristic, bytes: &[u8]) -> Heard {
        self.left = false;
        self.transfers.heard();
        match Value::decode(characteristic, bytes, &self.quirks) {
            None => Heard::Ignored,
            Some(Err(_)) => {
                self.report.decode_errors += 1;
                self.broken_in_transfer = true;
                let is_record = matches!(
                    characteristic,
                    Characteristic::GlucoseMeasurement | Characteristic::BloodPressureMeasurement
                );
                self.transfers.record(None, is_record);
                Heard::Broken
            }
            Some(Ok(value)) => self.meaning(value),
        }
    }

    fn meaning(&mut self, value: Value) -> Heard {
        match value {
            Value::IntermediateCuff(_) => Heard::Surrounding,
            Value::Answer(answer) => {
                let warning = self.transfers.answered(answer);
                self.warn(warning);
                Heard::Surrounding
            }
            Value::GlucoseContext(context) => {
                self.context(context);
                Heard::Surrounding
            }
            Value::BloodPressure(measurement) => {
                let identity = Identity::from(&measurement);
                self.record(identity, None, |double| {
                    Record::blood_pressure(measurement, double)
                })
            }
            Value::Glucose(measurement) => {
                let identity = Identity::from(&measurement);
                let sequence = measurement.sequence;
                let base_time = measurement.base_time;
                if measurement.context_follows && self.quirks.meal_6 == ReservedMeal::Ketone {
                    self.without_context.insert(sequence);
                }
                let record = move |_| Record::glucose(measurement);
                let heard = self.record(identity, Some((sequence, base_time)), record);
                self.join_waiting(sequence);
                heard
            }
        }
    }

    fn record(
        &mut self,
        identity: Identity,
        number: Option<(u16, DateTime)>,
        record: impl FnOnce(bool) -> Record,
    ) -> Heard {
        let first_here = self.in_transfer.insert(identity.clone());
        self.transfers
            .record(number.map(|(sequence, _)| sequence), first_here);
        let seen = self
            .memory
            .see(identity, self.elapsed_ms, self.resend_window_ms);
        let Seen::New {
            maybe_double,
            sequence_reused,
        } = seen
        else {
            self.report.duplicates_dropped += 1;
            return Heard::Again;
        };
        if sequence_reused {
            self.transfers.sequence_reused();
            self.warn(Some(Warning::SequenceReused));
        }
        if let Some((sequence, base_time)) = number {
            self.advance_last(sequence, base_time, sequence_reused);
        }
        self.report.records.push(record(maybe_double));
        Heard::New
    }

    /// Numbers wrap at 65,535 and begin again when a meter is reset; a lower number with a later base time
    /// is the newer one.
    fn advance_last(&mut self, sequence: u16, base_time: DateTime, reused: bool) {
        let newer = self.last.is_none_or(|(last, last_base)| {
            let ahead = sequence.wrapping_sub(last);
            let later = match (base_time.local().at(), last_base.local().at()) {
                (Some(this), Some(other)) => this > other,
                _ => false,
            };
            (1..0x8000).contains(&ahead) || later
        });
        if newer || reused {
            self.last = Some((sequence, base_time));
        }
    }

    fn context(&mut self, context: GlucoseContext) {
        let quirks = self.quirks;
        let sequence = Some(context.sequence);
        self.without_context.remove(&context.sequence);
        match self
            .report
            .records
            .iter_mut()
            .rev()
            .find(|record| record.sequence() == sequence)
        {
            Some(record) => record.join(context, &quirks),
            None => self.report.loose_contexts.push(context),
        }
    }

    /// A context may come before its record.
    fn join_waiting(&mut self, sequence: u16) {
        let quirks = self.quirks;
        let Some(record) = self.report.records.last_mut() else {
            return;
        };
        if record.sequence() != Some(sequence) || record.context().is_some() {
            return;
        }
        let waiting = self
            .report
            .loose_contexts
            .iter()
            .rposition(|c| c.sequence == sequence);
        if let Some(at) = waiting {
            record.join(self.report.loose_contexts.remove(at), &quirks);
        }
    }

    /// The device's clock was read (2A2B or 2A08).
    pub fn clock_read(&mut self, characteristic: Characteristic, bytes: &[u8]) {
        self.left = false;
        let read = match characteristic {
            Characteristic::CurrentTime => CurrentTime::decode(bytes).map(|current| current.time),
            _ => DateTime::decode(bytes),
        };
        match read {
            Ok(device) => self.clock.read(device, self.hub_now()),
            Err(_) => self.report.decode_errors += 1,
        }
    }

    /// The hub's own clock says this now.
    pub fn hub_time(&mut self, now: civil::DateTime) {
        self.hub_time = now;
        self.hub_ms = 0;
    }

    /// The hub's local time now. Stays at the last possible time rather than leave the calendar.
    pub fn hub_now(&self) -> civil::DateTime {
        let elapsed = i64::try_from(self.hub_ms / 1000).unwrap_or(i64::MAX);
        self.hub_time
            .checked_add(SignedDuration::from_secs(elapsed))
            .unwrap_or(civil::DateTime::MAX)
    }

    pub fn time_passes(&mut self, ms: u64) {
        self.elapsed_ms = self.elapsed_ms.saturating_add(ms);
        self.hub_ms = self.hub_ms.saturating_add(ms);
        let warning = self.transfers.time_passes(ms);
        self.warn(warning);
    }

    /// The device left, which is the normal end of a connection.
    pub fn disconnected(&mut self) -> Report {
        self.left = true;
        let missing = self.transfers.missing();
        self.transfers.disconnected();
        self.memory.connection_ended();
        self.in_transfer.clear();
        let mut report = self.take_report();
        report.missing = missing;
        report.complete = self.is_complete();
        self.clock = DeviceClock::default();
        report
    }

    /// What was heard until now in this connection, without ending it. It is not given again.
    pub fn take_report(&mut self) -> Report {
        let mut report = std::mem::take(&mut self.report);
        report.clock_offset = self.clock.offset();
        for record in report
            .records
            .iter_mut()
            .filter(|record| record.is_reading())
        {
            record.corrected = record.shown().and_then(|shown| self.clock.corrected(shown));
        }
        report
    }

    pub fn next(&self) -> Next {
        self.transfers.next()
    }

    pub fn is_complete(&self) -> bool {
        self.transfers.is_complete(self.left)
    }

    /// The last transfer brought a broken value, or a record without the context that says whether it is
    /// glucose at all: the pipeline takes neither, and the meter still has both.
    pub fn is_in_want(&self) -> bool {
        self.broken_in_transfer || !self.without_context.is_empty()
    }

    pub fn transfers(&self) -> &Transfers {
        &self.transfers
    }

    pub fn clock(&self) -> &DeviceClock {
        &self.clock
    }

    /// The meter's number of its newest record.
    pub fn last_sequence(&self) -> Option<u16> {
        self.last.map(|(sequence, _)| sequence)
    }

    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    fn warn(&mut self, warning: Option<Warning>) {
        self.report.warnings.extend(warning);
    }
}
