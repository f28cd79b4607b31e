//! Understand, the second step: kept frames become readings, readings get their subject.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::SignedDuration;

use super::decoder::Decoder;
use super::identity::{identity, is_bare};
use super::keep::nonce;
use crate::decode::mapping::{
    Event, Fault, Interpretation, Joined, Joiner, MappedReading, Reason, Status,
};
use crate::decode::profile::{DeviceRules, Memory};
use crate::journal::{
    DeviceRow, Inserted, JournalError, KeptFrame, NewReading, Outcome, SealKey, Sealed, Settled,
    Tx, Writer,
};
use crate::people::{
    CardClaim, CheckIn, Circumstances, Claims, LiveOffset, attribute, attribute::Taken, taken_at,
};
use crate::vitals::{
    DeviceTime, Frame, FrameRow, Glucose, Measured, Moment, Reading, Specimen, TakenAt,
};

/// Frames interpreted in one commit.
const BATCH: u32 = 512;

/// The second step's memory: where it is, and which halves wait for their others.
pub(super) struct Understanding {
    decoder: Arc<dyn Decoder>,
    seal: Arc<SealKey>,
    halves: Joiner<HalfFrame>,
    after: FrameRow,
    more: bool,
}

/// A kept frame whose reading is not whole yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct HalfFrame {
    row: FrameRow,
    frame: Frame,
    sealed: Sealed,
    sha256: Vec<u8>,
    profile: String,
}

/// What one frame came to.
#[derive(Default)]
struct Tally {
    new: u32,
    duplicates: u32,
    device_id: Option<i64>,
    problem: Option<&'static str>,
}

impl Understanding {
    pub fn new(decoder: Arc<dyn Decoder>, seal: Arc<SealKey>) -> Self {
        Understanding {
            decoder,
            seal,
            halves: Joiner::default(),
            after: FrameRow(0),
            more: true,
        }
    }

    /// Whether frames may be waiting.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Frames were kept.
    pub fn expect_more(&mut self) {
        self.more = true;
    }

    /// After a failed write: forget what was in memory and start from the oldest unsettled frame.
    pub fn begin_again(&mut self) {
        self.halves = Joiner::default();
        self.after = FrameRow(0);
        self.more = true;
    }

    /// Interprets the next frames in one transaction. The last one's row, or `None` when all are done.
    pub fn batch(
        &mut self,
        writer: &mut Writer,
        now: Moment,
    ) -> Result<Option<FrameRow>, JournalError> {
        let frames = writer.transaction(|tx| {
            let frames = tx.unsettled(self.after, BATCH)?;
            for kept in &frames {
                self.one(tx, kept, now)?;
            }
            Ok::<_, JournalError>(frames)
        })?;
        self.more = frames.len() == BATCH as usize;
        let last = frames.last().map(|f| f.row);
        if let Some(last) = last {
            self.after = last;
        }
        Ok(last)
    }

    /// Settles halves whose window is over; whether there were any.
    pub fn end_halves(&mut self, writer: &mut Writer, now: Moment) -> Result<bool, JournalError> {
        let ended = self.halves.expire(now);
        if ended.is_empty() {
            return Ok(false);
        }
        writer.transaction(|tx| {
            for joined in ended {
                self.joined(tx, joined, now)?;
            }
            Ok::<_, JournalError>(())
        })?;
        Ok(true)
    }

    /// One frame. Only a database error comes back; everything else settles the frame.
    fn one(&mut self, tx: &Tx<'_>, kept: &KeptFrame, now: Moment) -> Result<(), JournalError> {
        let mut frame = kept.frame.clone();
        if kept.sealed == Sealed::Encrypted {
            match self.seal.open(&frame.payload, &kept.sha256) {
                Ok(payload) => frame.payload = payload,
                Err(_) => {
                    return self.settle_sealed(
                        tx,
                        kept,
                        Outcome::Quarantined,
                        "wrong_key",
                        None,
                        now,
                    );
                }
            }
        }
        if let Some(reason) = frame.refused {
            return self.settle_sealed(tx, kept, Outcome::Quarantined, reason, None, now);
        }
        let decoder = self.decoder.clone();
        let Ok(said) = catch_unwind(AssertUnwindSafe(|| decoder.interpret(&frame))) else {
            tracing::error!(
                frame = kept.row.0,
                "a decoder panicked; the frame is settled as unreadable"
            );
            return self.settle_sealed(
                tx,
                kept,
                Outcome::Unreadable,
                "decoder_panicked",
                None,
                now,
            );
        };
        match said.status {
            Status::Quarantined => {
                let reason = word(&said);
                self.settle_sealed(
                    tx,
                    kept,
                    Outcome::Quarantined,
                    reason,
                    said.profile.as_deref(),
                    now,
                )
            }
            Status::Refused => {
                let device_id = device_of(tx, &said)?;
                settle(
                    tx,
                    kept.row,
                    Outcome::Refused,
                    word(&said),
                    said.profile.as_deref(),
                    device_id,
                    now,
                )
            }
            Status::Ignored => {
                let device_id = self.events(tx, &said, &frame)?;
                let reason = said
                    .reasons
                    .first()
                    .map_or("", |r: &Reason| r.word.as_str());
                settle(
                    tx,
                    kept.row,
                    Outcome::Ignored,
                    reason,
                    said.profile.as_deref(),
                    device_id,
                    now,
                )
            }
            Status::Ok => self.understood(tx, kept, &frame, said, now),
        }
    }

    fn understood(
        &mut self,
        tx: &Tx<'_>,
        kept: &KeptFrame,
        frame: &Frame,
        said: Interpretation,
        now: Moment,
    ) -> Result<(), JournalError> {
        let profile = said.profile.clone().unwrap_or_default();
        let mut tally = Tally::default();
        for mapped in &said.readings {
            self.reading(tx, kept.row, frame, &profile, mapped, &mut tally)?;
        }
        self.events(tx, &said, frame)?;
        if said.parts.is_empty() {
            let outcome = tally.outcome();
            let reason = tally.problem.or(said.error.map(Fault::word)).unwrap_or("");
            return settle(
                tx,
                kept.row,
                outcome,
                reason,
                Some(&profile),
                tally.device_id,
                now,
            );
        }
        // A message of halves stays unsettled until they are whole or their window is over.
        let half = HalfFrame {
            row: kept.row,
            frame: frame.clone(),
            sealed: kept.sealed,
            sha256: kept.sha256.clone(),
            profile,
        };
        for part in said.parts {
            for joined in self.halves.offer(half.clone(), part) {
                self.joined(tx, joined, now)?;
            }
        }
        Ok(())
    }

    /// Halves that became one reading, or never will.
    fn joined(
        &self,
        tx: &Tx<'_>,
        joined: Joined<HalfFrame>,
        now: Moment,
    ) -> Result<(), JournalError> {
        let Some((last, earlier)) = joined.tags.split_last() else {
            return Ok(());
        };
        match &joined.reading {
            Ok(mapped) => {
                let mut tally = Tally::default();
                self.reading(tx, last.row, &last.frame, &last.profile, mapped, &mut tally)?;
                for half in earlier {
                    let id = tally.device_id;
                    settle(
                        tx,
                        half.row,
                        Outcome::Ignored,
                        "joined_half",
                        Some(&half.profile),
                        id,
                        now,
                    )?;
                }
                let reason = tally.problem.unwrap_or("");
                settle(
                    tx,
                    last.row,
                    tally.outcome(),
                    reason,
                    Some(&last.profile),
                    tally.device_id,
                    now,
                )
            }
            Err(fault) => {
                for half in &joined.tags {
                    self.settle_half(tx, half, *fault, now)?;
                }
                Ok(())
            }
        }
    }

    fn settle_half(
        &self,
        tx: &Tx<'_>,
        half: &HalfFrame,
        fault: Fault,
        now: Moment,
    ) -> Result<(), JournalError> {
        if fault.status() == Status::Refused {
            return settle(
                tx,
                half.row,
                Outcome::Refused,
                fault.word(),
                Some(&half.profile),
                None,
                now,
            );
        }
        if half.sealed == Sealed::Plain {
            let sealed = self.seal.seal(&half.frame.payload, &half.sha256, nonce());
            tx.seal_payload(half.row, &sealed)?;
        }
        settle(
            tx,
            half.row,
            Outcome::Quarantined,
            fault.word(),
            Some(&half.profile),
            None,
            now,
        )
    }

    /// One reading: its device, its time, its subject.
    fn reading(
        &self,
        tx: &Tx<'_>,
        row: FrameRow,
        frame: &Frame,
        profile: &str,
        mapped: &MappedReading,
        tally: &mut Tally,
    ) -> Result<(), JournalError> {
        let reading = &mapped.reading;
        let Some(device) = tx.device_by_name(&reading.device)? else {
            tally.problem = Some("unknown_device");
            return Ok(());
        };
        tally.device_id = Some(device.id);
        if device
            .account
            .as_deref()
            .is_some_and(|account| account != frame.source)
        {
            tally.problem = Some("device_of_another_account");
            return Ok(());
        }
        let Some(rules) = self.decoder.device_rules(profile) else {
            tally.problem = Some("no_profile");
            return Ok(());
        };
        let inserted = tx.insert_reading(&NewReading {
            frame: row,
            device_id: device.id,
            reading,
            received_at: frame.received_at,
            identity: identity(reading),
            bare: is_bare(reading),
            resend_window_s: rules.resend_window_s,
        })?;
        let Inserted::New {
            reading: reading_id,
        } = inserted
        else {
            tally.duplicates += 1;
            return Ok(());
        };
        tally.new += 1;
        let taken = self.taken(tx, &device, frame, reading, &rules)?;
        let subject = subject(tx, &device, frame, reading, taken)?;
        tx.insert_observation(reading_id, reading.measured.kind(), &taken, subject)?;
        Ok(())
    }

    /// When it was taken, from what the device's clock showed so far; and what this reading adds to that.
    fn taken(
        &self,
        tx: &Tx<'_>,
        device: &DeviceRow,
        frame: &Frame,
        reading: &Reading,
        rules: &DeviceRules,
    ) -> Result<TakenAt, JournalError> {
        let late = frame.retained || frame.may_be_late;
        let live: Vec<LiveOffset> = tx
            .clock_evidence(
                device.id,
                frame.received_at,
                crate::people::taken_at::LIVE_NEEDED,
            )?
            .into_iter()
            .map(|(received_at, offset_ms)| LiveOffset {
                received_at,
                offset_ms,
            })
            .collect();
        let order = order(device, reading);
        let taken = taken_at(
            &reading.device_time,
            &Circumstances {
                received_at: frame.received_at,
                offset_read_ms: None,
                live_offsets: &live,
                clock_resolution_s: rules.clock_resolution_s,
                sends_live_within_s: rules.sends_live.then_some(rules.delay_s),
                keeps_memory: rules.memory == Memory::Keeps,
                from_memory: reading.from_memory,
                may_be_late: late,
                clock_went_back: order == Order::ClockWentBack,
            },
        );
        let mut newest = None;
        if let DeviceTime::Given { at, .. } = &reading.device_time
            && order != Order::Older
        {
            newest = Some((reading.sequence.as_deref().unwrap_or(""), *at));
            if !late && !reading.from_memory {
                let offset_ms = frame.received_at.as_millisecond() - at.as_millisecond();
                tx.note_clock(device.id, frame.received_at, offset_ms)?;
            }
        }
        tx.note_heard(device.id, frame.received_at, None, newest)?;
        Ok(taken)
    }

    /// What the device said about itself; the device's number when it is enrolled.
    fn events(
        &self,
        tx: &Tx<'_>,
        said: &Interpretation,
        frame: &Frame,
    ) -> Result<Option<i64>, JournalError> {
        let mut device_id = None;
        for event in &said.events {
            let Some(name) = &event.device else { continue };
            let Some(device) = tx.device_by_name(name)? else {
                continue;
            };
            device_id = Some(device.id);
            let battery = match event.event {
                Event::Battery { percent } => Some(percent),
                Event::Heartbeat | Event::Error { .. } => None,
            };
            tx.note_heard(device.id, frame.received_at, battery, None)?;
        }
        Ok(device_id)
    }

    fn settle_sealed(
        &self,
        tx: &Tx<'_>,
        kept: &KeptFrame,
        outcome: Outcome,
        reason: &str,
        profile: Option<&str>,
        now: Moment,
    ) -> Result<(), JournalError> {
        if kept.sealed == Sealed::Plain {
            let sealed = self.seal.seal(&kept.frame.payload, &kept.sha256, nonce());
            tx.seal_payload(kept.row, &sealed)?;
        }
        settle(tx, kept.row, outcome, reason, profile, None, now)
    }
}

impl Tally {
    fn outcome(&self) -> Outcome {
        match (self.new, self.duplicates, self.problem) {
            (1.., _, _) => Outcome::Readings,
            (0, 1.., _) => Outcome::Duplicate,
            (0, 0, _) => Outcome::Refused,
        }
    }
}

/// How a reading stands to the newest one of its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Newer,
    /// An earlier running number: sent again, or late.
    Older,
    /// The running number went on (or there is none) and the clock went back.
    ClockWentBack,
}

fn order(device: &DeviceRow, reading: &Reading) -> Order {
    let number = |text: &str| text.parse::<u64>().ok();
    let last = device.last_sequence.as_deref().and_then(number);
    let this = reading.sequence.as_deref().and_then(number);
    if let (Some(last), Some(this)) = (last, this)
        && this <= last
        // Numbers that begin again after a reset are far below; a late one is near.
        && this + 1000 > last
    {
        return Order::Older;
    }
    match (&reading.device_time, device.last_device_time) {
        (DeviceTime::Given { at, .. }, Some(last)) if *at < last => Order::ClockWentBack,
        _ => Order::Newer,
    }
}

fn subject(
    tx: &Tx<'_>,
    device: &DeviceRow,
    frame: &Frame,
    reading: &Reading,
    taken: TakenAt,
) -> Result<crate::vitals::Subject, JournalError> {
    let card = match &reading.hint {
        None => CardClaim::None,
        Some(hint) => match tx.persons_with_hint(hint.kind, &hint.hash)?.as_slice() {
            [] => CardClaim::Unknown,
            [person] => CardClaim::Person(*person),
            _ => CardClaim::Ambiguous,
        },
    };
    let slot = match &reading.slot {
        Some(slot) => tx.slot_person(device.id, slot)?,
        None => None,
    };
    let check_ins = match device.station_id {
        Some(station_id) => {
            let around = SignedDuration::from_secs(i64::from(taken.uncertainty_s));
            let from = taken.at.saturating_sub(around).unwrap_or(taken.at);
            tx.check_ins(station_id, from, frame.received_at)?
                .into_iter()
                .map(|(person, from, until)| CheckIn {
                    person,
                    from,
                    until,
                })
                .collect()
        }
        None => Vec::new(),
    };
    let claims = Claims {
        assigned: None,
        card,
        check_ins: &check_ins,
        own_device: device.own_person_id,
        slot,
    };
    let taken = Taken {
        taken,
        received_at: frame.received_at,
        in_service_since: device.in_service_since,
        specimen: specimen(&reading.measured),
    };
    Ok(attribute(&taken, &claims))
}

fn specimen(measured: &Measured) -> Specimen {
    match measured {
        Measured::Glucose(Glucose { specimen, .. }) => *specimen,
        Measured::BloodPressure(_) => Specimen::Blood,
    }
}

fn word(said: &Interpretation) -> &'static str {
    said.error.map_or("no_reading", Fault::word)
}

fn device_of(tx: &Tx<'_>, said: &Interpretation) -> Result<Option<i64>, JournalError> {
    for event in &said.events {
        if let Some(name) = &event.device {
            return Ok(tx.device_by_name(name)?.map(|d| d.id));
        }
    }
    Ok(None)
}

fn settle(
    tx: &Tx<'_>,
    row: FrameRow,
    outcome: Outcome,
    reason: &str,
    profile: Option<&str>,
    device_id: Option<i64>,
    now: Moment,
) -> Result<(), JournalError> {
    metrics::counter!("hub_frames_settled_total", "outcome" => outcome.word()).increment(1);
    tx.settle(
        row,
        &Settled {
            outcome,
            reason,
            profile,
            device_id,
        },
        now,
    )
}
