//! The truth file: what really happened, for tests and trainers. The rest of the hub never reads it.
//!
//! JSON lines beside the data directory. A measurement is named by its device and running number, which the
//! device also sends, so that a test finds its reading in the journal.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::afflict::Outgoing;
use super::measurement::{Claim, Measurement, Shown, TrueValue};
use super::message::Message;
use super::township::Township;

/// One line: `{"measured": {...}}`. (Tags stand outside: with exact numbers, serde_json reads no float behind an
/// inner tag.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthLine {
    /// Who lives in the township.
    Person {
        /// Place in the roster, from 0: what `person` means in the other lines.
        person: usize,
        name: String,
        centre: String,
    },
    /// Who is in trouble, since when and how.
    Trouble {
        person: usize,
        trouble: String,
        since: String,
    },
    /// Who was measured by which device when.
    Measured {
        device: String,
        seq: u64,
        /// Nobody for control solution.
        person: Option<usize>,
        taken_at: String,
        /// True before the device's error.
        #[serde(rename = "true")]
        truth: TrueLine,
        /// On the display, or what a failed measurement would have shown.
        shown: ShownLine,
        /// How the hub can know: the word of its basis, or `none`.
        claim: String,
        /// Whom the claim names. Another than `person` when the wrong one sat in the chair.
        claimed: Option<usize>,
        /// What was wrong with the device at that moment; `failed_measurement` also where it failed by itself.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        faults: Vec<String>,
    },
    /// Handed to the device's connection.
    Sent {
        device: String,
        seq: u64,
        sent_at: String,
    },
    /// The broker's PUBACK came.
    Acknowledged { device: String, seq: u64 },
}

/// True values, rounded to a tenth (glucose: a hundredth).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrueLine {
    Pressure {
        sys_mmhg: f64,
        dia_mmhg: f64,
        pulse_bpm: f64,
    },
    Glucose {
        mmol_l: f64,
    },
}

/// What the display showed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownLine {
    Pressure {
        sys_mmhg: i32,
        dia_mmhg: i32,
        pulse_bpm: i32,
    },
    Glucose {
        mmol_l: f64,
    },
}

/// The lines about persons and their troubles.
pub fn people_lines(township: &Township) -> Vec<TruthLine> {
    let person = |person: &super::Person| TruthLine::Person {
        person: person.ix.0,
        name: person.name.clone(),
        centre: township.centres[person.centre].key.to_owned(),
    };
    let trouble = |person: &super::Person| {
        person.trouble.map(|trouble| TruthLine::Trouble {
            person: person.ix.0,
            trouble: trouble.ailment.word().to_owned(),
            since: trouble.since.to_string(),
        })
    };
    let persons = &township.persons;
    persons
        .iter()
        .map(person)
        .chain(persons.iter().filter_map(trouble))
        .collect()
}

/// The line of a measurement. `None` for a resend: it was measured once.
pub fn measured_line<'a>(
    township: &Township,
    message: &Message,
    faults: impl IntoIterator<Item = &'a super::Fault>,
) -> Option<TruthLine> {
    if message.resend {
        return None;
    }
    let measurement = &message.measurement;
    let by_itself = measurement
        .failed
        .then_some(&super::Fault::FailedMeasurement);
    let faults: BTreeSet<&super::Fault> = faults.into_iter().chain(by_itself).collect();
    Some(TruthLine::Measured {
        device: township.device(measurement.device).id.clone(),
        seq: message.seq,
        person: measurement.person.map(|person| person.0),
        taken_at: measurement.taken_at.to_string(),
        truth: true_line(measurement),
        shown: shown_line(measurement),
        claim: measurement.claim.word().to_owned(),
        claimed: claimed(township, measurement),
        faults: faults
            .into_iter()
            .map(|fault| fault.word().to_owned())
            .collect(),
    })
}

/// The line of a message that is handed to its connection.
pub fn sent_line(township: &Township, outgoing: &Outgoing) -> TruthLine {
    TruthLine::Sent {
        device: township.device(outgoing.device).id.clone(),
        seq: outgoing.message.seq,
        sent_at: outgoing.send_at.to_string(),
    }
}

/// The line of a PUBACK.
pub fn acknowledged_line(township: &Township, outgoing: &Outgoing) -> TruthLine {
    TruthLine::Acknowledged {
        device: township.device(outgoing.device).id.clone(),
        seq: outgoing.message.seq,
    }
}

/// Whom the claim of a measurement names, through the card, the button or the device.
fn claimed(township: &Township, measurement: &Measurement) -> Option<usize> {
    let device = township.device(measurement.device);
    match measurement.claim {
        Claim::Card(person) => Some(person.0),
        Claim::OwnDevice => device.owner().map(|person| person.0),
        Claim::Slot(button) => {
            let button = button.to_string();
            device
                .slots()
                .into_iter()
                .find(|(slot, _)| *slot == button)
                .map(|(_, who)| who.0)
        }
        Claim::None => None,
    }
}

fn true_line(measurement: &Measurement) -> TrueLine {
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    match measurement.truth {
        TrueValue::Pressure(p) => TrueLine::Pressure {
            sys_mmhg: tenth(p.sys_mmhg),
            dia_mmhg: tenth(p.dia_mmhg),
            pulse_bpm: tenth(p.pulse_bpm),
        },
        TrueValue::GlucoseMmolL(mmol_l) => TrueLine::Glucose {
            mmol_l: (mmol_l * 100.0).round() / 100.0,
        },
    }
}

fn shown_line(measurement: &Measurement) -> ShownLine {
    match measurement.shown {
        Shown::Pressure {
            sys_mmhg,
            dia_mmhg,
            pulse_bpm,
            ..
        } => ShownLine::Pressure {
            sys_mmhg,
            dia_mmhg,
            pulse_bpm,
        },
        Shown::Glucose { tenths, .. } => ShownLine::Glucose {
            mmol_l: f64::from(tenths) / 10.0,
        },
    }
}

/// Where the truth file of a data directory stands: beside it, never inside.
pub fn truth_path(data_dir: &Path) -> PathBuf {
    let mut name = data_dir.file_name().unwrap_or_default().to_owned();
    name.push("-truth.jsonl");
    data_dir.with_file_name(name)
}

/// The truth file, open for writing at its end.
#[derive(Debug)]
pub struct TruthFile {
    file: BufWriter<File>,
}

impl TruthFile {
    /// Opens the file; `fresh` begins it anew with the lines about the township's people.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(path: &Path, township: &Township, fresh: bool) -> io::Result<Self> {
        let begin = fresh || !path.exists();
        let mut options = OpenOptions::new();
        options
            .create(true)
            .write(true)
            .append(!begin)
            .truncate(begin);
        let mut truth = TruthFile {
            file: BufWriter::new(options.open(path)?),
        };
        if begin {
            truth.write(&people_lines(township))?;
        }
        Ok(truth)
    }

    /// Adds lines.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write<'a>(&mut self, lines: impl IntoIterator<Item = &'a TruthLine>) -> io::Result<()> {
        for line in lines {
            serde_json::to_writer(&mut self.file, line)?;
            self.file.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Gives everything written to the operating system.
    ///
    /// # Errors
    /// What the file system says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The lines of a truth file.
///
/// # Errors
/// What the file system says, or a line that is none.
pub fn read_truth(path: &Path) -> io::Result<Vec<TruthLine>> {
    let text = std::fs::read_to_string(path)?;
    text.lines()
        .map(|line| serde_json::from_str(line).map_err(io::Error::from))
        .collect()
}
