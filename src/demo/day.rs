//! A day in the township: who comes, what is measured, where people wait for the kiosk.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::body::shift_on;
use super::calendar::{
    AFTERNOON_MINUTE, CLOSES_MINUTE, NOON_MINUTE, OPENS_MINUTE, closed, day_number,
};
use super::control::control_tests;
use super::device::{DeviceIx, DeviceKind};
use super::dice::{Dice, For};
use super::measurement::{Claim, Measurement};
use super::person::PersonIx;
use super::township::Township;
use super::visit::Visit;

/// Somebody comes through the door at a wall-clock second of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    pub person: PersonIx,
    pub second: i64,
}

/// Everything measured on an ordinary day, at the centres and at home, control solution too, in the order it was taken.
pub fn visits(township: &Township, day: Date) -> Vec<Measurement> {
    let mut all = sessions(township, day, arrivals(township, day), BTreeMap::new());
    all.extend(at_home(township, day));
    all.extend(control_tests(township, day));
    all.sort_by_key(|measurement| (measurement.taken_at, measurement.device));
    all
}

/// Who comes on an ordinary day; nobody when the centres are closed.
pub fn arrivals(township: &Township, day: Date) -> Vec<Arrival> {
    if closed(day).is_some() {
        return Vec::new();
    }
    let weekday = day.weekday().to_monday_zero_offset() as usize;
    let mut came: Vec<Arrival> = Vec::new();
    for person in &township.persons {
        let key = [person.ix.0 as u64, day_number(day) as u64];
        let mut dice = Dice::keyed(township.seed, For::Attendance, &key);
        let usual = person.habit.weekdays.get(weekday).copied().unwrap_or(false);
        let comes = dice.chance(if usual { person.habit.keeps } else { 0.03 });
        if comes && !shift_on(person, day).stays_away {
            let second = person.habit.arrival_minute * 60 + (8.0 * 60.0 * dice.normal()) as i64;
            came.push(Arrival {
                person: person.ix,
                second: within_hours(second),
            });
        }
    }
    came
}

/// Into the half-day the second is nearest to, leaving time to be measured before the doors close.
fn within_hours(second: i64) -> i64 {
    let minute_s = |minute: i64| minute * 60;
    if second < minute_s(NOON_MINUTE + 90) {
        second.clamp(minute_s(OPENS_MINUTE), minute_s(NOON_MINUTE - 40))
    } else {
        second.clamp(minute_s(AFTERNOON_MINUTE), minute_s(CLOSES_MINUTE - 40))
    }
}

/// What somebody waits for, in the order in which those who wait are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Errand {
    /// Not before this second of the day.
    ready: i64,
    person: PersonIx,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Came through the door.
    Arrived,
    /// Rested, waits for the cuff.
    Pressure,
    /// Glucose was low: once more, a quarter of an hour after sugar.
    PrickAgain,
}

/// The measurements of those who came. Each device serves one person after another, from the second in `free_at` on.
pub fn sessions(
    township: &Township,
    day: Date,
    came: Vec<Arrival>,
    mut free_at: BTreeMap<DeviceIx, i64>,
) -> Vec<Measurement> {
    let arrived = |arrival: Arrival| Errand {
        ready: arrival.second,
        person: arrival.person,
        what: What::Arrived,
    };
    let mut waiting: BTreeSet<Errand> = came.into_iter().map(arrived).collect();
    let mut all = Vec::new();
    while let Some(errand) = waiting.pop_first() {
        let Errand {
            ready,
            person,
            what,
        } = errand;
        let key = [
            person.0 as u64,
            day_number(day) as u64,
            ready as u64,
            what as u64,
        ];
        let dice = Dice::keyed(township.seed, For::Cuff, &key);
        let mut visit = Visit {
            township,
            day,
            person: township.person(person),
            dice,
            all: &mut all,
        };
        let mut pricked = None;
        match what {
            What::Pressure => visit.pressure(ready, &mut free_at),
            What::PrickAgain => pricked = visit.glucose(ready, &mut free_at),
            What::Arrived => {
                if visit.glucose_is_due() {
                    pricked = visit.glucose(ready + 120, &mut free_at);
                }
                // Five minutes' rest from the door; the finger-prick counts towards it.
                let rested = pricked.map_or(ready, |pricked| pricked.second - 240) + 300;
                let ready = rested.max(ready + 300);
                waiting.insert(Errand {
                    ready,
                    person,
                    what: What::Pressure,
                });
            }
        }
        if let Some(pricked) =
            pricked.filter(|pricked| pricked.tenths <= 39 && what == What::Arrived)
        {
            let ready = pricked.second + 900;
            waiting.insert(Errand {
                ready,
                person,
                what: What::PrickAgain,
            });
        }
    }
    all
}

/// What is measured at home, festival or not: morning and evening by cuff, fasting glucose three days a week.
fn at_home(township: &Township, day: Date) -> Vec<Measurement> {
    let mut all = Vec::new();
    for device in &township.devices {
        let Some(owner) = device.owner() else {
            continue;
        };
        let key = [device.ix.0 as u64, day_number(day) as u64];
        let mut dice = Dice::keyed(township.seed, For::Home, &key);
        let morning = 6 * 3600 + dice.between(1500, 4500);
        let evening = 19 * 3600 + dice.between(0, 4500);
        let (keeps_morning, keeps_evening) = (dice.chance(0.7), dice.chance(0.6));
        let person = township.person(owner);
        let mut visit = Visit {
            township,
            day,
            person,
            dice,
            all: &mut all,
        };
        match device.kind {
            DeviceKind::OwnMeter { .. } if day_number(day) % 7 % 2 == 0 && keeps_morning => {
                visit.prick(device.ix, Claim::OwnDevice, morning, true);
            }
            DeviceKind::OwnCuff { .. } => {
                if keeps_morning {
                    visit.session(device.ix, Claim::OwnDevice, morning, true);
                }
                if keeps_evening {
                    visit.session(device.ix, Claim::OwnDevice, evening, true);
                }
            }
            _ => {}
        }
    }
    all
}
