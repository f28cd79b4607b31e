//! Bluetooth devices, for those who run the hub: where they can stand, and every act on them.

use super::operation::Running;
use crate::journal::{RadioLine, StationLine, Tx};
use crate::pipeline::enrol::{self, Enrolment};
use crate::web::refusal::Refusal;

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
