//! One post: its body is read in bounded time, kept, and answered by what the profiles make of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::{Duration, Instant, timeout};

use super::admit::{admit, too_large};
use super::problem::{Problem, Rule, places};
use super::source::{Held, Sources};
use super::standing::Standing;
use crate::decode::mapping::{Interpretation, Reason, Reply, Status};
use crate::vitals::{Clock, Frame, Inlet, Transport};

/// What the profiles make of a frame, and what they answer.
#[derive(Debug, Clone)]
pub struct Said {
    pub interpretation: Interpretation,
    pub reply: Option<Reply>,
}

/// The same interpretation as the pipeline's, so that an answer and the record agree. May panic.
pub type Interpret = Arc<dyn Fn(&Frame) -> Said + Send + Sync>;

/// What every post needs.
pub(super) struct House {
    pub sources: Sources,
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    pub interpret: Interpret,
    pub standing: Standing,
    pub body_time: Duration,
}

/// `POST /ingest/{source}`.
pub(super) async fn post(
    State(house): State<Arc<House>>,
    source: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    // A name that is no UTF-8 is nobody's.
    let name = source.map(|Path(name)| name).unwrap_or_default();
    let answered = match admit(&house.sources, &name, &head.headers, Instant::now()) {
        Ok(held) => take(&house, &held, body).await,
        Err(problem) => {
            read_away(&head.headers, body).await;
            Err(problem)
        }
    };
    answered.unwrap_or_else(|problem| {
        house.standing.problem(&name, problem.rule);
        problem.into_response()
    })
}

/// The road of an admitted body: read, keep, answer.
async fn take(house: &House, held: &Held, body: Body) -> Result<Response, Problem> {
    let source = &held.source;
    let payload = timeout(house.body_time, read(body, source.max_body_bytes))
        .await
        .map_err(|_| Rule::SlowBody)?
        .map_err(|unread| match unread {
            Unread::TooLarge => too_large(source),
            Unread::Broken => Rule::BrokenBody.into(),
        })?;
    let frame = Frame {
        transport: Transport::Http,
        source: source.name.clone(),
        topic: format!("/ingest/{}", source.name),
        payload,
        received_at: house.clock.now(),
        retained: false,
        may_be_late: false,
        refused: None,
    };
    let received_at = frame.received_at;
    let said = catch_unwind(AssertUnwindSafe(|| (house.interpret)(&frame)));
    // Nothing above this line answers the sender, whatever the profiles say.
    house
        .inlet
        .keep(frame)
        .await
        .map_err(|_| Problem::from(Rule::Stopping))?;
    house.standing.kept(&source.name, received_at);
    match said {
        Ok(said) => answer(said),
        Err(_) => {
            tracing::error!(source = source.name, "a profile panicked; the body is kept");
            Err(not_taken(Rule::NotUnderstood, panicked()))
        }
    }
}

enum Unread {
    TooLarge,
    Broken,
}

/// The whole body, or why not. What is above the limit is thrown away as it comes.
async fn read(body: Body, limit: usize) -> Result<Vec<u8>, Unread> {
    let mut chunks = body.into_data_stream();
    let mut payload = Vec::new();
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::Broken)?;
        bytes += chunk.len();
        if bytes > limit.saturating_add(READ_AWAY_BYTES) {
            return Err(Unread::TooLarge);
        }
        if bytes <= limit {
            payload.extend_from_slice(&chunk);
        }
    }
    if bytes > limit {
        return Err(Unread::TooLarge);
    }
    Ok(payload)
}

/// How much of a refused body is read and thrown away, so that a sender in the middle of writing it
/// sees the answer instead of a broken connection.
const READ_AWAY_BYTES: usize = 2 * 1024 * 1024;
const READ_AWAY_TIME: Duration = Duration::from_secs(2);

async fn read_away(headers: &HeaderMap, body: Body) {
    // Who asks first is told first.
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let mut chunks = body.into_data_stream();
    let mut bytes = 0;
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            bytes += chunk.len();
            if bytes > READ_AWAY_BYTES {
                return;
            }
        }
    };
    // A slow one learns nothing new by being slow.
    let _ = timeout(READ_AWAY_TIME, reading).await;
}

/// What a kept body is answered, a refusal as its problem document: the door's own words, for whoever
/// wants to see them without a door (the fuzzer).
pub fn respond(said: Said) -> Response {
    answer(said).unwrap_or_else(IntoResponse::into_response)
}

/// The answer to a kept body: from the body and the profiles alone.
fn answer(said: Said) -> Result<Response, Problem> {
    let interpretation = said.interpretation;
    match interpretation.status {
        Status::Quarantined => Err(not_taken(Rule::NotUnderstood, interpretation.reasons)),
        Status::Refused => Err(not_taken(Rule::ValueRefused, interpretation.reasons)),
        Status::Ok | Status::Ignored => Ok(match said.reply {
            Some(reply) => as_profiled(reply),
            None => Json(json!({
                "kept": true,
                "status": interpretation.status.word(),
                "readings": interpretation.readings.len(),
                "reasons": places(&interpretation.reasons),
            }))
            .into_response(),
        }),
    }
}

fn as_profiled(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let content_type = HeaderValue::from_str(&reply.content_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    (status, [(header::CONTENT_TYPE, content_type)], reply.body).into_response()
}

fn not_taken(rule: Rule, reasons: Vec<Reason>) -> Problem {
    Problem {
        errors: reasons,
        ..Problem::from(rule)
    }
}

fn panicked() -> Vec<Reason> {
    vec![Reason {
        at: String::new(),
        word: "decoder_panicked".to_owned(),
    }]
}
