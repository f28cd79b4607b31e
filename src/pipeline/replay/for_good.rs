//! For good: frames get their new end, readings and observations are made, in batches on the writer.
//!
//! Each reading is given to whoever it belongs to by the time it was taken, as if it had been understood when
//! it came; it stands in the journal after newer ones, so whoever follows sees it as late.

use std::sync::Arc;

use super::super::apart::{Done, apart};
use super::super::attributed::{Tally, reading};
use super::super::decoder::Decoder;
use super::super::keep::nonce;
use super::walk::{Ending, Ledger, Met, Walk, last_row};
use super::{Outcomes, rank};
use crate::decode::mapping::MappedReading;
use crate::journal::{JournalError, SealKey, Sealed, Settled, Tx, Which};
use crate::vitals::{DeviceId, FrameRow, Moment};

/// Frames interpreted in one transaction: devices that wait for their answer wait no longer than this takes.
pub const NEWEST_TOGETHER: u32 = 128;

/// Interpreting again what was not used, one batch after another.
pub struct ForGood {
    decoder: Arc<dyn Decoder>,
    seal: Arc<SealKey>,
    which: Which,
    after: FrameRow,
    walk: Walk,
}

impl ForGood {
    /// Every frame that gave less than it holds ([`Which::NotUsed`]), or one.
    pub fn new(decoder: Arc<dyn Decoder>, seal: Arc<SealKey>, which: Which) -> Self {
        ForGood {
            decoder,
            seal,
            which,
            after: FrameRow(0),
            walk: Walk::default(),
        }
    }

    /// Does the next batch; `false` when all is done. A frame on which the program fails stays as it is.
    ///
    /// # Errors
    /// The journal's: then nothing of this batch was written, and it is not to be gone on with.
    pub fn batch(&mut self, tx: &Tx<'_>, now: Moment) -> Result<bool, JournalError> {
        let frames = tx.settled_frames(self.which, self.after, NEWEST_TOGETHER)?;
        let Some(last) = last_row(&frames) else {
            let walk = &mut self.walk;
            apart(tx, |tx| {
                walk.finish(&mut Good {
                    tx,
                    now,
                    decoder: self.decoder.as_ref(),
                    seal: &self.seal,
                })
            })?;
            return Ok(false);
        };
        self.after = last;
        for settled in frames {
            let row = settled.kept.row;
            let mark = self.walk.mark();
            let walk = &mut self.walk;
            let (decoder, seal) = (self.decoder.as_ref(), self.seal.as_ref());
            let done = apart(tx, |tx| {
                let mut ledger = Good {
                    tx,
                    now,
                    decoder,
                    seal,
                };
                walk.meet(&mut ledger, decoder, seal, settled)
            })?;
            if done == Done::Panicked {
                tracing::error!(
                    frame = row.0,
                    "interpreting a frame again panicked; it stays as it is"
                );
                self.walk.leave_out(mark);
            }
        }
        Ok(true)
    }

    /// What came of it so far.
    pub fn outcomes(self) -> Outcomes {
        self.walk.outcomes
    }
}

struct Good<'a, 'conn> {
    tx: &'a Tx<'conn>,
    now: Moment,
    decoder: &'a dyn Decoder,
    seal: &'a SealKey,
}

impl Ledger for Good<'_, '_> {
    fn reading(
        &mut self,
        met: &Met,
        profile: &str,
        mapped: &MappedReading,
        tally: &mut Tally,
    ) -> Result<(), JournalError> {
        let row = met.settled.kept.row;
        reading(
            self.decoder,
            self.tx,
            row,
            &met.frame,
            profile,
            mapped,
            tally,
        )
    }

    fn device(&mut self, name: &str) -> Result<Option<i64>, JournalError> {
        let device = self.tx.device_by_name(&DeviceId(name.to_owned()))?;
        Ok(device.map(|device| device.id))
    }

    fn end(&mut self, met: &Met, ending: &Ending<'_>) -> Result<bool, JournalError> {
        let kept = &met.settled.kept;
        if rank(ending.outcome) < rank(met.settled.outcome) {
            return Ok(false);
        }
        if rank(ending.outcome) == 0 {
            if kept.sealed == Sealed::Plain {
                let sealed = self.seal.seal(&kept.frame.payload, &kept.sha256, nonce());
                self.tx.seal_payload(kept.row, &sealed)?;
            }
        } else {
            self.tx.store_prepared(kept.row, &met.frame.payload)?;
        }
        let verdict = Settled {
            outcome: ending.outcome,
            reason: ending.reason,
            profile: ending.profile,
            device_id: ending.device_id,
        };
        self.tx.settle_again(kept.row, &verdict, self.now)?;
        Ok(true)
    }
}
