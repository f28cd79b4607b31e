//! Moments as a page writes them: in the hub's zone, near days by name.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::vitals::Moment;
use crate::web::ask::Ask;
use crate::words::Words;

/// How moments are written on one page.
#[derive(Debug, Clone)]
pub struct When {
    pub t: Words,
    pub zone: TimeZone,
    pub now: Moment,
}

/// A moment in two parts, so that a table can set them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayHour {
    pub day: String,
    pub hour: String,
    /// RFC 3339, for `<time datetime>`.
    pub machine: String,
}

impl When {
    pub fn of(ask: &Ask) -> Self {
        When {
            t: ask.words,
            zone: ask.state.zone.clone(),
            now: ask.now,
        }
    }

    pub fn today(&self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// Day (`今天`, `4月14日`) and hour (`08:36`).
    pub fn day_hour(&self, at: Moment) -> DayHour {
        let civil = self.zone.to_datetime(at);
        DayHour {
            day: self.t.near_day(civil.date(), self.today()),
            hour: self.t.hour(civil),
            machine: at.to_string(),
        }
    }

    /// How long ago, in one unit; a moment ahead of now is no time ago.
    pub fn ago(&self, at: Moment) -> String {
        self.t.span(self.seconds_since(at))
    }

    pub fn seconds_since(&self, at: Moment) -> u64 {
        u64::try_from(self.now.duration_since(at).as_secs()).unwrap_or(0)
    }

    pub fn is_today(&self, at: Moment) -> bool {
        self.zone.to_datetime(at).date() == self.today()
    }
}
