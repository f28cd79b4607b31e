//! Drawing one elder from the dice: plausible shares of age, illness, drugs and habits, nobody in particular.

use jiff::civil::{Date, date};

use super::calendar::{AFTERNOON_MINUTE, OPENS_MINUTE, day_after};
use super::dice::Dice;
use super::person::{Body, Drug, Habit, Person, PersonIx, Sex};
use super::trouble::{Ailment, Trouble};

/// Draws the person at `place` of a centre's roster; name, card and telephone are given later.
pub fn drawn_person(
    ix: PersonIx,
    centre: usize,
    place: usize,
    end: Date,
    mut dice: Dice,
) -> Person {
    let sex = if dice.chance(0.58) {
        Sex::Female
    } else {
        Sex::Male
    };
    let age = (60.0 + 35.0 * dice.unit() * (0.35 + 0.65 * dice.unit())).floor();
    let (month, day) = (1 + dice.below(12) as i8, 1 + dice.below(28) as i8);
    let born = date(birth_year(age as i16, (month, day), end), month, day);
    // About 58 % and 20 %: what surveys of this age find; nothing depends on the exact share.
    let known_hypertension = dice.chance(0.58);
    let known_diabetes = dice.chance(0.20);
    let body = drawn_body(age, known_hypertension, known_diabetes, &mut dice);
    let drugs = drawn_drugs(known_hypertension, known_diabetes, &mut dice);
    let habit = drawn_habit(known_diabetes, &mut dice);
    let trouble = drawn_trouble(place, known_hypertension, known_diabetes, end, &mut dice);
    Person {
        ix,
        centre,
        name: String::new(),
        sex,
        born,
        card: String::new(),
        telephone: String::new(),
        known_hypertension,
        known_diabetes,
        drugs,
        habit,
        body,
        trouble,
    }
}

/// The year in which somebody with this birthday was born who is `age` years old on `on`.
pub fn birth_year(age: i16, birthday: (i8, i8), on: Date) -> i16 {
    on.year() - age - i16::from(birthday > (on.month(), on.day()))
}

fn drawn_body(age: f64, hypertension: bool, diabetes: bool, dice: &mut Dice) -> Body {
    let sys_mmhg = match hypertension {
        true if dice.chance(0.3) => (149.0 + 6.0 * dice.normal()).clamp(140.0, 165.0),
        true => (134.0 + 6.0 * dice.normal()).clamp(116.0, 146.0),
        false => (122.0 + 7.0 * dice.normal()).clamp(104.0, 134.0),
    };
    // Diastolic falls with age while systolic rises.
    let dia_mmhg = 47.0 + 0.25 * sys_mmhg - 0.25 * (age - 70.0) + 4.0 * dice.normal();
    let fasting_mmol_l = match diabetes {
        true => (7.0 + 0.9 * dice.normal()).clamp(5.4, 10.0),
        false => (5.2 + 0.3 * dice.normal()).clamp(4.4, 6.0),
    };
    Body {
        sys_mmhg,
        dia_mmhg: dia_mmhg.clamp(56.0, sys_mmhg - 32.0),
        pulse_bpm: (70.0 + 7.0 * dice.normal()).clamp(54.0, 92.0),
        day_sd_mmhg: dice.range(3.5, 7.5),
        winter_mmhg: dice.range(1.0, 5.0),
        white_coat_mmhg: dice.range(0.0, 7.0),
        first_reading_mmhg: dice.range(1.0, 7.0),
        fasting_mmol_l,
        after_meal_mmol_l: if diabetes {
            dice.range(2.0, 5.0)
        } else {
            dice.range(0.6, 2.0)
        },
        glucose_sd_mmol_l: if diabetes {
            dice.range(0.5, 1.0)
        } else {
            dice.range(0.2, 0.4)
        },
    }
}

fn drawn_drugs(hypertension: bool, diabetes: bool, dice: &mut Dice) -> Vec<Drug> {
    let mut drugs = Vec::new();
    if hypertension {
        drugs.push(if dice.chance(0.6) {
            Drug::Amlodipine
        } else {
            Drug::Valsartan
        });
        if dice.chance(0.3) {
            drugs.push(Drug::Hydrochlorothiazide);
        }
        if dice.chance(0.12) {
            drugs.push(Drug::Metoprolol);
        }
    }
    if diabetes {
        drugs.push(Drug::Metformin);
        match dice.below(10) {
            0..=2 => drugs.push(Drug::Glimepiride),
            3 => drugs.push(Drug::InsulinGlargine),
            4 => drugs.push(Drug::Acarbose),
            _ => {}
        }
    }
    drugs
}

fn drawn_habit(diabetes: bool, dice: &mut Dice) -> Habit {
    let weekdays = match dice.below(8) {
        0 | 1 => [false, true, false, false, true, false],
        2 | 3 => [true, false, false, true, false, false],
        4 => [true, false, true, false, true, false],
        5 => [false, false, true, false, false, true],
        6 => [true, true, true, true, true, false],
        _ => [false, true, false, false, false, false],
    };
    // Fasting glucose on the first usual day of the week; many diabetics also on the second.
    let mut glucose_weekdays = [false; 6];
    let usual_days: Vec<usize> = (0..6).filter(|day| weekdays[*day]).collect();
    let pricks = match diabetes {
        true if dice.chance(0.5) => 2,
        true => 1,
        false => usize::from(dice.chance(0.12)),
    };
    for day in usual_days.into_iter().take(pricks) {
        glucose_weekdays[day] = true;
    }
    let morning = OPENS_MINUTE + dice.between(10, 150);
    let afternoon = AFTERNOON_MINUTE + dice.between(5, 90);
    Habit {
        weekdays,
        keeps: dice.range(0.75, 0.97),
        arrival_minute: if dice.chance(0.87) {
            morning
        } else {
            afternoon
        },
        glucose_weekdays,
        repeats: if dice.chance(0.85) { 0.96 } else { 0.4 },
    }
}

/// One in thirteen of those without a part in the cast is in trouble.
fn drawn_trouble(
    place: usize,
    hypertension: bool,
    diabetes: bool,
    end: Date,
    dice: &mut Dice,
) -> Option<Trouble> {
    let in_trouble = place > 5 && dice.chance(1.0 / 13.0);
    let ailment = match (dice.below(5), hypertension, diabetes) {
        (0, _, true) => Ailment::RisingGlucose,
        (0 | 1, true, _) => Ailment::SlowlyRising,
        (0 | 1, false, _) => Ailment::NewlyHigh,
        (2, true, _) => Ailment::SuddenlyLow,
        (3, true, _) => Ailment::AboveGoal,
        (4, _, _) => Ailment::Missed,
        _ => Ailment::IrregularPulse,
    };
    // Not all began on the same day.
    let began = ailment.began_days_ago() + dice.between(0, 6);
    in_trouble.then(|| Trouble {
        ailment,
        since: day_after(end, -began),
    })
}
