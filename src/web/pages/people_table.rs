//! Persons as rows of a list: who, when last, what, and in which of three groups.

use rust_decimal::Decimal;

use super::when::{DayHour, When};
use crate::charts::summary::shown;
use crate::charts::{Scale, Sparkline, sparkline};
use crate::journal::PersonLine;
use crate::people::details::Standing;
use crate::vitals::{Measured, Moment};
use crate::web::goals;
use crate::web::view::Listed;
use crate::words::Words;

/// When somebody was last measured: all that is said about a person's state before the rules speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    Today,
    ThisWeek,
    NotThisWeek,
}

impl Presence {
    pub const ALL: [Presence; 3] = [Presence::Today, Presence::ThisWeek, Presence::NotThisWeek];

    /// The word of its text key.
    pub fn word(self) -> &'static str {
        match self {
            Presence::Today => "today",
            Presence::ThisWeek => "this_week",
            Presence::NotThisWeek => "not",
        }
    }

    /// `today` is the first moment of today, `week` that of the day six days before.
    pub fn of(last: Option<Moment>, today: Moment, week: Moment) -> Self {
        match last {
            Some(at) if at >= today => Presence::Today,
            Some(at) if at >= week => Presence::ThisWeek,
            _ => Presence::NotThisWeek,
        }
    }
}

/// A person in a list.
#[derive(Debug, Clone)]
pub struct PersonRow {
    pub id: i64,
    pub name: String,
    pub facts: String,
    pub registers: Vec<String>,
    pub last: Option<DayHour>,
    /// `157/85`, the newest blood pressure.
    pub pressure: Option<String>,
    /// The day of that, if it was not the day of the last measurement.
    pub pressure_when: Option<String>,
    /// An inline `<svg>`: the course of her systolic pressure. Lists without it leave it out.
    pub spark: Option<String>,
}

/// Writes one person.
pub fn person_row(person: &PersonLine, when: &When) -> PersonRow {
    let t = when.t;
    let age = goals::age(person.birth_date, when.today());
    let sex = t.word("sex", person.sex.word());
    let pressure = person.last_pressure.as_ref();
    let last = person.last_taken_at.map(|at| when.day_hour(at));
    PersonRow {
        id: person.id,
        name: person.name.clone(),
        facts: t.with("person-facts", [("age", age.into()), ("sex", sex.into())]),
        registers: registers(t, person),
        last: last.clone(),
        pressure: pressure
            .map(|p| format!("{}/{}", whole(&p.systolic_mmhg), whole(&p.diastolic_mmhg))),
        pressure_when: pressure
            .map(|p| when.day_hour(p.taken_at).day)
            .filter(|day| last.as_ref().is_none_or(|last| last.day != *day)),
        spark: None,
    }
}

/// What a person is registered for, and whether she is no more cared for here.
pub fn registers(t: Words, person: &PersonLine) -> Vec<String> {
    let mut registers = Vec::new();
    if person.standing != Standing::Active {
        registers.push(t.word("standing", person.standing.word()));
    }
    let known = [
        ("hypertension", person.hypertension),
        ("diabetes", person.diabetes),
        ("atrial_fibrillation", person.atrial_fibrillation),
    ];
    let known = known.into_iter().filter(|(_, known)| *known);
    registers.extend(known.map(|(word, _)| t.word("person", word)));
    registers
}

/// A pressure as stored (an exact decimal), for the eye.
fn whole(stored: &str) -> String {
    stored
        .parse()
        .map_or_else(|_| stored.to_owned(), |value: Decimal| shown(value, 0))
}

/// The course of a person's systolic pressure, small. One reading is no course.
pub fn spark(listed: &Listed, when: &When) -> Option<String> {
    let t = when.t;
    let person = &listed.person;
    let values: Vec<Decimal> = listed
        .pressures
        .iter()
        .filter_map(|observation| match &observation.reading.measured {
            Measured::BloodPressure(pressure) => Some(pressure.systolic_mmhg),
            Measured::Glucose(_) => None,
        })
        .collect();
    if values.len() < 2 {
        return None;
    }
    let age = goals::age(person.birth_date, when.today());
    let goal = goals::pressure(person.hypertension, age).map(|goal| goal.systolic);
    let id = format!("sp{}", person.id);
    let title = t.with1("people-spark-of", "name", &person.name);
    let input = Sparkline {
        id: &id,
        title: &title,
        values: &values,
        goal: goal.unwrap_or_default(),
        scale: Scale::SYSTOLIC,
        places: 0,
    };
    Some(sparkline(&input, &t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, Presence::NotThisWeek)]
    #[case(Some(599), Presence::NotThisWeek)]
    #[case(Some(600), Presence::ThisWeek)]
    #[case(Some(601), Presence::ThisWeek)]
    #[case(Some(999), Presence::ThisWeek)]
    #[case(Some(1_000), Presence::Today)]
    #[case(Some(5_000), Presence::Today)]
    fn presence(#[case] last: Option<i64>, #[case] expected: Presence) {
        let at = |s| Moment::from_second(s).unwrap();
        assert_eq!(Presence::of(last.map(at), at(1_000), at(600)), expected);
    }
}
