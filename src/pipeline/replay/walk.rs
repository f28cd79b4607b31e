//! The way through kept frames, the same for the rehearsal and for good: frames in, ends out.

use super::super::attributed::Tally;
use super::super::decoder::Decoder;
use super::super::halves::{PartEnd, Waiting};
use super::said::{Again, Said, said};
use super::{Change, End, Outcomes, rank};
use crate::decode::mapping::{Event, Fault, Joined, Joiner, MappedReading, Reason, Status};
use crate::journal::{JournalError, Outcome, SealKey, SettledFrame};
use crate::vitals::{Frame, FrameRow};

/// What a reading becomes, and what is done with a frame's new end.
pub(super) trait Ledger {
    /// One reading of a frame, counted in `tally`.
    fn reading(
        &mut self,
        frame: &Met,
        profile: &str,
        mapped: &MappedReading,
        tally: &mut Tally,
    ) -> Result<(), JournalError>;

    /// The enrolled device that a message without readings is about.
    fn device(&mut self, name: &str) -> Result<Option<i64>, JournalError>;

    /// The frame ends so. `false` when it stays as it was.
    fn end(&mut self, frame: &Met, end: &Ending<'_>) -> Result<bool, JournalError>;
}

/// A frame on the way.
#[derive(Debug, Clone)]
pub(super) struct Met {
    pub settled: SettledFrame,
    /// The frame with its payload as the disk may see it now.
    pub frame: Frame,
    /// The profile that fits it; empty: none.
    pub profile: String,
}

/// A frame's new end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending<'a> {
    pub outcome: Outcome,
    pub reason: &'a str,
    pub profile: Option<&'a str>,
    pub device_id: Option<i64>,
    /// Readings that are new, or are this frame's own already.
    pub readings: u32,
}

impl Ending<'_> {
    fn end(&self) -> End {
        End {
            outcome: self.outcome.word(),
            reason: self.reason.to_owned(),
            profile: self.profile.map(str::to_owned),
        }
    }
}

/// Frames met so far: what came of them, and halves that wait for their others.
#[derive(Debug, Clone, Default)]
pub(super) struct Walk {
    pub outcomes: Outcomes,
    /// Whether readings are noted in the changes.
    pub with_values: bool,
    pub halves: Joiner<Met>,
    /// How the frames of those halves stand.
    pub open: Waiting,
}

/// Where a walk stood.
pub(super) struct Mark {
    erased: usize,
    same: u64,
    changes: usize,
    halves: Joiner<Met>,
    open: Waiting,
}

impl Walk {
    /// One frame.
    pub fn meet(
        &mut self,
        ledger: &mut impl Ledger,
        decoder: &dyn Decoder,
        seal: &SealKey,
        settled: SettledFrame,
    ) -> Result<(), JournalError> {
        self.outcomes.frames += 1;
        match said(decoder, seal, &settled.kept) {
            Said::Erased => {
                self.outcomes.erased.push(settled.kept.row);
                Ok(())
            }
            Said::Stands(outcome, reason) => {
                let frame = settled.kept.frame.clone();
                let met = Met {
                    settled,
                    frame,
                    profile: String::new(),
                };
                let ending = Ending {
                    outcome,
                    reason,
                    profile: None,
                    device_id: None,
                    readings: 0,
                };
                self.end(ledger, &met, &ending, Vec::new())
            }
            Said::Interpreted(again) => self.interpreted(ledger, settled, *again),
        }
    }

    /// Where the walk stands, to come back to when the program fails on the next frame.
    pub fn mark(&self) -> Mark {
        Mark {
            erased: self.outcomes.erased.len(),
            same: self.outcomes.same,
            changes: self.outcomes.changes.len(),
            halves: self.halves.clone(),
            open: self.open.clone(),
        }
    }

    /// The frame after the mark stays as it is.
    pub fn leave_out(&mut self, mark: Mark) {
        self.outcomes.erased.truncate(mark.erased);
        self.outcomes.changes.truncate(mark.changes);
        self.outcomes.same = mark.same + 1;
        self.halves = mark.halves;
        self.open = mark.open;
    }

    /// No more frames come: halves that wait stay alone.
    pub fn finish(&mut self, ledger: &mut impl Ledger) -> Result<(), JournalError> {
        for joined in self.halves.finish() {
            self.joined(ledger, &joined)?;
        }
        Ok(())
    }

    fn interpreted(
        &mut self,
        ledger: &mut impl Ledger,
        settled: SettledFrame,
        again: Again,
    ) -> Result<(), JournalError> {
        let Again { frame, said } = again;
        let profile = said.profile.clone();
        let met = Met {
            settled,
            frame,
            profile: profile.clone().unwrap_or_default(),
        };
        let mut ending = Ending {
            outcome: Outcome::Quarantined,
            reason: said.error.map_or("no_reading", Fault::word),
            profile: profile.as_deref(),
            device_id: None,
            readings: 0,
        };
        match said.status {
            Status::Quarantined => {}
            Status::Refused => {
                ending.outcome = Outcome::Refused;
                ending.device_id = speaking(ledger, &said.events)?;
            }
            Status::Ignored => {
                ending.outcome = Outcome::Ignored;
                ending.device_id = speaking(ledger, &said.events)?;
                ending.reason = said.reasons.first().map_or("", |r: &Reason| &r.word);
            }
            Status::Ok => {
                let mut tally = Tally {
                    again: true,
                    ..Tally::default()
                };
                for mapped in &said.readings {
                    ledger.reading(&met, &met.profile, mapped, &mut tally)?;
                }
                if !said.parts.is_empty() {
                    let beside = PartEnd::beside(&said, &tally);
                    let row = met.settled.kept.row;
                    self.open.open(row, said.parts.len(), beside);
                    for part in said.parts {
                        for joined in self.halves.offer(met.clone(), part) {
                            self.joined(ledger, &joined)?;
                        }
                    }
                    return Ok(());
                }
                ending.outcome = tally.outcome();
                ending.reason = tally.problem.or(said.error.map(Fault::word)).unwrap_or("");
                ending.device_id = tally.device_id;
                ending.readings = tally.new;
                return self.end(ledger, &met, &ending, said.readings);
            }
        }
        self.end(ledger, &met, &ending, Vec::new())
    }

    /// Halves that became one reading, or never will.
    fn joined(
        &mut self,
        ledger: &mut impl Ledger,
        joined: &Joined<Met>,
    ) -> Result<(), JournalError> {
        let Some((last, earlier)) = joined.tags.split_last() else {
            return Ok(());
        };
        let mapped = match &joined.reading {
            Ok(mapped) => mapped,
            Err(fault) => {
                let end = PartEnd::faulty(*fault);
                for met in &joined.tags {
                    self.half_ended(ledger, met, end.clone(), Vec::new())?;
                }
                return Ok(());
            }
        };
        let mut tally = Tally {
            again: true,
            ..Tally::default()
        };
        let profile = &last.profile;
        ledger.reading(last, profile, mapped, &mut tally)?;
        for met in earlier {
            let end = PartEnd::joined_half(tally.device_id);
            self.half_ended(ledger, met, end, Vec::new())?;
        }
        let end = PartEnd::of(&tally);
        self.half_ended(ledger, last, end, vec![(**mapped).clone()])
    }

    /// A half waits no more; with the last one its frame ends.
    fn half_ended(
        &mut self,
        ledger: &mut impl Ledger,
        met: &Met,
        end: PartEnd,
        readings: Vec<MappedReading>,
    ) -> Result<(), JournalError> {
        let Some(end) = self.open.half(met.settled.kept.row, end) else {
            return Ok(());
        };
        let ending = Ending {
            outcome: end.outcome,
            reason: end.reason,
            profile: Some(&met.profile),
            device_id: end.device_id,
            readings: end.readings,
        };
        self.end(ledger, met, &ending, readings)
    }

    fn end(
        &mut self,
        ledger: &mut impl Ledger,
        met: &Met,
        ending: &Ending<'_>,
        readings: Vec<MappedReading>,
    ) -> Result<(), JournalError> {
        let was = End::of(&met.settled);
        let mut becomes = ending.end();
        if ending.profile.is_none() && rank(ending.outcome) == 0 {
            becomes.profile.clone_from(&was.profile);
        }
        let other_readings = met.settled.outcome == Outcome::Readings
            && ending.outcome == Outcome::Readings
            && met.settled.readings != ending.readings;
        if (was == becomes && !other_readings) || !ledger.end(met, ending)? {
            self.outcomes.same += 1;
            return Ok(());
        }
        self.outcomes.changes.push(Change {
            row: met.settled.kept.row,
            was,
            becomes,
            other_readings,
            readings: if self.with_values {
                readings
            } else {
                Vec::new()
            },
        });
        Ok(())
    }
}

fn speaking(
    ledger: &mut impl Ledger,
    events: &[crate::decode::mapping::DeviceEvent],
) -> Result<Option<i64>, JournalError> {
    for event in events {
        if let Some(name) = &event.device {
            let heard = matches!(
                event.event,
                Event::Heartbeat | Event::Battery { .. } | Event::Error { .. }
            );
            return if heard {
                ledger.device(&name.0)
            } else {
                Ok(None)
            };
        }
    }
    Ok(None)
}

/// The rows of a list of frames.
pub(super) fn last_row(frames: &[SettledFrame]) -> Option<FrameRow> {
    frames.last().map(|frame| frame.kept.row)
}
