//! A person's pictures, with the figures that stand beside them.

use super::when::When;
use crate::charts::summary::{self, shown, shown_range};
use crate::charts::{
    Chart, DeviceShape, GlucoseGoals, GlucosePoint, GlucoseTrend, Known, Look, PressureGoal,
    PressurePoint, PressureTrend, Share, Sugar, Width, glucose_by_hour, glucose_over_time,
    pressure_by_hour, pressure_over_time,
};
use crate::vitals::{Meal, Measured, Observation, Specimen};
use crate::web::view::PersonRecord;
use crate::words::Words;

/// The mean bar covers the last two weeks: the window the follow-up standard looks at.
const MEAN_DAYS: i64 = 14;
/// Readings a mean needs. Fewer are shown as dots, never summed up.
const MEAN_NEEDS: usize = 6;

/// One picture with its words.
pub struct Figure {
    /// Unique on the page.
    pub id: &'static str,
    pub title: String,
    pub unit: &'static str,
    /// Stands beside another: the narrow form at any width.
    pub small: bool,
    /// `近 90 天均值 148/81`, `n=58`.
    pub summary: Vec<String>,
    pub wide: Chart,
    pub slim: Chart,
    /// Where it can be had as PNG; none for pictures that stay on their page.
    pub picture: Option<String>,
}

/// What a person's pictures are made of.
pub struct Drawing<'a> {
    pub when: &'a When,
    pub record: &'a PersonRecord,
    /// `近 90 天`.
    pub range: String,
    /// The word of the span, for addresses.
    pub days: &'a str,
    /// Title and legend drawn into the pictures: they leave their page.
    pub caption: bool,
}

/// Millimetres of mercury and millimoles per litre are written alike in both languages.
const PRESSURE_UNIT: &str = "mmHg";
const GLUCOSE_UNIT: &str = "mmol/L";

impl Drawing<'_> {
    fn words(&self) -> Words {
        self.when.t
    }

    fn title(&self, key: &str) -> String {
        let name = &self.record.person.name;
        self.words().with(
            key,
            [("name", name.into()), ("range", (&self.range).into())],
        )
    }

    fn look(&self, id: &'static str, width: Width) -> Look<'static> {
        Look {
            id,
            width,
            caption: self.caption,
        }
    }

    fn address(&self, picture: &str) -> String {
        let person = self.record.person.id;
        format!(
            "/persons/{person}/pictures/{picture}.png?days={}",
            self.days
        )
    }

    fn pressures(&self) -> Vec<PressurePoint> {
        self.record
            .pressures
            .iter()
            .filter_map(pressure_point)
            .collect()
    }

    fn glucoses(&self) -> Vec<GlucosePoint> {
        self.record
            .glucoses
            .iter()
            .filter_map(glucose_point)
            .collect()
    }

    /// Blood pressure over time.
    pub fn pressure(&self, goal: Option<PressureGoal>) -> Figure {
        let points = self.pressures();
        let title = self.title("figure-pressure-of");
        let input = self.pressure_input(&title, &points, goal);
        let draw = |width| pressure_over_time(&input, &self.look("bp", width), &self.words());
        Figure {
            id: "bp",
            title: self.words().say("kind-blood-pressure"),
            unit: PRESSURE_UNIT,
            small: false,
            summary: self.pressure_summary(&points, goal),
            wide: draw(Width::Wide),
            slim: draw(Width::Slim),
            picture: Some(self.address("pressure")),
        }
    }

    /// Blood pressure over the hours of a day.
    pub fn pressure_by_hour(&self, goal: Option<PressureGoal>) -> Figure {
        let points = self.pressures();
        let title = self.title("figure-pressure-hours-of");
        let input = self.pressure_input(&title, &points, goal);
        let draw = |width| pressure_by_hour(&input, &self.look("bph", width), &self.words());
        Figure {
            id: "bph",
            title: self.words().say("figure-pressure-hours"),
            unit: PRESSURE_UNIT,
            small: true,
            summary: Vec::new(),
            wide: draw(Width::Wide),
            slim: draw(Width::Slim),
            picture: Some(self.address("pressure-by-hour")),
        }
    }

    /// Glucose over time.
    pub fn glucose(&self, goals: GlucoseGoals) -> Figure {
        let points = self.glucoses();
        let title = self.title("figure-glucose-of");
        let input = self.glucose_input(&title, &points, goals);
        let draw = |width| glucose_over_time(&input, &self.look("gl", width), &self.words());
        Figure {
            id: "gl",
            title: self.words().say("kind-glucose"),
            unit: GLUCOSE_UNIT,
            small: false,
            summary: self.glucose_summary(&points, goals),
            wide: draw(Width::Wide),
            slim: draw(Width::Slim),
            picture: Some(self.address("glucose")),
        }
    }

    /// Glucose over the hours of a day.
    pub fn glucose_by_hour(&self, goals: GlucoseGoals) -> Figure {
        let points = self.glucoses();
        let title = self.title("figure-glucose-hours-of");
        let input = self.glucose_input(&title, &points, goals);
        let draw = |width| glucose_by_hour(&input, &self.look("glh", width), &self.words());
        Figure {
            id: "glh",
            title: self.words().say("figure-glucose-hours"),
            unit: GLUCOSE_UNIT,
            small: true,
            summary: Vec::new(),
            wide: draw(Width::Wide),
            slim: draw(Width::Slim),
            picture: Some(self.address("glucose-by-hour")),
        }
    }

    fn pressure_input<'a>(
        &'a self,
        title: &'a str,
        points: &'a [PressurePoint],
        goal: Option<PressureGoal>,
    ) -> PressureTrend<'a> {
        PressureTrend {
            title,
            points,
            period: self.record.period,
            zone: &self.when.zone,
            goal,
            mean_days: MEAN_DAYS,
            mean_needs: MEAN_NEEDS,
            closures: &[],
            events: &[],
        }
    }

    fn glucose_input<'a>(
        &'a self,
        title: &'a str,
        points: &'a [GlucosePoint],
        goals: GlucoseGoals,
    ) -> GlucoseTrend<'a> {
        GlucoseTrend {
            title,
            points,
            period: self.record.period,
            zone: &self.when.zone,
            goals,
        }
    }

    fn pressure_summary(
        &self,
        points: &[PressurePoint],
        goal: Option<PressureGoal>,
    ) -> Vec<String> {
        let t = self.words();
        let (period, zone) = (&self.record.period, &self.when.zone);
        let whole = summary::pressure(points, period, zone, goal.as_ref(), MEAN_NEEDS);
        if whole.n == 0 {
            return vec![t.say("figure-none")];
        }
        let mut summary = Vec::new();
        match whole.mean {
            Known::Value(mean) => {
                let pair = format!(
                    "{}/{}",
                    shown(mean.systolic_mmhg, 0),
                    shown(mean.diastolic_mmhg, 0)
                );
                let values = [("range", (&self.range).into()), ("value", pair.into())];
                summary.push(t.with("figure-mean", values));
            }
            Known::TooFew { have, need } => {
                let values = [("have", have.into()), ("need", need.into())];
                summary.push(t.with("chart-too-few-for-mean", values));
            }
        }
        summary.push(t.with(
            "figure-count",
            [("n", whole.n.into()), ("days", whole.days.into())],
        ));
        summary.extend(whole.in_goal.map(|share| in_goal(t, share)));
        summary.extend(
            whole
                .systolic
                .map(|range| t.with1("figure-systolic-range", "range", shown_range(range, 0))),
        );
        summary
    }

    fn glucose_summary(&self, points: &[GlucosePoint], goals: GlucoseGoals) -> Vec<String> {
        const MEALS: [(&str, &[Meal]); 4] = [
            ("fasting", &[Meal::Fasting]),
            ("before_meal", &[Meal::Before]),
            ("after_meal", &[Meal::After]),
            ("other", &[Meal::Bedtime, Meal::Casual, Meal::Unknown]),
        ];
        let t = self.words();
        let mut summary = Vec::new();
        for (word, meals) in MEALS {
            let of_meal = summary::glucose(
                points,
                meals,
                &self.record.period,
                &self.when.zone,
                &goals,
                MEAN_NEEDS,
            );
            if of_meal.n == 0 {
                continue;
            }
            let meal = ("meal", t.word("figure-meal", word).into());
            let n = ("n", of_meal.n.into());
            summary.push(match of_meal.mean {
                Known::Value(mean) => t.with(
                    "figure-meal-mean",
                    [meal, ("value", shown(mean, 1).into()), n],
                ),
                Known::TooFew { .. } => t.with("figure-meal-count", [meal, n]),
            });
            if of_meal.low + of_meal.high > 0 {
                let counts = [("low", of_meal.low.into()), ("high", of_meal.high.into())];
                summary.push(t.with("figure-out-of-range", counts));
            }
        }
        if summary.is_empty() {
            summary.push(t.say("figure-none"));
        }
        summary
    }
}

fn in_goal(t: Words, share: Share) -> String {
    t.with(
        "figure-in-goal",
        [
            ("part", share.part.into()),
            ("whole", share.whole.into()),
            ("percent", share.percent().into()),
        ],
    )
}

fn pressure_point(observation: &Observation) -> Option<PressurePoint> {
    match &observation.reading.measured {
        Measured::BloodPressure(pressure) => Some(PressurePoint {
            at: observation.taken.at,
            systolic_mmhg: pressure.systolic_mmhg,
            diastolic_mmhg: pressure.diastolic_mmhg,
            device: DeviceShape::Usual,
        }),
        Measured::Glucose(_) => None,
    }
}

fn glucose_point(observation: &Observation) -> Option<GlucosePoint> {
    match &observation.reading.measured {
        Measured::Glucose(glucose) if glucose.specimen == Specimen::Blood => Some(GlucosePoint {
            at: observation.taken.at,
            sugar: Sugar::from(&glucose.value),
            meal: glucose.meal,
        }),
        _ => None,
    }
}
