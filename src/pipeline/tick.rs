//! What becomes due without a frame: halves that stayed alone, payloads past their days.

use jiff::SignedDuration;

use super::chair;
use super::understand::Understanding;
use crate::journal::{JournalError, Writer};
use crate::vitals::Moment;

/// Does what is due at `now`; whether anything was.
pub(super) fn tick(
    writer: &mut Writer,
    understanding: &mut Understanding,
    now: Moment,
    quarantine_days: u32,
) -> Result<bool, JournalError> {
    let mut ended = understanding.end_halves(writer, now)?;
    // Readings that wait to be understood came before now: their chair is theirs first.
    if !understanding.has_more() {
        ended |= writer.transaction(|tx| chair::time_passes(tx, now))?;
    }
    let days = SignedDuration::from_hours(24 * i64::from(quarantine_days));
    let Ok(limit) = now.checked_sub(days) else {
        return Ok(ended);
    };
    let erased = writer.transaction(|tx| tx.erase_sealed_before(limit))?;
    if erased > 0 {
        tracing::info!(
            erased,
            "payloads nobody understood were erased after their days"
        );
    }
    Ok(ended || erased > 0)
}
