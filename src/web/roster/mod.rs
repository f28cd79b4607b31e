//! The roster's pages: persons, their cards, relatives and targets, and whole files of persons.
//! Every act goes through the road with its audit line; every form that is refused comes back as it was typed,
//! without the numbers that are never shown.

mod accounts;
mod act;
mod cards;
mod entry;
mod export;
mod fields;
mod import;
mod person_form;
mod person_typed;
mod photo;
mod qr;
mod relatives;
mod targets;
mod uploads;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use uploads::Uploads;

use super::doors::{Door, door};
use super::visitor::Need;

/// The most that a file of persons may hold, bytes.
const SHEET_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most that a form with a picture may hold, bytes. The picture itself is limited by [`photo`].
const PHOTO_FORM_BYTES_MAX: usize = 1024 * 1024;

/// The roster's addresses, part of the one table.
pub fn doors() -> Vec<Door> {
    let health = |path, methods| door(path, Need::Health, methods);
    vec![
        health(
            "/persons/new",
            get(person_form::new).post(person_form::create),
        ),
        health("/persons/{person}/roster", get(entry::show)),
        health(
            "/persons/{person}/edit",
            get(person_form::edit).post(person_form::change),
        ),
        health("/persons/{person}/standing", post(entry::set_standing)),
        health(
            "/persons/{person}/photo",
            get(photo::show)
                .merge(post(photo::put).layer(DefaultBodyLimit::max(PHOTO_FORM_BYTES_MAX))),
        ),
        health("/persons/{person}/photo/remove", post(photo::remove)),
        health("/persons/{person}/cards", post(cards::give)),
        health("/persons/{person}/cards/issue", post(cards::issue)),
        health("/persons/{person}/cards/{card}/end", post(cards::end)),
        health(
            "/persons/{person}/relatives/new",
            get(relatives::new).post(relatives::create),
        ),
        health(
            "/persons/{person}/relatives/{relative}",
            get(relatives::edit).post(relatives::change),
        ),
        health(
            "/persons/{person}/relatives/{relative}/end",
            post(relatives::end),
        ),
        health(
            "/persons/{person}/relatives/{relative}/consent",
            post(relatives::consent),
        ),
        door(
            "/persons/{person}/targets",
            Need::Clinic,
            get(targets::show).post(targets::set),
        ),
        health(
            "/roster/import",
            get(import::show)
                .merge(post(import::look).layer(DefaultBodyLimit::max(SHEET_BYTES_MAX))),
        ),
        health("/roster/import/{upload}", post(import::choose)),
        health("/roster/import/{upload}/refused.csv", get(import::refused)),
        health("/roster/template.csv", get(export::template)),
        health("/roster/export.csv", get(export::persons)),
        door(
            "/accounts",
            Need::Operation,
            get(accounts::show).post(accounts::rename),
        ),
    ]
}
