//! What an invented body would show at a moment: level, season, hour, day, first reading, trouble.

use std::f64::consts::TAU;

use jiff::civil::Date;

use super::calendar::day_number;
use super::dice::{Dice, For};
use super::person::Person;
use super::trouble::Shift;

/// The true pressure in a person's arm at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pressure {
    pub sys_mmhg: f64,
    pub dia_mmhg: f64,
    pub pulse_bpm: f64,
}

/// Where and how often in a row she is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstance {
    /// 0 for the first reading of a session.
    pub nth: u32,
    pub at_home: bool,
}

/// What a person's trouble does on a day; nothing when she has none.
pub fn shift_on(person: &Person, day: Date) -> Shift {
    person
        .trouble
        .map(|trouble| trouble.shift(day))
        .unwrap_or_default()
}

/// The pressure in her arm at wall-clock second `second` of `day`.
pub fn pressure(
    person: &Person,
    seed: u64,
    day: Date,
    second: i64,
    circumstance: Circumstance,
) -> Pressure {
    let body = &person.body;
    let key = [person.ix.0 as u64, day_number(day) as u64];
    let day_mmhg = body.day_sd_mmhg * Dice::keyed(seed, For::Body, &key).normal();
    let mut moment = Dice::keyed(seed, For::Body, &[key[0], key[1], second as u64]);
    // Coldest, and highest, about 20 January.
    let season = body.winter_mmhg * (TAU * (f64::from(day.day_of_year()) - 20.0) / 365.25).cos();
    // Highest at half past eight and in the evening, about 5 mmHg lower in the early afternoon.
    let hour = second as f64 / 3600.0;
    let course = 2.5 * ((TAU * (hour - 8.5) / 12.0).cos() - 1.0);
    let first = match circumstance.nth {
        0 => body.first_reading_mmhg,
        1 => body.first_reading_mmhg * 0.25,
        _ => 0.0,
    };
    let place = if circumstance.at_home {
        -body.white_coat_mmhg
    } else {
        0.0
    };
    let shift = shift_on(person, day);
    let common = day_mmhg + season + course + first + place;
    let sys_mmhg = body.sys_mmhg + shift.sys_mmhg + common + 3.2 * moment.normal();
    let dia_mmhg = body.dia_mmhg + shift.dia_mmhg + common * 0.5 + 2.2 * moment.normal();
    Pressure {
        sys_mmhg: sys_mmhg.clamp(76.0, 235.0),
        dia_mmhg: dia_mmhg
            .clamp(42.0, 128.0)
            .min(sys_mmhg.clamp(76.0, 235.0) - 22.0),
        pulse_bpm: (body.pulse_bpm + 3.0 * moment.normal() + 0.3 * first).clamp(46.0, 118.0),
    }
}

/// Her capillary glucose in mmol/L, fasting or two hours after a meal.
pub fn glucose_mmol_l(person: &Person, seed: u64, day: Date, second: i64, fasting: bool) -> f64 {
    let body = &person.body;
    let key = [person.ix.0 as u64, day_number(day) as u64, second as u64, 2];
    let mut dice = Dice::keyed(seed, For::Body, &key);
    let shift = shift_on(person, day);
    if dice.chance(shift.low_glucose_chance) {
        return dice.range(2.4, 3.8);
    }
    let meal = if fasting {
        0.0
    } else {
        body.after_meal_mmol_l * dice.range(0.7, 1.3)
    };
    let level = body.fasting_mmol_l + shift.fasting_mmol_l + meal;
    (level + body.glucose_sd_mmol_l * dice.normal()).clamp(3.2, 27.0)
}
