//! Messages of halves: what becomes of them when they are whole, or never will be.

use super::super::attributed::{Tally, reading};
use super::super::halves::PartEnd;
use super::super::keep::nonce;
use super::super::place::{self, Heard};
use super::super::settle::settle;
use super::Understanding;
use crate::decode::mapping::Joined;
use crate::journal::{JournalError, Outcome, Sealed, Tx};
use crate::vitals::{Frame, FrameRow, Moment};

/// A kept frame whose reading is not whole yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HalfFrame {
    pub row: FrameRow,
    pub frame: Frame,
    pub sealed: Sealed,
    pub sha256: Vec<u8>,
    pub profile: String,
}

impl Understanding {
    /// Halves that became one reading, or never will.
    pub(super) fn joined(
        &mut self,
        tx: &Tx<'_>,
        joined: &Joined<HalfFrame>,
        now: Moment,
    ) -> Result<(), JournalError> {
        let Some((last, earlier)) = joined.tags.split_last() else {
            return Ok(());
        };
        match &joined.reading {
            Ok(mapped) => {
                let mut tally = Tally::default();
                reading(
                    self.decoder.as_ref(),
                    tx,
                    last.row,
                    &last.frame,
                    &last.profile,
                    mapped,
                    &mut tally,
                )?;
                self.watch(tx, &tally, last.row, now)?;
                for half in earlier {
                    let end = PartEnd::joined_half(tally.device_id);
                    self.half_ended(tx, half, end, now)?;
                }
                self.half_ended(tx, last, PartEnd::of(&tally), now)
            }
            Err(fault) => {
                let heard = Heard {
                    row: last.row,
                    frame: &last.frame,
                    from_memory: false,
                };
                place::halves(tx, &self.rules.place, joined, &heard, now)?;
                let end = PartEnd::faulty(*fault);
                for half in &joined.tags {
                    self.half_ended(tx, half, end.clone(), now)?;
                }
                Ok(())
            }
        }
    }

    /// A half waits no more; with the last one its frame is settled.
    pub(super) fn half_ended(
        &mut self,
        tx: &Tx<'_>,
        half: &HalfFrame,
        end: PartEnd,
        now: Moment,
    ) -> Result<(), JournalError> {
        let Some(end) = self.open.half(half.row, end) else {
            return Ok(());
        };
        if end.outcome == Outcome::Quarantined && half.sealed == Sealed::Plain {
            let sealed = self.seal.seal(&half.frame.payload, &half.sha256, nonce());
            tx.seal_payload(half.row, &sealed)?;
        }
        let (reason, profile) = (end.reason, Some(half.profile.as_str()));
        settle(
            tx,
            half.row,
            end.outcome,
            reason,
            profile,
            end.device_id,
            now,
        )
    }
}
