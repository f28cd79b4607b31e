//! The roster as a table for a spreadsheet, and an empty one to fill in.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::people::details::Details;
use crate::people::import::template as heads;
use crate::pipeline::export::safe;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::view::View;
use crate::words::Words;

/// Rows as CSV that a spreadsheet opens as text in the right characters: with a byte order mark. Its cells
/// must be [`safe`].
pub fn attached(name: &str, rows: Vec<Vec<String>>) -> Result<Response, Refusal> {
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    for row in rows {
        writer.write_record(row).map_err(|_| Refusal::Unavailable)?;
    }
    let bytes = writer.into_inner().map_err(|_| Refusal::Unavailable)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// `GET /roster/template.csv`: the head that the import reads.
pub async fn template(ask: Ask) -> Result<Response, Refusal> {
    let head = heads(ask.words).into_iter().map(str::to_owned).collect();
    attached("roster-template.csv", vec![head])
}

/// `GET /roster/export.csv`: everybody whom the visitor may see, in the columns of the template. Numbers of
/// cards and citizen numbers are not in it: the hub does not have them.
pub async fn persons(ask: Ask) -> Result<Response, Refusal> {
    let t = ask.words;
    let entries = View::of(&ask)?
        .health()?
        .read(|seen| {
            let mut entries = Vec::new();
            for line in seen.persons(None)? {
                entries.push((line.centre_name.clone(), seen.roster_entry(&line)?));
            }
            Ok(entries)
        })
        .await?;
    let mut rows = vec![heads(t).into_iter().map(str::to_owned).collect::<Vec<_>>()];
    rows.extend(
        entries
            .iter()
            .map(|(centre, entry)| row(t, centre, &entry.details)),
    );
    attached("roster.csv", rows)
}

fn row(t: Words, centre: &str, d: &Details) -> Vec<String> {
    let yes = |known: bool| {
        if known {
            t.say("csv-yes")
        } else {
            String::new()
        }
    };
    let drugs: Vec<String> = d
        .risk_drugs
        .iter()
        .map(|drug| t.word("drug", drug.word()))
        .collect();
    let class = d
        .health_class
        .map(|class| t.word("health-class", class.word()));
    [
        d.name.clone(),
        d.pinyin.clone(),
        t.word("sex-short", d.sex.word()),
        d.birth_date.to_string(),
        centre.to_owned(),
        d.village.clone(),
        d.phone.clone(),
        String::new(),
        String::new(),
        yes(d.hypertension),
        yes(d.diabetes),
        yes(d.atrial_fibrillation),
        d.other_conditions.clone(),
        drugs.join(" "),
        class.unwrap_or_default(),
        yes(d.lives_alone),
        d.comes_on.word(),
        d.fasting_on.word(),
        d.notes.clone(),
    ]
    .iter()
    .map(|cell| safe(cell))
    .collect()
}
