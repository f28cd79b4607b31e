//! The result of a sitting: the numbers, last time, and a small trend.

use super::face::{Body, MealChoice, Shown};
use crate::charts::summary::shown;
use crate::charts::{Band, Scale, Sparkline, sparkline};
use crate::pipeline::chair_reading::{PressureMean, mean_of, means_of};
use crate::vitals::{GlucoseValue, Meal};
use crate::web::ask::Ask;
use crate::web::pages::when::When;
use crate::web::view::InChair;
use crate::words::Words;

/// How many earlier sittings are drawn.
const TREND: usize = 8;

pub(super) fn pressure_result(ask: &Ask, chair: &InChair) -> Body {
    let t = ask.words;
    let when = When::of(ask);
    let earlier = means_of(&chair.earlier);
    let mean = mean_of(&chair.readings);
    let trend = trend(t, &earlier, mean.as_ref());
    let last = earlier.last().map(|last| {
        let civil = when.zone.to_datetime(last.at);
        t.with(
            "kiosk-last",
            [
                ("day", t.near_day(civil.date(), when.today()).into()),
                ("systolic", shown(last.systolic_mmhg, 0).into()),
                ("diastolic", shown(last.diastolic_mmhg, 0).into()),
            ],
        )
    });
    let aloud = mean.as_ref().map_or_else(String::new, |mean| {
        t.with(
            "kiosk-aloud-pressure",
            [
                ("systolic", shown(mean.systolic_mmhg, 0).into()),
                ("diastolic", shown(mean.diastolic_mmhg, 0).into()),
            ],
        )
    });
    Body::Pressure {
        name: chair.person.name.clone(),
        of: mean.as_ref().map_or_else(String::new, |mean| {
            t.with1("kiosk-mean-of", "count", mean.of)
        }),
        mean: mean.map(|mean| Shown {
            systolic: shown(mean.systolic_mmhg, 0),
            diastolic: shown(mean.diastolic_mmhg, 0),
            pulse: mean.pulse_bpm.map(|pulse| shown(pulse, 0)),
        }),
        last,
        trend,
        aloud,
    }
}

fn trend(t: Words, earlier: &[PressureMean], now: Option<&PressureMean>) -> Option<String> {
    let mut values: Vec<_> = earlier
        .iter()
        .chain(now)
        .map(|mean| mean.systolic_mmhg)
        .collect();
    if values.len() < 3 {
        return None;
    }
    values.drain(..values.len().saturating_sub(TREND));
    let title = t.say("kiosk-trend");
    Some(sparkline(
        &Sparkline {
            id: "trend",
            title: &title,
            values: &values,
            goal: Band::default(),
            scale: Scale::SYSTOLIC,
            places: 0,
        },
        &t,
    ))
}

pub(super) fn glucose_result(ask: &Ask, chair: &InChair, value: &GlucoseValue, meal: Meal) -> Body {
    let t = ask.words;
    let (text, number) = match value {
        GlucoseValue::MmolL(value) => (shown(*value, 1), true),
        GlucoseValue::Low => (t.say("kiosk-glucose-low"), false),
        GlucoseValue::High => (t.say("kiosk-glucose-high"), false),
    };
    let offered = [
        Meal::Fasting,
        Meal::Before,
        Meal::After,
        Meal::Bedtime,
        Meal::Unknown,
    ];
    Body::Glucose {
        name: chair.person.name.clone(),
        aloud: t.with1("kiosk-aloud-value", "value", &text),
        value: text,
        number,
        meals: offered
            .into_iter()
            .map(|offer| MealChoice {
                word: offer.word(),
                text: t.word("kiosk-meal", offer.word()),
                chosen: offer == meal && meal != Meal::Unknown,
            })
            .collect(),
    }
}
