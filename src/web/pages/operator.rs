//! How the hub runs: sources, devices, what nobody understood, what is nobody's, who is behind. No
//! health data, and no person's name.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::response::Html;

use super::attention::{DeviceRow, device_row};
use super::doors::{DoorRow, doors};
use super::when::{DayHour, When};
use crate::journal::{FrameCount, FrameLine, Sealed};
use crate::vitals::Subject;
use crate::web::ask::Ask;
use crate::web::mask::masked;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::state::State;
use crate::web::view::{Operation, View};
use crate::words::Words;

/// A source (a broker account, an HTTP source, an adapter) and how its frames ended.
struct SourceRow {
    source: String,
    said: String,
    last: DayHour,
    reasons: Vec<String>,
}

struct FrameRow {
    received: DayHour,
    source: String,
    shape: String,
    bytes: i64,
    reason: String,
    kept: String,
}

struct UnclaimedRow {
    received: DayHour,
    centre: String,
    device: String,
    kind: String,
    reason: String,
}

struct FollowerRow {
    name: String,
    behind: String,
    moved: DayHour,
}

#[derive(Template)]
#[template(path = "operator_board.html", config = "src/web/askama.toml")]
struct Board {
    t: Words,
    heard_today: usize,
    device_count: usize,
    not_understood: i64,
    unclaimed_count: i64,
    waiting: i64,
    behind_most: i64,
    devices_say: String,
    /// Those that need hands.
    devices: Vec<DeviceRow>,
    fine_devices: Vec<DeviceRow>,
    sources_say: String,
    /// Those with frames that were not used.
    sources: Vec<SourceRow>,
    fine_sources: Vec<SourceRow>,
    frames: Vec<FrameRow>,
    unclaimed: Vec<UnclaimedRow>,
    followers: Vec<FollowerRow>,
    doors: Vec<DoorRow>,
    keep_days: u32,
    /// Bluetooth is on: devices are added on a page.
    may_add: bool,
}

#[derive(Template)]
#[template(path = "operator.html", config = "src/web/askama.toml")]
struct OperatorPage {
    shell: Shell,
    board: Board,
}

/// `GET /operator`.
pub async fn show(ask: Ask) -> Result<Html<String>, Refusal> {
    let operation = View::of(&ask)?.running()?.operation().await?;
    let title = ask.words.say("operator-title");
    page(&OperatorPage {
        shell: Shell::new(&ask, Tab::Operator, &title).landscape(),
        board: board(&ask, operation),
    })
}

/// `GET /operator/board`.
pub async fn board_only(ask: Ask) -> Result<Html<String>, Refusal> {
    let operation = View::of(&ask)?.running()?.operation().await?;
    page(&board(&ask, operation))
}

fn board(ask: &Ask, operation: Operation) -> Board {
    let t = ask.words;
    let when = When::of(ask);
    let trouble = |count: &&FrameCount| is_trouble(&count.outcome);
    let centre_of: HashMap<i64, &str> = operation
        .devices
        .iter()
        .map(|d| (d.id, d.centre_name.as_str()))
        .collect();
    let device_of: HashMap<i64, &str> = operation
        .devices
        .iter()
        .map(|d| (d.id, d.label.as_str()))
        .collect();
    let (fine_devices, devices): (Vec<DeviceRow>, Vec<DeviceRow>) = operation
        .devices
        .iter()
        .map(|device| device_row(device, operation.open_days.silent(device), &when))
        .partition(|row| row.todo.is_empty());
    let (sources, fine_sources): (Vec<SourceRow>, Vec<SourceRow>) =
        sources(&operation.counts, &when)
            .into_iter()
            .partition(|row| !row.reasons.is_empty());
    Board {
        t,
        heard_today: operation
            .devices
            .iter()
            .filter(|device| device.last_heard_at.is_some_and(|at| when.is_today(at)))
            .count(),
        device_count: operation.devices.len(),
        not_understood: operation
            .counts
            .iter()
            .filter(trouble)
            .map(|count| count.frames)
            .sum(),
        unclaimed_count: operation.unclaimed_count,
        waiting: operation.unsettled,
        behind_most: operation
            .followers
            .iter()
            .map(|f| f.behind)
            .max()
            .unwrap_or(0),
        devices_say: t.with(
            "operator-devices-say",
            [
                ("n", operation.devices.len().into()),
                ("todo", devices.len().into()),
            ],
        ),
        devices,
        fine_devices,
        sources_say: t.with1(
            "operator-sources-say",
            "n",
            sources.len() + fine_sources.len(),
        ),
        sources,
        fine_sources,
        frames: operation
            .frames
            .iter()
            .map(|frame| frame_row(&ask.state, frame, &when))
            .collect(),
        unclaimed: operation
            .unclaimed
            .iter()
            .map(|line| UnclaimedRow {
                received: when.day_hour(line.received_at),
                centre: centre_of
                    .get(&line.device_id)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                device: device_of
                    .get(&line.device_id)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                kind: t.word("kind", &line.kind),
                reason: match line.subject {
                    Subject::Unclaimed { reason } => t.word("unclaimed", reason.word()),
                    Subject::Known { .. } | Subject::Voided { .. } => String::new(),
                },
            })
            .collect(),
        followers: operation
            .followers
            .iter()
            .map(|line| FollowerRow {
                name: t.word_or_itself("follower", &line.follower),
                behind: behind(t, line.behind),
                moved: when.day_hour(line.moved_at),
            })
            .collect(),
        doors: doors(&ask.state, t, &when),
        keep_days: ask.state.quarantine_days,
        may_add: ask.state.doors.pairing.is_some(),
    }
}

fn is_trouble(outcome: &str) -> bool {
    matches!(outcome, "refused" | "quarantined" | "unreadable")
}

fn behind(t: Words, observations: i64) -> String {
    if observations <= 0 {
        t.say("operator-level")
    } else {
        t.with1("operator-behind", "n", observations)
    }
}

fn sources(counts: &[FrameCount], when: &When) -> Vec<SourceRow> {
    let mut by_source: BTreeMap<&str, Vec<&FrameCount>> = BTreeMap::new();
    for count in counts {
        by_source.entry(&count.source).or_default().push(count);
    }
    let mut rows = Vec::new();
    for (source, counts) in by_source {
        let Some(last) = counts.iter().map(|count| count.last_at).max() else {
            continue;
        };
        let sum = |of: &dyn Fn(&str) -> bool| -> i64 {
            counts
                .iter()
                .filter(|count| of(&count.outcome))
                .map(|count| count.frames)
                .sum()
        };
        let said = [
            ("frames", sum(&|_| true).into()),
            ("readings", sum(&|outcome| outcome == "readings").into()),
            ("trouble", sum(&is_trouble).into()),
        ];
        rows.push(SourceRow {
            source: source.to_owned(),
            said: when.t.with("operator-source-say", said),
            last: when.day_hour(last),
            reasons: counts
                .iter()
                .filter(|count| is_trouble(&count.outcome))
                .map(|count| {
                    let reason = when.t.word_or_itself("reason", &count.reason);
                    let values = [("reason", reason.into()), ("n", count.frames.into())];
                    when.t.with("operator-reason-count", values)
                })
                .collect(),
        });
    }
    rows
}

fn frame_row(state: &State, frame: &FrameLine, when: &When) -> FrameRow {
    let t = when.t;
    let plain = match (frame.sealed, &frame.payload) {
        (Sealed::Plain, Some(payload)) => Some(payload.clone()),
        (Sealed::Encrypted, Some(payload)) => state.seal.open(payload, &frame.sha256).ok(),
        _ => None,
    };
    FrameRow {
        received: when.day_hour(frame.received_at),
        source: frame.source.clone(),
        shape: plain.map_or_else(|| t.say("operator-no-shape"), |payload| masked(&payload)),
        bytes: frame.payload_bytes,
        reason: t.word_or_itself("reason", &frame.reason),
        kept: match frame.sealed {
            Sealed::Plain => t.say("operator-kept-plain"),
            Sealed::Erased => t.say("operator-erased"),
            Sealed::Encrypted => {
                let days = u64::from(state.quarantine_days);
                let left = days.saturating_sub(when.seconds_since(frame.received_at) / 86_400);
                t.with1("operator-days-left", "n", left)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::mapping::Fault;
    use crate::words::Language;

    #[test]
    fn every_reason_of_decoding_has_its_text() {
        for fault in Fault::ALL {
            for language in Language::ALL {
                let said = Words::of(language).word_or_itself("reason", fault.word());
                assert_ne!(said, fault.word());
            }
        }
    }
}
