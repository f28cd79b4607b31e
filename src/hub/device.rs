//! `device scan|list|pair|forget`: what staff do on the page, by hand and without the hub.
//!
//! Only `list` may be asked while the hub runs: the others would take its agent and its adapter away.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use tokio::sync::watch;

use super::{Folder, tools};
use crate::config::Checked;
use crate::decode::gatt::{Measures, Profiles};
use crate::journal::{Bond, DeviceKind, Journal, Tx, open_readers};
use crate::people::roster::RadioEntry;
use crate::pipeline::enrol::{self, Enrolment};
use crate::sources::bluetooth::bluez::BluezRadio;
use crate::sources::bluetooth::{Adapter, Desk, Gate, Pairing, Radio, Settings, Wanted};
use crate::vitals::{Clock, SystemClock};

/// Anything that ends a tool early, already in words for a person.
type Stop = Box<dyn std::error::Error>;

/// How often the pairing in hand is looked at, while digits may be asked for.
const LOOK: Duration = Duration::from_millis(200);

/// What to do with Bluetooth devices.
#[derive(Debug, Clone, Subcommand)]
pub enum DeviceAct {
    /// Shows the devices nearby, the nearest first. The hub must be stopped.
    Scan {
        /// How long to listen, seconds.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Shows the enrolled devices.
    List,
    /// Pairs a device and enrols it. The hub must be stopped.
    Pair(PairWishes),
    /// Takes a device out of service and its bond away; its readings stay. The hub must be stopped.
    Forget {
        /// Its address.
        address: String,
    },
}

/// The device to pair.
#[derive(Debug, Clone, clap::Args)]
pub struct PairWishes {
    /// Its address, as `device scan` shows it.
    pub address: String,
    /// Stem of its profile in `config/devices`; left out: the one that its name suggests.
    #[arg(long)]
    pub profile: Option<String>,
    /// What people call it; left out: the name it gives itself.
    #[arg(long)]
    pub label: Option<String>,
    /// Code of the centre where it stands.
    #[arg(long)]
    pub centre: String,
    /// Code of the seat where it stands.
    #[arg(long)]
    pub station: Option<String>,
    /// Number of the one person it is given to.
    #[arg(long)]
    pub own: Option<i64>,
    /// Enrol it without a bond: it pairs by itself when it is first read, or needs none.
    #[arg(long)]
    pub unpaired: bool,
}

/// Why an act on a device was refused, and what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum DeviceRefused {
    #[error("the hub is running and has the radio: use its page /devices/add, or stop it first")]
    HubRuns,
    #[error("no Bluetooth ({0}); see the operator's page, or `systemctl status bluetooth`")]
    NoRadio(&'static str),
    #[error("{0:?} is no address; write it as `device scan` shows it: C0:26:DA:00:00:01")]
    Address(String),
    #[error("say which profile: --profile STEM; there are {0}")]
    Profile(String),
    #[error("say what people call it: --label")]
    Label,
    #[error("there is no centre {0:?}; load it with `roster load` first, or correct the code")]
    Centre(String),
    #[error("there is no seat {0:?} at that centre; correct the code")]
    Station(String),
    #[error("not paired: {0}")]
    NotPaired(&'static str),
    #[error("no enrolled device has the address {0}; see `device list`")]
    NotEnrolled(String),
}

/// Does it.
///
/// # Errors
/// [`DeviceRefused`]; the journal's own errors.
pub async fn run(checked: &Checked, act: &DeviceAct) -> Result<(), Stop> {
    match act {
        DeviceAct::List => list(checked),
        DeviceAct::Scan { seconds } => scan(checked, *seconds).await,
        DeviceAct::Pair(wishes) => pair(checked, wishes).await,
        DeviceAct::Forget { address } => forget(checked, address).await,
    }
}

fn list(checked: &Checked) -> Result<(), Stop> {
    let path = checked.config.journal.folder.join("journal.sqlite");
    let readers = open_readers(&path, 1)?;
    let (lines, devices) = readers.read(|s| Ok((s.radio_lines()?, s.devices()?)))?;
    let mut out = std::io::stdout().lock();
    for line in lines {
        let device = devices.iter().find(|device| device.id == line.device_id);
        let text =
            |get: fn(&crate::journal::DeviceLine) -> String| device.map_or_else(String::new, get);
        writeln!(
            out,
            "{}  {:<16} {:<8} {}, {}, last heard {}",
            line.address,
            line.profile,
            line.bond.word(),
            text(|d| d.centre_name.clone()),
            text(|d| d.label.clone()),
            text(|d| d.last_heard_at.map_or("never".into(), |at| at.to_string())),
        )?;
    }
    Ok(())
}

/// The radio with nobody else at it.
struct Tool {
    folder: Folder,
    desk: Desk<<BluezRadio as Radio>::Adapter>,
    profiles: Profiles,
    _there: watch::Sender<Option<<BluezRadio as Radio>::Adapter>>,
}

impl Tool {
    async fn open(checked: &Checked) -> Result<Self, Stop> {
        let folder = Folder::take(&checked.config.journal.folder).map_err(|error| match error {
            super::HubError::InUse { .. } => Stop::from(DeviceRefused::HubRuns),
            other => Stop::from(other),
        })?;
        let settings = checked.config.bluetooth.clone().unwrap_or_default();
        let gate = Arc::new(Gate::new(settings.passkey_s));
        let radio = BluezRadio::new(&settings, Arc::clone(&gate));
        let no_radio =
            |trouble: crate::sources::bluetooth::Trouble| DeviceRefused::NoRadio(trouble.word());
        let opened = radio.open().await.map_err(no_radio)?;
        opened.adapter.scan().await.map_err(no_radio)?;
        eprintln!("listening with {}", opened.name);
        let profiles = tools::bluetooth_profiles(&checked.profile_files)?;
        let (there, adapter) = watch::channel(Some(opened.adapter));
        Ok(Tool {
            folder,
            desk: Desk::new(adapter, gate, profiles.clone()),
            profiles,
            _there: there,
        })
    }
}

async fn scan(checked: &Checked, seconds: u64) -> Result<(), Stop> {
    let tool = Tool::open(checked).await?;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let mut out = std::io::stdout().lock();
    for device in tool.desk.nearby().await {
        let likely = tool.profiles.suggest(device.name.as_deref(), None);
        writeln!(
            out,
            "{}  {:>4} dBm  {:<24} {}{}{}",
            device.address,
            device.rssi.unwrap_or_default(),
            device.name.unwrap_or_else(|| "-".to_owned()),
            device.services.join(" "),
            likely.map_or(String::new(), |stem| format!("  profile {stem}")),
            if device.bonded { "  bonded" } else { "" },
        )?;
    }
    Ok(())
}

async fn pair(checked: &Checked, wishes: &PairWishes) -> Result<(), Stop> {
    let address = RadioEntry::identity(&wishes.address)
        .ok_or_else(|| DeviceRefused::Address(wishes.address.clone()))?;
    let tool = Tool::open(checked).await?;
    let settings = checked.config.bluetooth.clone().unwrap_or_default();
    let name = heard(&tool, &address, &settings).await;
    let mut device = enrolment(&tool, wishes, &address, name)?;
    let mut journal = Journal::open(&tool.folder.path, 1)?;
    journal
        .writer
        .transaction(|tx| place(tx, wishes, &mut device))?;
    if !wishes.unpaired {
        paired(&tool.desk, &address).await?;
        device.bond = Bond::Bonded;
    }
    // Now, and not when the command began: what was measured while staff waited is nobody's.
    let now = SystemClock.now();
    let id = journal.writer.transaction(|tx| {
        let id = enrol::enrol(tx, &device, now)?;
        tx.audit(now, "command-line", "device.enrol", &format!("device:{id}"))?;
        Ok::<_, crate::journal::JournalError>(id)
    })?;
    println!("{address} is enrolled as device {id}");
    Ok(())
}

/// Waits until the device is heard; the name it gives itself.
async fn heard(tool: &Tool, address: &str, settings: &Settings) -> Option<String> {
    let looks = settings.connect_limit_s * 2;
    for _ in 0..looks {
        let near = tool.desk.nearby().await;
        if let Some(device) = near.into_iter().find(|device| device.address == address) {
            return device.name;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    None
}

fn enrolment(
    tool: &Tool,
    wishes: &PairWishes,
    address: &str,
    name: Option<String>,
) -> Result<Enrolment, DeviceRefused> {
    let suggested = tool.profiles.suggest(name.as_deref(), None);
    let stem = wishes.profile.as_deref().or(suggested);
    let found = stem.and_then(|stem| tool.profiles.get(stem).map(|profile| (stem, profile)));
    let Some((stem, profile)) = found else {
        let known: Vec<&str> = tool.profiles.iter().map(|(stem, _)| stem).collect();
        return Err(DeviceRefused::Profile(known.join(", ")));
    };
    Ok(Enrolment {
        address: address.to_owned(),
        profile: stem.to_owned(),
        kind: match profile.measures {
            Measures::BloodPressure => DeviceKind::Cuff,
            Measures::Glucose => DeviceKind::Meter,
        },
        label: wishes.label.clone().or(name).ok_or(DeviceRefused::Label)?,
        centre_id: 0,
        station_id: None,
        own_person_id: wishes.own,
        bond: Bond::None,
    })
}

/// Finds the centre and the seat by their codes.
fn place(tx: &Tx<'_>, wishes: &PairWishes, device: &mut Enrolment) -> Result<(), Stop> {
    let centre = tx.centre_by_code(&wishes.centre)?;
    device.centre_id = centre.ok_or_else(|| DeviceRefused::Centre(wishes.centre.clone()))?;
    if let Some(code) = &wishes.station {
        let station = tx.station_by_code(code)?;
        let here = station.filter(|station| station.centre_id == device.centre_id);
        let here = here.ok_or_else(|| DeviceRefused::Station(code.clone()))?;
        device.station_id = Some(here.id);
    }
    Ok(())
}

/// Pairs, and asks at the terminal for what a device wants.
async fn paired<A: Adapter>(desk: &Desk<A>, address: &str) -> Result<(), DeviceRefused> {
    let mut pairing = desk.pair(address, false);
    let mut asked = false;
    loop {
        tokio::select! {
            ended = &mut pairing => {
                return ended.map_err(|trouble| DeviceRefused::NotPaired(trouble.word()));
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        let wanted = desk.standing().in_hand.map(|(_, wanted)| wanted);
        match wanted {
            Some(Wanted::Passkey { .. }) if !asked => {
                asked = true;
                eprintln!("the six digits on the device's display, then Enter:");
                answer_from_terminal(desk).await;
            }
            Some(Wanted::Same { digits, .. }) if !asked => {
                asked = true;
                eprintln!("does the device show {digits:06}? type these digits, then Enter:");
                answer_from_terminal(desk).await;
            }
            Some(Wanted::Type { digits }) if !asked => {
                asked = true;
                eprintln!("type {digits:06} on the device");
            }
            _ => {}
        }
    }
}

async fn answer_from_terminal<A: Adapter>(desk: &Desk<A>) {
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let typed = match line.await {
        Ok(Ok(line)) => line.trim().parse::<u32>().ok().filter(|d| *d <= 999_999),
        _ => None,
    };
    match typed {
        Some(digits) => {
            desk.answer(digits);
        }
        None => desk.cancel(),
    }
}

async fn forget(checked: &Checked, address: &str) -> Result<(), Stop> {
    let address =
        RadioEntry::identity(address).ok_or_else(|| DeviceRefused::Address(address.to_owned()))?;
    let tool = Tool::open(checked).await?;
    let mut journal = Journal::open(&tool.folder.path, 1)?;
    let now = SystemClock.now();
    let there = journal.writer.transaction(|tx| {
        let Some(radio) = tx.radio_by_address(&address)? else {
            return Ok(false);
        };
        tx.forget_radio(radio.device.id)?;
        let object = format!("device:{}", radio.device.id);
        tx.audit(now, "command-line", "device.forget", &object)?;
        Ok::<_, crate::journal::JournalError>(true)
    })?;
    let forgotten = tool.desk.forget(&address).await;
    if !there {
        return Err(DeviceRefused::NotEnrolled(address).into());
    }
    forgotten.map_err(|trouble| DeviceRefused::NoRadio(trouble.word()))?;
    println!("{address} is forgotten; its readings stay");
    Ok(())
}
