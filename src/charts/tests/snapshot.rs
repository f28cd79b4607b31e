//! What each picture looks like, as text: empty, thin, normal and ten years.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::ToSpan;
use roxmltree::Document;

use super::sample::*;
use crate::charts::*;
use crate::words::{Language, Words};

/// Everything a page gets beside the SVG.
fn texts(chart: &Chart) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "title: {}\ndescription: {}",
        chart.title, chart.description
    );
    let _ = writeln!(out, "legend: {:#?}\nnotes: {:?}", chart.legend, chart.notes);
    let _ = writeln!(
        out,
        "table: {:?}, {} rows, {} left out",
        chart.table.head,
        chart.table.rows.len(),
        chart.table.left_out
    );
    for row in chart.table.rows.iter().take(3) {
        let _ = writeln!(out, "  {row:?}");
    }
    out
}

fn whole(chart: &Chart) -> String {
    format!("{}\n{}", texts(chart), chart.svg)
}

/// A picture too long to keep: how many of each class, and every text.
fn outline(chart: &Chart) -> String {
    let svg = Document::parse(&chart.svg).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut labels = Vec::new();
    for node in svg.descendants().filter(|n| n.is_element()) {
        let class = node.attribute("class").unwrap_or("-");
        *counts
            .entry(format!("{} {class}", node.tag_name().name()))
            .or_default() += 1;
        if node.tag_name().name() == "text" {
            labels.push(node.text().unwrap_or_default());
        }
    }
    format!("{}\n{counts:#?}\n{labels:?}", texts(chart))
}

fn pressure(points: &[PressurePoint], span: Span, width: Width, language: Language) -> Chart {
    let zone = zone();
    pressure_over_time(
        &trend(points, span, &zone),
        &look(width),
        &Words::of(language),
    )
}

fn glucose(points: &[GlucosePoint], span: Span, width: Width, language: Language) -> Chart {
    let zone = zone();
    glucose_over_time(
        &sugar_trend(points, span, &zone),
        &look(width),
        &Words::of(language),
    )
}

#[test]
fn pressure_over_time_as_text() {
    let zh = Language::Chinese;
    insta::assert_snapshot!(
        "pressure_empty",
        whole(&pressure(&[], Span::Days30, Width::Wide, zh))
    );
    let thin = pressures(14);
    insta::assert_snapshot!(
        "pressure_thin",
        whole(&pressure(&thin, Span::Days30, Width::Wide, zh))
    );
    let normal = pressures(90);
    insta::assert_snapshot!(
        "pressure_normal",
        whole(&pressure(&normal, Span::Days90, Width::Wide, zh))
    );
    let slim = pressure(&normal, Span::Days90, Width::Slim, Language::English);
    insta::assert_snapshot!("pressure_normal_slim", whole(&slim));
    let years = ten_years_of_pressures();
    insta::assert_snapshot!(
        "pressure_ten_years",
        outline(&pressure(&years, Span::All, Width::Wide, zh))
    );
}

#[test]
fn glucose_over_time_as_text() {
    let zh = Language::Chinese;
    insta::assert_snapshot!(
        "glucose_empty",
        whole(&glucose(&[], Span::Days30, Width::Wide, zh))
    );
    let mut thin = glucoses(12);
    thin[0].sugar = Sugar::Low;
    thin[1].sugar = Sugar::High;
    insta::assert_snapshot!(
        "glucose_thin",
        whole(&glucose(&thin, Span::Days30, Width::Wide, zh))
    );
    let normal = glucoses(90);
    insta::assert_snapshot!(
        "glucose_normal",
        whole(&glucose(&normal, Span::Days90, Width::Wide, zh))
    );
    let years = glucoses(3650);
    insta::assert_snapshot!(
        "glucose_ten_years",
        outline(&glucose(&years, Span::All, Width::Wide, zh))
    );
}

fn sugars_by_hour(points: &[GlucosePoint], span: Span, language: Language) -> Chart {
    let zone = zone();
    glucose_by_hour(
        &sugar_trend(points, span, &zone),
        &look(Width::Wide),
        &Words::of(language),
    )
}

fn pressures_by_hour(points: &[PressurePoint], span: Span, language: Language) -> Chart {
    let zone = zone();
    pressure_by_hour(
        &trend(points, span, &zone),
        &look(Width::Wide),
        &Words::of(language),
    )
}

fn centre(days: &[DayCount], states: &[StateCount], width: Width, language: Language) -> Chart {
    let input = Overview {
        title: "甲子村",
        days,
        states,
    };
    overview(&input, &look(width), &Words::of(language))
}

#[test]
fn hours_of_the_day_as_text() {
    let zh = Language::Chinese;
    insta::assert_snapshot!(
        "glucose_hours_empty",
        whole(&sugars_by_hour(&[], Span::Days30, zh))
    );
    let normal = glucoses(120);
    insta::assert_snapshot!(
        "glucose_hours_thin",
        whole(&sugars_by_hour(&normal[..12], Span::Days365, zh))
    );
    insta::assert_snapshot!(
        "glucose_hours_normal",
        whole(&sugars_by_hour(&normal, Span::Days365, zh))
    );
    let years = glucoses(3650);
    insta::assert_snapshot!(
        "glucose_hours_ten_years",
        outline(&sugars_by_hour(&years, Span::All, zh))
    );
    insta::assert_snapshot!(
        "pressure_hours_empty",
        whole(&pressures_by_hour(&[], Span::Days30, zh))
    );
    insta::assert_snapshot!(
        "pressure_hours_thin",
        whole(&pressures_by_hour(&pressures(20), Span::Days30, zh))
    );
    insta::assert_snapshot!(
        "pressure_hours_normal",
        whole(&pressures_by_hour(&pressures(90), Span::Days90, zh))
    );
    let years = ten_years_of_pressures();
    insta::assert_snapshot!(
        "pressure_hours_ten_years",
        outline(&pressures_by_hour(&years, Span::All, zh))
    );
}

#[test]
fn overview_and_sparkline_as_text() {
    let zh = Language::Chinese;
    insta::assert_snapshot!("overview_empty", whole(&centre(&[], &[], Width::Wide, zh)));
    let (days, states) = (days_of_a_centre(), states());
    insta::assert_snapshot!(
        "overview_normal",
        whole(&centre(&days, &states, Width::Wide, zh))
    );
    for (name, n) in [("empty", 0), ("one", 1), ("normal", 9)] {
        insta::assert_snapshot!(format!("sparkline_{name}"), spark(n, zh));
    }
}

fn spark(n: usize, language: Language) -> String {
    let values: Vec<_> = pressures(90)
        .iter()
        .take(n)
        .map(|p| p.systolic_mmhg)
        .collect();
    let input = Sparkline {
        id: "s",
        title: "收缩压",
        values: &values,
        goal: Band::below(150.into()),
        scale: Scale::SYSTOLIC,
        places: 0,
    };
    sparkline(&input, &Words::of(language))
}

/// Percentiles from 30 readings on; before that the count is said.
#[test]
fn percentiles_need_thirty_readings() {
    let all = glucoses(200);
    let picture = |n: usize| {
        let chart = sugars_by_hour(&all[all.len() - n..], Span::Days365, Language::English);
        (chart.svg.contains("data-p50"), chart.notes.join(""))
    };
    assert_eq!(
        picture(29),
        (false, "29 readings; percentiles from 30 on".to_owned())
    );
    assert_eq!(picture(30), (true, String::new()));
    assert_eq!(picture(31), (true, String::new()));
}

/// Thousands of readings at their hours keep their extremes.
#[test]
fn ten_years_by_hour_keep_every_extreme() {
    let chart = pressures_by_hour(&ten_years_of_pressures(), Span::All, Language::Chinese);
    assert!(chart.svg.contains("data-high=\"221\"") && chart.svg.contains("data-low=\"41\""));
    assert!(chart.svg.len() < 300_000, "{} bytes", chart.svg.len());
}

/// No key shows itself, no inline style, no picture without name and role, in any language or form.
#[test]
fn every_picture_keeps_the_page_rules() {
    for language in Language::ALL {
        for width in [Width::Wide, Width::Slim] {
            for (days, span) in [
                (0, Span::Days7),
                (5, Span::Days7),
                (90, Span::Days90),
                (900, Span::All),
            ] {
                for chart in [
                    pressure(&pressures(days), span, width, language),
                    glucose(&glucoses(days), span, width, language),
                ] {
                    keeps_the_rules(&chart);
                }
                keeps_the_rules(&sugars_by_hour(&glucoses(days), span, language));
                keeps_the_rules(&pressures_by_hour(&pressures(days), span, language));
            }
            let (days, states) = (days_of_a_centre(), states());
            keeps_the_rules(&centre(&days, &states, width, language));
            keeps_the_rules(&centre(&[], &[], width, language));
        }
    }
}

fn keeps_the_rules(chart: &Chart) {
    let everything = whole(chart);
    assert!(
        !everything.contains("chart-"),
        "a key shows itself: {everything}"
    );
    assert!(!chart.svg.contains("style="), "inline style");
    assert!(!chart.svg.to_lowercase().contains("agp"));
    let svg = Document::parse(&chart.svg).unwrap();
    let root = svg.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let named = root
        .attribute("aria-labelledby")
        .unwrap()
        .split(' ')
        .all(|id| {
            root.children()
                .any(|n| n.attribute("id") == Some(id) && !n.text().unwrap_or("").is_empty())
        });
    assert!(named, "title and desc");
}

#[test]
fn too_little_is_said_in_words() {
    let words = |n: usize| {
        let all = pressures(14);
        let chart = pressure(
            &all[all.len() - n..],
            Span::Days30,
            Width::Wide,
            Language::English,
        );
        (chart.notes.join(""), chart.svg.contains("data-mean"))
    };
    assert_eq!(
        words(5),
        ("Not enough readings for a mean: 5 of 6".to_owned(), false)
    );
    assert_eq!(words(6), (String::new(), true));
}

#[test]
fn a_gap_says_why_it_is_one() {
    let zone = zone();
    let points = pressures(90);
    let day = |d: i64| {
        moment(
            jiff::civil::date(2026, 2, 14).saturating_add(d.days()),
            0,
            0,
        )
    };
    let closures = [Closure {
        from: day(0),
        to: day(10),
        text: "春节休息".to_owned(),
    }];
    let mut input = trend(&points, Span::Days90, &zone);
    let words = Words::of(Language::Chinese);
    let plain = pressure_over_time(&input, &look(Width::Wide), &words).svg;
    assert!(plain.contains("14 天没有读数"), "{plain}");
    input.closures = &closures;
    let told = pressure_over_time(&input, &look(Width::Wide), &words).svg;
    assert!(told.contains("春节休息") && !told.contains("天没有读数"));
    assert_eq!(plain.matches("class=\"l1\"").count(), 2);
}

#[test]
fn follow_ups_stand_under_the_line() {
    let zone = zone();
    let (points, events) = (pressures(90), events());
    let mut input = trend(&points, Span::Days90, &zone);
    input.events = &events;
    let chart = pressure_over_time(&input, &look(Width::Wide), &Words::of(Language::Chinese));
    assert_eq!(chart.svg.matches("data-event=").count(), 4);
    // Only a change of medicine sends a dotted line up.
    assert_eq!(chart.svg.matches("stroke-dasharray=\"2 4\"").count(), 1);
    assert!(
        chart
            .legend
            .ends_with(&["■ 门诊".into(), "▲ 换药".into(), "○ 电话".into()])
    );
}

#[test]
fn a_goal_without_a_floor_fades() {
    let zone = zone();
    let points = pressures(30);
    let mut input = trend(&points, Span::Days30, &zone);
    let words = Words::of(Language::Chinese);
    let counted = |svg: &str| {
        (
            svg.matches("class=\"band\"").count(),
            svg.matches("class=\"fade\"").count(),
        )
    };
    assert_eq!(
        counted(&pressure_over_time(&input, &look(Width::Wide), &words).svg),
        (2, 0)
    );
    input.goal = Some(national());
    assert_eq!(
        counted(&pressure_over_time(&input, &look(Width::Wide), &words).svg),
        (0, 2)
    );
    input.goal = None;
    assert_eq!(
        counted(&pressure_over_time(&input, &look(Width::Wide), &words).svg),
        (0, 0)
    );
}
