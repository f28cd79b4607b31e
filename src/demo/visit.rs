//! One person's visit: finger-prick, rest, two or three readings of the cuff.
//!
//! The protocol is that of the Chinese hypertension guideline (2024 revision): five minutes' rest, two readings
//! 30 to 60 s apart, a third when they differ by more than 10 mmHg.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::vitals::Meal;

use super::body::{Circumstance, Pressure, glucose_mmol_l, pressure, shift_on};
use super::calendar::{day_number, moment};
use super::device::{Device, DeviceIx, DeviceKind};
use super::dice::{Dice, For};
use super::measurement::{Claim, Measurement, Shown, TrueValue};
use super::person::Person;
use super::township::Township;

/// Chance that somebody takes the shared cuff instead of waiting for the kiosk: its readings are nobody's.
pub const SHARED_CUFF_SHARE: f64 = 0.03;
/// Chance that a finger-prick is made with the shared meter.
pub const SHARED_METER_SHARE: f64 = 0.06;
/// Chance that a measurement fails: an error word on the display, and it is made once more.
pub const FAILS: f64 = 0.012;
/// Two readings of a session whose systolic or diastolic differ by more than this ask for a third
/// (Chinese hypertension guideline, 2024 revision).
pub const THIRD_READING_MMHG: i32 = 10;

/// A finger-prick that was made.
#[derive(Debug, Clone, Copy)]
pub struct Pricked {
    /// Wall-clock second of the day.
    pub second: i64,
    /// Of mmol/L, as shown.
    pub tenths: i32,
}

/// One person's visit, or her session at home.
pub struct Visit<'a> {
    pub township: &'a Township,
    pub day: Date,
    pub person: &'a Person,
    pub dice: Dice,
    /// Where what is measured goes.
    pub all: &'a mut Vec<Measurement>,
}

impl Visit<'_> {
    /// Whether this is one of her days with a finger-prick.
    pub fn glucose_is_due(&self) -> bool {
        let weekday = self.day.weekday().to_monday_zero_offset() as usize;
        self.person
            .habit
            .glucose_weekdays
            .get(weekday)
            .copied()
            .unwrap_or(false)
    }

    fn device(&self, wanted: impl Fn(&DeviceKind) -> bool) -> Option<DeviceIx> {
        let here = |device: &&Device| device.centre == self.person.centre;
        self.township
            .devices
            .iter()
            .filter(here)
            .find(|d| wanted(&d.kind))
            .map(|d| d.ix)
    }

    /// A finger-prick at the device that will serve her.
    pub fn glucose(
        &mut self,
        earliest: i64,
        free_at: &mut BTreeMap<DeviceIx, i64>,
    ) -> Option<Pricked> {
        let shared = self.dice.chance(SHARED_METER_SHARE);
        let (device, claim) = match shared {
            true => (
                self.device(|kind| *kind == DeviceKind::SharedMeter),
                Claim::None,
            ),
            false => (
                self.device(|kind| *kind == DeviceKind::Kiosk),
                Claim::Card(self.person.ix),
            ),
        };
        let device = device?;
        let second = earliest.max(free_at.get(&device).copied().unwrap_or(0));
        let pricked = self.prick(device, claim, second, second < 9 * 3600 + 1800);
        free_at.insert(device, pricked.second + 45);
        Some(pricked)
    }

    /// One finger-prick; a second one when the strip had too little blood.
    pub fn prick(
        &mut self,
        device: DeviceIx,
        claim: Claim,
        mut second: i64,
        fasting: bool,
    ) -> Pricked {
        if self.fails(device, second) {
            self.strip(device, claim, second, fasting);
            self.failed();
            second += 60;
        }
        let tenths = self.strip(device, claim, second, fasting);
        Pricked { second, tenths }
    }

    /// Whether the measurement that begins now fails by itself. Never on the last day of the history, which
    /// visitors and tests watch: there the fault of that name makes them.
    fn fails(&self, device: DeviceIx, second: i64) -> bool {
        let key = [
            device.0 as u64,
            day_number(self.day) as u64,
            second.unsigned_abs(),
        ];
        self.day != self.township.end
            && Dice::keyed(self.township.seed, For::Failure, &key).chance(FAILS)
    }

    /// What was measured last has failed.
    fn failed(&mut self) {
        if let Some(last) = self.all.last_mut() {
            last.failed = true;
        }
    }

    /// One strip. Gives the tenths of mmol/L shown.
    fn strip(&mut self, device: DeviceIx, claim: Claim, second: i64, fasting: bool) -> i32 {
        let mmol_l = glucose_mmol_l(self.person, self.township.seed, self.day, second, fasting);
        // A good meter: 95 % within ±10 %.
        let tenths = (mmol_l * (10.0 + 0.5 * self.dice.normal())).round() as i32;
        let meal = if fasting { Meal::Fasting } else { Meal::After };
        self.all.push(Measurement {
            person: Some(self.person.ix),
            device,
            taken_at: moment(self.day, second),
            truth: TrueValue::GlucoseMmolL(mmol_l),
            shown: Shown::Glucose {
                tenths,
                meal,
                control: false,
            },
            claim,
            failed: false,
        });
        tenths
    }

    /// Her pressure session, at the device that will serve her.
    pub fn pressure(&mut self, earliest: i64, free_at: &mut BTreeMap<DeviceIx, i64>) {
        let slot = self.township.devices.iter().find_map(|device| {
            let place = device
                .slots()
                .into_iter()
                .position(|(_, user)| user == self.person.ix)?;
            Some((device.ix, Claim::Slot(place as u8 + 1)))
        });
        let shared = self.dice.chance(SHARED_CUFF_SHARE);
        let (device, claim) = match slot {
            Some((device, claim)) => (Some(device), claim),
            None if shared => (
                self.device(|kind| *kind == DeviceKind::SharedCuff),
                Claim::None,
            ),
            None => (
                self.device(|kind| *kind == DeviceKind::Kiosk),
                Claim::Card(self.person.ix),
            ),
        };
        let Some(device) = device else { return };
        let start = earliest.max(free_at.get(&device).copied().unwrap_or(0));
        let last = self.session(device, claim, start, false);
        // The next person sits down, finds her card and is measured.
        let next = last + self.dice.between(62, 95);
        free_at.insert(device, next);
    }

    /// Two readings a minute apart, a third when they differ too much. Gives the second of the last one.
    /// A first inflation that failed goes before them.
    pub fn session(
        &mut self,
        device: DeviceIx,
        claim: Claim,
        mut start: i64,
        at_home: bool,
    ) -> i64 {
        if self.fails(device, start) {
            self.reading(device, claim, start, Circumstance { nth: 0, at_home });
            self.failed();
            start += 65;
        }
        let first = self.reading(device, claim, start, Circumstance { nth: 0, at_home });
        if !self.dice.chance(self.person.habit.repeats) {
            return start;
        }
        let mut second = start + self.dice.between(60, 72);
        let again = self.reading(device, claim, second, Circumstance { nth: 1, at_home });
        let differ = (first.0 - again.0).abs().max((first.1 - again.1).abs());
        if differ > THIRD_READING_MMHG {
            second += self.dice.between(60, 72);
            self.reading(device, claim, second, Circumstance { nth: 2, at_home });
        }
        second
    }

    /// One inflation of the cuff. Gives the systolic and diastolic shown.
    fn reading(
        &mut self,
        device: DeviceIx,
        claim: Claim,
        second: i64,
        circumstance: Circumstance,
    ) -> (i32, i32) {
        let truth = pressure(
            self.person,
            self.township.seed,
            self.day,
            second,
            circumstance,
        );
        let Pressure {
            sys_mmhg,
            dia_mmhg,
            pulse_bpm,
        } = truth;
        let mut shown =
            |true_value: f64, sd: f64| (true_value + sd * self.dice.normal()).round() as i32;
        let (sys_mmhg, dia_mmhg) = (shown(sys_mmhg, 1.6), shown(dia_mmhg, 1.3));
        let pulse_bpm = shown(pulse_bpm, 0.6);
        let irregular_chance = 0.004 + shift_on(self.person, self.day).irregular_chance;
        self.all.push(Measurement {
            person: Some(self.person.ix),
            device,
            taken_at: moment(self.day, second),
            truth: TrueValue::Pressure(truth),
            shown: Shown::Pressure {
                sys_mmhg,
                dia_mmhg,
                pulse_bpm,
                irregular: self.dice.chance(irregular_chance),
                movement: self.dice.chance(0.015),
                loose: self.dice.chance(0.008),
            },
            claim,
            failed: false,
        });
        (sys_mmhg, dia_mmhg)
    }
}
