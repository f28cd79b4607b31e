//! Place notices: a dangerous value that is nobody's, and "I have it".

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::when::When;
use crate::journal::NoticeLine;
use crate::pipeline::notice::{NotAnswered, answer};
use crate::web::access::origin::local_path;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::view::View;

/// A notice on a staff page.
pub struct NoticeRow {
    pub id: i64,
    pub late: bool,
    /// `205/118`, and which limit that is.
    pub value: String,
    pub limit: String,
    /// `2 号袖带，2 号座，08:10`.
    pub place: String,
    /// What to do.
    pub say: String,
    /// The reading, when it was not refused.
    pub href: Option<String>,
    /// Who has it, and since when.
    pub has: Option<String>,
}

/// Writes one notice.
pub fn notice_row(notice: &NoticeLine, when: &When) -> NoticeRow {
    let t = when.t;
    let at = when.day_hour(notice.taken_at);
    let seat = notice
        .station_name
        .as_deref()
        .unwrap_or(&notice.centre_name);
    NoticeRow {
        id: notice.id,
        late: notice.late,
        value: notice.shown.clone(),
        limit: t.word("place", notice.alarm.word()),
        place: t.with(
            "notice-place",
            [
                ("device", notice.device_label.as_str().into()),
                ("seat", seat.into()),
                ("day", at.day.into()),
                ("hour", at.hour.into()),
            ],
        ),
        say: t.say(match (notice.observation, notice.late) {
            (None, _) => "notice-say-refused",
            (Some(_), true) => "notice-say-late",
            (Some(_), false) => "notice-say",
        }),
        href: notice
            .observation
            .map(|observation| format!("/observations/{observation}")),
        has: notice
            .answered_by
            .as_ref()
            .zip(notice.answered_at)
            .map(|((_, who), at)| {
                t.with(
                    "notice-has",
                    [
                        ("who", who.as_str().into()),
                        ("hour", when.day_hour(at).hour.into()),
                    ],
                )
            }),
    }
}

/// What the button sends.
#[derive(Debug, Deserialize)]
pub struct Given {
    back: Option<String>,
}

/// `POST /notices/{notice}/answer`: "I have it".
pub async fn have_it(
    ask: Ask,
    Path(notice): Path<i64>,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let health = View::of(&ask)?.health()?;
    let done = health
        .act("place.answer", move |tx, by, now| {
            answer(tx, by, notice, now)
        })
        .await;
    match done {
        // Somebody else has it: the page she comes back to says who.
        Ok(()) | Err(NotAnswered::Has(_)) => {
            let back = given
                .back
                .as_deref()
                .and_then(local_path)
                .unwrap_or("/tray");
            Ok(Redirect::to(back).into_response())
        }
        Err(NotAnswered::NotHere) => Err(Refusal::NotFound),
        Err(NotAnswered::Journal(error)) => Err(error.into()),
        Err(NotAnswered::Command(error)) => Err(error.into()),
    }
}
