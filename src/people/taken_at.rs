//! When a reading was taken: from the device's clock where it can be believed, else from receipt.

use jiff::SignedDuration;

use crate::vitals::{DeviceTime, Moment, TakenAt, TimeMethod};

/// A device clock this close to receipt is believed although its offset is unknown, seconds.
pub const BELIEVED_WITHIN_S: u32 = 120;
/// Offsets of live readings that differ by at most this plus the clock's resolution are one offset,
/// seconds. Below the shortest time in which a cuff measures twice, so that three readings sent
/// late together can never pass for a clock that is wrong by their delay.
pub const STABLE_SPREAD_S: u32 = 20;
/// Live readings that may prove an offset were received at least this far apart, seconds.
pub const LIVE_APART_S: u32 = 60;
/// How many live readings make an offset known.
pub const LIVE_NEEDED: usize = 3;
/// A clock offset read in the same connection is exact to this, plus the clock's resolution, seconds.
const READ_WITHIN_S: u32 = 2;

/// One live reading's evidence about the device's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveOffset {
    pub received_at: Moment,
    /// Receipt minus device clock, milliseconds: what must be added to the device's time.
    pub offset_ms: i64,
}

/// What is known around one reading when its time is judged.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    pub received_at: Moment,
    /// Offset (true minus device clock, milliseconds) read from the device in this very connection.
    pub offset_read_ms: Option<i64>,
    /// The device's latest live readings before this one, newest first.
    pub live_offsets: &'a [LiveOffset],
    /// Smallest step of the device's clock, seconds: 1, or 60 for clocks without seconds.
    pub clock_resolution_s: u32,
    /// Profile: the device sends as it measures, at most this many seconds later.
    pub sends_live_within_s: Option<u32>,
    /// Profile: the device keeps readings and can send them much later.
    pub keeps_memory: bool,
    /// Downloaded from memory in this connection.
    pub from_memory: bool,
    /// Retained, delivered again, or out of a broker's queue.
    pub may_be_late: bool,
    /// The running number went on while the device's time went back: the clock was reset.
    pub clock_went_back: bool,
}

/// Finds when a reading was taken (design, part 5, table "Time").
///
/// Never returns a usable moment later than receipt: such a time is cut at receipt while the
/// difference is inside the uncertainty, and unusable beyond it.
pub fn taken_at(device_time: &DeviceTime, around: &Circumstances<'_>) -> TakenAt {
    match device_time {
        DeviceTime::Absent => without_clock(around),
        DeviceTime::Unusable { .. } => unusable(around.received_at),
        DeviceTime::Given { at, .. } => with_clock(*at, around),
    }
}

/// The offset of a device whose last three live readings agree: milliseconds, and their spread.
pub fn stable_offset(live: &[LiveOffset], clock_resolution_s: u32) -> Option<(i64, u32)> {
    let newest = live.get(..LIVE_NEEDED)?;
    let apart = newest.windows(2).all(|pair| {
        pair[0].received_at.duration_since(pair[1].received_at)
            >= SignedDuration::from_secs(i64::from(LIVE_APART_S))
    });
    let low = newest.iter().map(|o| o.offset_ms).min()?;
    let high = newest.iter().map(|o| o.offset_ms).max()?;
    let spread_ms = high - low;
    let allowed_ms = i64::from(STABLE_SPREAD_S + clock_resolution_s) * 1000;
    let spread_s = u32::try_from((spread_ms + 999) / 1000).ok()?;
    (apart && spread_ms <= allowed_ms).then_some((low + spread_ms / 2, spread_s))
}

fn with_clock(device_at: Moment, around: &Circumstances<'_>) -> TakenAt {
    let received_at = around.received_at;
    if around.clock_went_back && around.offset_read_ms.is_none() {
        return unusable(received_at);
    }
    if let Some(offset_ms) = around.offset_read_ms {
        let uncertainty_s = READ_WITHIN_S + around.clock_resolution_s;
        return corrected(
            device_at,
            offset_ms,
            uncertainty_s,
            TimeMethod::OffsetRead,
            received_at,
        );
    }
    let away_ms = (received_at.as_millisecond() - device_at.as_millisecond()).abs();
    if let Some((offset_ms, spread_s)) =
        stable_offset(around.live_offsets, around.clock_resolution_s)
    {
        let uncertainty_s = spread_s + around.clock_resolution_s;
        let ahead_s = ahead_of_receipt_s(device_at, offset_ms, received_at);
        // The offset holds the usual delay of the line: a reading that came faster than the last
        // three seems to be taken after its receipt, by at most that delay.
        let by_delay = ahead_s <= uncertainty_s + around.sends_live_within_s.unwrap_or(0);
        let uncertainty_s = if by_delay {
            uncertainty_s.max(ahead_s)
        } else {
            uncertainty_s
        };
        let taken = corrected(
            device_at,
            offset_ms,
            uncertainty_s,
            TimeMethod::OffsetKnown,
            received_at,
        );
        let late_ms = received_at.as_millisecond() - taken.at.as_millisecond();
        let live_ms = i64::from(uncertainty_s + around.sends_live_within_s.unwrap_or(0)) * 1000;
        // A device without memory cannot send late: a time that says so is a clock that jumped.
        let jumped = !around.keeps_memory && !around.may_be_late && late_ms > live_ms;
        // Late by the known offset, yet live by the clock as it stands: it may have been set right.
        let set_right = late_ms > live_ms
            && offset_ms.abs() > live_ms
            && away_ms <= i64::from(BELIEVED_WITHIN_S) * 1000;
        // The offset was learnt from receipts: it may hold up to the whole delay of the line, whatever the
        // three spread over.
        let delay_s = around.sends_live_within_s.unwrap_or(0);
        return if jumped || set_right || taken.method == TimeMethod::Unusable {
            unusable(received_at)
        } else {
            TakenAt {
                uncertainty_s: spread_s + around.clock_resolution_s + delay_s,
                ..taken
            }
        };
    }
    if away_ms <= i64::from(BELIEVED_WITHIN_S) * 1000 {
        return TakenAt {
            at: device_at.min(received_at),
            uncertainty_s: BELIEVED_WITHIN_S,
            method: TimeMethod::OffsetKnown,
        };
    }
    unusable(received_at)
}

/// By how many seconds, rounded up, the corrected time lies after receipt; 0 when it does not.
fn ahead_of_receipt_s(device_at: Moment, offset_ms: i64, received_at: Moment) -> u32 {
    let corrected_ms = device_at.as_millisecond().saturating_add(offset_ms);
    let ahead_ms = corrected_ms.saturating_sub(received_at.as_millisecond());
    u32::try_from(ahead_ms.max(0).saturating_add(999) / 1000).unwrap_or(u32::MAX)
}

fn corrected(
    device_at: Moment,
    offset_ms: i64,
    uncertainty_s: u32,
    method: TimeMethod,
    received_at: Moment,
) -> TakenAt {
    let Ok(at) = device_at.checked_add(SignedDuration::from_millis(offset_ms)) else {
        return unusable(received_at);
    };
    let ahead_ms = at.as_millisecond() - received_at.as_millisecond();
    if ahead_ms > i64::from(uncertainty_s) * 1000 {
        return unusable(received_at);
    }
    TakenAt {
        at: at.min(received_at),
        uncertainty_s,
        method,
    }
}

fn without_clock(around: &Circumstances<'_>) -> TakenAt {
    match around.sends_live_within_s {
        Some(delay_s) if !around.may_be_late && !around.from_memory => {
            let half_ms = i64::from(delay_s) * 500;
            let at = around
                .received_at
                .saturating_sub(SignedDuration::from_millis(half_ms))
                .unwrap_or(around.received_at);
            TakenAt {
                at,
                uncertainty_s: delay_s.div_ceil(2).max(1),
                method: TimeMethod::ReceivedLive,
            }
        }
        _ => unusable(around.received_at),
    }
}

fn unusable(received_at: Moment) -> TakenAt {
    TakenAt {
        at: received_at,
        uncertainty_s: 0,
        method: TimeMethod::Unusable,
    }
}
