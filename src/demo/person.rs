//! One invented elder: who, what is known of her health, when she comes, how her body behaves.

use jiff::civil::Date;

use super::trouble::Trouble;

/// Place of a person in [`super::Township::persons`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonIx(pub usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Female,
    Male,
}

impl Sex {
    /// The word in the truth file and the roster.
    pub fn word(self) -> &'static str {
        match self {
            Sex::Female => "female",
            Sex::Male => "male",
        }
    }
}

/// A drug by its international nonproprietary name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drug {
    Amlodipine,
    Valsartan,
    Hydrochlorothiazide,
    Metoprolol,
    Metformin,
    Glimepiride,
    Acarbose,
    InsulinGlargine,
}

impl Drug {
    /// The word in the truth file and the roster.
    pub fn word(self) -> &'static str {
        match self {
            Drug::Amlodipine => "amlodipine",
            Drug::Valsartan => "valsartan",
            Drug::Hydrochlorothiazide => "hydrochlorothiazide",
            Drug::Metoprolol => "metoprolol",
            Drug::Metformin => "metformin",
            Drug::Glimepiride => "glimepiride",
            Drug::Acarbose => "acarbose",
            Drug::InsulinGlargine => "insulin_glargine",
        }
    }
}

/// When she comes and what she has measured. Weekdays run Monday (0) to Saturday (5).
#[derive(Debug, Clone, PartialEq)]
pub struct Habit {
    pub weekdays: [bool; 6],
    /// Chance that she keeps a usual day.
    pub keeps: f64,
    /// Minute of the day at which she usually arrives.
    pub arrival_minute: i64,
    /// Weekdays with a finger-prick, when she comes.
    pub glucose_weekdays: [bool; 6],
    /// Chance that she stays for the second reading of a session.
    pub repeats: f64,
}

/// How her body behaves. Pressures in mmHg, pulse per minute, glucose in mmol/L.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Mean of a rested morning session in spring or autumn.
    pub sys_mmhg: f64,
    pub dia_mmhg: f64,
    pub pulse_bpm: f64,
    /// Standard deviation from one day to the next.
    pub day_sd_mmhg: f64,
    /// Half the difference between January and July.
    pub winter_mmhg: f64,
    /// What a centre adds to what home would show.
    pub white_coat_mmhg: f64,
    /// What the first reading of a session lies above the second.
    pub first_reading_mmhg: f64,
    pub fasting_mmol_l: f64,
    /// What two hours after a meal lies above fasting.
    pub after_meal_mmol_l: f64,
    pub glucose_sd_mmol_l: f64,
}

/// One invented elder.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub ix: PersonIx,
    /// Place in [`super::Township::centres`].
    pub centre: usize,
    pub name: String,
    pub sex: Sex,
    pub born: Date,
    /// The number on her card, ten digits.
    pub card: String,
    pub telephone: String,
    pub known_hypertension: bool,
    pub known_diabetes: bool,
    pub drugs: Vec<Drug>,
    pub habit: Habit,
    pub body: Body,
    pub trouble: Option<Trouble>,
}

impl Person {
    /// Her name in letters, for sorting and searching: `zhao yi er`.
    pub fn pinyin(&self) -> String {
        super::names::pinyin(&self.name)
    }

    /// Whole years of age on a day.
    pub fn age(&self, on: Date) -> i16 {
        let birthday_passed = (on.month(), on.day()) >= (self.born.month(), self.born.day());
        on.year() - self.born.year() - i16::from(!birthday_passed)
    }
}
