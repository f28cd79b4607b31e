//! How the hub runs: sources, devices, what nobody understood, what is nobody's, who is behind. No
//! health data, and no person's name.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::response::Html;

use super::doors::{DoorRow, doors};
use super::when::{DayHour, When};
use crate::journal::{DeviceKind, DeviceLine, FrameCount, FrameLine, Sealed};
use crate::vitals::Subject;
use crate::web::ask::Ask;
use crate::web::mask::masked;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::state::State;
use crate::web::view::{Operation, View};
use crate::words::Words;

/// A device whose battery is at or below this is on the list of what needs hands, percent. A local
/// operating value: a cuff at 15 % still does about 20 measurements.
const BATTERY_LOW_PERCENT: u8 = 15;
/// A device clock further off than this is on the list, milliseconds: beyond two minutes the hub no
/// longer believes a device's time without evidence (see `vitals::TimeMethod::OffsetKnown`).
const CLOCK_OFF_MS: u64 = 120_000;

/// How long a device may be silent before somebody should look: a shared cuff is used every open day (a
/// weekend and a day off fit in), a meter may have few users. Local operating values.
fn silent_after_seconds(kind: DeviceKind) -> u64 {
    const DAY: u64 = 86_400;
    match kind {
        DeviceKind::Cuff | DeviceKind::Kiosk => 4 * DAY,
        DeviceKind::Meter => 8 * DAY,
        DeviceKind::Typed => u64::MAX,
    }
}

/// A device of the list.
pub struct DeviceRow {
    pub id: i64,
    pub centre: String,
    pub label: String,
    pub name: String,
    pub heard: Option<DayHour>,
    pub clock: String,
    pub battery: String,
    /// What needs hands; empty: nothing.
    pub todo: Vec<String>,
}

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
        .map(|device| device_row(device, &when))
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

/// Writes one device.
pub fn device_row(device: &DeviceLine, when: &When) -> DeviceRow {
    let t = when.t;
    let mut todo = Vec::new();
    match device.last_heard_at {
        None => todo.push(t.say("todo-never-heard")),
        Some(at) if when.seconds_since(at) >= silent_after_seconds(device.kind) => {
            todo.push(t.with1("todo-silent", "span", when.ago(at)));
        }
        Some(_) => {}
    }
    if device
        .clock_offset_ms
        .is_some_and(|ms| ms.unsigned_abs() > CLOCK_OFF_MS)
    {
        todo.push(t.say("todo-clock"));
    }
    if device
        .battery_percent
        .is_some_and(|percent| percent <= BATTERY_LOW_PERCENT)
    {
        todo.push(t.say("todo-battery"));
    }
    DeviceRow {
        id: device.id,
        centre: device.centre_name.clone(),
        label: device.label.clone(),
        name: device.name.clone(),
        heard: device.last_heard_at.map(|at| when.day_hour(at)),
        clock: device
            .clock_offset_ms
            .map_or_else(|| "—".to_owned(), |ms| clock(t, ms)),
        battery: device
            .battery_percent
            .map_or_else(|| "—".to_owned(), |p| format!("{p}%")),
        todo,
    }
}

/// A clock offset (receipt minus device time): positive means the device is slow.
pub fn clock(t: Words, offset_ms: i64) -> String {
    let seconds = offset_ms.unsigned_abs().div_ceil(1_000);
    if seconds <= 2 {
        return t.with1("clock-right", "seconds", seconds);
    }
    t.with1(
        if offset_ms > 0 {
            "clock-slow"
        } else {
            "clock-fast"
        },
        "span",
        t.span(seconds),
    )
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
    use rstest::rstest;

    #[test]
    fn every_reason_of_decoding_has_its_text() {
        for fault in Fault::ALL {
            for language in Language::ALL {
                let said = Words::of(language).word_or_itself("reason", fault.word());
                assert_ne!(said, fault.word());
            }
        }
    }

    #[rstest]
    #[case(0, "±0 秒")]
    #[case(-2_000, "±2 秒")]
    #[case(2_001, "慢 3 秒")]
    #[case(-2_001, "快 3 秒")]
    #[case(3_480_000, "慢 58 分")]
    #[case(i64::MIN, "快 106751991167 天")]
    fn a_clock_is_slow_or_fast(#[case] offset_ms: i64, #[case] said: &str) {
        assert_eq!(clock(Words::of(Language::Chinese), offset_ms), said);
    }
}
