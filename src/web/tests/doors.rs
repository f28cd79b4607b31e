use super::world::World;
use crate::sources::secret::SecretPlace;
use crate::web::doors::doors;
use crate::web::{Need, Settings};

fn concrete(path: &str) -> String {
    let part = |part| match part {
        "{file}" => "tokens.css",
        "{picture}" => "pressure.png",
        "{upload}" => "x",
        other if str::starts_with(other, '{') => "1",
        other => other,
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn nothing_but_the_open_doors_answers_without_a_session() {
    let world = World::new(Settings::default()).await;
    let stranger = world.browser();
    let mut open = Vec::new();
    for door in doors() {
        let path = concrete(door.path);
        if door.need == Need::Nothing {
            open.push(door.path);
        }
        for by_post in [false, true] {
            let answer = match by_post {
                true => stranger.post(&path, &[]).await,
                false => stranger.get(&path).await,
            };
            let status = answer.status().as_u16();
            let to_sign_in = answer
                .headers()
                .get("location")
                .is_some_and(|to| to.to_str().unwrap().starts_with("/sign-in?next="));
            let body = answer.text().await.unwrap();
            assert!(
                !body.contains("赵") && !body.contains("0015-A"),
                "{path} tells something"
            );
            if door.need == Need::Nothing {
                continue;
            }
            if door.need == Need::Seat && !door.by_script {
                // A screen that was not let in cannot sign in either.
                assert_eq!(status, 404, "{path}");
            } else if door.by_script || by_post {
                assert_eq!(status, 401, "{path}");
            } else {
                assert!(status == 303 && to_sign_in, "{path}: {status}");
            }
        }
    }
    assert_eq!(
        open,
        [
            "/healthz",
            "/static/{file}",
            "/language",
            "/sign-in",
            "/kiosk/{station}/open"
        ]
    );
}

#[tokio::test]
async fn an_unknown_address_tells_a_stranger_nothing() {
    let world = World::new(Settings::default()).await;
    assert_eq!(world.browser().get("/no-such-page").await.status(), 303);
    let answer = world.signed_in().await.get("/no-such-page").await;
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("没有这一页"));
}

#[tokio::test]
async fn every_answer_carries_its_headers() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    for path in [
        "/",
        "/healthz",
        "/static/tokens.css",
        "/persons/1",
        "/persons/99",
        "/metrics",
    ] {
        let answer = browser.get(path).await;
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
                .unwrap_or_default()
        };
        assert!(
            header("content-security-policy").starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        let stored = if path.starts_with("/static") {
            "no-cache"
        } else {
            "no-store"
        };
        assert_eq!(header("cache-control"), stored, "{path}");
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_make_a_browser_act() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    for door in doors() {
        let path = concrete(door.path);
        for (name, value) in [
            ("origin", "http://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let answer = browser
                .client
                .post(format!("{}{path}", world.base))
                .header(name, value)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 403, "{path}");
        }
    }
    assert_eq!(browser.get("/").await.status(), 200);
}

#[tokio::test]
async fn a_form_that_is_too_long_is_not_read() {
    let world = World::new(Settings::default()).await;
    let long = "x".repeat(70_000);
    assert_eq!(world.browser().sign_in(&long, "p").await.status(), 413);
}

#[tokio::test]
async fn the_metrics_token_opens_the_metrics_and_nothing_else() {
    let token = "0123456789abcdef";
    let settings = Settings {
        metrics_token: Some(SecretPlace::Here(token.to_owned())),
        ..Settings::default()
    };
    let world = World::new(settings).await;
    let with = async |path: &str, token: &str| {
        let url = format!("{}{path}", world.base);
        world
            .browser()
            .client
            .get(url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(with("/metrics", token).await, 200);
    assert_eq!(with("/metrics", "0123456789abcdeg").await, 401);
    assert_eq!(with("/metrics", "").await, 401);
    assert_eq!(with("/persons", token).await, 303);
}
