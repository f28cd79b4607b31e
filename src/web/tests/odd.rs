//! Lives that no drawing was made for: none, one, all the same, off the scale, ten years.

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::world::{World, mmhg};
use crate::vitals::{Clock, Glucose, GlucoseValue, Meal, Measured, Moment, Specimen};
use crate::web::Settings;

const PICTURES: [&str; 4] = ["pressure", "pressure-by-hour", "glucose", "glucose-by-hour"];

fn sugar(value: GlucoseValue) -> Measured {
    Measured::Glucose(Glucose {
        value,
        meal: Meal::Unknown,
        specimen: Specimen::Blood,
    })
}

fn tenths(of_mmol_l: i64) -> Measured {
    sugar(GlucoseValue::MmolL(Decimal::new(of_mmol_l, 1)))
}

fn lives(now: Moment) -> Vec<(&'static str, Vec<(Moment, Measured)>)> {
    let ago = |hours: i64| now - SignedDuration::from_hours(hours);
    let daily = |days: i64, what: &dyn Fn(i64) -> Measured| -> Vec<(Moment, Measured)> {
        (0..days)
            .map(|day| (ago(day * 24 + 1), what(day)))
            .collect()
    };
    let lo_and_hi = |day: i64| match day % 2 {
        0 => sugar(GlucoseValue::Low),
        _ => sugar(GlucoseValue::High),
    };
    let off_the_scale = vec![
        (ago(1), mmhg(300, 200)),
        (ago(2), mmhg(40, 20)),
        (ago(3), tenths(550)),
        (ago(4), tenths(6)),
    ];
    let ten_years = [
        daily(3650, &|day| mmhg(130 + day % 40, 70 + day % 20)),
        daily(3650, &|day| tenths(50 + day % 60)),
    ];
    vec![
        ("none", Vec::new()),
        ("one pressure", vec![(ago(1), mmhg(131, 82))]),
        ("one sugar", vec![(ago(1), tenths(61))]),
        ("all the same", daily(50, &|_| mmhg(120, 80))),
        ("all the same sugar", daily(50, &|_| tenths(60))),
        ("only LO and HI", daily(40, &lo_and_hi)),
        ("one LO", vec![(ago(1), sugar(GlucoseValue::Low))]),
        ("off the scale", off_the_scale),
        // Ahead of today: on the page's list, outside every range of days.
        (
            "tomorrow",
            vec![(ago(-20), mmhg(131, 82)), (ago(-20), tenths(61))],
        ),
        (
            "only nine years ago",
            vec![(ago(9 * 365 * 24), mmhg(131, 82))],
        ),
        ("ten years", ten_years.concat()),
    ]
}

#[tokio::test]
async fn every_life_has_a_page_and_its_pictures() {
    let now = World::new(Settings::default()).await.clock.now();
    for (what, measured) in lives(now) {
        let world = World::new(Settings::default()).await;
        let browser = world.signed_in().await;
        let some = !measured.is_empty();
        world.measure_all(2, measured).await;
        for days in ["7", "90", "all"] {
            let page = browser.page(&format!("/persons/2?days={days}")).await;
            for broken in ["NaN", "inf\"", "-inf"] {
                assert!(!page.contains(broken), "{what}, {days}: {broken}");
            }
            assert!(!some || page.contains("<svg"), "{what}, {days}: no picture");
            for picture in PICTURES {
                let path = format!("/persons/2/pictures/{picture}.png?days={days}");
                let answer = browser.get(&path).await;
                assert_eq!(answer.status(), 200, "{what}: {path}");
                let bytes = answer.bytes().await.unwrap();
                assert!(
                    resvg::tiny_skia::Pixmap::decode_png(&bytes).is_ok(),
                    "{what}: {path}"
                );
            }
            let table = browser
                .page(&format!("/persons/2/readings.csv?days={days}"))
                .await;
            assert_eq!(
                table.lines().count() > 1,
                some && what != "tomorrow" && (what != "only nine years ago" || days == "all"),
                "{what}, {days}"
            );
        }
    }
}

#[tokio::test]
async fn a_range_that_is_none_is_the_usual_one_everywhere() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    let usual = browser.page("/persons/1/readings.csv?days=90").await;
    for days in [
        "",
        "0",
        "-1",
        "91",
        "1e9",
        "NaN",
        "ALL",
        "90%20",
        "%00",
        "%27%3B--",
        "999999999999999999999",
    ] {
        assert_eq!(
            browser
                .page(&format!("/persons/1/readings.csv?days={days}"))
                .await,
            usual,
            "{days}"
        );
        let answer = browser
            .get(&format!("/persons/1/pictures/pressure.png?days={days}"))
            .await;
        assert_eq!(answer.status(), 200, "{days}");
        let name = answer.headers()["content-disposition"].to_str().unwrap();
        assert!(name.ends_with("pressure-1-90.png\""), "{days}: {name}");
    }
    // Not even text, or twice: refused, not guessed.
    for query in ["days=%FF%FE", "days=7&days=30"] {
        let status = browser.get(&format!("/persons/1?{query}")).await.status();
        assert!([200, 400].contains(&status.as_u16()), "{query}: {status}");
    }
}

#[tokio::test]
async fn what_can_be_saved_is_for_those_who_may_see_the_page() {
    let world = World::new(Settings::default()).await;
    let (stranger, other) = (world.browser(), world.signed_in_as("staff-2").await);
    let operator = world.signed_in_as("operator").await;
    let pictures = PICTURES.map(|picture| format!("pictures/{picture}.png"));
    for door in pictures.iter().map(String::as_str).chain(["readings.csv"]) {
        let path = format!("/persons/1/{door}");
        assert_eq!(stranger.get(&path).await.status(), 303, "{path}");
        for browser in [&other, &operator] {
            let answer = browser.get(&path).await;
            assert_eq!(answer.status(), 404, "{path}");
            let told = answer.text().await.unwrap();
            assert!(
                !told.contains("赵") && !told.contains("mmHg"),
                "{path}: {told}"
            );
        }
        let own = format!("/persons/3/{door}");
        assert_eq!(other.get(&own).await.status(), 200, "{own}");
    }
    assert_eq!(
        world.acts("person.export").await,
        1,
        "only the one that was given"
    );
}
