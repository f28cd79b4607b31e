//! The measuring protocol: whether a chair asks for another blood pressure, and when.

use super::admit::pressures;
use super::record::{Now, PressureReading};
use super::session::Session;
use super::table::RuleTable;
use crate::vitals::{Mark, Posture};

/// Most readings one check-in asks for, seated: what is still suspect then needs staff, not patience.
pub const SEATED_MOST: usize = 4;
/// Standing readings are taken this long after standing up, seconds (Chinese guideline for hypertension,
/// 2024: one and three minutes).
pub const STANDING_AFTER_S: [i64; 2] = [60, 180];

/// What the protocol asks for after the readings of one check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing more.
    Enough,
    /// Another seated reading, not before so many seconds after the last.
    Seated { after_s: i64 },
    /// Stand up; a standing reading so many seconds after the last.
    Standing { after_s: i64 },
}

/// What to ask for after these blood pressures of one check-in, in order of time.
///
/// Two clean ones about a minute apart; a third when they differ by more than the table's limit
/// (10 mmHg) or when the cuff marked an irregular pulse; another for each that is suspect. Then, where the
/// plan asks for it, standing after one and three minutes.
pub fn repeat(
    readings: &[PressureReading],
    standing_planned: bool,
    table: &RuleTable,
    now: Now,
) -> Repeat {
    let params = &table.params;
    let sorted = pressures(readings, now, params, &table.device_default, &table.suspect);
    let seated = sorted.seated.len();
    let irregular = sorted
        .seated
        .iter()
        .any(|r| r.marks.contains(&Mark::IrregularPulse));
    let session = Session {
        readings: sorted.seated,
    };
    let wanted = if irregular || session.two_that_differ(params.third_if_diff_mmhg) {
        3
    } else {
        2
    };
    let standing = readings.len().saturating_sub(seated_count(readings));
    if standing == 0 && seated < wanted && readings.len() < SEATED_MOST {
        return Repeat::Seated {
            after_s: params.remeasure_after_s,
        };
    }
    let [first, second] = STANDING_AFTER_S;
    match (standing_planned && seated > 0, standing) {
        (true, 0) => Repeat::Standing { after_s: first },
        (true, 1) => Repeat::Standing {
            after_s: second - first,
        },
        _ => Repeat::Enough,
    }
}

/// The clean seated readings of one check-in as one session; `None` when all of them are suspect.
pub fn seated_session<'a>(
    readings: &'a [PressureReading],
    table: &RuleTable,
    now: Now,
) -> Option<Session<'a>> {
    let sorted = pressures(
        readings,
        now,
        &table.params,
        &table.device_default,
        &table.suspect,
    );
    (!sorted.seated.is_empty()).then_some(Session {
        readings: sorted.seated,
    })
}

fn seated_count(readings: &[PressureReading]) -> usize {
    readings
        .iter()
        .filter(|r| r.posture != Posture::Standing)
        .count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rust_decimal::Decimal;

    use super::*;
    use crate::rules::shipped;
    use crate::vitals::Moment;

    fn table() -> RuleTable {
        RuleTable::load(&shipped()).unwrap()
    }

    fn at(second: i64) -> Moment {
        Moment::from_second(1_790_000_000 + second).unwrap()
    }

    /// One reading a minute, by systolic pressure, mark and posture.
    fn readings(of: &[(i64, Option<Mark>, Posture)]) -> Vec<PressureReading> {
        of.iter()
            .zip(0..)
            .map(|((sbp, mark, posture), nth)| PressureReading {
                id: nth,
                taken_at: at(60 * nth),
                time_usable: true,
                device: "cuff-1".into(),
                sbp_mmhg: Decimal::from(*sbp),
                dbp_mmhg: Decimal::from(80),
                map_mmhg: None,
                pulse_bpm: None,
                posture: *posture,
                marks: mark.iter().copied().collect::<BTreeSet<_>>(),
                range: None,
            })
            .collect()
    }

    fn asked(of: &[(i64, Option<Mark>, Posture)], standing: bool) -> Repeat {
        let now = Now {
            at: at(600),
            offset: jiff::tz::Offset::UTC,
        };
        repeat(&readings(of), standing, &table(), now)
    }

    const SIT: Posture = Posture::Sitting;
    const STAND: Posture = Posture::Standing;
    const AGAIN: Repeat = Repeat::Seated { after_s: 60 };

    #[test]
    fn two_readings_and_a_third_when_they_differ_by_more_than_ten() {
        assert_eq!(asked(&[(140, None, SIT)], false), AGAIN);
        for (second, expected) in [(149, Repeat::Enough), (150, Repeat::Enough), (151, AGAIN)] {
            let two = [(140, None, SIT), (second, None, SIT)];
            assert_eq!(asked(&two, false), expected, "{second}");
        }
        let three = [(140, None, SIT), (160, None, SIT), (180, None, SIT)];
        assert_eq!(asked(&three, false), Repeat::Enough);
    }

    #[test]
    fn an_irregular_pulse_asks_for_three() {
        let mark = Some(Mark::IrregularPulse);
        assert_eq!(asked(&[(140, mark, SIT), (141, None, SIT)], false), AGAIN);
        let three = [(140, mark, SIT), (141, None, SIT), (142, None, SIT)];
        assert_eq!(asked(&three, false), Repeat::Enough);
    }

    #[test]
    fn a_suspect_reading_is_asked_for_again_and_not_for_ever() {
        let bad = (140, Some(Mark::BodyMovement), SIT);
        assert_eq!(asked(&[bad], false), AGAIN);
        assert_eq!(asked(&[bad, (140, None, SIT)], false), AGAIN);
        assert_eq!(asked(&[bad; 3], false), AGAIN);
        assert_eq!(asked(&[bad; 4], false), Repeat::Enough);
        // Nobody who could not be measured sitting is told to stand up.
        assert_eq!(asked(&[bad; 4], true), Repeat::Enough);
    }

    #[test]
    fn standing_after_one_and_three_minutes_where_the_plan_asks() {
        let two = vec![(140, None, SIT), (141, None, SIT)];
        assert_eq!(asked(&two, false), Repeat::Enough);
        assert_eq!(asked(&two, true), Repeat::Standing { after_s: 60 });
        let one_up = [two.clone(), vec![(120, None, STAND)]].concat();
        assert_eq!(asked(&one_up, true), Repeat::Standing { after_s: 120 });
        let two_up = [one_up, vec![(125, None, STAND)]].concat();
        assert_eq!(asked(&two_up, true), Repeat::Enough);
    }
}
