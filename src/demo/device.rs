//! The cuffs, meters and kiosks of the township, with their batteries, clocks and quirks.

use jiff::civil::Date;

use super::calendar::day_number;
use super::dice::{Dice, For};
use super::person::PersonIx;

/// Place of a device in [`super::Township::devices`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceIx(pub usize);

/// What it is and how it says whom it measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceKind {
    /// All in one, with a card reader: pressure and glucose, the card's number in every message.
    Kiosk,
    /// A cuff everybody uses; it cannot say whom it measured.
    SharedCuff,
    /// A cuff with user buttons 1 and 2, each given to one person.
    SlotCuff { users: [PersonIx; 2] },
    /// A meter everybody uses.
    SharedMeter,
    /// A cuff at home.
    OwnCuff { owner: PersonIx },
    /// A meter at home.
    OwnMeter { owner: PersonIx },
}

/// How a device's own clock behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeviceClock {
    /// It has none: its messages carry no time.
    None,
    /// `offset_s` ahead (negative: behind) when it was last set, every `set_every_days` days, and `drift_s_per_day` more each day.
    Running {
        offset_s: i64,
        drift_s_per_day: f64,
        set_every_days: i64,
    },
    /// Lost its time with its battery on `from`, set again on `until`; in between it counts from 2018-01-01.
    LostBetween { from: Date, until: Date },
}

/// A clock that lost its time starts here, 2018-01-01 00:00, as met on real meters.
pub const CLOCK_BIRTH: Date = jiff::civil::date(2018, 1, 1);

/// One device.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    pub ix: DeviceIx,
    /// Its name in topics, its MQTT user and its client id, such as `jiazi-cuff-1`.
    pub id: String,
    pub kind: DeviceKind,
    /// Place in [`super::Township::centres`].
    pub centre: usize,
    /// The station it belongs to, such as `jiazi-seat-1`; devices at home have none.
    pub station: Option<String>,
    pub clock: DeviceClock,
    /// Chance that a message is sent a second time within seconds, though the first arrived.
    pub resends: f64,
    /// Percent of a battery that a day of use takes; 0 for mains.
    pub battery_use_per_day: f64,
    /// Percent left on the last day of the history.
    pub battery_at_end: f64,
}

impl Device {
    /// What staff call it: a number in its centre, as on its sticker.
    pub fn label(&self) -> String {
        let what = match self.kind {
            DeviceKind::Kiosk => return "一体机".to_owned(),
            DeviceKind::SharedCuff | DeviceKind::SlotCuff { .. } => "袖带",
            DeviceKind::SharedMeter => "血糖仪",
            DeviceKind::OwnCuff { .. } => "家用袖带",
            DeviceKind::OwnMeter { .. } => "家用血糖仪",
        };
        let number = self.id.rsplit('-').next().unwrap_or_default();
        format!("{number} 号{what}")
    }

    /// The one person it is given to.
    pub fn owner(&self) -> Option<PersonIx> {
        match self.kind {
            DeviceKind::OwnCuff { owner } | DeviceKind::OwnMeter { owner } => Some(owner),
            _ => None,
        }
    }

    /// User button to person, as enrolled.
    pub fn slots(&self) -> Vec<(String, PersonIx)> {
        match self.kind {
            DeviceKind::SlotCuff { users } => {
                vec![("1".to_owned(), users[0]), ("2".to_owned(), users[1])]
            }
            _ => Vec::new(),
        }
    }

    /// Battery in percent on a day, `None` on mains. Changed when 3 % are left.
    pub fn battery_percent(&self, day: Date, end: Date) -> Option<u8> {
        if self.battery_use_per_day <= 0.0 {
            return None;
        }
        let to_end = (day_number(end) - day_number(day)) as f64;
        let level = self.battery_at_end + to_end * self.battery_use_per_day - 3.0;
        // Round the circle of 97 percent: 3 is followed by 100.
        Some((level.rem_euclid(97.0) + 3.0).round() as u8)
    }

    /// What its clock shows at wall-clock second `second` of `day`, as (day, second); `None` without a clock.
    pub fn clock_shows(&self, day: Date, second: i64) -> Option<(Date, i64)> {
        match self.clock {
            DeviceClock::None => None,
            DeviceClock::Running {
                offset_s,
                drift_s_per_day,
                set_every_days,
            } => {
                // Not every clock is set on the same day.
                let phase = self.ix.0 as i64 * 5;
                let days_since_set = (day_number(day) + phase).rem_euclid(set_every_days.max(1));
                let drifted_s = drift_s_per_day * days_since_set as f64;
                Some((day, second + offset_s + drifted_s.round() as i64))
            }
            DeviceClock::LostBetween { from, until } if from <= day && day < until => {
                let days = day_number(day) - day_number(from);
                Some((
                    super::calendar::day_after(CLOCK_BIRTH, days),
                    second - 7 * 3600,
                ))
            }
            DeviceClock::LostBetween { .. } => Some((day, second)),
        }
    }

    /// The password of its MQTT account: made from the installation's own secret, so that nothing is shipped.
    pub fn password(&self, secret: u64) -> String {
        let mut dice = Dice::keyed(secret, For::Secret, &[self.ix.0 as u64]);
        format!("{:016x}{:016x}", dice.bits(), dice.bits())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn cuff(clock: DeviceClock) -> Device {
        Device {
            ix: DeviceIx(0),
            id: "x".into(),
            kind: DeviceKind::SharedCuff,
            centre: 0,
            station: None,
            clock,
            resends: 0.0,
            battery_use_per_day: 0.5,
            battery_at_end: 11.0,
        }
    }

    #[test]
    fn a_battery_falls_and_is_changed_at_three_percent() {
        let end = date(2026, 4, 14);
        let device = cuff(DeviceClock::None);
        assert_eq!(device.battery_percent(end, end), Some(11));
        assert_eq!(device.battery_percent(date(2026, 4, 12), end), Some(12));
        let levels: Vec<u8> = (0..400)
            .filter_map(|d| device.battery_percent(super::super::calendar::day_after(end, -d), end))
            .collect();
        assert!(levels.iter().all(|level| (3..=100).contains(level)));
        assert_eq!(cuff(DeviceClock::None).clock_shows(end, 0), None);
    }

    #[test]
    fn a_clock_that_lost_its_time_counts_from_its_birth() {
        let clock = DeviceClock::LostBetween {
            from: date(2026, 4, 1),
            until: date(2026, 4, 4),
        };
        let device = cuff(clock);
        assert_eq!(
            device.clock_shows(date(2026, 3, 31), 9),
            Some((date(2026, 3, 31), 9))
        );
        assert_eq!(
            device.clock_shows(date(2026, 4, 2), 8 * 3600),
            Some((date(2018, 1, 2), 3600))
        );
        assert_eq!(
            device.clock_shows(date(2026, 4, 4), 9),
            Some((date(2026, 4, 4), 9))
        );
    }
}
