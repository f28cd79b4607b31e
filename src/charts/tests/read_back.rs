//! Points read back from a picture equal the input: the exact values beside each mark, and the place
//! of the mark itself, turned back into time and value.

use proptest::prelude::*;
use roxmltree::{Document, Node};
use rust_decimal::Decimal;

use super::sample::*;
use crate::charts::*;
use crate::vitals::{Meal, Moment};
use crate::words::{Language, Words};

/// The geometry a picture states about itself.
pub struct Geometry {
    plot: [f64; 4],
    x: [f64; 2],
    y: [f64; 2],
}

impl Geometry {
    pub fn of(svg: &Document<'_>) -> Self {
        let numbers = |name: &str| -> Vec<f64> {
            let text = svg.root_element().attribute(name).expect(name);
            text.split(' ').map(|n| n.parse().unwrap()).collect()
        };
        Geometry {
            plot: numbers("data-plot").try_into().unwrap(),
            x: numbers("data-x").try_into().unwrap(),
            y: numbers("data-y").try_into().unwrap(),
        }
    }

    /// Value and time (or hour) of a pixel.
    pub fn invert(&self, (px, py): (f64, f64)) -> (f64, f64) {
        let [left, top, right, bottom] = self.plot;
        let x = self.x[0] + (px - left) / (right - left) * (self.x[1] - self.x[0]);
        let y = self.y[0] + (bottom - py) / (bottom - top) * (self.y[1] - self.y[0]);
        (x, y)
    }

    /// What half a pixel is worth on each axis.
    pub fn half_pixel(&self) -> (f64, f64) {
        let [left, top, right, bottom] = self.plot;
        (
            0.5 * (self.x[1] - self.x[0]) / (right - left),
            0.5 * (self.y[1] - self.y[0]) / (bottom - top),
        )
    }
}

/// The centre of a mark, whatever its shape.
pub fn centre(mark: &Node<'_, '_>) -> (f64, f64) {
    let number = |name: &str| mark.attribute(name).unwrap().parse::<f64>().unwrap();
    match mark.tag_name().name() {
        "circle" => (number("cx"), number("cy")),
        "rect" => (
            number("x") + number("width") / 2.0,
            number("y") + number("height") / 2.0,
        ),
        other => panic!("{other} is no mark"),
    }
}

pub fn marks<'a>(svg: &'a Document<'a>, attribute: &'a str) -> Vec<Node<'a, 'a>> {
    svg.descendants()
        .filter(|n| n.has_attribute(attribute))
        .collect()
}

fn pressures_in_any_order() -> impl Strategy<Value = Vec<PressurePoint>> {
    let one = (
        0i64..90 * 86_400_000,
        300i64..3000,
        200i64..2000,
        any::<bool>(),
    );
    prop::collection::vec(one, 0..140).prop_map(|all| {
        let from = Span::Days90
            .period(now(), None, &zone())
            .from
            .as_millisecond();
        all.into_iter()
            .map(|(ms, systolic, diastolic, other)| PressurePoint {
                at: Moment::from_millisecond(from + ms).unwrap(),
                systolic_mmhg: Decimal::new(systolic, 1),
                diastolic_mmhg: Decimal::new(diastolic, 1),
                device: if other {
                    DeviceShape::Other
                } else {
                    DeviceShape::Usual
                },
            })
            .collect()
    })
}

fn sugars_in_any_order() -> impl Strategy<Value = Vec<GlucosePoint>> {
    let one = (0i64..90 * 86_400_000, 0i64..3400, 0usize..6);
    prop::collection::vec(one, 0..140).prop_map(|all| {
        let from = Span::Days90
            .period(now(), None, &zone())
            .from
            .as_millisecond();
        all.into_iter()
            .map(|(ms, value, meal)| GlucosePoint {
                at: Moment::from_millisecond(from + ms).unwrap(),
                sugar: match value {
                    0..100 => Sugar::Low,
                    3300.. => Sugar::High,
                    _ => Sugar::MmolL(Decimal::new(value, 2)),
                },
                meal: Meal::ALL[meal],
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pressures_read_back_equal_the_input(points in pressures_in_any_order()) {
        let zone = zone();
        let words = Words::of(Language::Chinese);
        let chart = pressure_over_time(&trend(&points, Span::Days90, &zone), &look(Width::Wide), &words);
        let svg = Document::parse(&chart.svg).unwrap();
        let geometry = Geometry::of(&svg);
        let from = Span::Days90.period(now(), None, &zone).from.as_millisecond() as f64;
        let (half_x, half_y) = geometry.half_pixel();
        let mut expected = points.clone();
        expected.sort_by_key(|p| p.at);
        for series in ["systolic", "diastolic"] {
            let marks: Vec<_> = marks(&svg, "data-at")
                .into_iter()
                .filter(|m| m.attribute("data-series") == Some(series))
                .collect();
            prop_assert_eq!(marks.len(), expected.len());
            for (mark, point) in marks.iter().zip(&expected) {
                let exact = |name: &str| mark.attribute(name).unwrap().parse::<Decimal>().unwrap();
                prop_assert_eq!(mark.attribute("data-at").unwrap().parse::<Moment>().unwrap(), point.at);
                prop_assert_eq!(exact("data-systolic"), point.systolic_mmhg);
                prop_assert_eq!(exact("data-diastolic"), point.diastolic_mmhg);
                let value = if series == "systolic" { point.systolic_mmhg } else { point.diastolic_mmhg };
                let (x, y) = geometry.invert(centre(mark));
                prop_assert!((x + from - point.at.as_millisecond() as f64).abs() <= half_x);
                prop_assert!((y - value.to_string().parse::<f64>().unwrap()).abs() <= half_y);
                let full = mark.attribute("class") == Some("d");
                let hour = zone.to_datetime(point.at).hour();
                prop_assert_eq!(full, hour < 12);
                let square = mark.tag_name().name() == "rect";
                prop_assert_eq!(square, point.device == DeviceShape::Other);
            }
        }
    }

    #[test]
    fn sugars_read_back_equal_the_input(points in sugars_in_any_order()) {
        let zone = zone();
        let words = Words::of(Language::English);
        let chart = glucose_over_time(&sugar_trend(&points, Span::Days90, &zone), &look(Width::Wide), &words);
        let svg = Document::parse(&chart.svg).unwrap();
        let geometry = Geometry::of(&svg);
        let from = Span::Days90.period(now(), None, &zone).from.as_millisecond() as f64;
        let (half_x, half_y) = geometry.half_pixel();
        let mut expected = points.clone();
        expected.sort_by_key(|p| p.at);
        let marks = marks(&svg, "data-at");
        prop_assert_eq!(marks.len(), expected.len());
        for (mark, point) in marks.iter().zip(&expected) {
            prop_assert_eq!(mark.attribute("data-at").unwrap().parse::<Moment>().unwrap(), point.at);
            prop_assert_eq!(mark.attribute("data-meal"), Some(point.meal.word()));
            let (x, y) = geometry.invert(centre(mark));
            prop_assert!((x + from - point.at.as_millisecond() as f64).abs() <= half_x);
            let at_edge = match point.sugar {
                Sugar::MmolL(value) => {
                    prop_assert_eq!(mark.attribute("data-mmol").unwrap().parse::<Decimal>().unwrap(), value);
                    prop_assert!((y - value.to_string().parse::<f64>().unwrap()).abs() <= half_y);
                    continue;
                }
                Sugar::Low => ("LO", geometry.y[0]),
                Sugar::High => ("HI", geometry.y[1]),
            };
            prop_assert_eq!(mark.attribute("data-mmol"), None);
            prop_assert_eq!(mark.attribute("data-word"), Some(at_edge.0));
            prop_assert!((y - at_edge.1).abs() <= half_y);
        }
    }
}

/// Ten years as range bars: each end of each bar is a reading, and none lies outside its bar.
#[test]
fn ten_years_keep_every_extreme_in_the_picture() {
    let zone = zone();
    let points = ten_years_of_pressures();
    let words = Words::of(Language::Chinese);
    let chart = pressure_over_time(
        &trend(&points, Span::All, &zone),
        &look(Width::Wide),
        &words,
    );
    let svg = Document::parse(&chart.svg).unwrap();
    let geometry = Geometry::of(&svg);
    let bars = marks(&svg, "data-low");
    assert!(bars.len() > 300 && bars.len() < 500, "{} bars", bars.len());
    let exact =
        |bar: &Node<'_, '_>, name: &str| bar.attribute(name).unwrap().parse::<Decimal>().unwrap();
    for bar in &bars {
        let when = |name: &str| bar.attribute(name).unwrap().parse::<Moment>().unwrap();
        let systolic = bar.attribute("data-series") == Some("systolic");
        let inside: Vec<Decimal> = points
            .iter()
            .filter(|p| when("data-from") <= p.at && p.at <= when("data-to"))
            .map(|p| {
                if systolic {
                    p.systolic_mmhg
                } else {
                    p.diastolic_mmhg
                }
            })
            .collect();
        assert_eq!(inside.iter().min(), Some(&exact(bar, "data-low")));
        assert_eq!(inside.iter().max(), Some(&exact(bar, "data-high")));
        let ends: Vec<f64> = bar
            .attribute("points")
            .unwrap()
            .split(' ')
            .map(|p| p.split(',').nth(1).unwrap().parse().unwrap())
            .map(|y| geometry.invert((0.0, y)).1)
            .collect();
        let half = geometry.half_pixel().1;
        if inside.len() > 1 {
            let number = |d: Decimal| d.to_string().parse::<f64>().unwrap();
            assert!((ends[0] - number(exact(bar, "data-low"))).abs() <= 3.0 * half);
            assert!((ends[1] - number(exact(bar, "data-high"))).abs() <= 3.0 * half);
        }
    }
    let extreme = |series: &str, name: &str, value: i64| {
        bars.iter().any(|b| {
            b.attribute("data-series") == Some(series) && exact(b, name) == Decimal::from(value)
        })
    };
    assert!(extreme("systolic", "data-high", 221));
    assert!(extreme("diastolic", "data-low", 41));
}
