//! Before a page: who is it, and may she. After it: the headers, and words for what went wrong.

use axum::extract::{Request, State as With};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use std::time::Duration;

use super::access::session::Token;
use super::access::{ledger, origin, screen, shield};
use super::ask::Ask;
use super::refusal::Refusal;
use super::shell::{Plain, Shell, Tab, page};
use super::state::State;
use super::visitor::{Need, Visitor};

/// A page that is not answered by then is given up (event streams answer at once and go on).
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What one door asks for.
#[derive(Debug, Clone)]
pub struct Gate {
    pub state: State,
    pub need: Need,
    pub by_script: bool,
}

/// Lets through whom the door is for.
pub async fn gate(
    With(gate): With<Gate>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if gate.need == Need::Seat {
        let Some(station) = screen::station(&gate.state, request.headers()).await? else {
            return Err(if gate.by_script {
                Refusal::SignedOut
            } else {
                Refusal::NotFound
            });
        };
        request.extensions_mut().insert(station);
        return Ok(next.run(request).await);
    }
    let visitor = visitor(&gate, request.headers()).await?;
    let may = match (&visitor, gate.need) {
        (_, Need::Nothing) => true,
        (None, Need::Metrics) => holds_metrics_token(&gate.state, request.headers()),
        (None, _) => return Ok(to_sign_in(&gate, &request)),
        (Some(visitor), need) => visitor.may(need),
    };
    if !may {
        // The same answer as for an address that does not exist.
        return Err(if visitor.is_some() {
            Refusal::NotFound
        } else {
            Refusal::SignedOut
        });
    }
    if let Some(visitor) = visitor {
        request.extensions_mut().insert(visitor);
    }
    Ok(next.run(request).await)
}

fn to_sign_in(gate: &Gate, request: &Request) -> Response {
    if gate.by_script || request.method() != Method::GET {
        return Refusal::SignedOut.into_response();
    }
    let wanted = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", wanted);
    Redirect::to(&format!("/sign-in?{}", query.finish())).into_response()
}

/// The person whose session the browser holds, while it stands.
async fn visitor(gate: &Gate, headers: &HeaderMap) -> Result<Option<Visitor>, Refusal> {
    let state = &gate.state;
    let jar = CookieJar::from_headers(headers);
    let Some(token) = Token::from_jar(&jar, state.settings.over_https()) else {
        return Ok(None);
    };
    ledger::visitor(state, token.sha256(), !gate.by_script).await
}

fn holds_metrics_token(state: &State, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match (&state.metrics_token, given) {
        (Some(token), Some(given)) => token.matches(given.as_bytes()),
        _ => false,
    }
}

/// Around every request: foreign pages are refused, every answer gets its headers, and every refusal
/// its page in the reader's language.
pub async fn around(With(state): With<State>, request: Request, next: Next) -> Response {
    let https = state.settings.over_https();
    let (parts, body) = request.into_parts();
    let mut ask = Ask::of(&parts, &state);
    let mut response = if origin::may_act(&parts.method, &parts.headers) {
        let asked = next.run(Request::from_parts(parts, body));
        match tokio::time::timeout(ANSWER_WITHIN, asked).await {
            Ok(response) => response,
            Err(_) => Refusal::Unavailable.into_response(),
        }
    } else {
        Refusal::CrossSite.into_response()
    };
    if let Some(refusal) = response.extensions().get::<Refusal>().copied() {
        ask.visitor = None;
        response = explain(&ask, refusal, refusal.status());
    }
    if speaks_for_itself(&response) {
        let status = response.status();
        response = explain(&ask, Refusal::of_status(status), status);
    }
    shield::shield(response.headers_mut(), https);
    response
}

/// The framework's own plain English about a request it could not read (a number that is none in the
/// address, a form without its fields): the reader gets a page in her language instead.
fn speaks_for_itself(response: &Response) -> bool {
    response.status().is_client_error()
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

fn explain(ask: &Ask, refusal: Refusal, status: StatusCode) -> Response {
    let (title, say) = refusal.texts(ask.words);
    let mut shell = Shell::new(ask, Tab::Nowhere, &title);
    shell.back = "/".to_owned();
    match page(&Plain { shell, title, say }) {
        Ok(page) => (status, page).into_response(),
        Err(_) => status.into_response(),
    }
}
