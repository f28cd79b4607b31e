use super::world::World;
use crate::web::{Demo, Settings};

const PAGES: [&str; 17] = [
    "/",
    "/centres/1",
    "/persons",
    "/persons/1",
    "/persons/2",
    "/centres",
    "/day/1",
    "/persons/1/desk",
    "/persons/1/typed",
    "/bedside",
    "/bedside?person=1",
    "/bedside/1",
    "/tray",
    "/observations/1",
    "/observations/28?to=person:1",
    "/devices/1",
    "/operator",
];

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    for (tag, mark) in [("zh-CN", "退出"), ("en", "Sign out")] {
        let answer = browser
            .post("/language", &[("to", tag), ("back", "/persons")])
            .await;
        assert_eq!(answer.headers()["location"], "/persons");
        for path in PAGES {
            let page = browser.page(path).await;
            assert!(page.contains(&format!("<html lang=\"{tag}\">")), "{path}");
            assert!(page.contains(mark), "{path}");
        }
    }
    assert_eq!(
        browser.post("/language", &[("to", "xx")]).await.status(),
        400
    );
}

/// What the content security policy forbids stands in no page, and every key had its text.
#[tokio::test]
async fn no_page_has_inline_style_or_script_or_a_key_without_text() {
    let world = World::with(Settings::default(), Some(Demo { speed: 1 })).await;
    let browser = world.signed_in().await;
    for path in PAGES.into_iter().chain(["/sign-in"]) {
        let page = browser.page(path).await;
        for forbidden in [" style=\"", "<style", "<script>", "onclick=", "javascript:"] {
            assert!(!page.contains(forbidden), "{path} has {forbidden}");
        }
        for family in [
            "centres-",
            "people-",
            "person-",
            "numbers-",
            "operator-",
            "tray-",
            "observation-",
            "notice-",
            "sitter-",
            "place-",
            "why-",
            "day-",
            "desk-",
            "bedside-",
            "typed-",
            "sign-",
            "prompt-",
            "posture-",
            "figure-",
            "chart-",
        ] {
            let as_text = format!(">{family}");
            assert!(!page.contains(&as_text), "{path} shows a key of {family}");
        }
        assert!(
            page.contains("演示时钟 2026年4月14日 星期二 08:52"),
            "{path} has no demo clock"
        );
    }
}

#[tokio::test]
async fn without_the_demo_no_page_speaks_of_one() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    for path in PAGES {
        assert!(!browser.page(path).await.contains("演示时钟"), "{path}");
    }
    assert_eq!(browser.get("/demo-clock").await.status(), 404);
}

#[tokio::test]
async fn a_person_is_shown_with_numbers_and_provenance() {
    let world = World::new(Settings::default()).await;
    let page = world.signed_in().await.page("/persons/1").await;
    for part in [
        "赵一二",
        "83 岁 女",
        "高血压",
        "低于 150/90",
        "刷卡",
        "1 号袖带",
        "脉率 72",
        "<svg",
    ] {
        assert!(page.contains(part), "no {part}");
    }
}

#[tokio::test]
async fn a_person_without_readings_gets_words_not_an_empty_frame() {
    let world = World::new(Settings::default()).await;
    let page = world.signed_in().await.page("/persons/2").await;
    assert!(page.contains("还没有读数"));
    assert!(
        page.contains("钱&#60;三&#62;四"),
        "a name is text, never markup"
    );
}

#[tokio::test]
async fn every_range_can_be_asked_for() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    for days in ["7", "30", "90", "365", "all", "no-such-range"] {
        browser.page(&format!("/persons/1?days={days}")).await;
    }
    for path in ["/persons/99", "/centres/99", "/devices/99"] {
        assert_eq!(browser.get(path).await.status(), 404, "{path}");
    }
    let answer = browser.get("/persons/abc").await;
    assert_eq!(answer.status(), 400);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("<html lang=\"zh-CN\">") && !page.contains("Cannot parse"),
        "{page}"
    );
}

#[tokio::test]
async fn each_picture_can_be_saved_as_png() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    let page = browser.page("/persons/1").await;
    for picture in ["pressure", "pressure-by-hour", "glucose", "glucose-by-hour"] {
        let href = format!("/persons/1/pictures/{picture}.png?days=90");
        assert!(
            page.contains(&format!("href=\"{href}\" download")),
            "no link to {picture}"
        );
        let answer = browser.get(&href).await;
        assert_eq!(answer.status(), 200, "{picture}");
        assert_eq!(answer.headers()["content-type"], "image/png");
        assert_eq!(
            answer.headers()["content-disposition"],
            format!("attachment; filename=\"{picture}-1-90.png\"")
        );
        let bytes = answer.bytes().await.unwrap();
        let made = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
        assert_eq!(made.width(), 1240);
    }
    for path in [
        "/persons/1/pictures/weight.png",
        "/persons/1/pictures/pressure",
        "/persons/99/pictures/pressure.png",
    ] {
        assert_eq!(browser.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn the_readings_of_a_page_can_be_taken_along_and_the_log_says_who_did() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    assert!(
        browser
            .page("/persons/1")
            .await
            .contains("href=\"/persons/1/readings.csv?days=90\" download")
    );
    assert_eq!(world.acts("person.export").await, 0);
    let answer = browser.get("/persons/1/readings.csv?days=90").await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    let table = answer.text().await.unwrap();
    let mut lines = table.trim_start_matches('\u{feff}').lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("observation,person,name,kind,taken_at")
    );
    assert!(lines.next().unwrap().contains(",赵一二,"));
    assert!(!table.contains("钱"), "somebody else's");
    assert_eq!(world.acts("person.export").await, 1);
    assert_eq!(browser.get("/persons/99/readings.csv").await.status(), 404);
    assert_eq!(world.acts("person.export").await, 1);
}

#[tokio::test]
async fn persons_are_found_by_name_and_pinyin() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    for typed in ["赵一", "ZhaoYi", "zhao%20yi"] {
        let page = browser.page(&format!("/persons?name={typed}")).await;
        assert!(page.contains("赵一二") && !page.contains("钱"), "{typed}");
    }
    assert!(
        browser
            .page("/persons?name=nobody")
            .await
            .contains("没有名字或拼音里有")
    );
}
