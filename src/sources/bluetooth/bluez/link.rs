//! One device of BlueZ: its values, and every way of speaking to it.

use std::collections::BTreeSet;

use btleplug::api::{Characteristic as Known, Peripheral as _, WriteType};
use btleplug::platform::Peripheral;
use futures_util::StreamExt;

use super::adapter::short;
use super::bus::Bus;
use crate::decode::gatt::Characteristic;
use crate::sources::bluetooth::radio::{Link, LinkTrouble, Values};

/// One device.
#[derive(Clone)]
pub struct BluezLink {
    bus: Bus,
    peripheral: Peripheral,
}

impl BluezLink {
    pub(super) fn new(bus: Bus, peripheral: Peripheral) -> Self {
        BluezLink { bus, peripheral }
    }

    /// The first characteristic of this code, by the services' numbers: Glucose before Blood Pressure.
    fn find(&self, characteristic: Characteristic) -> Result<Known, LinkTrouble> {
        let is = |known: &Known| short(&known.uuid.to_string()) == characteristic.code();
        self.first(is)
    }

    fn first(&self, is: impl Fn(&Known) -> bool) -> Result<Known, LinkTrouble> {
        self.peripheral
            .services()
            .into_iter()
            .flat_map(|service| service.characteristics)
            .find(|known| is(known))
            .ok_or(LinkTrouble::Refused { att: None })
    }

    fn path(&self) -> String {
        format!("/org/bluez/{}", self.peripheral.id())
    }
}

impl Link for BluezLink {
    async fn values(&self) -> Result<Values, LinkTrouble> {
        let values = self.peripheral.notifications().await.map_err(trouble)?;
        Ok(values
            .map(|value| {
                let code = short(&value.uuid.to_string());
                (Characteristic::from_code(&code).ok_or(code), value.value)
            })
            .boxed())
    }

    async fn connect(&self) -> Result<(), LinkTrouble> {
        self.peripheral.connect().await.map_err(trouble)
    }

    async fn disconnect(&self) {
        let _ = self.peripheral.disconnect().await;
    }

    async fn offers(&self) -> Result<BTreeSet<Characteristic>, LinkTrouble> {
        self.peripheral.discover_services().await.map_err(trouble)?;
        Ok(self
            .peripheral
            .characteristics()
            .iter()
            .filter_map(|known| Characteristic::from_code(&short(&known.uuid.to_string())))
            .collect())
    }

    async fn is_connected(&self) -> bool {
        self.peripheral.is_connected().await.unwrap_or(false)
    }

    async fn is_bonded(&self) -> bool {
        self.bus.device_flag(&self.path(), "Paired").await
    }

    async fn read(&self, characteristic: Characteristic) -> Result<Vec<u8>, LinkTrouble> {
        let known = self.find(characteristic)?;
        self.peripheral.read(&known).await.map_err(trouble)
    }

    async fn subscribe(&self, characteristic: Characteristic) -> Result<(), LinkTrouble> {
        let known = self.find(characteristic)?;
        match self.peripheral.subscribe(&known).await {
            // A subscription of an earlier connection, which BlueZ renews by itself.
            Err(error)
                if error.to_string().contains("InProgress") || says(&error, "In Progress") =>
            {
                Ok(())
            }
            other => other.map_err(trouble),
        }
    }

    async fn write(
        &self,
        characteristic: Characteristic,
        bytes: Vec<u8>,
    ) -> Result<(), LinkTrouble> {
        let known = self.find(characteristic)?;
        let written = self
            .peripheral
            .write(&known, &bytes, WriteType::WithResponse);
        written.await.map_err(trouble)
    }

    async fn write_vendor(&self, uuid: String, bytes: Vec<u8>) -> Result<(), LinkTrouble> {
        let known = self.first(|known| known.uuid.to_string().eq_ignore_ascii_case(&uuid))?;
        let written = self
            .peripheral
            .write(&known, &bytes, WriteType::WithResponse);
        written.await.map_err(trouble)
    }
}

fn says(error: &btleplug::Error, what: &str) -> bool {
    let text = error.to_string().to_ascii_lowercase();
    text.contains(&what.to_ascii_lowercase())
}

fn trouble(error: btleplug::Error) -> LinkTrouble {
    tracing::debug!(%error, "a device or BlueZ refused");
    if matches!(error, btleplug::Error::DeviceNotFound) {
        return LinkTrouble::Unknown;
    }
    let text = format!("{error:?} {error}");
    if text.contains("UnknownObject") || text.contains("doesn't exist") {
        return LinkTrouble::Unknown;
    }
    LinkTrouble::Refused {
        att: att_code(&text),
    }
}

/// BlueZ puts the device's own error into its text: "Operation failed with ATT error: 0x81 (...)".
fn att_code(text: &str) -> Option<u8> {
    let after = text.split("ATT error: 0x").nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
    u8::from_str_radix(&digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_devices_own_error_is_found_in_the_text() {
        let text = "Operation failed with ATT error: 0x81 (Application Error)";
        assert_eq!(att_code(text), Some(0x81));
        assert_eq!(att_code("ATT error: 0x0e"), Some(0x0E));
        assert_eq!(att_code("Operation failed"), None);
        assert_eq!(att_code("ATT error: 0xfff"), None);
    }
}
