//! Messages of halves: what becomes of them when they are whole, or never will be.

use super::super::attributed::{Tally, reading};
use super::super::keep::nonce;
use super::super::place::{self, Heard};
use super::super::settle::settle;
use super::Understanding;
use crate::decode::mapping::{Fault, Joined, Status};
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
        &self,
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
                // Halves of one message are one frame: it says what became of the reading.
                for half in earlier.iter().filter(|half| half.row != last.row) {
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
                let heard = Heard {
                    row: last.row,
                    frame: &last.frame,
                    from_memory: false,
                };
                place::halves(tx, &self.rules.place, joined, &heard, now)?;
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
}
