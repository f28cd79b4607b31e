use super::world::{LOGIN, PASSWORD, World};
use crate::web::Settings;

fn no_address_limit() -> Settings {
    Settings {
        sign_ins_per_minute: 1_000,
        ..Settings::default()
    }
}

#[tokio::test]
async fn the_right_password_opens_and_signing_out_closes() {
    let world = World::new(Settings::default()).await;
    let browser = world.browser();
    let wanted = [
        ("login", LOGIN),
        ("password", PASSWORD),
        ("next", "/persons/1?days=30"),
    ];
    let answer = browser.post("/sign-in", &wanted).await;
    assert_eq!(answer.headers()["location"], "/persons/1?days=30");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(browser.get("/").await.status(), 200);
    assert_eq!(browser.post("/sign-out", &[]).await.status(), 303);
    assert_eq!(browser.get("/").await.status(), 303);
    // The token itself is worth nothing any more, not only the browser's copy gone.
    let token = cookie.split(';').next().unwrap();
    let answer = world
        .browser()
        .client
        .get(&world.base)
        .header("cookie", token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
}

#[tokio::test]
async fn nobody_is_sent_to_another_host() {
    let world = World::new(Settings::default()).await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let fields = [("login", LOGIN), ("password", PASSWORD), ("next", next)];
        let answer = world.browser().post("/sign-in", &fields).await;
        assert_eq!(answer.headers()["location"], "/", "{next}");
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    let world = World::new(no_address_limit()).await;
    let mut answers = Vec::new();
    for (login, password) in [(LOGIN, "wrong"), ("nobody", PASSWORD)] {
        let answer = world.browser().sign_in(login, password).await;
        assert_eq!(answer.status(), 422);
        assert!(answer.headers().get("set-cookie").is_none());
        answers.push(answer.text().await.unwrap().replace(login, ""));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn an_account_locks_and_opens_again() {
    let world = World::new(no_address_limit()).await;
    let stranger = world.browser();
    for failure in 1..=10 {
        assert_eq!(
            stranger.sign_in(LOGIN, "wrong").await.status(),
            422,
            "{failure}"
        );
        world.clock.forward(60);
    }
    // Locked since the tenth, 60 s ago, for 15 minutes.
    world.clock.forward(15 * 60 - 61);
    let locked = stranger.sign_in(LOGIN, PASSWORD).await;
    assert_eq!(locked.status(), 422);
    world.clock.forward(1);
    assert_eq!(stranger.sign_in(LOGIN, PASSWORD).await.status(), 303);
    // And the count starts again.
    assert_eq!(world.browser().sign_in(LOGIN, "wrong").await.status(), 422);
    assert_eq!(world.browser().sign_in(LOGIN, PASSWORD).await.status(), 303);
}

#[tokio::test]
async fn guesses_at_once_are_all_counted() {
    let world = World::new(no_address_limit()).await;
    let stranger = world.browser();
    let guesses = (0..12).map(|_| stranger.sign_in(LOGIN, "wrong"));
    futures_util::future::join_all(guesses).await;
    // The fourth wrong one already makes the account wait: the right password is not looked at.
    assert_eq!(stranger.sign_in(LOGIN, PASSWORD).await.status(), 422);
}

#[tokio::test]
async fn an_address_has_its_tries_a_minute() {
    let world = World::new(Settings {
        sign_ins_per_minute: 2,
        ..Settings::default()
    })
    .await;
    let stranger = world.browser();
    assert_eq!(stranger.sign_in("a", "wrong").await.status(), 422);
    assert_eq!(stranger.sign_in("b", "wrong").await.status(), 422);
    assert_eq!(stranger.sign_in(LOGIN, PASSWORD).await.status(), 429);
    world.clock.forward(60);
    assert_eq!(stranger.sign_in(LOGIN, PASSWORD).await.status(), 303);
}

#[tokio::test]
async fn a_session_falls_idle_unless_a_person_uses_it() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    world.clock.forward(29 * 60);
    assert_eq!(browser.get("/").await.status(), 200);
    world.clock.forward(29 * 60);
    // A page that refreshes itself is no person.
    assert_eq!(browser.get("/persons/1/board").await.status(), 200);
    world.clock.forward(60);
    assert_eq!(browser.get("/persons/1/board").await.status(), 401);
    assert_eq!(browser.get("/").await.status(), 303);
}

#[tokio::test]
async fn a_session_ends_after_its_hours() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    for _ in 0..(12 * 60 / 20 - 1) {
        world.clock.forward(20 * 60);
        assert_eq!(browser.get("/").await.status(), 200);
    }
    world.clock.forward(20 * 60);
    assert_eq!(browser.get("/").await.status(), 303);
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    let hash = crate::web::access::password::hash("four other mornings").unwrap();
    world
        .road
        .write(move |tx, _| super::world::put(tx, LOGIN, &hash, "admin", None))
        .await
        .unwrap();
    assert_eq!(browser.get("/").await.status(), 303);
}
