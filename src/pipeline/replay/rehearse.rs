//! The rehearsal: what frames would become, read beside the running hub, nothing written.

use std::collections::{BTreeMap, BTreeSet};

use super::super::attributed::Tally;
use super::super::decoder::Decoder;
use super::super::identity::{identity, is_bare};
use super::Outcomes;
use super::walk::{Ending, Ledger, Met, Walk, last_row};
use crate::decode::mapping::MappedReading;
use crate::journal::{JournalError, SealKey, Snapshot, Which};
use crate::vitals::{FrameRow, Moment};

/// Frames read at once.
const BATCH: u32 = 512;

/// The devices of a rehearsal: name, and the account that alone may speak for it.
pub type Enrolled = BTreeMap<String, Option<String>>;

/// What is rehearsed.
#[derive(Debug, Clone, Copy)]
pub struct Rehearsed<'a> {
    pub which: Which,
    /// Only frames after this row.
    pub after: FrameRow,
    pub enrolled: &'a Enrolled,
    /// Note the readings too.
    pub with_values: bool,
}

/// What the decoder's profiles would make of settled frames.
///
/// Says how each frame would end: whose a reading would be is decided only when it is interpreted for good,
/// because a claim may still come.
///
/// # Errors
/// The journal's.
pub fn rehearse(
    snapshot: &Snapshot<'_>,
    decoder: &dyn Decoder,
    seal: &SealKey,
    wanted: Rehearsed<'_>,
) -> Result<Outcomes, JournalError> {
    let mut ledger = Dry {
        snapshot,
        decoder,
        enrolled: wanted.enrolled,
        identities: BTreeSet::new(),
        bare: Vec::new(),
    };
    let mut walk = Walk {
        with_values: wanted.with_values,
        ..Walk::default()
    };
    let mut after = wanted.after;
    loop {
        let frames = snapshot.settled_frames(wanted.which, after, BATCH)?;
        let Some(last) = last_row(&frames) else { break };
        after = last;
        for settled in frames {
            walk.meet(&mut ledger, decoder, seal, settled)?;
        }
    }
    walk.finish(&mut ledger)?;
    Ok(walk.outcomes)
}

struct Dry<'a, 'conn> {
    snapshot: &'a Snapshot<'conn>,
    decoder: &'a dyn Decoder,
    enrolled: &'a Enrolled,
    /// Readings that would be there by now.
    identities: BTreeSet<[u8; 16]>,
    bare: Vec<([u8; 16], Moment)>,
}

impl Ledger for Dry<'_, '_> {
    fn reading(
        &mut self,
        met: &Met,
        profile: &str,
        mapped: &MappedReading,
        tally: &mut Tally,
    ) -> Result<(), JournalError> {
        let reading = &mapped.reading;
        let Some(account) = self.enrolled.get(&reading.device.0) else {
            tally.problem = Some("unknown_device");
            return Ok(());
        };
        if account.as_ref().is_some_and(|a| *a != met.frame.source) {
            tally.problem = Some("device_of_another_account");
            return Ok(());
        }
        let Some(rules) = self.decoder.device_rules(profile) else {
            tally.problem = Some("no_profile");
            return Ok(());
        };
        let identity = identity(reading);
        let row = met.settled.kept.row;
        let (at, window_s) = (met.frame.received_at, rules.resend_window_s);
        let bare = is_bare(reading);
        let there = if bare {
            self.snapshot.frame_of_bare_near(&identity, at, window_s)?
        } else {
            self.snapshot.frame_of_reading(&identity)?
        };
        let met_here = if bare {
            let near = |seen: &Moment| {
                at.duration_since(*seen).abs()
                    <= jiff::SignedDuration::from_secs(i64::from(window_s))
            };
            self.bare
                .iter()
                .any(|(i, seen)| *i == identity && near(seen))
        } else {
            self.identities.contains(&identity)
        };
        if there.is_some_and(|there| there != row) || met_here {
            tally.duplicates += 1;
        } else {
            tally.new += 1;
            self.identities.insert(identity);
            if bare {
                self.bare.push((identity, at));
            }
        }
        Ok(())
    }

    fn device(&mut self, _: &str) -> Result<Option<i64>, JournalError> {
        Ok(None)
    }

    fn end(&mut self, _: &Met, _: &Ending<'_>) -> Result<bool, JournalError> {
        Ok(true)
    }
}
