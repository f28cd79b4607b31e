//! Pictures through the front door: PNG with the fonts of this machine, and how long a picture takes.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Instant;

use eldercare_hub::charts::png::{PngError, WIDTH_PX_MAX, png};
use eldercare_hub::charts::*;
use eldercare_hub::web::fonts::Fonts;
use eldercare_hub::words::{Language, Words};
use eldercare_hub::{charts, vitals};
use resvg::tiny_skia::Pixmap;
use resvg::usvg::fontdb::Database;
use std::sync::Arc;

#[allow(dead_code)]
#[path = "../../src/charts/tests/sample.rs"]
mod sample;

use sample::*;

/// The machine's fonts with Chinese; nothing, and a plain word, when it has none.
fn fonts() -> Option<Arc<Database>> {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    let fonts = FONTS.get_or_init(Fonts::load);
    if fonts.chinese.is_none() {
        crate::left_out(
            "charts as PNG",
            "no font with Chinese: apt install fonts-noto-cjk",
        );
        return None;
    }
    Some(Arc::clone(&fonts.database))
}

fn ink(png: &[u8]) -> usize {
    let pixels = Pixmap::decode_png(png).unwrap();
    pixels.pixels().iter().filter(|p| p.red() < 200).count()
}

#[test]
fn chinese_labels_leave_pixels() {
    let Some(fonts) = fonts() else { return };
    let text = |text: &str| {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 30\" \
             font-family=\"No Such Family, sans-serif\"><text x=\"5\" y=\"20\">{text}</text></svg>"
        );
        ink(&png(&svg, 400, &fonts).unwrap())
    };
    let (chinese, nothing) = (text("收缩压"), text(""));
    assert_eq!(nothing, 0);
    assert!(chinese > 200, "{chinese} pixels");
    assert_ne!(
        chinese,
        text("舒张压"),
        "two texts, two pictures: no boxes in place of glyphs"
    );
}

#[test]
fn a_width_nobody_prints_is_refused() {
    let fonts = Arc::new(Database::new());
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 1\"/>";
    let made = |width_px| png(svg, width_px, &fonts).map(|_| ());
    assert_eq!(made(0), Err(PngError::Width { width_px: 0 }));
    assert_eq!(made(1), Ok(()));
    assert_eq!(made(WIDTH_PX_MAX), Ok(()));
    assert_eq!(
        made(WIDTH_PX_MAX + 1),
        Err(PngError::Width {
            width_px: WIDTH_PX_MAX + 1
        })
    );
    assert!(matches!(
        png("no svg", 10, &fonts),
        Err(PngError::NotSvg(_))
    ));
}

/// Writes every picture into `$CHARTS_OUT` to be looked at; without that variable it only makes them.
#[test]
fn every_picture_can_be_looked_at() {
    let Some(fonts) = fonts() else { return };
    for (name, chart, width_px) in gallery() {
        let bytes = png(&chart.svg, width_px, &fonts).unwrap();
        assert!(ink(&bytes) > 100, "{name} is empty");
        if let Ok(folder) = std::env::var("CHARTS_OUT") {
            let folder = std::path::Path::new(&folder);
            std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
            std::fs::write(folder.join(format!("{name}.svg")), &chart.svg).unwrap();
        }
    }
}

fn gallery() -> Vec<(String, Chart, u32)> {
    let zone = zone();
    let mut out = Vec::new();
    for (width, width_px) in [(Width::Wide, 1100), (Width::Slim, 360)] {
        for language in Language::ALL {
            let words = Words::of(language);
            let look = Look {
                id: "g",
                width,
                caption: true,
            };
            let mut add = |name: &str, chart: Chart| {
                let name = format!("{name}-{}-{}", width.class(), language.tag());
                out.push((name, chart, width_px));
            };
            let normal = pressures(90);
            let events = events();
            let mut input = trend(&normal, Span::Days90, &zone);
            input.events = &events;
            add("pressure-90", pressure_over_time(&input, &look, &words));
            let mut input = trend(&normal, Span::Days30, &zone);
            input.goal = Some(national());
            add("pressure-30", pressure_over_time(&input, &look, &words));
            let year = pressures(365);
            add(
                "pressure-365",
                pressure_over_time(&trend(&year, Span::Days365, &zone), &look, &words),
            );
            let years = ten_years_of_pressures();
            add(
                "pressure-all",
                pressure_over_time(&trend(&years, Span::All, &zone), &look, &words),
            );
            let thin = pressures(6);
            add(
                "pressure-7",
                pressure_over_time(&trend(&thin, Span::Days7, &zone), &look, &words),
            );
            add(
                "pressure-0",
                pressure_over_time(&trend(&[], Span::Days7, &zone), &look, &words),
            );
            let mut sugars = glucoses(90);
            sugars[3].sugar = Sugar::Low;
            sugars[9].sugar = Sugar::High;
            let input = sugar_trend(&sugars, Span::Days90, &zone);
            add("glucose-90", glucose_over_time(&input, &look, &words));
            add(
                "glucose-hours-few",
                glucose_by_hour(
                    &sugar_trend(&sugars[..25], Span::Days90, &zone),
                    &look,
                    &words,
                ),
            );
            let year = glucoses(365);
            add(
                "glucose-hours",
                glucose_by_hour(&sugar_trend(&year, Span::Days365, &zone), &look, &words),
            );
            let input = trend(&normal, Span::Days90, &zone);
            add("pressure-hours", pressure_by_hour(&input, &look, &words));
            let (days, states) = (days_of_a_centre(), states());
            let input = Overview {
                title: "甲子村 四周",
                days: &days,
                states: &states,
            };
            add("overview", overview(&input, &look, &words));
            let input = trend(&years, Span::All, &zone);
            add(
                "pressure-hours-all",
                pressure_by_hour(&input, &look, &words),
            );
            let all = glucoses(3650);
            let input = sugar_trend(&all, Span::All, &zone);
            add("glucose-hours-all", glucose_by_hour(&input, &look, &words));
            let input = sugar_trend(&all, Span::All, &zone);
            add("glucose-all", glucose_over_time(&input, &look, &words));
        }
    }
    let values: Vec<_> = pressures(60).iter().map(|p| p.systolic_mmhg).collect();
    let spark = Sparkline {
        id: "s",
        title: "收缩压",
        values: &values,
        goal: Band::below(150.into()),
        scale: Scale::SYSTOLIC,
        places: 0,
    };
    let svg = sparkline(&spark, &Words::of(Language::Chinese));
    let chart = Chart {
        svg,
        title: String::new(),
        description: String::new(),
        legend: Vec::new(),
        notes: Vec::new(),
        table: Table::default(),
    };
    out.push(("spark".to_owned(), chart, 224));
    out
}

/// Nanoseconds per call: the median of `rounds`.
fn median_ns(rounds: usize, mut call: impl FnMut() -> usize) -> u128 {
    let mut times: Vec<u128> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(call());
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    times[rounds / 2]
}

/// Prints `name ns bytes` per picture, and writes the readings where `$CHARTS_BENCH` says, so that
/// `tests/bench/charts.py` draws the same ones. Nothing is asserted: times are for reading.
#[test]
#[ignore = "a measurement: run by tests/bench/charts.py"]
fn time_per_picture() {
    let zone = zone();
    let words = Words::of(Language::Chinese);
    let look = look(Width::Wide);
    let cases = [
        ("90_days", pressures(90), Span::Days90),
        ("ten_years", ten_years_of_pressures(), Span::All),
    ];
    for (name, points, span) in cases {
        let input = trend(&points, span, &zone);
        let svg = pressure_over_time(&input, &look, &words).svg;
        let ns = median_ns(41, || pressure_over_time(&input, &look, &words).svg.len());
        println!("charts {name}_svg {ns} {}", svg.len());
        if let Some(fonts) = fonts() {
            let ns = median_ns(11, || png(&svg, 1100, &fonts).unwrap().len());
            println!(
                "charts {name}_png {ns} {}",
                png(&svg, 1100, &fonts).unwrap().len()
            );
        }
        if let Ok(folder) = std::env::var("CHARTS_BENCH") {
            let mut csv = String::from("unix_ms,systolic,diastolic\n");
            for p in &points {
                let ms = p.at.as_millisecond();
                let _ = writeln!(csv, "{ms},{},{}", p.systolic_mmhg, p.diastolic_mmhg);
            }
            std::fs::write(
                std::path::Path::new(&folder).join(format!("{name}.csv")),
                csv,
            )
            .unwrap();
        }
    }
}
