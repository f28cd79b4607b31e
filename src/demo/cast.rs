//! The few whose story everybody meets: the same persons in every township, whatever the seed.

use jiff::civil::Date;

use super::calendar::day_after;
use super::draw::birth_year;
use super::person::{Drug, Person, Sex};
use super::trouble::{Ailment, Trouble};

/// One part in the play.
pub struct Part {
    /// Place in [`super::names::VILLAGES`].
    pub centre: usize,
    pub name: &'static str,
    sex: Sex,
    age: i16,
    sys_mmhg: f64,
    dia_mmhg: f64,
    fasting_mmol_l: f64,
    hypertension: bool,
    diabetes: bool,
    drugs: &'static [Drug],
    /// Weekdays, Monday first.
    comes: [bool; 6],
    ailment: Option<Ailment>,
}

const DAILY: [bool; 6] = [true, true, true, true, true, true];
const WEEKDAYS: [bool; 6] = [true, true, true, true, true, false];
const TUESDAY_FRIDAY: [bool; 6] = [false, true, false, false, true, false];
const MONDAY_THURSDAY: [bool; 6] = [true, false, false, true, false, false];

/// A hypertensive on one drug who comes on weekdays; the parts below differ from her.
const PATIENT: Part = Part {
    centre: 0,
    name: "",
    sex: Sex::Female,
    age: 75,
    sys_mmhg: 138.0,
    dia_mmhg: 80.0,
    fasting_mmol_l: 5.4,
    hypertension: true,
    diabetes: false,
    drugs: &[Drug::Amlodipine],
    comes: WEEKDAYS,
    ailment: None,
};

/// The parts, by centre.
pub const CAST: [Part; 13] = [
    Part {
        name: "赵一二",
        age: 83,
        sys_mmhg: 146.0,
        ailment: Some(Ailment::AboveGoal),
        ..PATIENT
    },
    Part {
        name: "钱三四",
        age: 79,
        sys_mmhg: 142.0,
        comes: DAILY,
        ailment: Some(Ailment::Surge),
        ..PATIENT
    },
    Part {
        name: "孙五六",
        sex: Sex::Male,
        age: 68,
        sys_mmhg: 126.0,
        dia_mmhg: 77.0,
        hypertension: false,
        drugs: &[],
        ailment: Some(Ailment::NewlyHigh),
        ..PATIENT
    },
    Part {
        name: "李七八",
        sex: Sex::Male,
        age: 87,
        sys_mmhg: 134.0,
        dia_mmhg: 70.0,
        drugs: &[Drug::Amlodipine, Drug::Valsartan, Drug::Hydrochlorothiazide],
        comes: TUESDAY_FRIDAY,
        ailment: Some(Ailment::SuddenlyLow),
        ..PATIENT
    },
    Part {
        name: "周九十",
        age: 72,
        sys_mmhg: 136.0,
        ..PATIENT
    },
    Part {
        name: "韩十四",
        sex: Sex::Male,
        age: 74,
        sys_mmhg: 132.0,
        fasting_mmol_l: 6.6,
        diabetes: true,
        drugs: &[Drug::Amlodipine, Drug::Glimepiride],
        comes: DAILY,
        ailment: Some(Ailment::LowGlucose),
        ..PATIENT
    },
    Part {
        centre: 1,
        name: "吕二十",
        age: 78,
        sys_mmhg: 140.0,
        dia_mmhg: 84.0,
        ailment: Some(Ailment::SlowlyRising),
        ..PATIENT
    },
    Part {
        centre: 1,
        name: "沈十三",
        age: 80,
        drugs: &[Drug::Valsartan],
        ..PATIENT
    },
    Part {
        centre: 2,
        name: "杨十五",
        age: 91,
        sys_mmhg: 144.0,
        dia_mmhg: 72.0,
        comes: TUESDAY_FRIDAY,
        ailment: Some(Ailment::Missed),
        ..PATIENT
    },
    Part {
        centre: 3,
        name: "陈六七",
        sex: Sex::Male,
        age: 71,
        sys_mmhg: 148.0,
        dia_mmhg: 88.0,
        ailment: Some(Ailment::AboveGoal),
        ..PATIENT
    },
    Part {
        centre: 4,
        name: "吴百千",
        age: 70,
        hypertension: false,
        drugs: &[],
        sys_mmhg: 128.0,
        ailment: Some(Ailment::IrregularPulse),
        ..PATIENT
    },
    Part {
        centre: 6,
        name: "褚八九",
        age: 69,
        diabetes: true,
        fasting_mmol_l: 6.4,
        drugs: &[Drug::Metformin],
        comes: MONDAY_THURSDAY,
        ailment: Some(Ailment::RisingGlucose),
        ..PATIENT
    },
    Part {
        centre: 8,
        name: "卫十一",
        sex: Sex::Male,
        age: 76,
        sys_mmhg: 138.0,
        ailment: Some(Ailment::SlowlyRising),
        ..PATIENT
    },
];

impl Part {
    /// Gives this part to a drawn person: the story replaces what was drawn, the rest stays.
    pub fn play(&self, person: &mut Person, end: Date) {
        person.name = self.name.to_owned();
        person.sex = self.sex;
        let year = birth_year(self.age, (person.born.month(), person.born.day()), end);
        person.born = person.born.with().year(year).build().unwrap_or(person.born);
        person.known_hypertension = self.hypertension;
        person.known_diabetes = self.diabetes;
        person.drugs = self.drugs.to_vec();
        person.habit.weekdays = self.comes;
        person.habit.keeps = 0.93;
        person.habit.repeats = 1.0;
        if self.diabetes {
            person.habit.glucose_weekdays = self.comes;
        }
        person.body.sys_mmhg = self.sys_mmhg;
        person.body.dia_mmhg = self.dia_mmhg;
        person.body.fasting_mmol_l = self.fasting_mmol_l;
        person.trouble = self.ailment.map(|ailment| Trouble {
            ailment,
            since: day_after(end, -ailment.began_days_ago()),
        });
    }
}
