//! The texts around the picture.

use crate::charts::summary::{Known, PressureSummary, shown, shown_range};
use crate::charts::trend::Bucket;
use crate::charts::{TABLE_ROWS_MAX, Table};
use crate::words::Words;

use super::placed::{Placed, pair};
use super::{DeviceShape, EventKind, PressureGoal, PressureTrend};

pub(in crate::charts) fn description(whole: &PressureSummary, words: &Words) -> String {
    let (Some(systolic), Some(diastolic)) = (whole.systolic, whole.diastolic) else {
        return words.say("chart-nothing");
    };
    let mean = match whole.mean {
        Known::Value(m) => {
            format!(
                "{}/{}",
                shown(m.systolic_mmhg, 0),
                shown(m.diastolic_mmhg, 0)
            )
        }
        Known::TooFew { have, need } => words.with(
            "chart-too-few-for-mean",
            [("have", have.into()), ("need", need.into())],
        ),
    };
    words.with(
        "chart-pressure-description",
        [
            ("n", whole.n.into()),
            ("days", whole.days.into()),
            ("systolic", shown_range(systolic, 0).into()),
            ("diastolic", shown_range(diastolic, 0).into()),
            ("mean", mean.into()),
        ],
    )
}

pub(super) fn legend(
    input: &PressureTrend<'_>,
    placed: &[Placed<'_>],
    dense: bool,
    bucket: Bucket,
    has_mean: bool,
    words: &Words,
) -> Vec<String> {
    let plain = |key| words.say(key);
    let mut legend = Vec::new();
    if dense {
        legend.push(plain("chart-legend-range"));
    } else if !placed.is_empty() {
        legend.push(plain("chart-legend-morning"));
        legend.push(plain("chart-legend-afternoon"));
        if placed.iter().any(|p| p.point.device == DeviceShape::Other) {
            legend.push(plain("chart-legend-second-device"));
        }
    }
    if placed.len() > 1 {
        legend.push(plain(bucket.legend()));
    }
    if has_mean {
        let days = input.mean_days.clamp(1, input.period.days().max(1));
        legend.push(words.with("chart-legend-mean", [("days", days.into())]));
    }
    legend.extend(goal_legend(input.goal.as_ref(), words));
    for (kind, key) in [
        (EventKind::Visit, "chart-legend-visit"),
        (EventKind::MedicineChange, "chart-legend-medicine"),
        (EventKind::Call, "chart-legend-call"),
    ] {
        if input
            .events
            .iter()
            .any(|e| e.kind == kind && input.period.contains(e.at))
        {
            legend.push(plain(key));
        }
    }
    legend
}

pub(in crate::charts) fn table(placed: &[Placed<'_>], words: &Words) -> Table {
    Table {
        head: vec![
            words.say("chart-column-time"),
            words.say("chart-column-pressure"),
        ],
        rows: placed
            .iter()
            .rev()
            .take(TABLE_ROWS_MAX)
            .map(|p| vec![p.when.text(words), pair(p.point)])
            .collect(),
        left_out: placed.len().saturating_sub(TABLE_ROWS_MAX),
    }
}

/// "色带：目标 130–150 / 70–90".
pub(in crate::charts) fn goal_legend(goal: Option<&PressureGoal>, words: &Words) -> Option<String> {
    let goal = goal?;
    let bands = [&goal.systolic, &goal.diastolic];
    let parts: Vec<String> = bands.iter().filter_map(|b| b.text(0, words)).collect();
    if parts.is_empty() {
        return None;
    }
    Some(words.with1("chart-legend-goal", "goal", parts.join(" / ")))
}
