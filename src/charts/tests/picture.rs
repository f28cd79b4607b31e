//! PNG: the same picture, with its Chinese.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::Pixmap;
use resvg::usvg::fontdb::{Database, Source};

use super::sample::*;
use crate::charts::png::{PngError, WIDTH_PX_MAX, face_for, png};
use crate::charts::*;
use crate::words::{Language, Words};

/// The system's fonts with Chinese; nothing, and a plain word, when there is none.
/// The pure room has no loader, so the tests have their own small one.
fn fonts() -> Option<Arc<Database>> {
    static FONTS: OnceLock<Option<Arc<Database>>> = OnceLock::new();
    FONTS
        .get_or_init(|| {
            let mut system = Database::new();
            system.load_system_fonts();
            for family in ["Noto Sans CJK SC", "WenQuanYi Micro Hei"] {
                let fonts = Arc::new(only(&system, family));
                if face_for("晨安", &fonts).is_some() {
                    return Some(fonts);
                }
            }
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "CI needs a font with Chinese"
            );
            eprintln!("left out: no font with Chinese here; apt install fonts-noto-cjk");
            None
        })
        .clone()
}

/// One family, regular and bold, read once: fontdb reads a font's file again for every text.
fn only(system: &Database, family: &str) -> Database {
    let mut fonts = Database::new();
    let mut seen = Vec::new();
    for face in system
        .faces()
        .filter(|f| f.families.iter().any(|(name, _)| name == family))
    {
        if let Source::File(path) = &face.source
            && matches!(face.weight.0, 400 | 700)
            && !seen.contains(path)
        {
            fonts.load_font_data(std::fs::read(path).unwrap());
            seen.push(path.clone());
        }
    }
    fonts.set_sans_serif_family(family);
    fonts
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
            let path = std::path::Path::new(&folder).join(format!("{name}.png"));
            std::fs::write(path, bytes).unwrap();
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
            let all = glucoses(3650);
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
