//! Somebody else in the chair: the same claim, another body.

use super::body::{Circumstance, glucose_mmol_l, pressure};
use super::calendar::wall_clock;
use super::measurement::{Measurement, Shown, TrueValue};
use super::person::Person;
use super::township::Township;

/// The measurement as it is when the next person of the centre's roster is measured instead.
/// Control solution stays what it is.
pub fn somebody_else(township: &Township, planned: &Measurement) -> Measurement {
    let Some(expected) = planned.person else {
        return *planned;
    };
    let other = next_in_roster(township, township.person(expected));
    let taken = wall_clock(planned.taken_at);
    let second =
        i64::from(taken.hour()) * 3600 + i64::from(taken.minute()) * 60 + i64::from(taken.second());
    let (truth, shown) = match planned.shown {
        Shown::Pressure {
            irregular,
            movement,
            loose,
            ..
        } => {
            let circumstance = Circumstance {
                nth: 1,
                at_home: false,
            };
            let truth = pressure(other, township.seed, taken.date(), second, circumstance);
            let shown = Shown::Pressure {
                sys_mmhg: truth.sys_mmhg.round() as i32,
                dia_mmhg: truth.dia_mmhg.round() as i32,
                pulse_bpm: truth.pulse_bpm.round() as i32,
                irregular,
                movement,
                loose,
            };
            (TrueValue::Pressure(truth), shown)
        }
        Shown::Glucose { meal, control, .. } => {
            let fasting = meal == crate::vitals::Meal::Fasting;
            let mmol_l = glucose_mmol_l(other, township.seed, taken.date(), second, fasting);
            let tenths = (mmol_l * 10.0).round() as i32;
            (
                TrueValue::GlucoseMmolL(mmol_l),
                Shown::Glucose {
                    tenths,
                    meal,
                    control,
                },
            )
        }
    };
    Measurement {
        person: Some(other.ix),
        truth,
        shown,
        ..*planned
    }
}

fn next_in_roster<'a>(township: &'a Township, person: &'a Person) -> &'a Person {
    let after = |other: &&Person| other.ix > person.ix;
    township
        .persons_of(person.centre)
        .find(after)
        .or_else(|| township.persons_of(person.centre).next())
        .unwrap_or(person)
}
