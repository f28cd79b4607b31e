//! Why a request gets no page, as a status and as words.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::journal::JournalError;
use crate::pipeline::CommandError;
use crate::words::Words;

/// Every way in which a request is turned away. The page around it is written by `around`, which knows
/// the reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such thing, or nothing this visitor may know of: the answer does not tell which.
    NotFound,
    /// A change asked for from a foreign page.
    CrossSite,
    /// Nobody is signed in, and the asker is a script rather than a person.
    SignedOut,
    /// Something in the request cannot be meant.
    Unreadable,
    /// The journal did not answer (logged where it happened), or the hub is stopping.
    Unavailable,
}

impl Refusal {
    pub fn status(self) -> StatusCode {
        match self {
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::CrossSite => StatusCode::FORBIDDEN,
            Refusal::SignedOut => StatusCode::UNAUTHORIZED,
            Refusal::Unreadable => StatusCode::BAD_REQUEST,
            Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The refusal behind a status that the framework answered by itself.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Refusal::NotFound,
            StatusCode::UNAUTHORIZED => Refusal::SignedOut,
            _ => Refusal::Unreadable,
        }
    }

    /// What to call it, and what to do.
    pub fn texts(self, words: Words) -> (String, String) {
        match self {
            Refusal::NotFound => (
                words.say("error-title-not-found"),
                words.say("error-say-not-found"),
            ),
            Refusal::CrossSite => (
                words.say("error-title-refused"),
                words.say("error-say-refused"),
            ),
            Refusal::SignedOut => (
                words.say("error-title-signed-out"),
                words.say("error-say-signed-out"),
            ),
            Refusal::Unreadable => (
                words.say("error-title-unreadable"),
                words.say("error-say-unreadable"),
            ),
            Refusal::Unavailable => (
                words.say("error-title-unavailable"),
                words.say("error-say-unavailable"),
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        // The message names tables and rows, never a value.
        tracing::error!(%error, "a page could not read the journal");
        Refusal::Unavailable
    }
}

impl From<CommandError> for Refusal {
    fn from(error: CommandError) -> Self {
        tracing::error!(%error, "an act was not written");
        Refusal::Unavailable
    }
}

impl From<askama::Error> for Refusal {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be written");
        Refusal::Unavailable
    }
}
