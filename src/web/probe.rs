//! What machines ask: is it alive, how does it run; and the demo's clock for a page that stays open.

use axum::extract::State as With;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::ask::Ask;
use super::refusal::Refusal;
use super::shell;
use super::state::State;

/// `GET /healthz`: the hub answers and its journal can be read. Says nothing else.
pub async fn healthz(With(state): With<State>) -> Result<&'static str, Refusal> {
    state
        .read(|journal| journal.fact("schema").map(|_| ()))
        .await?;
    Ok("ok\n")
}

/// `GET /metrics`: Prometheus text format 0.0.4.
pub async fn metrics(With(state): With<State>) -> Result<Response, Refusal> {
    let handle = state.metrics.as_ref().ok_or(Refusal::NotFound)?;
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((kind, handle.render()).into_response())
}

/// `GET /demo-clock`: the line of the demo's clock, now.
pub async fn demo_clock(ask: Ask) -> Result<String, Refusal> {
    let demo = ask.state.demo.ok_or(Refusal::NotFound)?;
    Ok(shell::demo_clock(
        ask.words,
        ask.now,
        &ask.state.zone,
        demo.speed,
    ))
}
