//! A device: where it stands, how it is, and what came from it. Values only for who may see them.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Html;

use super::attention::{DeviceRow, device_row};
use super::doors::account_notes;
use super::ledger::{LedgerCard, ledger_card};
use super::numbers::{NumberRow, arrival_row, number_row};
use super::when::When;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

#[derive(Template)]
#[template(path = "device.html", config = "src/web/askama.toml")]
struct DevicePage {
    shell: Shell,
    row: DeviceRow,
    kind: String,
    station: Option<String>,
    account: Option<String>,
    own: bool,
    /// What its account's door refused.
    refused: Vec<String>,
    readings: i64,
    numbers: Vec<NumberRow>,
    values_shown: bool,
    ledger: LedgerCard,
}

/// `GET /devices/{device}`.
pub async fn show(ask: Ask, Path(device): Path<i64>) -> Result<Html<String>, Refusal> {
    let view = View::of(&ask)?;
    let record = view.running()?.device(device).await?;
    let values = match view.health() {
        Ok(health) => Some(health.newest_by_device(device).await?),
        Err(_) => None,
    };
    let when = When::of(&ask);
    let line = record.device;
    let labels = HashMap::from([(line.name.as_str(), line.label.as_str())]);
    let title = format!("{} {}", line.centre_name, line.label);
    page(&DevicePage {
        shell: Shell::new(&ask, Tab::Operator, &title),
        row: device_row(&line, record.open_days.silent(&line), &when),
        ledger: ledger_card(&ask, &record.ledger, &when),
        kind: ask.words.word("device-kind", line.kind.word()),
        station: line.station_name.clone(),
        account: line.account.clone(),
        own: line.own_person_id.is_some(),
        refused: line
            .account
            .as_deref()
            .map_or_else(Vec::new, |user| account_notes(&ask.state, ask.words, user)),
        readings: line.readings,
        values_shown: values.is_some(),
        numbers: match values {
            Some(newest) => newest
                .iter()
                .map(|o| number_row(o, &labels, &when))
                .collect(),
            None => record
                .arrived
                .iter()
                .map(|arrival| arrival_row(arrival, &line.label, &when))
                .collect(),
        },
    })
}
