//! Interpreting again: what other profiles or another roster make of frames that are kept, first without
//! changing anything ([`rehearse`]), then for good ([`ForGood`]).
//! Invariant: never a double, never a frame that knew more before, and nothing about how a device stands now.

mod for_good;
mod rehearse;
mod said;
mod walk;

use std::collections::BTreeMap;

pub use for_good::{ForGood, NEWEST_TOGETHER};
pub use rehearse::{Enrolled, Rehearsed, rehearse};

use crate::decode::mapping::MappedReading;
use crate::journal::{Outcome, SettledFrame};
use crate::vitals::FrameRow;

/// How a frame ended, or would end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    pub outcome: &'static str,
    pub reason: String,
    pub profile: Option<String>,
}

impl End {
    fn of(frame: &SettledFrame) -> Self {
        End {
            outcome: frame.outcome.word(),
            reason: frame.reason.clone(),
            profile: frame.profile.clone(),
        }
    }

    /// `quarantined no_profile`, `readings by demo-cuff`.
    pub fn in_words(&self) -> String {
        let mut said = self.outcome.to_owned();
        if !self.reason.is_empty() {
            said.push(' ');
            said.push_str(&self.reason);
        }
        if let Some(profile) = &self.profile {
            said.push_str(" by ");
            said.push_str(profile);
        }
        said
    }
}

/// One frame that would end otherwise, or ended otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub row: FrameRow,
    pub was: End,
    pub becomes: End,
    /// It gave readings before and gives others now (another value, one more, one less).
    pub other_readings: bool,
    /// The readings themselves: for whoever asks for values, and is allowed to.
    pub readings: Vec<MappedReading>,
}

/// What came of interpreting frames again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Frames looked at, erased ones included.
    pub frames: u64,
    /// Frames whose payload is no longer kept.
    pub erased: Vec<FrameRow>,
    /// Frames that stay as they are.
    pub same: u64,
    pub changes: Vec<Change>,
}

impl Outcomes {
    /// How many frames go from which end to which.
    pub fn counts(&self) -> BTreeMap<(End, End), u64> {
        let mut counts = BTreeMap::new();
        for change in &self.changes {
            let key = (change.was.clone(), change.becomes.clone());
            *counts.entry(key).or_default() += 1;
        }
        counts
    }

    /// How many frames give readings that gave none.
    pub fn new_readings(&self) -> u64 {
        let gives = |change: &&Change| {
            change.becomes.outcome == Outcome::Readings.word()
                && change.was.outcome != Outcome::Readings.word()
        };
        self.changes.iter().filter(gives).count() as u64
    }
}

/// How much is known of a frame that ended so. A frame is never given an end that knows less.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Quarantined | Outcome::Unreadable => 0,
        Outcome::Refused => 1,
        Outcome::Ignored | Outcome::Duplicate => 2,
        Outcome::Readings => 3,
    }
}
