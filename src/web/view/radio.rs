//! Devices, for those who run the hub: their ledger, where they can stand, and every act on them.

use super::View;
use super::operation::Running;
use crate::journal::{
    ClockRead, DeviceLine, Failure, JournalError, RadioLedger, RadioLine, Snapshot, StationLine, Tx,
};
use crate::pipeline::enrol::{self, Enrolment};
use crate::vitals::Moment;
use crate::web::refusal::Refusal;

/// Days of a device's ledger, today among them.
pub const LEDGER_DAYS: i64 = 14;
/// Days before today in which silence is counted.
const SILENCE_DAYS: i64 = 21;

/// What is known of a device beside its readings.
pub struct Ledger {
    pub radio: Option<RadioLedger>,
    pub batteries: Vec<(Moment, u8)>,
    pub clocks: Vec<ClockRead>,
    /// When its readings of the last days came.
    pub received: Vec<Moment>,
    pub failures: Vec<Failure>,
}

impl Ledger {
    pub(super) fn of(
        journal: &Snapshot<'_>,
        device: i64,
        since: Moment,
    ) -> Result<Self, JournalError> {
        Ok(Ledger {
            radio: journal.radio_ledger(device)?,
            batteries: journal.batteries(device)?,
            clocks: journal.clock_history(device)?,
            received: journal.received_since(device, since)?,
            failures: journal.failures(device)?,
        })
    }
}

/// On which of the last complete days each centre was open: somebody was measured there.
pub struct OpenDays {
    /// Centre, and when the day began.
    open: Vec<(i64, Moment)>,
}

impl OpenDays {
    /// The days before today, oldest first, each from its first moment to the next one's.
    pub(super) fn asked(view: &View) -> Vec<(Moment, Moment)> {
        let day = |days| (view.days_ago(days), view.days_ago(days - 1));
        (1..=SILENCE_DAYS).rev().map(day).collect()
    }

    /// `open`: centre, and which of the asked days it was open on.
    pub(super) fn of(open: Vec<(i64, usize)>, days: &[(Moment, Moment)]) -> Self {
        let began = |(centre, day): (i64, usize)| Some((centre, days.get(day)?.0));
        OpenDays {
            open: open.into_iter().filter_map(began).collect(),
        }
    }

    /// How many open days have gone by since a device was last heard.
    pub fn silent(&self, device: &DeviceLine) -> usize {
        let Some(heard) = device.last_heard_at else {
            return 0;
        };
        let after =
            |(centre, began): &&(i64, Moment)| *centre == device.centre_id && *began > heard;
        self.open.iter().filter(after).count()
    }
}

/// Where a device can stand, and which are enrolled for Bluetooth.
pub struct Places {
    pub centres: Vec<(i64, String)>,
    pub stations: Vec<StationLine>,
    pub enrolled: Vec<RadioLine>,
}

impl Running {
    /// Centres and seats a device can stand at, and the addresses of those that are enrolled.
    pub async fn places(&self) -> Result<Places, Refusal> {
        self.view
            .state
            .read(|journal| {
                Ok(Places {
                    centres: journal.places()?,
                    stations: journal.stations()?,
                    enrolled: journal.radio_lines()?,
                })
            })
            .await
    }

    /// Puts a Bluetooth device into service, in this visitor's name.
    pub async fn enrol(&self, device: Enrolment) -> Result<i64, Refusal> {
        let actor = self.view.visitor.actor();
        let work = move |tx: &Tx<'_>, now| {
            let id = enrol::enrol(tx, &device, now)?;
            Ok((id, format!("device:{id}")))
        };
        let road = &self.view.state.road;
        Ok(road.command(&actor, "device.enrol", work).await?)
    }

    /// Notes that an enrolled device was paired again.
    pub async fn paired_again(&self, address: String) -> Result<(), Refusal> {
        let actor = self.view.visitor.actor();
        let work = move |tx: &Tx<'_>, _| {
            let id = enrol::paired_again(tx, &address)?.unwrap_or_default();
            Ok(((), format!("device:{id}")))
        };
        let road = &self.view.state.road;
        Ok(road.command(&actor, "device.pair", work).await?)
    }

    /// Takes a Bluetooth device out of service; its readings stay.
    pub async fn forget(&self, device: i64) -> Result<(), Refusal> {
        let actor = self.view.visitor.actor();
        let work = move |tx: &Tx<'_>, _| {
            tx.forget_radio(device)?;
            Ok(((), format!("device:{device}")))
        };
        let road = &self.view.state.road;
        Ok(road.command(&actor, "device.forget", work).await?)
    }
}
