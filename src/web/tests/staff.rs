//! The tray and one reading, as staff meet them.

use std::time::Duration;

use super::world::World;
use crate::web::Settings;

const NOBODYS: &str = "/observations/28";

#[tokio::test]
async fn the_tray_shows_why_and_who_was_there_and_suggests_nobody() {
    let world = World::new(Settings::default()).await;
    world.sit("c1-s1", 1, -12, Some(-4)).await;
    world.sit("c1-s1", 2, 3, Some(9)).await;
    let page = world.signed_in_as("staff").await.page("/tray").await;
    for part in [
        "1 个数还不知道是谁的",
        "1 号袖带",
        "1 号座",
        "205/118",
        "钟点可信",
        "没刷卡，也没签到",
        "href=\"/observations/28?to=person:1\"",
        "08:40–08:48 在座",
        "08:55–09:01 在座",
        "先去找人",
        "我来",
        "<svg",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    // A person of another centre who has such values is not offered, nor anybody who was not there.
    assert!(!page.contains("孙五六"));
    assert!(!page.contains("to=person:3"));
}

#[tokio::test]
async fn two_touches_give_a_reading_its_person() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let confirm = staff.page(&format!("{NOBODYS}?to=person:2")).await;
    assert!(
        confirm.contains("归到 钱&#60;三&#62;四")
            && confirm.contains("name=\"revision\" value=\"0\"")
    );
    let form = [("to", "person:2"), ("revision", "0"), ("why", "asked")];
    let answer = staff.post(&format!("{NOBODYS}/subject"), &form).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/tray");
    let tray = staff.page("/tray").await;
    assert!(tray.contains("没有待认领的数") || tray.contains("这一天里没有新的"));
    assert!(tray.contains("→ 钱&#60;三&#62;四") && tray.contains("问过本人"));
    assert!(staff.page("/persons/2").await.contains("205/118"));
    // The notice stays until somebody says "I have it".
    assert!(tray.contains("先去找人"));
    staff.post("/notices/1/answer", &[("back", "/tray")]).await;
    assert!(!staff.page("/tray").await.contains("先去找人"));
    assert!(staff.page(NOBODYS).await.contains("说“我来”"));
}

#[tokio::test]
async fn who_comes_second_is_told_who_was_first() {
    let world = World::new(Settings::default()).await;
    let (staff, doctor) = (
        world.signed_in_as("staff").await,
        world.signed_in_as("doctor").await,
    );
    let to = |person| [("to", person), ("revision", "0"), ("why", "saw")];
    let path = format!("{NOBODYS}/subject");
    assert_eq!(doctor.post(&path, &to("person:2")).await.status(), 303);
    let second = staff.post(&path, &to("person:1")).await;
    assert_eq!(second.status(), 409);
    let page = second.text().await.unwrap();
    assert!(
        page.contains("doctor 08:52 已经改过了：钱&#60;三&#62;四"),
        "{page}"
    );
    // Sent again by the one who won: no second change, no complaint.
    assert_eq!(doctor.post(&path, &to("person:2")).await.status(), 303);
}

#[tokio::test]
async fn a_voided_reading_leaves_the_record_and_stays_listed_with_its_trail() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let before = staff.page("/persons/1").await;
    assert!(!before.contains("拿走的数"));
    let form = [
        ("to", "nobody:visitor"),
        ("revision", "0"),
        ("why", "nobodys"),
    ];
    let answer = staff.post("/observations/1/subject", &form).await;
    assert_eq!(answer.status(), 303);
    let after = staff.page("/persons/1").await;
    assert!(after.contains("拿走的数") && after.contains("不是任何老人的（来客）"));
    let trail = staff.page("/observations/1").await;
    assert!(trail.contains("staff：赵一二 → 不是任何老人的（来客）"));
    let csv = staff.page("/persons/1/readings.csv").await;
    assert!(
        !csv.contains("\r\n1,"),
        "voided, and still exported as hers"
    );
}

#[tokio::test]
async fn nobody_acts_on_what_she_may_not_see_or_with_words_nobody_knows() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let post = async |path: &str, to: &str, why: &str| {
        let form = [("to", to), ("revision", "0"), ("why", why)];
        staff.post(path, &form).await.status().as_u16()
    };
    assert_eq!(
        post("/observations/29/subject", "tray", "not_hers").await,
        404
    );
    assert_eq!(
        post("/observations/28/subject", "person:3", "asked").await,
        404
    );
    assert_eq!(
        post("/observations/28/subject", "person:x", "asked").await,
        400
    );
    assert_eq!(
        post("/observations/28/subject", "person:1", "guessed").await,
        400
    );
    assert_eq!(
        post("/observations/28/subject", "nobody:too_high", "nobodys").await,
        400
    );
    assert_eq!(
        staff.get("/observations/28?to=person:3").await.status(),
        404
    );
    assert_eq!(
        staff.get("/observations/28?to=anything").await.status(),
        400
    );
    let back = [
        ("to", "person:1"),
        ("revision", "0"),
        ("why", "saw"),
        ("back", "//evil.example"),
    ];
    let answer = staff.post("/observations/28/subject", &back).await;
    assert_eq!(answer.headers()["location"], "/tray");
}

#[tokio::test]
async fn open_pages_of_both_persons_and_the_tray_hear_of_a_move() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    let staff_elsewhere = world.signed_in_as("staff-2").await;
    let mut old = browser.get("/persons/1/live").await;
    let mut new = browser.get("/persons/2/live").await;
    let mut third = browser.get("/persons/3/live").await;
    let mut tray = browser.get("/tray/live").await;
    let mut elsewhere = staff_elsewhere.get("/tray/live").await;
    let form = [("to", "person:2"), ("revision", "0"), ("why", "asked")];
    browser.post("/observations/1/subject", &form).await;
    for open in [&mut old, &mut new, &mut tray] {
        let heard = tokio::time::timeout(Duration::from_secs(10), open.chunk()).await;
        let heard = heard.unwrap().unwrap().unwrap();
        assert!(heard.starts_with(b"event: changed"));
    }
    for quiet in [&mut third, &mut elsewhere] {
        let silence = tokio::time::timeout(Duration::from_millis(300), quiet.chunk()).await;
        assert!(silence.is_err(), "a page that is not concerned heard of it");
    }
}

#[tokio::test]
async fn an_item_that_waits_for_more_than_a_day_is_marked() {
    let world = World::new(Settings::default()).await;
    world.clock.forward(24 * 3600);
    let browser = world.signed_in_as("staff").await;
    let mark = "<span class=\"badge\">超过一天</span>";
    assert!(!browser.page("/tray").await.contains(mark));
    world.clock.forward(1);
    assert!(browser.page("/tray").await.contains(mark));
}

#[tokio::test]
async fn the_day_board_says_who_came_who_is_missing_and_what_to_do() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    // A Tuesday; the second person comes on Tuesdays and has not come.
    world.comes_on(2, "2 5").await;
    let before = staff.page("/day/1").await;
    assert!(
        before.contains("钱&#60;三&#62;四") && before.contains("上次")
            || before.contains("还没有读数")
    );
    world.measure().await;
    let page = staff.page("/day/1").await;
    for part in [
        "今天 · 甲子村",
        "157/85",
        "一次",
        "请再量一次血压。",
        "先去找人",
        "href=\"/persons/2/desk\"",
        "纸质名单",
        "打 120",
        "1 号袖带",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    assert!(!page.contains("孙五六"), "another centre's person");
    // She comes: she is missing no more, and the doctor can change over to the other centre.
    world.sit("c1-s1", 2, -1, None).await;
    let missing = |page: &str| {
        let from = page.find("id=\"miss\"").unwrap();
        let until = page[from..].find("</section>").unwrap();
        page[from..from + until].contains("/persons/2/desk")
    };
    assert!(missing(&page));
    assert!(!missing(&staff.page("/day/1").await));
    let doctor = world.signed_in_as("doctor").await;
    assert!(doctor.page("/day/1").await.contains("href=\"/day/2\""));
    assert!(!page.contains("href=\"/day/2\""));
}

#[tokio::test]
async fn at_the_desk_signs_meals_and_postures_are_kept_and_shown() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    world.measure().await;
    staff
        .post(
            "/persons/1/signs",
            &[("sign", "severe_headache"), ("sign", "fall")],
        )
        .await;
    let desk = staff.page("/persons/1/desk").await;
    assert!(desk.contains("value=\"severe_headache\" checked"));
    assert!(desk.contains("value=\"fall\" checked") && desk.contains("staff 08:52 勾的"));
    let day = staff.page("/day/1").await;
    assert!(
        day.contains("头很痛、摔倒过") || day.contains("摔倒过、头很痛"),
        "{day}"
    );
    staff.post("/persons/1/signs", &[]).await;
    assert!(!staff.page("/persons/1/desk").await.contains(" checked"));
    assert_eq!(
        staff
            .post("/persons/1/signs", &[("sign", "looks_ill")])
            .await
            .status(),
        400
    );
    staff.post("/persons/1/meals", &[("hour", "08:10")]).await;
    assert!(staff.page("/persons/1/desk").await.contains("08:10"));
    assert_eq!(
        staff
            .post("/persons/1/meals", &[("hour", "09:30")])
            .await
            .status(),
        303,
        "a time a little ahead is now"
    );
    let row = "name=\"posture\" value=\"lie\" aria-pressed=\"";
    assert!(desk.contains(&format!("{row}false")));
    staff
        .post(
            "/observations/30/remarks",
            &[("posture", "lie"), ("back", "/persons/1/desk")],
        )
        .await;
    assert!(
        staff
            .page("/persons/1/desk")
            .await
            .contains(&format!("{row}true"))
    );
    assert_eq!(
        staff
            .post("/observations/30/remarks", &[("posture", "upside_down")])
            .await
            .status(),
        400
    );
}

#[tokio::test]
async fn at_the_bedside_the_reading_is_looked_at_before_it_is_kept() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    assert!(staff.page("/bedside?person=2").await.contains("1 号袖带"));
    let begun = staff
        .post("/bedside", &[("person", "2"), ("device", "1")])
        .await;
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    assert!(staff.page(&path).await.contains("正在等这个数"));
    let doctor = world.signed_in_as("doctor").await;
    let busy = doctor
        .post("/bedside", &[("person", "1"), ("device", "1")])
        .await;
    assert_eq!(busy.status(), 409);
    assert!(
        busy.text()
            .await
            .unwrap()
            .contains("staff 正等着这台仪器的数，到 08:54")
    );
    world.answer_bedside(3, 28).await;
    let page = staff.page(&path).await;
    assert!(page.contains("205/118") && page.contains("一样，归到 钱&#60;三&#62;四"));
    let done = staff.post(&format!("{path}/confirm"), &[]).await;
    assert_eq!(done.status(), 303);
    assert!(staff.page(&path).await.contains("再量一次"));
    assert!(staff.page("/persons/2").await.contains("205/118"));
    // Nothing in two minutes.
    let begun = staff
        .post("/bedside", &[("control", "1"), ("device", "2")])
        .await;
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    world.clock.forward(121);
    assert!(staff.page(&path).await.contains("两分钟里没有数"));
}

#[tokio::test]
async fn a_typed_reading_is_looked_at_twice_and_says_who_typed_it() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let page = staff.page("/persons/2/typed").await;
    let form = page.split("name=\"form\" value=\"").nth(1).unwrap()[..32].to_owned();
    let fields = |systolic: &'static str, taken: &'static str, sure: &'static str| {
        vec![
            ("kind", "blood_pressure"),
            ("systolic", systolic),
            ("diastolic", "86"),
            ("pulse", ""),
            ("posture", "sit"),
            ("taken", taken),
            ("sure", sure),
        ]
    };
    let send = async |fields: Vec<(&str, &str)>| {
        let mut fields = fields;
        fields.push(("form", &form));
        let answer = staff.post("/persons/2/typed", &fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = send(fields("１８５", "2026-04-14T08:30", "")).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("185/86") && page.contains("填对了吗") && page.contains("高压到了 180"));
    assert!(
        !staff.page("/persons/2").await.contains("185/86"),
        "not kept yet"
    );
    for (systolic, taken, why) in [
        ("18x", "2026-04-14T08:30", "看不懂"),
        ("301", "2026-04-14T08:30", "不能存"),
        ("185", "2026-04-14T08:53", "时间不对"),
        ("185", "yesterday", "时间不对"),
    ] {
        let (status, page) = send(fields(systolic, taken, "1")).await;
        assert!(
            status == 422 && page.contains(why),
            "{systolic} {taken}: {status}"
        );
    }
    assert_eq!(send(fields("185", "2026-04-14T08:30", "1")).await.0, 303);
    assert_eq!(send(fields("185", "2026-04-14T08:30", "1")).await.0, 303);
    let page = staff.page("/persons/2").await;
    assert!(page.contains("185/86") && page.contains("手工填写"));
    assert_eq!(
        page.matches("工作人员手工填写").count(),
        2,
        "kept once: {page}"
    );
    assert!(
        staff
            .page("/observations/30")
            .await
            .contains("staff 手工填写")
    );
}

#[test]
fn every_closed_word_of_the_staff_pages_has_its_text() {
    use crate::pipeline::whose::Why;
    use crate::rules::{PlaceAlarm, RuleTable, shipped};
    use crate::words::{Language, Words};
    let signs = RuleTable::load(&shipped()).unwrap().signs;
    for language in Language::ALL {
        let t = Words::of(language);
        let missing = |family: &str, word: &str| {
            let key = format!("{family}-{}", word.replace('_', "-"));
            t.say(&key) == key
        };
        for why in Why::ALL {
            assert!(!missing("why", why.word()), "{why:?}");
        }
        for alarm in PlaceAlarm::ALL {
            assert!(!missing("place", alarm.word()), "{alarm:?}");
        }
        for sign in signs.words() {
            assert!(!missing("sign", sign), "{sign}");
        }
    }
}
