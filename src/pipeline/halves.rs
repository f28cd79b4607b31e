//! Frames with halves that wait for their others: how such a frame ends is known when none waits any more.
//! Invariant: a frame is settled once, by the best that came of it, and stays unsettled until then, so that
//! a restart takes up what still waits.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::attributed::Tally;
use crate::decode::mapping::{Fault, Interpretation, Part, Status};
use crate::journal::{JournalError, Outcome, Tx};
use crate::vitals::FrameRow;

/// What came of one part of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartEnd {
    pub outcome: Outcome,
    pub reason: &'static str,
    pub device_id: Option<i64>,
    /// New readings.
    pub readings: u32,
}

impl PartEnd {
    /// Of the whole readings and the faults that stood beside halves; `None`: there were none.
    pub fn beside(said: &Interpretation, tally: &Tally) -> Option<Self> {
        let fault = said.error.map(Fault::word);
        let end = PartEnd {
            reason: tally.problem.or(fault).unwrap_or(""),
            ..PartEnd::of(tally)
        };
        match said.error {
            _ if !said.readings.is_empty() => Some(end),
            Some(fault) => Some(PartEnd::faulty(fault)),
            None => None,
        }
    }

    /// Of one reading.
    pub fn of(tally: &Tally) -> Self {
        PartEnd {
            outcome: tally.outcome(),
            reason: tally.problem.unwrap_or(""),
            device_id: tally.device_id,
            readings: tally.new,
        }
    }

    /// Of halves that never became one.
    pub fn faulty(fault: Fault) -> Self {
        PartEnd {
            outcome: match fault.status() {
                Status::Quarantined => Outcome::Quarantined,
                Status::Refused => Outcome::Refused,
                Status::Ignored | Status::Ok => Outcome::Ignored,
            },
            reason: fault.word(),
            device_id: None,
            readings: 0,
        }
    }

    /// Of a half that served the reading of another frame, or of another half of its own.
    pub fn joined_half(device_id: Option<i64>) -> Self {
        PartEnd {
            outcome: Outcome::Ignored,
            reason: "joined_half",
            device_id,
            readings: 0,
        }
    }
}

/// The frames of which something waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting(BTreeMap<FrameRow, Open>);

#[derive(Debug, Clone)]
struct Open {
    halves: usize,
    end: Option<PartEnd>,
}

impl Waiting {
    /// A frame brought so many halves; `end` is what came of the whole readings and the faults beside them.
    pub fn open(&mut self, row: FrameRow, halves: usize, end: Option<PartEnd>) {
        self.0.insert(row, Open { halves, end });
    }

    /// One of its halves waits no more. How the frame ends, when that was the last.
    pub fn half(&mut self, row: FrameRow, end: PartEnd) -> Option<PartEnd> {
        let Some(open) = self.0.get_mut(&row) else {
            return Some(end);
        };
        let best = match open.end.take() {
            Some(known) => better(known, end),
            None => end,
        };
        open.halves = open.halves.saturating_sub(1);
        if open.halves > 0 {
            open.end = Some(best);
            return None;
        }
        self.0.remove(&row);
        Some(best)
    }
}

/// Whether a half that was taken up again after a stop had already served a reading: offered once more
/// it could meet the half of another measurement.
pub(super) fn is_spent(tx: &Tx<'_>, row: FrameRow, part: &Part) -> Result<bool, JournalError> {
    let window = SignedDuration::from_secs(i64::from(part.window_s));
    let until = part.received_at.saturating_add(window);
    let until = until.unwrap_or(part.received_at);
    tx.reading_has(row, &part.device, until, |key| {
        let value = part.values.iter().find(|(k, _)| *k == key)?;
        Some(value.1.normalize().to_string())
    })
}

/// A reading outweighs everything; what was not understood outweighs a half that served another frame's
/// reading. A fault beside readings stays as the reason.
fn better(one: PartEnd, other: PartEnd) -> PartEnd {
    let weight = |end: &PartEnd| match end.outcome {
        Outcome::Readings => 4,
        Outcome::Duplicate => 3,
        Outcome::Quarantined | Outcome::Unreadable => 2,
        Outcome::Refused => 1,
        Outcome::Ignored => 0,
    };
    let (best, rest) = match weight(&other) > weight(&one) {
        true => (other, one),
        false => (one, other),
    };
    let reason = match best.reason {
        "" if rest.outcome != Outcome::Ignored => rest.reason,
        reason => reason,
    };
    PartEnd {
        outcome: best.outcome,
        reason,
        device_id: best.device_id.or(rest.device_id),
        readings: best.readings + rest.readings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(outcome: Outcome, reason: &'static str, device_id: Option<i64>) -> PartEnd {
        let readings = u32::from(outcome == Outcome::Readings);
        PartEnd {
            outcome,
            reason,
            device_id,
            readings,
        }
    }

    #[test]
    fn a_frame_ends_with_its_last_half_by_the_best_of_them() {
        use Outcome::*;
        let alone = || end(Quarantined, "half_alone", None);
        let joined = || end(Ignored, "joined_half", Some(1));
        let read = || end(Readings, "", Some(2));
        let row = FrameRow(7);
        for (first, halves, want) in [
            (
                None,
                vec![joined(), alone()],
                end(Quarantined, "half_alone", Some(1)),
            ),
            (
                None,
                vec![alone(), joined()],
                end(Quarantined, "half_alone", Some(1)),
            ),
            (None, vec![joined(), joined()], joined()),
            (
                Some(read()),
                vec![alone()],
                end(Readings, "half_alone", Some(2)),
            ),
            (Some(read()), vec![joined()], read()),
            (
                Some(alone()),
                vec![joined(), read()],
                end(Readings, "half_alone", Some(2)),
            ),
        ] {
            let mut waiting = Waiting::default();
            waiting.open(row, halves.len(), first);
            let mut ends: Vec<Option<PartEnd>> = halves
                .into_iter()
                .map(|half| waiting.half(row, half))
                .collect();
            assert_eq!(ends.pop().unwrap(), Some(want));
            assert!(ends.iter().all(Option::is_none));
            assert!(waiting.0.is_empty());
        }
    }
}
