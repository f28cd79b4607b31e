//! A person's picture: taken in stripped of everything but the picture, shown with its exact type.

use axum::extract::{Multipart, Path};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

use super::act;
use super::entry::shown;
use crate::journal::Photo;
use crate::people::photo::{PHOTO_BYTES_MAX, checked};
use crate::pipeline::enter;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::view::View;

/// `GET /persons/{person}/photo`.
pub async fn show(ask: Ask, Path(person): Path<i64>) -> Result<Response, Refusal> {
    let found = View::of(&ask)?
        .health()?
        .read(move |seen| match seen.person(person)? {
            Some(line) => seen.photo(&line),
            None => Ok(None),
        })
        .await?;
    let Photo { kind, bytes } = found.ok_or(Refusal::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (
            header::CONTENT_DISPOSITION,
            "inline; filename=\"photo\"".to_owned(),
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// `POST /persons/{person}/photo`.
pub async fn put(
    ask: Ask,
    Path(person): Path<i64>,
    mut form: Multipart,
) -> Result<Response, Refusal> {
    View::of(&ask)?.health()?.must_see(person).await?;
    let mut bytes = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| Refusal::Unreadable)? {
        if field.name() == Some("photo") {
            bytes = field
                .bytes()
                .await
                .map_err(|_| Refusal::Unreadable)?
                .to_vec();
        }
    }
    let photo = match checked(&bytes) {
        Ok((kind, bytes)) => Photo {
            kind: kind.to_owned(),
            bytes,
        },
        Err(fault) => {
            let say = ask.words.with1(
                &format!("photo-{}", fault.word().replace('_', "-")),
                "kib",
                PHOTO_BYTES_MAX / 1024,
            );
            return shown(&ask, person, Some(say)).await;
        }
    };
    act::run(&ask, "photo.set", move |tx, by, now| {
        enter::set_photo(tx, by, person, Some(&photo), now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/roster")).into_response())
}

/// `POST /persons/{person}/photo/remove`.
pub async fn remove(ask: Ask, Path(person): Path<i64>) -> Result<Response, Refusal> {
    act::run(&ask, "photo.remove", move |tx, by, now| {
        enter::set_photo(tx, by, person, None, now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/roster")).into_response())
}
