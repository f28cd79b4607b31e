//! When something was measured, how well that is known, and where "now" comes from.

use std::sync::Arc;
use std::time::Instant;

/// A point in time. Stored as milliseconds since 1970-01-01T00:00:00Z.
pub type Moment = jiff::Timestamp;

/// Where a program gets "now". Only `hub` makes one; pure rooms take `now` as an argument.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// The machine's clock: the only one `serve` knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::now()
    }
}

/// The demo's clock: starts at `start` and runs `speed` times as fast as the monotonic clock.
#[derive(Debug, Clone)]
pub struct ScaledClock {
    start: Moment,
    anchor: Instant,
    speed: u32,
}

impl ScaledClock {
    /// `anchor` is the monotonic instant at which the scaled clock shows `start`.
    pub fn new(start: Moment, anchor: Instant, speed: u32) -> Arc<Self> {
        Arc::new(ScaledClock {
            start,
            anchor,
            speed,
        })
    }

    pub fn speed(&self) -> u32 {
        self.speed
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> Moment {
        let real_ms = i64::try_from(self.anchor.elapsed().as_millis()).unwrap_or(i64::MAX);
        let scaled_ms = real_ms.saturating_mul(i64::from(self.speed));
        self.start
            .saturating_add(jiff::SignedDuration::from_millis(scaled_ms))
            .unwrap_or(Moment::MAX)
    }
}

/// What the device's own clock said about a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceTime {
    /// The message carries no time.
    Absent,
    /// A time that can be one. `sent` is the text (or number) as it came, part of the reading's identity.
    Given { sent: String, at: Moment },
    /// A time that cannot be used: year 0, 31 February, far future. Kept, never rolled over.
    Unusable { sent: String },
}

impl DeviceTime {
    /// The time as sent, if any was.
    pub fn sent(&self) -> Option<&str> {
        match self {
            DeviceTime::Absent => None,
            DeviceTime::Given { sent, .. } | DeviceTime::Unusable { sent } => Some(sent),
        }
    }
}

/// How `taken_at` was found (design table "Time"). Order: strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeMethod {
    /// The device's clock was read in this connection and the record corrected by it.
    OffsetRead,
    /// Device time corrected by a stable offset, or close enough to receipt to be believed.
    OffsetKnown,
    /// No device clock; the profile says the device sends as it measures.
    ReceivedLive,
    /// A person said when, by the clock on the wall.
    Stated,
    /// Everything else: kept and shown, never used by a rule until a person corrects it.
    Unusable,
}

impl TimeMethod {
    /// The stored and printed word.
    pub fn word(self) -> &'static str {
        match self {
            TimeMethod::OffsetRead => "offset_read",
            TimeMethod::OffsetKnown => "offset_known",
            TimeMethod::ReceivedLive => "received_live",
            TimeMethod::Stated => "stated",
            TimeMethod::Unusable => "unusable",
        }
    }

    /// The reverse of [`TimeMethod::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [
            TimeMethod::OffsetRead,
            TimeMethod::OffsetKnown,
            TimeMethod::ReceivedLive,
            TimeMethod::Stated,
            TimeMethod::Unusable,
        ]
        .into_iter()
        .find(|m| m.word() == word)
    }
}

/// When a reading was taken: somewhere in `at` ± `uncertainty_s`.
///
/// With [`TimeMethod::Unusable`], `at` is the best guess for sorting only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenAt {
    pub at: Moment,
    pub uncertainty_s: u32,
    pub method: TimeMethod,
}
