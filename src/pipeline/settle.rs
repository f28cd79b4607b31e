//! How a frame ended: written and counted.

use crate::journal::{JournalError, Outcome, Settled, Tx};
use crate::vitals::{FrameRow, Moment};

/// Settles a frame; the metric and the journal's own count go with it.
pub(super) fn settle(
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
