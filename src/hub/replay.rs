//! The `replay` command: what other profiles or another roster make of kept frames, and interpreting again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Folder, Keys};
use crate::config::{self, Checked};
use crate::decode::gatt;
use crate::decode::profile::ProfileSet;
use crate::journal::{Journal, JournalError, Which, open_readers};
use crate::people::roster::RosterFile;
use crate::pipeline::replay::{Change, ForGood, Outcomes, Rehearsed, rehearse};
use crate::pipeline::{InForce, Profiles};
use crate::vitals::{Clock, FrameRow, GlucoseValue, Measured, SystemClock};

/// Anything that ends a tool early, already in words for a person.
type Stop = Box<dyn std::error::Error>;

/// What `replay` is asked for.
#[derive(clap::Args, Debug)]
pub struct Wishes {
    /// Interpret with the profiles of this folder instead of the configured ones.
    #[arg(long, value_name = "DIR", conflicts_with = "for_good")]
    pub profiles: Option<PathBuf>,
    /// As if this roster were loaded too.
    #[arg(long, value_name = "FILE", conflicts_with = "for_good")]
    pub roster: Option<PathBuf>,
    /// Every kept frame, also those that gave readings.
    #[arg(long, conflicts_with = "for_good")]
    pub every: bool,
    /// Print the readings too. They are health data: mind who reads the screen.
    #[arg(long, conflicts_with = "for_good")]
    pub values: bool,
    /// Change the record: frames that were not understood or refused get their new end, readings are made.
    /// With the configured profiles only, and with the hub stopped (while it runs its own page does this).
    #[arg(long)]
    pub for_good: bool,
    /// The settings file.
    #[arg(long, env = "HUB_CONFIG", default_value = "config/hub.toml")]
    pub config: PathBuf,
}

/// `replay`: prints what would change, or changes it.
pub fn run(wishes: &Wishes) -> Result<(), Stop> {
    let checked = config::load(&wishes.config)?;
    let outcomes = if wishes.for_good {
        for_good(&checked)?
    } else {
        dry(&checked, wishes)?
    };
    Ok(print(&outcomes, wishes, std::io::stdout().lock())?)
}

fn profiles(checked: &Checked, keys: &Keys, folder: Option<&Path>) -> Result<Profiles, Stop> {
    let set = match folder {
        Some(folder) => ProfileSet::parse(&config::read_profiles(folder)?)?,
        None => ProfileSet::parse(&checked.profile_files)?,
    };
    Ok(Profiles {
        set: InForce::of(set),
        gatt: gatt::Profiles::default(),
        key: keys.hint.clone(),
        site: checked.zone.clone(),
    })
}

fn dry(checked: &Checked, wishes: &Wishes) -> Result<Outcomes, Stop> {
    let folder = &checked.config.journal.folder;
    let keys = Keys::existing(folder)?;
    let decoder = profiles(checked, &keys, wishes.profiles.as_deref())?;
    let roster = match &wishes.roster {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|cause| format!("{}: {cause}", path.display()))?;
            let entries: RosterFile = toml::from_str(&text)?;
            entries.check()?;
            Some(entries)
        }
    };
    let readers = open_readers(&folder.join("journal.sqlite"), 1)?;
    let outcomes = readers.read(|snapshot| {
        let mut enrolled = snapshot.device_accounts()?;
        for device in roster.iter().flat_map(|r| &r.device) {
            enrolled.insert(device.name.clone(), device.account.clone());
        }
        let wanted = Rehearsed {
            which: if wishes.every {
                Which::Every
            } else {
                Which::NotUsed
            },
            after: FrameRow(0),
            enrolled: &enrolled,
            with_values: wishes.values,
        };
        rehearse(snapshot, &decoder, &keys.seal, wanted)
    })?;
    Ok(outcomes)
}

fn for_good(checked: &Checked) -> Result<Outcomes, Stop> {
    let folder = Folder::take(&checked.config.journal.folder)?;
    let keys = Keys::existing(&folder.path)?;
    let decoder = profiles(checked, &keys, None)?;
    let mut journal = Journal::open(&folder.path, 1)?;
    keys.fit(&mut journal.writer)?;
    let mut work = ForGood::new(Arc::new(decoder), keys.seal.clone(), Which::NotUsed);
    let now = SystemClock.now();
    while journal.writer.transaction(|tx| {
        tx.audit(now, "command-line", "frames.interpret_again", "frames")?;
        work.batch(tx, now).map_err(JournalError::from)
    })? {}
    Ok(work.outcomes())
}

fn print(outcomes: &Outcomes, wishes: &Wishes, mut out: impl Write) -> std::io::Result<()> {
    let (becomes, stay) = if wishes.for_good {
        ("ended anew", "stayed as they are")
    } else {
        ("would end otherwise", "would stay as they are")
    };
    writeln!(
        out,
        "{} frames: {} {becomes}, {} {stay}, {} erased after their days",
        outcomes.frames,
        outcomes.changes.len(),
        outcomes.same,
        outcomes.erased.len()
    )?;
    for ((was, end), count) in outcomes.counts() {
        writeln!(out, "{count} x {} -> {}", was.in_words(), end.in_words())?;
    }
    for change in &outcomes.changes {
        let other = if change.other_readings {
            " (other readings)"
        } else {
            ""
        };
        writeln!(
            out,
            "frame {}: {} -> {}{other}{}",
            change.row.0,
            change.was.in_words(),
            change.becomes.in_words(),
            values(change)
        )?;
    }
    for row in &outcomes.erased {
        writeln!(
            out,
            "frame {}: erased, its payload is not kept any more",
            row.0
        )?;
    }
    Ok(())
}

fn values(change: &Change) -> String {
    let mut all = String::new();
    for mapped in &change.readings {
        let said = match &mapped.reading.measured {
            Measured::BloodPressure(bp) => match bp.pulse_bpm {
                Some(pulse) => format!(
                    "{}/{} mmHg, pulse {pulse}",
                    bp.systolic_mmhg, bp.diastolic_mmhg
                ),
                None => format!("{}/{} mmHg", bp.systolic_mmhg, bp.diastolic_mmhg),
            },
            Measured::Glucose(glucose) => match &glucose.value {
                GlucoseValue::MmolL(value) => format!("{} mmol/L", value.normalize()),
                GlucoseValue::Low => "LO".to_owned(),
                GlucoseValue::High => "HI".to_owned(),
            },
        };
        all.push_str(&format!("; {}: {said}", mapped.reading.device.0));
    }
    all
}
