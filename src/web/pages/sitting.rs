//! Who sat at a seat around a reading: as a picture, and as people to pick from.

use super::when::When;
use crate::charts::{Chair, Sitting, Width, chair};
use crate::journal::{ReadingLine, Sitter};
use crate::vitals::TimeMethod;

/// The picture, wide and slim; the style sheet shows one.
pub struct SeatPicture {
    pub wide: String,
    pub slim: String,
}

/// Somebody who was there.
pub struct SitterRow {
    pub name: String,
    /// `07:58–08:06 在座`.
    pub said: String,
    /// Where picking her leads; nothing for people of other centres.
    pub href: Option<String>,
}

/// The people, each once, in order of time.
pub fn sitter_rows(line: &ReadingLine, sitters: &[Sitter], when: &When) -> Vec<SitterRow> {
    let t = when.t;
    let mut rows: Vec<SitterRow> = Vec::new();
    for sitter in sitters {
        let href = sitter
            .person
            .as_ref()
            .map(|(id, _)| format!("/observations/{}?to=person:{id}", line.observation.id));
        let hours = hours(sitter, when);
        if href.is_some()
            && let Some(row) = rows.iter_mut().find(|row| row.href == href)
        {
            row.said = t.with(
                "sitter-and",
                [("first", row.said.as_str().into()), ("then", hours.into())],
            );
            continue;
        }
        let key = if sitter.checked_in {
            "sitter-checked-in"
        } else {
            "sitter-measured"
        };
        rows.push(SitterRow {
            name: match &sitter.person {
                Some((_, name)) => name.clone(),
                None => t.say("tray-other-centre"),
            },
            said: t.with1(key, "hours", hours),
            href,
        });
    }
    rows
}

fn hours(sitter: &Sitter, when: &When) -> String {
    let from = when.day_hour(sitter.from).hour;
    match sitter.until.map(|until| when.day_hour(until).hour) {
        None => format!("{from}–"),
        Some(until) if until == from => from,
        Some(until) => format!("{from}–{until}"),
    }
}

/// The picture of one reading; none where its time is unusable or nobody was near.
pub fn picture(
    line: &ReadingLine,
    sitters: &[Sitter],
    why: &str,
    when: &When,
) -> Option<SeatPicture> {
    let t = when.t;
    let taken = line.observation.taken;
    if sitters.is_empty() || taken.method == TimeMethod::Unusable {
        return None;
    }
    let other = t.say("tray-other-centre");
    let name = |sitter: &Sitter| match &sitter.person {
        Some((_, name)) => name.clone(),
        None => other.clone(),
    };
    let names: Vec<String> = sitters.iter().map(name).collect();
    let sittings: Vec<Sitting<'_>> = sitters
        .iter()
        .zip(&names)
        .map(|(sitter, name)| Sitting {
            name,
            from: sitter.from,
            until: sitter.until,
        })
        .collect();
    let there: Vec<String> = sitters
        .iter()
        .zip(&names)
        .map(|(sitter, name)| format!("{name} {}", hours(sitter, when)))
        .collect();
    let hour = when.day_hour(taken.at).hour;
    let span = t.span(u64::from(taken.uncertainty_s));
    let title = t.with(
        "sitter-picture",
        [
            ("there", there.join(&t.say("list-comma")).into()),
            ("hour", hour.as_str().into()),
            ("span", span.as_str().into()),
            ("why", why.into()),
        ],
    );
    let input = Chair {
        id: &format!("ch{}", line.observation.id),
        title: &title,
        who: &t.say("sitter-who"),
        what: &t.say("sitter-what"),
        sittings: &sittings,
        taken_at: taken.at,
        uncertainty_s: taken.uncertainty_s,
        taken: &format!("{hour} ±{span}"),
        hour: &|at| when.day_hour(at).hour,
    };
    Some(SeatPicture {
        wide: chair(&input, Width::Wide),
        slim: chair(&input, Width::Slim),
    })
}
