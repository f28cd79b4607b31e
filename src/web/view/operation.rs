//! How the hub runs: no health, no person's name.

use super::radio::{LEDGER_DAYS, Ledger, OpenDays};
use super::{FRAMES_MAX, NUMBERS_MAX, View};
use crate::journal::{AccountName, Arrival, CursorLine, DeviceLine, FrameCount, FrameLine};
use crate::journal::{Screen, Station};
use crate::web::refusal::Refusal;
use crate::web::state::State;

/// The journal as those who run the hub may see it.
pub struct Running {
    pub(super) view: View,
}

/// How the hub runs.
pub struct Operation {
    pub devices: Vec<DeviceLine>,
    pub counts: Vec<FrameCount>,
    pub frames: Vec<FrameLine>,
    pub followers: Vec<CursorLine>,
    /// When, where and why, without their values.
    pub unclaimed: Vec<Arrival>,
    pub unclaimed_count: i64,
    pub unsettled: i64,
    pub open_days: OpenDays,
}

/// A device, and what it sent last without the values.
pub struct DeviceRecord {
    pub device: DeviceLine,
    pub arrived: Vec<Arrival>,
    pub open_days: OpenDays,
    pub ledger: Ledger,
}

impl Running {
    pub(super) fn new(view: View) -> Self {
        Running { view }
    }

    pub(super) fn state(&self) -> &State {
        &self.view.state
    }

    /// Who acts, for the audit log.
    pub(super) fn actor(&self) -> String {
        self.view.visitor.actor()
    }

    /// How the hub runs.
    pub async fn operation(&self) -> Result<Operation, Refusal> {
        let days = OpenDays::asked(&self.view);
        self.view
            .state
            .read(move |journal| {
                Ok(Operation {
                    open_days: OpenDays::of(journal.open_days(&days)?, &days),
                    devices: journal.devices()?,
                    counts: journal.frame_counts()?,
                    frames: journal.not_understood(FRAMES_MAX)?,
                    followers: journal.followers()?,
                    unclaimed: journal.arrived_unclaimed(FRAMES_MAX)?,
                    unclaimed_count: journal.unclaimed_count()?,
                    unsettled: journal.unsettled_count()?,
                })
            })
            .await
    }

    /// Every station, and the screens that were let in to it.
    pub async fn stations(&self) -> Result<Vec<(Station, Vec<Screen>)>, Refusal> {
        self.view
            .state
            .read(|journal| {
                let stations = journal.every_station()?;
                let with_screens = |station: Station| {
                    let screens = journal.screens(station.id)?;
                    Ok((station, screens))
                };
                stations.into_iter().map(with_screens).collect()
            })
            .await
    }

    /// Every account that may sign in.
    pub async fn accounts(&self) -> Result<Vec<AccountName>, Refusal> {
        self.view.state.read(|journal| journal.accounts()).await
    }

    /// One device.
    pub async fn device(&self, device: i64) -> Result<DeviceRecord, Refusal> {
        let days = OpenDays::asked(&self.view);
        let since = self.view.days_ago(LEDGER_DAYS - 1);
        let found = self
            .view
            .state
            .read(move |journal| {
                let line = journal
                    .devices()?
                    .into_iter()
                    .find(|line| line.id == device);
                let Some(line) = line else { return Ok(None) };
                let arrived = journal.arrived_from(device, NUMBERS_MAX)?;
                Ok(Some(DeviceRecord {
                    open_days: OpenDays::of(journal.open_days(&days)?, &days),
                    ledger: Ledger::of(journal, device, since)?,
                    device: line,
                    arrived,
                }))
            })
            .await?;
        found.ok_or(Refusal::NotFound)
    }
}
