//! Every door, walked by every role, at home and at another centre.

use std::collections::BTreeSet;

use super::screen::link;
use super::world::{Browser, World};
use crate::web::doors::doors;
use crate::web::{Demo, Settings};

const ROLES: [&str; 4] = ["admin", "operator", "doctor", "staff"];

/// The method, the door, a concrete address, the form, and what admin, operator, doctor and staff of centre 1
/// get. Persons 1 and 2, devices 1 and 2, observations 1 to 28 and notice 1 belong to centre 1; person 3,
/// device 3, observation 29, notice 2 and bedside 2 to centre 2 (bedside 1 to centre 1, a reading has come to
/// both). Each role walks in a world of its own.
const WALK: &str = "
    GET  /healthz                                       /healthz                                 -                                        200 200 200 200
    GET  /metrics                                       /metrics                                 -                                        200 200 404 404
    GET  /static/{file}                                 /static/tokens.css                       -                                        200 200 200 200
    POST /language                                      /language                                -                                        422 422 422 422
    GET  /sign-in                                       /sign-in                                 -                                        200 200 200 200
    POST /sign-in                                       /sign-in                                 -                                        422 422 422 422
    GET  /                                              /                                        -                                        200 303 200 303
    GET  /centres/{centre}                              /centres/1                               -                                        200 404 200 200
    GET  /centres/{centre}                              /centres/2                               -                                        200 404 200 404
    GET  /persons                                       /persons                                 -                                        200 404 200 200
    GET  /persons/{person}                              /persons/1                               -                                        200 404 200 200
    GET  /persons/{person}                              /persons/3                               -                                        200 404 200 404
    GET  /persons/{person}/board                        /persons/1/board                         -                                        200 404 200 200
    GET  /persons/{person}/board                        /persons/3/board                         -                                        200 404 200 404
    GET  /persons/{person}/live                         /persons/1/live                          -                                        200 404 200 200
    GET  /persons/{person}/live                         /persons/3/live                          -                                        200 404 200 404
    GET  /persons/{person}/pictures/{picture}           /persons/1/pictures/pressure.png         -                                        200 404 200 200
    GET  /persons/{person}/pictures/{picture}           /persons/3/pictures/pressure.png         -                                        200 404 200 404
    GET  /persons/{person}/readings.csv                 /persons/1/readings.csv                  -                                        200 404 200 200
    GET  /persons/{person}/readings.csv                 /persons/3/readings.csv                  -                                        200 404 200 404
    GET  /centres                                       /centres                                 -                                        200 404 200 200
    GET  /day                                           /day                                     -                                        303 404 303 303
    GET  /day/{centre}                                  /day/1                                   -                                        200 404 200 200
    GET  /day/{centre}                                  /day/2                                   -                                        200 404 200 404
    GET  /day/{centre}/board                            /day/1/board                             -                                        200 404 200 200
    GET  /day/{centre}/board                            /day/2/board                             -                                        200 404 200 404
    GET  /day/{centre}/live                             /day/1/live                              -                                        200 404 200 200
    GET  /day/{centre}/live                             /day/2/live                              -                                        200 404 200 404
    GET  /persons/{person}/desk                         /persons/1/desk                          -                                        200 404 200 200
    GET  /persons/{person}/desk                         /persons/3/desk                          -                                        200 404 200 404
    POST /persons/{person}/signs                        /persons/1/signs                         sign=fall                                303 404 303 303
    POST /persons/{person}/signs                        /persons/3/signs                         sign=fall                                303 404 303 404
    POST /persons/{person}/meals                        /persons/1/meals                         hour=08:30                               303 404 303 303
    POST /persons/{person}/meals                        /persons/3/meals                         hour=08:30                               303 404 303 404
    GET  /persons/{person}/typed                        /persons/1/typed                         -                                        200 404 200 200
    GET  /persons/{person}/typed                        /persons/3/typed                         -                                        200 404 200 404
    POST /persons/{person}/typed                        /persons/1/typed                         kind=blood_pressure&systolic=151&diastolic=86&taken=2026-04-14T08:30&form=00000000000000000000000000000001&sure=1 303 404 303 303
    POST /persons/{person}/typed                        /persons/3/typed                         kind=blood_pressure&systolic=151&diastolic=86&taken=2026-04-14T08:30&form=00000000000000000000000000000003&sure=1 303 404 303 404
    POST /persons/{person}/check-in                     /persons/1/check-in                      station=1                                303 404 303 303
    POST /persons/{person}/check-in                     /persons/1/check-in                      station=2                                303 404 303 404
    POST /persons/{person}/check-in                     /persons/3/check-in                      station=2                                303 404 303 404
    POST /observations/{observation}/remarks            /observations/1/remarks                  posture=lie                              303 404 303 303
    POST /observations/{observation}/remarks            /observations/29/remarks                 posture=lie                              303 404 303 404
    GET  /bedside                                       /bedside                                 -                                        200 404 200 200
    POST /bedside                                       /bedside                                 person=1&device=1                        303 404 303 303
    POST /bedside                                       /bedside                                 person=3&device=3                        303 404 303 404
    GET  /bedside/{bedside}                             /bedside/1                               -                                        200 404 200 200
    GET  /bedside/{bedside}                             /bedside/2                               -                                        200 404 200 404
    GET  /bedside/{bedside}/board                       /bedside/1/board                         -                                        200 404 200 200
    GET  /bedside/{bedside}/board                       /bedside/2/board                         -                                        200 404 200 404
    POST /bedside/{bedside}/confirm                     /bedside/1/confirm                       -                                        303 404 303 303
    POST /bedside/{bedside}/confirm                     /bedside/2/confirm                       -                                        303 404 303 404
    POST /bedside/{bedside}/give-up                     /bedside/1/give-up                       -                                        303 404 303 303
    POST /bedside/{bedside}/give-up                     /bedside/2/give-up                       -                                        303 404 303 404
    GET  /tray                                          /tray                                    -                                        200 404 200 200
    GET  /tray/board                                    /tray/board                              -                                        200 404 200 200
    GET  /tray/live                                     /tray/live                               -                                        200 404 200 200
    GET  /observations/{observation}                    /observations/1                          -                                        200 404 200 200
    GET  /observations/{observation}                    /observations/29                         -                                        200 404 200 404
    POST /observations/{observation}/subject            /observations/28/subject                 to=person:2&revision=0&why=asked         303 404 303 303
    POST /observations/{observation}/subject            /observations/29/subject                 to=tray&revision=0&why=not_hers          303 404 303 404
    POST /notices/{notice}/answer                       /notices/1/answer                        back=/tray                               303 404 303 303
    POST /notices/{notice}/answer                       /notices/2/answer                        back=/tray                               303 404 303 404
    GET  /devices/{device}                              /devices/1                               -                                        200 200 404 404
    GET  /devices/{device}                              /devices/3                               -                                        200 200 404 404
    GET  /devices/add                                   /devices/add                             -                                        200 200 404 404
    GET  /devices/add/board                             /devices/add/board                       -                                        200 200 404 404
    POST /devices/add/pair                              /devices/add/pair                        -                                        422 422 404 404
    POST /devices/add/digits                            /devices/add/digits                      -                                        422 422 404 404
    POST /devices/add/cancel                            /devices/add/cancel                      -                                        303 303 404 404
    POST /devices/{device}/forget                       /devices/1/forget                        -                                        404 404 404 404
    POST /devices/{device}/forget                       /devices/3/forget                        -                                        404 404 404 404
    GET  /operator                                      /operator                                -                                        200 200 404 404
    GET  /operator/kind                                 /operator/kind                           -                                        200 200 404 404
    POST /operator/kind                                 /operator/kind                           -                                        422 422 404 404
    GET  /operator/board                                /operator/board                          -                                        200 200 404 404
    GET  /operator/live                                 /operator/live                           -                                        200 200 404 404
    GET  /demo-clock                                    /demo-clock                              -                                        200 200 200 200
    GET  /operator/stations                             /operator/stations                       -                                        200 200 404 404
    POST /operator/stations                             /operator/stations                       -                                        422 422 404 404
    GET  /kiosk/{station}/open                          /kiosk/1/open?token=0                    -                                        404 404 404 404
    GET  /kiosk/{station}/open                          /kiosk/2/open?token=0                    -                                        404 404 404 404
    GET  /kiosk/{station}                               /kiosk/1                                 -                                        404 404 404 404
    GET  /kiosk/{station}                               /kiosk/2                                 -                                        404 404 404 404
    GET  /kiosk/{station}/face                          /kiosk/1/face                            -                                        401 401 401 401
    GET  /kiosk/{station}/face                          /kiosk/2/face                            -                                        401 401 401 401
    GET  /kiosk/{station}/names                         /kiosk/1/names                           -                                        401 401 401 401
    GET  /kiosk/{station}/names                         /kiosk/2/names                           -                                        401 401 401 401
    GET  /kiosk/{station}/photo/{person}                /kiosk/1/photo/1                         -                                        401 401 401 401
    GET  /kiosk/{station}/photo/{person}                /kiosk/2/photo/3                         -                                        401 401 401 401
    GET  /kiosk/{station}/live                          /kiosk/1/live                            -                                        401 401 401 401
    GET  /kiosk/{station}/live                          /kiosk/2/live                            -                                        401 401 401 401
    POST /kiosk/{station}/card                          /kiosk/1/card                            -                                        401 401 401 401
    POST /kiosk/{station}/card                          /kiosk/2/card                            -                                        401 401 401 401
    POST /kiosk/{station}/act                           /kiosk/1/act                             -                                        401 401 401 401
    POST /kiosk/{station}/act                           /kiosk/2/act                             -                                        401 401 401 401
    GET  /persons/new                                   /persons/new                             -                                        200 404 200 200
    POST /persons/new                                   /persons/new                             -                                        422 404 422 422
    GET  /persons/{person}/roster                       /persons/1/roster                        -                                        200 404 200 200
    GET  /persons/{person}/roster                       /persons/3/roster                        -                                        200 404 200 404
    GET  /persons/{person}/edit                         /persons/1/edit                          -                                        200 404 200 200
    GET  /persons/{person}/edit                         /persons/3/edit                          -                                        200 404 200 404
    POST /persons/{person}/edit                         /persons/1/edit                          -                                        400 404 400 400
    POST /persons/{person}/edit                         /persons/3/edit                          -                                        400 404 400 404
    POST /persons/{person}/standing                     /persons/1/standing                      -                                        400 404 400 400
    POST /persons/{person}/standing                     /persons/3/standing                      -                                        400 404 400 404
    GET  /persons/{person}/photo                        /persons/1/photo                         -                                        404 404 404 404
    GET  /persons/{person}/photo                        /persons/3/photo                         -                                        404 404 404 404
    POST /persons/{person}/photo                        /persons/1/photo                         -                                        400 404 400 400
    POST /persons/{person}/photo                        /persons/3/photo                         -                                        400 404 400 400
    POST /persons/{person}/photo/remove                 /persons/1/photo/remove                  -                                        303 404 303 303
    POST /persons/{person}/photo/remove                 /persons/3/photo/remove                  -                                        303 404 303 404
    POST /persons/{person}/cards                        /persons/1/cards                         -                                        422 404 422 422
    POST /persons/{person}/cards                        /persons/3/cards                         -                                        422 404 422 404
    POST /persons/{person}/cards/issue                  /persons/1/cards/issue                   -                                        200 404 200 200
    POST /persons/{person}/cards/issue                  /persons/3/cards/issue                   -                                        200 404 200 404
    POST /persons/{person}/cards/{card}/end             /persons/1/cards/1/end                   -                                        400 404 400 400
    POST /persons/{person}/cards/{card}/end             /persons/3/cards/1/end                   -                                        400 404 400 404
    GET  /persons/{person}/relatives/new                /persons/1/relatives/new                 -                                        200 404 200 200
    GET  /persons/{person}/relatives/new                /persons/3/relatives/new                 -                                        200 404 200 404
    POST /persons/{person}/relatives/new                /persons/1/relatives/new                 -                                        400 404 400 400
    POST /persons/{person}/relatives/new                /persons/3/relatives/new                 -                                        400 404 400 404
    GET  /persons/{person}/relatives/{relative}         /persons/1/relatives/9                   -                                        404 404 404 404
    GET  /persons/{person}/relatives/{relative}         /persons/3/relatives/9                   -                                        404 404 404 404
    POST /persons/{person}/relatives/{relative}         /persons/1/relatives/9                   -                                        404 404 404 404
    POST /persons/{person}/relatives/{relative}         /persons/3/relatives/9                   -                                        404 404 404 404
    POST /persons/{person}/relatives/{relative}/end     /persons/1/relatives/9/end               -                                        404 404 404 404
    POST /persons/{person}/relatives/{relative}/end     /persons/3/relatives/9/end               -                                        404 404 404 404
    POST /persons/{person}/relatives/{relative}/consent /persons/1/relatives/9/consent           -                                        404 404 404 404
    POST /persons/{person}/relatives/{relative}/consent /persons/3/relatives/9/consent           -                                        404 404 404 404
    GET  /persons/{person}/targets                      /persons/1/targets                       -                                        200 404 200 404
    GET  /persons/{person}/targets                      /persons/3/targets                       -                                        200 404 200 404
    POST /persons/{person}/targets                      /persons/1/targets                       -                                        422 404 422 404
    POST /persons/{person}/targets                      /persons/3/targets                       -                                        422 404 422 404
    GET  /roster/import                                 /roster/import                           -                                        200 404 200 200
    POST /roster/import                                 /roster/import                           -                                        400 404 400 400
    POST /roster/import/{upload}                        /roster/import/x                         -                                        422 404 422 422
    GET  /roster/import/{upload}/refused.csv            /roster/import/x/refused.csv             -                                        404 404 404 404
    POST /roster/import/{upload}                        /roster/import/y                         -                                        422 404 422 422
    GET  /roster/import/{upload}/refused.csv            /roster/import/y/refused.csv             -                                        404 404 404 404
    GET  /roster/template.csv                           /roster/template.csv                     -                                        200 404 200 200
    GET  /roster/export.csv                             /roster/export.csv                       -                                        200 404 200 200
    GET  /accounts                                      /accounts                                -                                        200 200 404 404
    POST /accounts                                      /accounts                                -                                        400 400 404 404
    POST /sign-out                                      /sign-out                                -                                        303 303 303 303
";

/// A line of [`WALK`].
struct Step {
    method: &'static str,
    door: &'static str,
    path: &'static str,
    form: Vec<(String, String)>,
    expected: [u16; 4],
}

fn walk() -> Vec<Step> {
    let step = |line: &'static str| {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap();
        let (method, door, path, form) = (word(), word(), word(), word());
        Step {
            method,
            door,
            path,
            form: url::form_urlencoded::parse(form.trim_matches('-').as_bytes())
                .into_owned()
                .collect(),
            expected: [(); 4].map(|()| word().parse().unwrap()),
        }
    };
    WALK.lines()
        .filter(|line| !line.trim().is_empty())
        .map(step)
        .collect()
}

async fn status(browser: &Browser, method: &str, path: &str, form: &[(String, String)]) -> u16 {
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let answer = match method {
        "GET" => browser.get(path).await,
        _ => browser.post(path, &form).await,
    };
    answer.status().as_u16()
}

#[tokio::test]
async fn every_door_opens_for_whom_it_should_and_for_nobody_else() {
    let mut faults = Vec::new();
    for (index, role) in ROLES.into_iter().enumerate() {
        let world = World::with(Settings::default(), Some(Demo { speed: 1 })).await;
        let browser = world.signed_in_as(role).await;
        for step in walk() {
            let found = status(&browser, step.method, step.path, &step.form).await;
            let expected = step.expected[index];
            if found != expected {
                faults.push(format!(
                    "{} {} as {role}: {found}, not {expected}",
                    step.method, step.path
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
    let walk = walk();
    let mut faults = Vec::new();
    for door in doors() {
        for method in ["GET", "POST"] {
            let walked: BTreeSet<&str> = walk
                .iter()
                .filter(|step| step.door == door.path && step.method == method)
                .map(|step| step.path)
                .collect();
            let least = match door.path {
                "/static/{file}" => 1,
                path if path.contains('{') => 2,
                _ => 1,
            };
            let path = door.path.replace("{file}", "tokens.css");
            let path = path.replace("{picture}", "pressure.png");
            let path: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let is_there = match door.path {
                "/sign-out" => method == "POST",
                _ => status(&browser, method, &path, &[]).await != 405,
            };
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
    for path in ["/centres", "/persons"] {
        let (own, all) = (staff.page(path).await, doctor.page(path).await);
        let other = if path == "/centres" {
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
