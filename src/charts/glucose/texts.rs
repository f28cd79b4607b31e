//! The texts around the picture.

use jiff::tz::TimeZone;

use crate::charts::period::Period;
use crate::charts::summary::{self, shown_range};
use crate::charts::{TABLE_ROWS_MAX, Table};
use crate::vitals::Meal;
use crate::words::Words;

use super::placed::{MARKS, Placed};
use super::{GlucoseGoals, GlucosePoint};

/// A meal's name.
pub(in crate::charts) fn meal_name(meal: Meal, words: &Words) -> String {
    words.word("meal", meal.word())
}

pub(in crate::charts) fn meal_legend(placed: &[Placed<'_>], words: &Words) -> Vec<String> {
    MARKS
        .into_iter()
        .filter(|mark| placed.iter().any(|p| p.mark == *mark))
        .map(|mark| words.say(mark.legend()))
        .collect()
}

/// "色带：目标 空腹 低于 7.0、其余 低于 10.0".
pub(in crate::charts) fn goal_legend(goals: &GlucoseGoals, words: &Words) -> Option<String> {
    let parts: Vec<String> = [
        (goals.fasting, "meal-fasting"),
        (goals.other, "chart-other-meals"),
    ]
    .into_iter()
    .filter_map(|(band, key)| Some(format!("{} {}", words.say(key), band.text(1, words)?)))
    .collect();
    if parts.is_empty() {
        return None;
    }
    let goal = parts.join(&words.say("chart-list-separator"));
    Some(words.with("chart-legend-goal", [("goal", goal.into())]))
}

/// What the picture shows, in one sentence: readings, and the range of each meal.
pub(in crate::charts) fn description(
    points: &[GlucosePoint],
    period: &Period,
    zone: &TimeZone,
    goals: &GlucoseGoals,
    words: &Words,
) -> String {
    let all = summary::glucose(points, &Meal::ALL, period, zone, goals, 1);
    if all.n == 0 {
        return words.say("chart-nothing");
    }
    let ranges: Vec<String> = Meal::ALL
        .into_iter()
        .map(|meal| {
            (
                meal,
                summary::glucose(points, &[meal], period, zone, goals, 1),
            )
        })
        .filter(|(_, s)| s.n > 0)
        .map(|(meal, s)| {
            let low = (s.low > 0).then(|| format!("LO × {}", s.low));
            let high = (s.high > 0).then(|| format!("HI × {}", s.high));
            let parts: Vec<String> = [s.extremes.map(|e| shown_range(e, 1)), low, high]
                .into_iter()
                .flatten()
                .collect();
            words.with(
                "chart-meal-range",
                [
                    ("meal", meal_name(meal, words).into()),
                    ("n", s.n.into()),
                    ("range", parts.join(", ").into()),
                ],
            )
        })
        .collect();
    words.with(
        "chart-glucose-description",
        [
            ("n", all.n.into()),
            ("days", all.days.into()),
            (
                "ranges",
                ranges.join(&words.say("chart-list-separator")).into(),
            ),
        ],
    )
}

pub(in crate::charts) fn table(placed: &[Placed<'_>], words: &Words) -> Table {
    Table {
        head: [
            "chart-column-time",
            "chart-column-glucose",
            "chart-column-meal",
        ]
        .map(|key| words.say(key))
        .to_vec(),
        rows: placed
            .iter()
            .rev()
            .take(TABLE_ROWS_MAX)
            .map(|p| {
                let meal = meal_name(p.point.meal, words);
                vec![p.when.text(words), p.point.sugar.shown(), meal]
            })
            .collect(),
        left_out: placed.len().saturating_sub(TABLE_ROWS_MAX),
    }
}
