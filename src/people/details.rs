//! What the roster says about a person besides name and birth date, in closed words where there are any.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

/// A closed list of words: the stored word of each, and the way back.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The stored word.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// The reverse of `word`.
            pub fn from_word(word: &str) -> Option<Self> {
                $name::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// As in FHIR `AdministrativeGender`, without "other".
    Sex { Female = "female", Male = "male", Unknown = "unknown" }
}

words! {
    /// Drugs that can bring glucose too low (中国老年2型糖尿病防治临床指南, 2022: insulin, sulfonylureas, glinides).
    RiskDrug { Insulin = "insulin", Sulfonylurea = "sulfonylurea", Glinide = "glinide" }
}

words! {
    /// Health class of an elder with diabetes. The doctor sets it; it is never inferred.
    HealthClass { Good = "good", Intermediate = "intermediate", Poor = "poor" }
}

words! {
    /// Whether a person is still cared for here. Nobody is written to about one who is not.
    Standing { Active = "active", Dead = "dead", MovedAway = "moved_away" }
}

words! {
    /// What a relative is to the elder.
    Relation {
        Spouse = "spouse", Son = "son", Daughter = "daughter", ChildInLaw = "child_in_law",
        Grandchild = "grandchild", Sibling = "sibling", Kin = "kin", Neighbour = "neighbour",
    }
}

words! {
    /// What an elder may agree to share with a relative.
    Share {
        /// Her readings, on the family page.
        Readings = "readings",
        /// A message when something is wrong, and when somebody has taken it.
        Alerts = "alerts",
        /// The weekly summary.
        Digest = "digest",
    }
}

words! {
    /// How an elder gave her consent.
    ConsentWay { Spoken = "spoken", Written = "written", Guardian = "guardian" }
}

words! {
    /// Why a card is a card no more.
    CardEnd { Lost = "lost", Replaced = "replaced", GivenBack = "given_back", WrongPerson = "wrong_person" }
}

/// Days of the week, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weekdays(u8);

impl Weekdays {
    /// With this day too.
    pub fn with(self, day: Weekday) -> Self {
        Weekdays(self.0 | 1 << day.to_monday_zero_offset())
    }

    pub fn holds(self, day: Weekday) -> bool {
        self.0 >> day.to_monday_zero_offset() & 1 == 1
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its days, Monday first.
    pub fn days(self) -> impl Iterator<Item = Weekday> {
        Weekday::Monday
            .cycle_forward()
            .take(7)
            .filter(move |day| self.holds(*day))
    }

    /// As stored: numbers of ISO 8601 (Monday is 1), space between.
    pub fn word(self) -> String {
        let numbers: Vec<String> = self
            .days()
            .map(|day| day.to_monday_one_offset().to_string())
            .collect();
        numbers.join(" ")
    }

    /// The reverse of [`Weekdays::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        word.split_whitespace()
            .try_fold(Weekdays::default(), |days, number| {
                let number: i8 = number.parse().ok()?;
                Some(days.with(Weekday::from_monday_one_offset(number).ok()?))
            })
    }
}

/// Everything the roster holds about one person in words of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub name: String,
    /// Syllables with spaces between, without tones: for search.
    pub pinyin: String,
    pub sex: Sex,
    pub birth_date: Date,
    /// Where the person lives; empty: the village of the centre.
    pub village: String,
    pub phone: String,
    pub hypertension: bool,
    pub diabetes: bool,
    pub atrial_fibrillation: bool,
    /// Other known conditions, in the clinic's words.
    pub other_conditions: String,
    pub risk_drugs: BTreeSet<RiskDrug>,
    pub health_class: Option<HealthClass>,
    pub lives_alone: bool,
    /// The days on which the person usually comes: who is missing today is asked of these.
    pub comes_on: Weekdays,
    /// The days on which glucose is measured fasting.
    pub fasting_on: Weekdays,
    pub notes: String,
}

impl Details {
    /// A person of whom only this is known.
    pub fn new(name: &str, sex: Sex, birth_date: Date) -> Self {
        Details {
            name: name.to_owned(),
            pinyin: super::name::pinyin_of(name),
            sex,
            birth_date,
            village: String::new(),
            phone: String::new(),
            hypertension: false,
            diabetes: false,
            atrial_fibrillation: false,
            other_conditions: String::new(),
            risk_drugs: BTreeSet::new(),
            health_class: None,
            lives_alone: false,
            comes_on: Weekdays::default(),
            fasting_on: Weekdays::default(),
            notes: String::new(),
        }
    }

    /// The words of what differs, for the audit log: which fields, never what stands in them.
    pub fn differing(&self, other: &Details) -> Vec<&'static str> {
        [
            ("name", self.name != other.name),
            ("pinyin", self.pinyin != other.pinyin),
            ("sex", self.sex != other.sex),
            ("birth_date", self.birth_date != other.birth_date),
            ("village", self.village != other.village),
            ("phone", self.phone != other.phone),
            ("hypertension", self.hypertension != other.hypertension),
            ("diabetes", self.diabetes != other.diabetes),
            (
                "atrial_fibrillation",
                self.atrial_fibrillation != other.atrial_fibrillation,
            ),
            (
                "other_conditions",
                self.other_conditions != other.other_conditions,
            ),
            ("risk_drugs", self.risk_drugs != other.risk_drugs),
            ("health_class", self.health_class != other.health_class),
            ("lives_alone", self.lives_alone != other.lives_alone),
            ("comes_on", self.comes_on != other.comes_on),
            ("fasting_on", self.fasting_on != other.fasting_on),
            ("notes", self.notes != other.notes),
        ]
        .into_iter()
        .filter_map(|(word, differs)| differs.then_some(word))
        .collect()
    }
}

/// Several closed words as they are stored: space between.
pub fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_stored_as_iso_numbers() {
        let days = Weekdays::from_word("5 2").unwrap();
        assert_eq!(days.word(), "2 5");
        assert!(days.holds(Weekday::Tuesday) && !days.holds(Weekday::Wednesday));
        assert_eq!(Weekdays::from_word("").unwrap(), Weekdays::default());
        assert_eq!(
            Weekdays::from_word("1 2 3 4 5 6 7").unwrap().days().count(),
            7
        );
        for bad in ["0", "8", "x", "1,2"] {
            assert_eq!(Weekdays::from_word(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_word_comes_back() {
        for relation in Relation::ALL {
            assert_eq!(Relation::from_word(relation.word()), Some(*relation));
        }
        assert_eq!(Standing::from_word("away"), None);
    }

    #[test]
    fn an_edit_is_told_by_its_fields() {
        let one = Details::new("赵一二", Sex::Female, jiff::civil::date(1943, 5, 1));
        let mut other = one.clone();
        assert!(one.differing(&other).is_empty());
        other.phone = "138".to_owned();
        other.lives_alone = true;
        assert_eq!(one.differing(&other), ["phone", "lives_alone"]);
    }
}
