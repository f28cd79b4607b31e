//! Every door, walked by every role, at home and at another centre.

use std::collections::BTreeSet;

use super::screen::link;
use super::world::{Browser, World};
use crate::web::doors::doors;
use crate::web::{Demo, Settings};

const ROLES: [&str; 4] = ["admin", "operator", "doctor", "staff"];

/// The door, the method, a concrete address, and what admin, operator, doctor and staff of centre 1 get.
/// Person 1 and 2 and device 1 and 2 belong to centre 1, person 3 and device 3 to centre 2.
const WALK: &[(&str, &str, &str, [u16; 4])] = &[
    ("/healthz", "GET", "/healthz", [200; 4]),
    ("/metrics", "GET", "/metrics", [200, 200, 404, 404]),
    ("/static/{file}", "GET", "/static/tokens.css", [200; 4]),
    ("/language", "POST", "/language", [422; 4]),
    ("/sign-in", "GET", "/sign-in", [200; 4]),
    ("/sign-in", "POST", "/sign-in", [422; 4]),
    ("/", "GET", "/", [200, 303, 200, 200]),
    (
        "/centres/{centre}",
        "GET",
        "/centres/1",
        [200, 404, 200, 200],
    ),
    (
        "/centres/{centre}",
        "GET",
        "/centres/2",
        [200, 404, 200, 404],
    ),
    ("/persons", "GET", "/persons", [200, 404, 200, 200]),
    (
        "/persons/{person}",
        "GET",
        "/persons/1",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}",
        "GET",
        "/persons/3",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/board",
        "GET",
        "/persons/1/board",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/board",
        "GET",
        "/persons/3/board",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/live",
        "GET",
        "/persons/1/live",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/live",
        "GET",
        "/persons/3/live",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/pictures/{picture}",
        "GET",
        "/persons/1/pictures/pressure.png",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/pictures/{picture}",
        "GET",
        "/persons/3/pictures/pressure.png",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/readings.csv",
        "GET",
        "/persons/1/readings.csv",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/readings.csv",
        "GET",
        "/persons/3/readings.csv",
        [200, 404, 200, 404],
    ),
    (
        "/devices/{device}",
        "GET",
        "/devices/1",
        [200, 200, 404, 404],
    ),
    (
        "/devices/{device}",
        "GET",
        "/devices/3",
        [200, 200, 404, 404],
    ),
    ("/devices/add", "GET", "/devices/add", [200, 200, 404, 404]),
    (
        "/devices/add/board",
        "GET",
        "/devices/add/board",
        [200, 200, 404, 404],
    ),
    (
        "/devices/add/pair",
        "POST",
        "/devices/add/pair",
        [422, 422, 404, 404],
    ),
    (
        "/devices/add/digits",
        "POST",
        "/devices/add/digits",
        [422, 422, 404, 404],
    ),
    (
        "/devices/add/cancel",
        "POST",
        "/devices/add/cancel",
        [303, 303, 404, 404],
    ),
    (
        "/devices/{device}/forget",
        "POST",
        "/devices/1/forget",
        [404; 4],
    ),
    (
        "/devices/{device}/forget",
        "POST",
        "/devices/3/forget",
        [404; 4],
    ),
    ("/operator", "GET", "/operator", [200, 200, 404, 404]),
    (
        "/operator/kind",
        "GET",
        "/operator/kind",
        [200, 200, 404, 404],
    ),
    (
        "/operator/kind",
        "POST",
        "/operator/kind",
        [422, 422, 404, 404],
    ),
    (
        "/operator/board",
        "GET",
        "/operator/board",
        [200, 200, 404, 404],
    ),
    (
        "/operator/live",
        "GET",
        "/operator/live",
        [200, 200, 404, 404],
    ),
    ("/demo-clock", "GET", "/demo-clock", [200; 4]),
    (
        "/operator/stations",
        "GET",
        "/operator/stations",
        [200, 200, 404, 404],
    ),
    (
        "/operator/stations",
        "POST",
        "/operator/stations",
        [422, 422, 404, 404],
    ),
    // A screen is let in by its token; no person is one, whatever her role.
    (
        "/kiosk/{station}/open",
        "GET",
        "/kiosk/1/open?token=0",
        [404; 4],
    ),
    (
        "/kiosk/{station}/open",
        "GET",
        "/kiosk/2/open?token=0",
        [404; 4],
    ),
    ("/kiosk/{station}", "GET", "/kiosk/1", [404; 4]),
    ("/kiosk/{station}", "GET", "/kiosk/2", [404; 4]),
    ("/kiosk/{station}/face", "GET", "/kiosk/1/face", [401; 4]),
    ("/kiosk/{station}/face", "GET", "/kiosk/2/face", [401; 4]),
    ("/kiosk/{station}/names", "GET", "/kiosk/1/names", [401; 4]),
    ("/kiosk/{station}/names", "GET", "/kiosk/2/names", [401; 4]),
    ("/kiosk/{station}/live", "GET", "/kiosk/1/live", [401; 4]),
    ("/kiosk/{station}/live", "GET", "/kiosk/2/live", [401; 4]),
    ("/kiosk/{station}/card", "POST", "/kiosk/1/card", [401; 4]),
    ("/kiosk/{station}/card", "POST", "/kiosk/2/card", [401; 4]),
    ("/kiosk/{station}/act", "POST", "/kiosk/1/act", [401; 4]),
    ("/kiosk/{station}/act", "POST", "/kiosk/2/act", [401; 4]),
    ("/persons/new", "GET", "/persons/new", [200, 404, 200, 200]),
    ("/persons/new", "POST", "/persons/new", [422, 404, 422, 422]),
    (
        "/persons/{person}/roster",
        "GET",
        "/persons/1/roster",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/roster",
        "GET",
        "/persons/3/roster",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/edit",
        "GET",
        "/persons/1/edit",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/edit",
        "GET",
        "/persons/3/edit",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/edit",
        "POST",
        "/persons/1/edit",
        [400, 404, 400, 400],
    ),
    (
        "/persons/{person}/edit",
        "POST",
        "/persons/3/edit",
        [400, 404, 400, 404],
    ),
    (
        "/persons/{person}/standing",
        "POST",
        "/persons/1/standing",
        [400, 404, 400, 400],
    ),
    (
        "/persons/{person}/standing",
        "POST",
        "/persons/3/standing",
        [400, 404, 400, 404],
    ),
    (
        "/persons/{person}/photo",
        "GET",
        "/persons/1/photo",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/photo",
        "GET",
        "/persons/3/photo",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/photo",
        "POST",
        "/persons/1/photo",
        [400, 404, 400, 400],
    ),
    (
        "/persons/{person}/photo",
        "POST",
        "/persons/3/photo",
        [400, 404, 400, 400],
    ),
    (
        "/persons/{person}/photo/remove",
        "POST",
        "/persons/1/photo/remove",
        [303, 404, 303, 303],
    ),
    (
        "/persons/{person}/photo/remove",
        "POST",
        "/persons/3/photo/remove",
        [303, 404, 303, 404],
    ),
    (
        "/persons/{person}/cards",
        "POST",
        "/persons/1/cards",
        [422, 404, 422, 422],
    ),
    (
        "/persons/{person}/cards",
        "POST",
        "/persons/3/cards",
        [422, 404, 422, 404],
    ),
    (
        "/persons/{person}/cards/issue",
        "POST",
        "/persons/1/cards/issue",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/cards/issue",
        "POST",
        "/persons/3/cards/issue",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/cards/{card}/end",
        "POST",
        "/persons/1/cards/1/end",
        [400, 404, 400, 400],
    ),
    (
        "/persons/{person}/cards/{card}/end",
        "POST",
        "/persons/3/cards/1/end",
        [400, 404, 400, 404],
    ),
    (
        "/persons/{person}/relatives/new",
        "GET",
        "/persons/1/relatives/new",
        [200, 404, 200, 200],
    ),
    (
        "/persons/{person}/relatives/new",
        "GET",
        "/persons/3/relatives/new",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/relatives/new",
        "POST",
        "/persons/1/relatives/new",
        [400, 404, 400, 400],
    ),
    (
        "/persons/{person}/relatives/new",
        "POST",
        "/persons/3/relatives/new",
        [400, 404, 400, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}",
        "GET",
        "/persons/1/relatives/9",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}",
        "GET",
        "/persons/3/relatives/9",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}",
        "POST",
        "/persons/1/relatives/9",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}",
        "POST",
        "/persons/3/relatives/9",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}/end",
        "POST",
        "/persons/1/relatives/9/end",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}/end",
        "POST",
        "/persons/3/relatives/9/end",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}/consent",
        "POST",
        "/persons/1/relatives/9/consent",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/relatives/{relative}/consent",
        "POST",
        "/persons/3/relatives/9/consent",
        [404, 404, 404, 404],
    ),
    (
        "/persons/{person}/targets",
        "GET",
        "/persons/1/targets",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/targets",
        "GET",
        "/persons/3/targets",
        [200, 404, 200, 404],
    ),
    (
        "/persons/{person}/targets",
        "POST",
        "/persons/1/targets",
        [422, 404, 422, 404],
    ),
    (
        "/persons/{person}/targets",
        "POST",
        "/persons/3/targets",
        [422, 404, 422, 404],
    ),
    (
        "/roster/import",
        "GET",
        "/roster/import",
        [200, 404, 200, 200],
    ),
    (
        "/roster/import",
        "POST",
        "/roster/import",
        [400, 404, 400, 400],
    ),
    (
        "/roster/import/{upload}",
        "POST",
        "/roster/import/x",
        [422, 404, 422, 422],
    ),
    (
        "/roster/import/{upload}/refused.csv",
        "GET",
        "/roster/import/x/refused.csv",
        [404, 404, 404, 404],
    ),
    (
        "/roster/import/{upload}",
        "POST",
        "/roster/import/y",
        [422, 404, 422, 422],
    ),
    (
        "/roster/import/{upload}/refused.csv",
        "GET",
        "/roster/import/y/refused.csv",
        [404, 404, 404, 404],
    ),
    (
        "/roster/template.csv",
        "GET",
        "/roster/template.csv",
        [200, 404, 200, 200],
    ),
    (
        "/roster/export.csv",
        "GET",
        "/roster/export.csv",
        [200, 404, 200, 200],
    ),
    ("/accounts", "GET", "/accounts", [200, 200, 404, 404]),
    ("/accounts", "POST", "/accounts", [400, 400, 404, 404]),
    ("/sign-out", "POST", "/sign-out", [303; 4]),
];

async fn status(browser: &Browser, method: &str, path: &str) -> u16 {
    let answer = match method {
        "GET" => browser.get(path).await,
        _ => browser.post(path, &[]).await,
    };
    answer.status().as_u16()
}

#[tokio::test]
async fn every_door_opens_for_whom_it_should_and_for_nobody_else() {
    let world = World::with(Settings::default(), Some(Demo { speed: 1 })).await;
    let mut faults = Vec::new();
    for (index, role) in ROLES.into_iter().enumerate() {
        let browser = world.signed_in_as(role).await;
        for (_, method, path, expected) in WALK {
            let found = status(&browser, method, path).await;
            if found != expected[index] {
                faults.push(format!(
                    "{method} {path} as {role}: {found}, not {}",
                    expected[index]
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A door or a method that nobody wrote into the walk fails here; so does one about a centre, a person or
/// a device that is walked only at home.
#[tokio::test]
async fn the_walk_leaves_no_door_out() {
    let world = World::with(Settings::default(), Some(Demo { speed: 1 })).await;
    let browser = world.signed_in_as("admin").await;
    // A screen too, so that a door of a station says which methods it has.
    browser.get(&link(&world, "1").await).await;
    let mut faults = Vec::new();
    for door in doors() {
        for method in ["GET", "POST"] {
            let walked: BTreeSet<&str> = WALK
                .iter()
                .filter(|(path, walked, ..)| *path == door.path && *walked == method)
                .map(|(_, _, concrete, _)| *concrete)
                .collect();
            let least = match door.path {
                "/static/{file}" => 1,
                path if path.contains('{') => 2,
                _ => 1,
            };
            let path = door.path.replace("{file}", "tokens.css");
            let path: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let is_there = door.path != "/sign-out" && status(&browser, method, &path).await != 405
                || door.path == "/sign-out" && method == "POST";
            if is_there && walked.len() < least {
                faults.push(format!("{method} {}: walked {walked:?}", door.path));
            }
            if !is_there && !walked.is_empty() {
                faults.push(format!("{method} {} is walked and not there", door.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[tokio::test]
async fn staff_are_shown_their_own_centre_and_nobody_else() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let doctor = world.signed_in_as("doctor").await;
    for path in ["/", "/persons"] {
        let (own, all) = (staff.page(path).await, doctor.page(path).await);
        let other = if path == "/" {
            "乙丑村"
        } else {
            "孙五六"
        };
        assert!(all.contains(other), "{path}: the doctor misses {other}");
        assert!(!own.contains(other), "{path}: staff see {other}");
    }
    assert!(staff.page("/persons").await.contains("赵一二"));
    assert!(!staff.page("/persons?name=sun").await.contains("孙"));
}

#[tokio::test]
async fn the_operator_sees_no_name_and_no_value() {
    let world = World::new(Settings::default()).await;
    let operator = world.signed_in_as("operator").await;
    for path in ["/operator", "/devices/1", "/devices/2", "/devices/3"] {
        let page = operator.page(path).await;
        for secret in ["赵", "钱", "孙", "157", "205", "118", "144"] {
            assert!(!page.contains(secret), "{path} shows {secret}");
        }
    }
    let page = operator.page("/operator").await;
    assert!(page.contains("{&#34;nm&#34;:&#34;***&#34;,&#34;sys&#34;:###}"));
    assert!(page.contains("没刷卡，也没签到"));
}

#[tokio::test]
async fn an_account_that_changes_its_role_is_signed_out() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in_as("doctor").await;
    world.set_account("doctor", "operator", None).await;
    assert_eq!(browser.get("/persons").await.status(), 303);
}
