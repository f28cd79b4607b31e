//! The goal band behind a picture, until a person's own targets and the rules are there: the national
//! default by age, for what is registered only. Nothing registered: no limit, no opinion.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::charts::{Band, GlucoseGoals, PressureGoal};
use crate::journal::Limits;

/// 国家基本公共卫生服务规范（第三版）, 2017, 高血压患者健康管理服务规范: controlled is below 140/90 mmHg, from
/// 65 years on below 150/90 mmHg.
const SYSTOLIC_MMHG: i64 = 140;
const SYSTOLIC_FROM_65_MMHG: i64 = 150;
const DIASTOLIC_MMHG: i64 = 90;
const OLDER_FROM_YEARS: i16 = 65;

/// Whole years on `today`.
pub fn age(birth: Date, today: Date) -> i16 {
    let had_birthday = (today.month(), today.day()) >= (birth.month(), birth.day());
    today.year() - birth.year() - i16::from(!had_birthday)
}

/// The national blood-pressure goal of a registered person.
pub fn pressure(hypertension: bool, age: i16) -> Option<PressureGoal> {
    let systolic = if age >= OLDER_FROM_YEARS {
        SYSTOLIC_FROM_65_MMHG
    } else {
        SYSTOLIC_MMHG
    };
    hypertension.then(|| PressureGoal {
        systolic: Band::below(Decimal::from(systolic)),
        diastolic: Band::below(Decimal::from(DIASTOLIC_MMHG)),
    })
}

/// The national glucose goals of a registered person: same standard, 2型糖尿病患者健康管理服务规范: fasting
/// below 7.0 mmol/L; any other time below 10.0 mmol/L (中国2型糖尿病防治指南, 2020, table of targets).
pub fn glucose(diabetes: bool) -> GlucoseGoals {
    if !diabetes {
        return GlucoseGoals::default();
    }
    GlucoseGoals {
        fasting: Band::below(Decimal::new(70, 1)),
        other: Band::below(Decimal::new(100, 1)),
    }
}

/// A doctor's own limits beat the standard's, each where it was set.
pub fn personal_pressure(limits: &Limits, standard: Option<PressureGoal>) -> Option<PressureGoal> {
    let open = Band::default();
    let band = |own: Option<Decimal>, of: fn(&PressureGoal) -> Band| match own {
        Some(limit) => Band::below(limit),
        None => standard.as_ref().map_or(open, of),
    };
    let goal = PressureGoal {
        systolic: band(limits.systolic_mmhg, |goal| goal.systolic),
        diastolic: band(limits.diastolic_mmhg, |goal| goal.diastolic),
    };
    (goal.systolic != open || goal.diastolic != open).then_some(goal)
}

/// As [`personal_pressure`], for glucose.
pub fn personal_glucose(limits: &Limits, standard: GlucoseGoals) -> GlucoseGoals {
    GlucoseGoals {
        fasting: limits.fasting_mmol_l.map_or(standard.fasting, Band::below),
        other: limits.other_mmol_l.map_or(standard.other, Band::below),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn age_counts_birthdays() {
        let born = date(1960, 2, 29);
        assert_eq!(age(born, date(2025, 2, 28)), 64);
        assert_eq!(age(born, date(2025, 3, 1)), 65);
        assert_eq!(age(born, date(2026, 2, 28)), 65);
    }

    #[test]
    fn the_limit_depends_on_age_and_register() {
        let high = |age| pressure(true, age).unwrap().systolic.high;
        assert_eq!(high(64), Some(140.into()));
        assert_eq!(high(65), Some(150.into()));
        assert_eq!(high(66), Some(150.into()));
        assert_eq!(pressure(false, 80), None);
        assert_eq!(glucose(false), GlucoseGoals::default());
        let own = Limits {
            diastolic_mmhg: Some(80.into()),
            ..Limits::default()
        };
        let goal = personal_pressure(&own, pressure(true, 70)).unwrap();
        assert_eq!(
            (goal.systolic.high, goal.diastolic.high),
            (Some(150.into()), Some(80.into()))
        );
        let goal = personal_pressure(&own, None).unwrap();
        assert_eq!(
            (goal.systolic.high, goal.diastolic.high),
            (None, Some(80.into()))
        );
        assert_eq!(personal_pressure(&Limits::default(), None), None);
        assert_eq!(glucose(true).fasting.high, Some(Decimal::new(70, 1)));
    }
}
