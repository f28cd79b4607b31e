//! The switchboard as a file, so that faults can be thrown from another terminal while the township lives.
//!
//! One fault per line: its name, then the devices it befalls; none means all. `#` begins a remark.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::faults::{Fault, FaultSwitch, Reach};
use super::township::Township;

/// How often the file is looked at.
const GLANCE: Duration = Duration::from_millis(500);

/// A line that switches nothing, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwitchError {
    #[error("line {line}: {word:?} is no fault; write one of {}", known())]
    Fault { line: usize, word: String },
    #[error("line {line}: the township has no device {id:?}; devices are named like {example}")]
    Device {
        line: usize,
        id: String,
        example: String,
    },
}

fn known() -> String {
    Fault::ALL.map(Fault::word).join(", ")
}

/// The faults a text switches on.
///
/// # Errors
/// The first line that names no fault or no device.
pub fn switched_on(text: &str, township: &Township) -> Result<BTreeMap<Fault, Reach>, SwitchError> {
    let mut on = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let mut words = line
            .split('#')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let Some(word) = words.next() else { continue };
        let line = at + 1;
        let fault = Fault::from_word(word).ok_or_else(|| SwitchError::Fault {
            line,
            word: word.to_owned(),
        })?;
        let mut devices = BTreeSet::new();
        for id in words {
            let device = township
                .device_named(id)
                .ok_or_else(|| SwitchError::Device {
                    line,
                    id: id.to_owned(),
                    example: township
                        .devices
                        .first()
                        .map(|d| d.id.clone())
                        .unwrap_or_default(),
                })?;
            devices.insert(device.ix);
        }
        let reach = if devices.is_empty() {
            Reach::Everywhere
        } else {
            Reach::Devices(devices)
        };
        on.insert(fault, reach);
    }
    Ok(on)
}

/// Throws the switches as the file says, whenever it changes, until `stop`. No file: no faults.
pub async fn follow(
    path: PathBuf,
    township: Arc<Township>,
    switch: Arc<FaultSwitch>,
    stop: CancellationToken,
) {
    let mut last = None;
    while !stop.is_cancelled() {
        let text = read(&path).await;
        if last.as_ref() != Some(&text) {
            match switched_on(&text, &township) {
                Ok(on) => {
                    let words: Vec<&str> = on.keys().map(|fault| fault.word()).collect();
                    if last.is_some() || !words.is_empty() {
                        tracing::info!(faults = words.join(" "), "the demo's faults");
                    }
                    switch.set(on);
                }
                Err(error) => tracing::warn!(%error, "the demo's faults stay as they are"),
            }
            last = Some(text);
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
}

async fn read(path: &Path) -> String {
    tokio::fs::read_to_string(path).await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::Size;
    use super::*;

    #[test]
    fn a_line_is_a_fault_and_its_devices() {
        let township = Township::new(1, Size::SMALL, date(2026, 4, 14));
        let text = "# two\nlate\n\nclock_reset jiazi-cuff-1 jiazi-kiosk # both\n";
        let on = switched_on(text, &township).unwrap();
        assert_eq!(on[&Fault::Late], Reach::Everywhere);
        let Reach::Devices(devices) = &on[&Fault::ClockReset] else {
            panic!()
        };
        assert_eq!(devices.len(), 2);
        assert_eq!(switched_on("", &township), Ok(BTreeMap::new()));
        let said = |text| switched_on(text, &township).unwrap_err().to_string();
        assert!(said("late\nlatte").starts_with("line 2: \"latte\" is no fault"));
        assert!(said("late jiazi-cuff-9").contains("jiazi-kiosk"));
    }
}
