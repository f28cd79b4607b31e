//! A session: the readings of one sitting, and its mean. Never the lowest, never anybody's choice.

use rust_decimal::Decimal;

use super::record::{PressureReading, mean, minutes_ms, round_half_up};
use crate::vitals::{Mark, Moment};

/// Clean sitting or lying readings of one person, each at most the gap after the one before.
/// Never empty; in order of time.
#[derive(Debug, Clone)]
pub struct Session<'a> {
    pub readings: Vec<&'a PressureReading>,
}

/// Cuts clean sitting and lying readings, in order of time, into sessions. The gap is inclusive.
pub fn sessions<'a>(seated: &[&'a PressureReading], gap_min: i64) -> Vec<Session<'a>> {
    let mut found: Vec<Session<'a>> = Vec::new();
    for reading in seated {
        match found.last_mut() {
            Some(session)
                if reading.taken_at.as_millisecond() - session.end().as_millisecond()
                    <= minutes_ms(gap_min) =>
            {
                session.readings.push(reading);
            }
            _ => found.push(Session {
                readings: vec![reading],
            }),
        }
    }
    found
}

impl Session<'_> {
    /// When its first reading was taken. The session belongs to the day of this moment.
    pub fn start(&self) -> Moment {
        self.readings
            .first()
            .map_or(Moment::UNIX_EPOCH, |r| r.taken_at)
    }

    /// When its last reading was taken.
    pub fn end(&self) -> Moment {
        self.readings
            .last()
            .map_or(Moment::UNIX_EPOCH, |r| r.taken_at)
    }

    /// Mean systolic pressure, mmHg, rounded half up.
    pub fn sbp(&self) -> Decimal {
        self.mean_of(|r| Some(r.sbp_mmhg)).unwrap_or_default()
    }

    /// Mean diastolic pressure, mmHg, rounded half up.
    pub fn dbp(&self) -> Decimal {
        self.mean_of(|r| Some(r.dbp_mmhg)).unwrap_or_default()
    }

    /// Mean pulse of the readings that carry a usable one, per minute, rounded half up.
    pub fn pulse(&self) -> Option<Decimal> {
        self.mean_of(usable_pulse)
    }

    fn mean_of(&self, part: impl Fn(&PressureReading) -> Option<Decimal>) -> Option<Decimal> {
        mean(self.readings.iter().filter_map(|r| part(r))).map(|m| round_half_up(m, 0))
    }

    /// How many readings confirm each other. A reading that is perhaps a copy of the one before it
    /// (`maybe_double`) confirms nothing.
    pub fn confirming(&self) -> usize {
        self.readings.iter().filter(|r| is_its_own(r)).count()
    }

    /// The same for the pulse: readings that carry a usable one.
    pub fn confirming_pulse(&self) -> usize {
        self.readings
            .iter()
            .filter(|r| is_its_own(r) && usable_pulse(r).is_some())
            .count()
    }

    /// How many readings carry the cuff's irregular-pulse mark.
    pub fn irregular(&self) -> usize {
        self.readings
            .iter()
            .filter(|r| r.marks.contains(&Mark::IrregularPulse))
            .count()
    }

    /// The two readings of a session of exactly two differ by more than `diff_mmhg` in either pressure.
    pub fn two_that_differ(&self, diff_mmhg: Decimal) -> bool {
        match self.readings.as_slice() {
            [a, b] => {
                (a.sbp_mmhg - b.sbp_mmhg).abs() > diff_mmhg
                    || (a.dbp_mmhg - b.dbp_mmhg).abs() > diff_mmhg
            }
            _ => false,
        }
    }
}

fn is_its_own(reading: &PressureReading) -> bool {
    !reading.marks.contains(&Mark::MaybeDouble)
}

/// The pulse of a reading, unless the cuff says that it lies outside what the cuff can count.
pub fn usable_pulse(reading: &PressureReading) -> Option<Decimal> {
    reading
        .pulse_bpm
        .filter(|_| !reading.marks.contains(&Mark::PulseRange))
}
