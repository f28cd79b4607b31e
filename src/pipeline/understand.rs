//! Understand, the second step: kept frames become readings, readings get their subject.

mod joined;

use std::collections::BTreeMap;
use std::sync::Arc;

use joined::HalfFrame;

use super::apart::{Done, apart};
use super::attributed::{Tally, reading};
use super::bluetooth::{self, Desk, Waiting};
use super::chair;
use super::decoder::Decoder;
use super::device_events::{device_of, events};
use super::halves::{self, PartEnd};
use super::keep::{nonce, prepared_anew};
use super::place::{self, Heard};
use super::settle::settle;
use crate::decode::mapping::{Fault, Interpretation, Joiner, Reason, Status};
use crate::journal::{JournalError, KeptFrame, Outcome, SealKey, Sealed, Tx, Writer};
use crate::rules::RuleTable;
use crate::vitals::{Frame, FrameRow, Moment, Transport};

/// Frames interpreted in one commit.
const BATCH: u32 = 512;

/// The second step's memory: where it is, and which halves wait for their others.
pub(super) struct Understanding {
    decoder: Arc<dyn Decoder>,
    seal: Arc<SealKey>,
    rules: Arc<RuleTable>,
    halves: Joiner<HalfFrame>,
    /// How the frames of those halves stand.
    open: halves::Waiting,
    /// Glucose records and contexts that came by Bluetooth.
    waiting: Waiting,
    after: FrameRow,
    more: bool,
}

impl Understanding {
    pub fn new(decoder: Arc<dyn Decoder>, seal: Arc<SealKey>, rules: Arc<RuleTable>) -> Self {
        Understanding {
            decoder,
            seal,
            rules,
            halves: Joiner::default(),
            open: halves::Waiting::default(),
            waiting: Waiting::default(),
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
        self.open = halves::Waiting::default();
        self.waiting = Waiting::default();
        self.after = FrameRow(0);
        self.more = true;
    }

    /// Interprets the next frames in one transaction. The last one's row, or `None` when all are done.
    pub fn batch(
        &mut self,
        writer: &mut Writer,
        now: Moment,
    ) -> Result<Option<FrameRow>, JournalError> {
        let (frames, panicked) = writer.transaction(|tx| {
            let frames = tx.unsettled(self.after, BATCH)?;
            let mut panicked = false;
            for kept in &frames {
                if apart(tx, |tx| self.one(tx, kept, now))? == Done::Panicked {
                    self.settle_panicked(
                        tx,
                        kept.row,
                        kept.sealed,
                        &kept.frame,
                        &kept.sha256,
                        now,
                    )?;
                    panicked = true;
                }
            }
            Ok::<_, JournalError>((frames, panicked))
        })?;
        let last = frames.last().map(|f| f.row);
        if panicked {
            // It may have stopped in the middle of the halves: gather them anew from the journal.
            self.begin_again();
            return Ok(last);
        }
        self.more = frames.len() == BATCH as usize;
        if let Some(last) = last {
            self.after = last;
        }
        Ok(last)
    }

    /// Settles halves whose window is over; whether there were any.
    pub fn end_halves(&mut self, writer: &mut Writer, now: Moment) -> Result<bool, JournalError> {
        let ended = self.halves.expire(now);
        let alone = self.waiting.expire(now);
        if ended.is_empty() && alone.is_empty() {
            return Ok(false);
        }
        let mut panicked = false;
        writer.transaction(|tx| {
            for held in alone {
                let kept = held.kept.clone();
                let work = |tx: &Tx<'_>| {
                    bluetooth::released(
                        &Desk::new(&self.decoder, &self.seal, &self.rules.place, tx, now),
                        held,
                    )
                };
                if apart(tx, work)? == Done::Panicked {
                    let frame = &kept.frame;
                    self.settle_panicked(tx, kept.row, kept.sealed, frame, &kept.sha256, now)?;
                }
            }
            for joined in &ended {
                if apart(tx, |tx| self.joined(tx, joined, now))? == Done::Panicked {
                    panicked = true;
                    let rows: BTreeMap<FrameRow, &HalfFrame> =
                        joined.tags.iter().map(|half| (half.row, half)).collect();
                    for half in rows.values() {
                        self.settle_panicked(
                            tx,
                            half.row,
                            half.sealed,
                            &half.frame,
                            &half.sha256,
                            now,
                        )?;
                    }
                }
            }
            Ok::<_, JournalError>(())
        })?;
        if panicked {
            // How far other frames had come is not known: gather them anew from the journal.
            self.begin_again();
        }
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
        if frame.transport == Transport::Station {
            return self.card(tx, kept, &frame, now);
        }
        // What was sealed has the person's number in it as it came: interpreted so, the number would claim
        // nobody and a weaker claim would win.
        let mut not_prepared = None;
        if kept.sealed == Sealed::Encrypted {
            let prepared = self.decoder.prepare(&frame);
            match prepared.understood {
                Ok(_) => frame.payload = prepared.payload,
                Err(fault) => not_prepared = Some(fault),
            }
        }
        if frame.transport == Transport::Bluetooth {
            let kept = KeptFrame {
                frame,
                ..kept.clone()
            };
            let desk = Desk::new(&self.decoder, &self.seal, &self.rules.place, tx, now);
            return bluetooth::one(&desk, &mut self.waiting, &kept);
        }
        let mut said = self.decoder.interpret(&frame);
        if kept.sealed == Sealed::Plain && said.has_plain_hint() {
            not_prepared = prepared_anew(self.decoder.as_ref(), tx, kept.row, &mut frame)?;
            said = self.decoder.interpret(&frame);
        }
        for refused in &said.refused {
            let heard = Heard {
                row: kept.row,
                frame: &frame,
                from_memory: false,
            };
            if let Some(device) = &refused.device {
                place::refused(tx, &self.rules.place, (device, refused.sent), &heard, now)?;
            }
        }
        if let Some(fault) = not_prepared
            && said.status == Status::Ok
        {
            let profile = said.profile.as_deref();
            return self.settle_sealed(tx, kept, Outcome::Quarantined, fault.word(), profile, now);
        }
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
                let device_id = events(tx, &said, &frame)?;
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

    /// A card that a station read.
    fn card(
        &self,
        tx: &Tx<'_>,
        kept: &KeptFrame,
        frame: &Frame,
        now: Moment,
    ) -> Result<(), JournalError> {
        if kept.sealed == Sealed::Encrypted {
            let reason = chair::NOT_A_CARD;
            return self.settle_sealed(tx, kept, Outcome::Quarantined, reason, None, now);
        }
        let (outcome, reason) = chair::card(tx, frame)?;
        settle(tx, kept.row, outcome, reason, None, None, now)
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
            reading(
                self.decoder.as_ref(),
                tx,
                kept.row,
                frame,
                &profile,
                mapped,
                &mut tally,
            )?;
        }
        self.watch(tx, &tally, kept.row, now)?;
        events(tx, &said, frame)?;
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
        // A message of halves stays unsettled until none of them waits any more.
        let beside = PartEnd::beside(&said, &tally);
        self.open.open(kept.row, said.parts.len(), beside);
        let half = HalfFrame {
            row: kept.row,
            frame: frame.clone(),
            sealed: kept.sealed,
            sha256: kept.sha256.clone(),
            profile,
        };
        for part in said.parts {
            if halves::is_spent(tx, kept.row, &part)? {
                self.half_ended(tx, &half, PartEnd::joined_half(None), now)?;
                continue;
            }
            for joined in self.halves.offer(half.clone(), part) {
                self.joined(tx, &joined, now)?;
            }
        }
        Ok(())
    }

    /// Tells staff of dangerous values that are nobody's.
    fn watch(
        &self,
        tx: &Tx<'_>,
        tally: &Tally,
        row: FrameRow,
        now: Moment,
    ) -> Result<(), JournalError> {
        for stored in &tally.stored {
            place::stored(tx, &self.rules.place, stored, row, now)?;
        }
        Ok(())
    }

    /// A frame whose interpretation failed in the program itself: never met again.
    fn settle_panicked(
        &self,
        tx: &Tx<'_>,
        row: FrameRow,
        sealed: Sealed,
        frame: &Frame,
        sha256: &[u8],
        now: Moment,
    ) -> Result<(), JournalError> {
        tracing::error!(
            frame = row.0,
            "understanding a frame panicked; it is settled as unreadable"
        );
        if sealed == Sealed::Plain {
            tx.seal_payload(row, &self.seal.seal(&frame.payload, sha256, nonce()))?;
        }
        settle(
            tx,
            row,
            Outcome::Unreadable,
            "decoder_panicked",
            None,
            None,
            now,
        )
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

fn word(said: &Interpretation) -> &'static str {
    said.error.map_or("no_reading", Fault::word)
}
