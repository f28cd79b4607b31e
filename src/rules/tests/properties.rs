//! What must hold for every record, not only for the cases somebody thought of.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::vitals::{Mark, Meal, Moment, Posture};

const NOW_S: i64 = 1_776_127_200; // 2026-04-14T08:40:00+08:00

fn now() -> Now {
    Now {
        at: Moment::from_second(NOW_S).expect("a moment"),
        offset: jiff::tz::Offset::constant(8),
    }
}

fn person() -> Person {
    Person {
        age_years: 72,
        hypertension: true,
        diabetes: true,
        atrial_fibrillation: false,
        risk_drug: true,
        target_sbp_mmhg: None,
        target_dbp_mmhg: None,
        bp_profile: None,
        glucose_profile: Some("cn_elder_2024".into()),
        health: Some(Health::Intermediate),
    }
}

/// Moments that crowd near now and spread over five weeks, on whole minutes so that ties happen.
fn ages_min() -> impl Strategy<Value = i64> {
    prop_oneof![
        -8i64..70,
        0i64..(35 * 1440),
        (0i64..30).prop_map(|d| d * 1440)
    ]
}

fn pressure() -> impl Strategy<Value = PressureReading> {
    let marks = prop_oneof![
        6 => Just(BTreeSet::new()),
        1 => Just(BTreeSet::from([Mark::CuffLoose])),
        1 => Just(BTreeSet::from([Mark::IrregularPulse])),
        1 => Just(BTreeSet::from([Mark::PulseRange])),
        1 => Just(BTreeSet::from([Mark::MaybeDouble])),
    ];
    let posture = prop_oneof![6 => Just(Posture::Sitting), 1 => Just(Posture::Lying), 2 => Just(Posture::Standing)];
    (
        ages_min(),
        80i64..200,
        40i64..120,
        prop::option::of(35i64..150),
        marks,
        posture,
    )
        .prop_map(
            |(age_min, sbp, dbp, pulse, marks, posture)| PressureReading {
                id: 0,
                taken_at: Moment::from_second(NOW_S - age_min * 60).expect("a moment"),
                time_usable: true,
                device: "cuff".into(),
                sbp_mmhg: Decimal::from(sbp),
                dbp_mmhg: Decimal::from(dbp),
                map_mmhg: None,
                pulse_bpm: pulse.map(Decimal::from),
                posture,
                marks,
                range: None,
            },
        )
}

fn glucose() -> impl Strategy<Value = GlucoseReading> {
    let shown = prop_oneof![
        8 => (11i64..334).prop_map(|tenths| GlucoseShown::Number {
            value: Decimal::new(tenths, 1),
            unit: Some(GlucoseUnit::MmolPerL),
        }),
        1 => Just(GlucoseShown::Low),
        1 => Just(GlucoseShown::High),
    ];
    (
        ages_min(),
        shown,
        prop::sample::select(Meal::ALL.to_vec()),
        any::<bool>(),
    )
        .prop_map(|(age_min, shown, meal, retest)| GlucoseReading {
            id: 0,
            taken_at: Moment::from_second(NOW_S - age_min * 60).expect("a moment"),
            time_usable: true,
            device: "meter".into(),
            shown,
            meal,
            control: false,
            retest,
            range: None,
        })
}

fn record() -> impl Strategy<Value = Record> {
    (
        prop::collection::vec(pressure(), 0..30),
        prop::collection::vec(glucose(), 0..20),
        prop::collection::vec(ages_min(), 0..3),
        prop::sample::subsequence(
            vec![
                "syncope",
                "severe_headache",
                "cannot_lie_flat",
                "not_eating",
            ],
            0..2,
        ),
    )
        .prop_map(|(mut pressures, mut glucose, meals, signs)| {
            for (id, reading) in (1i64..).zip(&mut pressures) {
                reading.id = id;
            }
            for (id, reading) in (1001i64..).zip(&mut glucose) {
                reading.id = id;
            }
            Record {
                pressures,
                glucose,
                meals: meals
                    .into_iter()
                    .map(|m| Moment::from_second(NOW_S - m * 60).expect("a moment"))
                    .collect(),
                signs: signs.into_iter().map(str::to_owned).collect(),
                ..Record::of(person())
            }
        })
}

/// A record and the same one with its lists in another order.
fn shuffled() -> impl Strategy<Value = (Record, Record)> {
    record().prop_flat_map(|record| {
        let original = record.clone();
        (
            Just(record.pressures).prop_shuffle(),
            Just(record.glucose).prop_shuffle(),
            Just(record.meals).prop_shuffle(),
        )
            .prop_map(move |(pressures, glucose, meals)| {
                let other = Record {
                    pressures,
                    glucose,
                    meals,
                    ..original.clone()
                };
                (original.clone(), other)
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Readings come late, forwarded, replayed: what stands does not depend on the order they came in.
    #[test]
    fn arrival_order_never_matters((one, other) in shuffled()) {
        let (a, b) = (judge(table(), &one, now()), judge(table(), &other, now()));
        prop_assert_eq!(&a.facts, &b.facts);
        prop_assert_eq!(&a.stands, &b.stands);
        prop_assert_eq!(&a.waiting, &b.waiting);
        prop_assert_eq!(a.recheck_at, b.recheck_at);
        prop_assert_eq!(&a.prompts, &b.prompts);
        let ids = |j: &Judgement| j.findings.iter().map(|f| f.rule.clone()).collect::<Vec<_>>();
        prop_assert_eq!(ids(&a), ids(&b));
    }

    /// A reading that arrives twice changes nothing.
    #[test]
    fn a_copy_never_matters(record in record(), which in any::<prop::sample::Index>()) {
        let mut twice = record.clone();
        if !twice.pressures.is_empty() {
            let copy = twice.pressures[which.index(twice.pressures.len())].clone();
            twice.pressures.push(copy);
        }
        if !twice.glucose.is_empty() {
            let copy = twice.glucose[which.index(twice.glucose.len())].clone();
            twice.glucose.push(copy);
        }
        let (a, b) = (judge(table(), &record, now()), judge(table(), &twice, now()));
        prop_assert_eq!(a.facts, b.facts);
        prop_assert_eq!(a.stands, b.stands);
        prop_assert_eq!(a.refused_pressures, b.refused_pressures);
    }

    /// The shared cuff: whatever others measure, between and at the same minutes, a person's judgement
    /// is made from that person's readings alone.
    #[test]
    fn another_persons_readings_never_matter(
        all in prop::collection::vec((any::<bool>(), pressure()), 0..40),
    ) {
        // One cuff's memory, two people: each record is cut from it by who was in the chair.
        let cut = |mine: bool| {
            let of_person = all.iter().filter(|(whose, _)| *whose == mine);
            let pressures = of_person.map(|(_, reading)| reading.clone()).collect();
            Record { pressures, ..Record::of(person()) }
        };
        let alone = judge(table(), &cut(true), now());
        // Judging the other one in between leaves nothing behind.
        let _ = judge(table(), &cut(false), now());
        prop_assert_eq!(alone, judge(table(), &cut(true), now()));
    }

    /// A judgement as of a moment does not know what was measured after it (beyond clock slack).
    #[test]
    fn the_future_never_matters(record in record(), later in prop::collection::vec(pressure(), 0..5)) {
        let clean = |refused: &[(i64, Refusal)]| {
            refused.iter().filter(|(_, r)| *r != Refusal::TimeUnusable).count()
        };
        let mut with = record.clone();
        for mut reading in later {
            let ahead_s = 6 * 60 + (NOW_S - reading.taken_at.as_second()).abs();
            reading.taken_at = Moment::from_second(NOW_S + ahead_s).expect("a moment");
            with.pressures.push(reading);
        }
        let (a, b) = (judge(table(), &record, now()), judge(table(), &with, now()));
        prop_assert_eq!(&a.facts, &b.facts);
        prop_assert_eq!(&a.stands, &b.stands);
        prop_assert_eq!(a.glucose_mmol, b.glucose_mmol);
        // An impossible pressure from the future may be refused for being impossible.
        prop_assert!(clean(&b.refused_pressures) >= clean(&a.refused_pressures));
    }

    /// At most one flag per group, and the reported one is of the highest tier that stands.
    #[test]
    fn one_flag_per_group(record in record()) {
        let judgement = judge(table(), &record, now());
        let groups: BTreeSet<&str> = judgement.findings.iter().map(|f| f.group.as_str()).collect();
        prop_assert_eq!(groups.len(), judgement.findings.len());
        for finding in &judgement.findings {
            let best = judgement.stands.iter()
                .filter_map(|id| table().rule(id))
                .filter(|r| r.group == finding.group)
                .map(|r| r.tier)
                .min();
            prop_assert_eq!(best, Some(finding.tier));
        }
    }

    /// A waiting rule says when to look again, and by then it is confirmed or was answered.
    #[test]
    fn a_wait_ends(record in record()) {
        let judgement = judge(table(), &record, now());
        if let Some(at) = judgement.recheck_at {
            prop_assert!(at > now().at);
            let then = judge(table(), &record, Now { at, ..now() });
            prop_assert!(then.recheck_at.is_none_or(|next| next > at));
        }
    }

    /// Half up, exactly: never to even, never by a binary hair.
    #[test]
    fn rounding_is_half_up(halves in 0i64..10_000, tenths in 0i64..10_000) {
        // n + 1/2 goes up, everything nearer stays.
        let tie = Decimal::new(halves * 10 + 5, 1);
        prop_assert_eq!(round_half_up(tie, 0), Decimal::from(halves + 1));
        prop_assert_eq!(round_half_up(tie - Decimal::new(1, 9), 0), Decimal::from(halves));
        let tie = Decimal::new(tenths * 10 + 5, 2);
        prop_assert_eq!(round_half_up(tie, 1), Decimal::new(tenths + 1, 1));
    }

    /// A mean of means is a tie exactly when the rational number is one.
    #[test]
    fn a_mean_of_means_rounds_like_the_fraction(
        days in prop::collection::vec(prop::collection::vec(60i64..220, 1..8), 1..15),
    ) {
        let of_days = days.iter().map(|d| super::record::mean(d.iter().map(|v| Decimal::from(*v))));
        let mean = super::record::mean(of_days.flatten()).expect("a day");
        // The same as one fraction: sum of (day sum / day n), over the number of days.
        let common: i128 = 840; // lcm of 1..=7
        let sum: i128 = days.iter()
            .map(|d| i128::from(d.iter().sum::<i64>()) * common / d.len() as i128)
            .sum();
        let (numerator, denominator) = (sum, common * days.len() as i128);
        let half_up = (2 * numerator + denominator).div_euclid(2 * denominator);
        prop_assert_eq!(round_half_up(mean, 0), Decimal::from(half_up as i64));
    }

    /// No text of a condition makes the reader of rule files panic.
    #[test]
    fn any_condition_is_read_or_refused(when in "[a-z0-9 .()&|!<>=\"'\\[\\]{}?:+*/%-]{0,60}") {
        let mut files = shipped();
        let quoted = when.replace('\\', "\\\\").replace('"', "\\\"");
        for (name, text) in &mut files {
            if name == "care.toml" {
                *text = text.replace("care.open_referral_days > 14", &quoted);
            }
        }
        let _ = RuleTable::load(&files);
    }
}

/// Days of three, six and six sessions whose mean is 67.5: the tie that plain decimals lose.
#[test]
fn a_tie_of_thirds_and_sixths_goes_up() {
    let day = |sum: i64, n: i64| Decimal::from(sum) / Decimal::from(n);
    let mean = (day(301, 3) + day(302, 6) + day(311, 6)) / Decimal::from(3);
    assert!(
        mean < Decimal::new(675, 1),
        "the decimal itself is short of the half: {mean}"
    );
    assert_eq!(round_half_up(mean, 0), Decimal::from(68));
}

#[test]
fn quiet_hours_pass_midnight() {
    let quiet = table().quiet;
    let at = |h, m| jiff::civil::time(h, m, 0, 0);
    assert!(!quiet.hold(at(20, 59)));
    assert!(quiet.hold(at(21, 0)));
    assert!(quiet.hold(at(0, 0)));
    assert!(quiet.hold(at(7, 59)));
    assert!(!quiet.hold(at(8, 0)));
    assert!(!quiet.hold(at(12, 0)));
}

#[test]
fn place_limits_are_reached_at_the_limit() {
    use crate::vitals::{BloodPressure, Glucose, GlucoseValue, Measured, Specimen};
    let place = &table().place;
    let bp = |s: i64, d: i64| {
        place.reached(&Measured::BloodPressure(BloodPressure {
            systolic_mmhg: Decimal::from(s),
            diastolic_mmhg: Decimal::from(d),
            map_mmhg: None,
            pulse_bpm: None,
        }))
    };
    assert_eq!(bp(179, 109), None);
    assert_eq!(bp(180, 90), Some(PlaceAlarm::SystolicHigh));
    assert_eq!(bp(150, 110), Some(PlaceAlarm::DiastolicHigh));
    assert_eq!(bp(91, 60), None);
    assert_eq!(bp(90, 60), Some(PlaceAlarm::SystolicLow));
    let glucose = |value, specimen| {
        place.reached(&Measured::Glucose(Glucose {
            value,
            meal: Meal::Unknown,
            specimen,
        }))
    };
    let mmol = |hundredths| {
        glucose(
            GlucoseValue::MmolL(Decimal::new(hundredths, 2)),
            Specimen::Blood,
        )
    };
    assert_eq!(mmol(394), Some(PlaceAlarm::GlucoseLow));
    assert_eq!(mmol(395), None);
    assert_eq!(mmol(1664), None);
    assert_eq!(mmol(1665), Some(PlaceAlarm::GlucoseHigh));
    assert_eq!(
        glucose(GlucoseValue::Low, Specimen::Blood),
        Some(PlaceAlarm::MeterLow)
    );
    assert_eq!(
        glucose(GlucoseValue::High, Specimen::Blood),
        Some(PlaceAlarm::MeterHigh)
    );
    assert_eq!(glucose(GlucoseValue::Low, Specimen::Control), None);
}

#[test]
fn the_table_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(table());
}

#[test]
fn every_fact_belongs_to_a_group_and_every_computed_one_to_the_catalogue() {
    for entry in CATALOGUE {
        let group = super::cel::group_of(entry.path);
        assert!(super::facts::GROUPS.contains(&group), "{}", entry.path);
        assert!(
            !entry.meaning.is_empty() && !entry.source.is_empty(),
            "{}",
            entry.path
        );
    }
    let text = include_str!("../../../tests/cases/glucose_high.toml");
    assert!(judge_cases(table(), text).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Every fact a record gives is in the catalogue, of its kind.
    #[test]
    fn facts_are_of_their_kind(record in record()) {
        for (path, value) in judge(table(), &record, now()).facts.iter() {
            let kind = match value {
                FactValue::Truth(_) => FactKind::Truth,
                FactValue::Count(_) => FactKind::Count,
                FactValue::Measure(_) => FactKind::Measure,
            };
            let entry = CATALOGUE.iter().find(|e| e.path == path);
            let single = path.strip_prefix("signs.").is_some_and(|w| table().signs.single.iter().any(|s| s == w));
            prop_assert!(entry.is_some_and(|e| e.kind == kind) || (single && kind == FactKind::Truth), "{}", path);
        }
    }
}
