use std::time::Duration;

use super::world::{Browser, World};
use crate::web::Settings;

/// An event as browsers take one: without a data line they would not hand it to the page.
const CHANGED: &str = "event: changed\ndata: journal\n\n";

/// Reads the stream until `text` came; `false` when the stream ended before.
async fn hears(answer: &mut reqwest::Response, text: &str) -> bool {
    let mut heard = String::new();
    let listening = async {
        while let Ok(Some(chunk)) = answer.chunk().await {
            heard.push_str(&String::from_utf8_lossy(&chunk));
            if heard.contains(text) {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(Duration::from_secs(10), listening)
        .await
        .unwrap_or(false)
}

async fn listen(browser: &Browser, path: &str) -> reqwest::Response {
    let answer = browser.get(path).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    answer
}

#[tokio::test]
async fn an_open_page_hears_of_its_person() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    let mut first = listen(&browser, "/persons/1/live").await;
    let mut operator = listen(&browser, "/operator/live").await;
    world.measure().await;
    assert!(hears(&mut first, CHANGED).await);
    assert!(hears(&mut operator, CHANGED).await);
    assert!(browser.page("/persons/1/board").await.contains("157/85"));
}

#[tokio::test]
async fn an_open_page_hears_nothing_of_others() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    let mut second = listen(&browser, "/persons/2/live").await;
    let mut operator = listen(&browser, "/operator/live").await;
    world.measure_unclaimed().await;
    world.measure().await;
    assert!(hears(&mut operator, CHANGED).await);
    let silence = tokio::time::timeout(Duration::from_millis(300), second.chunk()).await;
    assert!(silence.is_err(), "the page of person 2 heard of person 1");
}

#[tokio::test]
async fn the_stream_of_a_session_that_ended_says_no_more() {
    let world = World::new(Settings::default()).await;
    let browser = world.signed_in().await;
    let mut open = listen(&browser, "/persons/1/live").await;
    browser.post("/sign-out", &[]).await;
    world.measure().await;
    assert!(!hears(&mut open, CHANGED).await);
}
