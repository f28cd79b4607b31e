//! One adapter of BlueZ: scanning, hearing, and the way from an address to a device.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use btleplug::api::{Central, CentralEvent, Peripheral as _};
use btleplug::platform::{Adapter as Central0, Peripheral, PeripheralId};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

use super::bus::{Bus, flag, text};
use super::link::BluezLink;
use crate::sources::bluetooth::radio::{Adapter, Heard, LinkTrouble, Nearby, PairTrouble, Trouble};

/// The end of every 16-bit UUID.
pub(super) const BASE_UUID: &str = "-0000-1000-8000-00805f9b34fb";

type Addresses = Arc<Mutex<HashMap<PeripheralId, String>>>;

/// One adapter.
#[derive(Clone)]
pub struct BluezAdapter {
    bus: Bus,
    central: Central0,
    path: String,
    /// Identity addresses by BlueZ's own ids, so that not every advertisement asks for one. An id keeps an
    /// old random address after bonding: what it stands for is asked again after every connection.
    addresses: Addresses,
}

impl BluezAdapter {
    pub(super) fn new(bus: Bus, central: Central0, path: String) -> Self {
        BluezAdapter {
            bus,
            central,
            path,
            addresses: Arc::default(),
        }
    }

    /// `btleplug`'s events as the hub's words.
    pub(super) fn heard(
        &self,
        events: impl futures_util::Stream<Item = CentralEvent> + Send + 'static,
    ) -> BoxStream<'static, Heard> {
        let adapter = self.clone();
        events
            .filter_map(move |event| {
                let adapter = adapter.clone();
                async move { adapter.meaning(event).await }
            })
            .boxed()
    }

    async fn meaning(&self, event: CentralEvent) -> Option<Heard> {
        match event {
            // Known devices are told as "discovered" when the stream begins, heard or not.
            CentralEvent::DeviceDiscovered(id) => {
                let peripheral = self.central.peripheral(&id).await.ok()?;
                let properties = peripheral.properties().await.ok()??;
                properties.rssi?;
                self.advertised(&id).await
            }
            CentralEvent::RssiUpdate { id, .. }
            | CentralEvent::ManufacturerDataAdvertisement { id, .. }
            | CentralEvent::ServiceDataAdvertisement { id, .. } => self.advertised(&id).await,
            CentralEvent::DeviceConnected(id) => {
                self.forget_address(&id);
                let address = self.address(&id).await?;
                Some(Heard::Arrived { address })
            }
            CentralEvent::DeviceDisconnected(id) => {
                let known = self.known_address(&id);
                self.forget_address(&id);
                let address = match self.address(&id).await {
                    Some(address) => address,
                    None => known?,
                };
                Some(Heard::Left { address })
            }
            _ => None,
        }
    }

    async fn advertised(&self, id: &PeripheralId) -> Option<Heard> {
        let address = self.address(id).await?;
        Some(Heard::Advertised { address })
    }

    fn known_address(&self, id: &PeripheralId) -> Option<String> {
        let addresses = self.addresses.lock();
        addresses
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    fn forget_address(&self, id: &PeripheralId) {
        let addresses = self.addresses.lock();
        addresses.unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    async fn address(&self, id: &PeripheralId) -> Option<String> {
        if let Some(known) = self.known_address(id) {
            return Some(known);
        }
        let peripheral = self.central.peripheral(id).await.ok()?;
        let address = peripheral.address().to_string();
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Strangers change their addresses all day: the whole is thrown away now and then.
        if addresses.len() > 4096 {
            addresses.clear();
        }
        addresses.insert(id.clone(), address.clone());
        Some(address)
    }

    async fn peripheral(&self, address: &str) -> Option<Peripheral> {
        let all = self.central.peripherals().await.ok()?;
        all.into_iter().find(|peripheral| {
            peripheral
                .address()
                .to_string()
                .eq_ignore_ascii_case(address)
        })
    }

    async fn device_path(&self, address: &str) -> Option<String> {
        let peripheral = self.peripheral(address).await?;
        Some(format!("/org/bluez/{}", peripheral.id()))
    }
}

impl Adapter for BluezAdapter {
    type Link = BluezLink;

    async fn scan(&self) -> Result<(), Trouble> {
        self.bus.start_discovery(&self.path).await
    }

    async fn stop_scan(&self) {
        self.bus.stop_discovery(&self.path).await;
    }

    async fn is_scanning(&self) -> bool {
        self.bus.is_discovering(&self.path).await
    }

    async fn link(&self, address: &str) -> Result<BluezLink, LinkTrouble> {
        let peripheral = self.peripheral(address).await.ok_or(LinkTrouble::Unknown)?;
        Ok(BluezLink::new(self.bus.clone(), peripheral))
    }

    async fn nearby(&self) -> Vec<Nearby> {
        let Ok(objects) = self.bus.objects().await else {
            return Vec::new();
        };
        let within = format!("{}/", self.path);
        let devices = objects.iter().filter_map(|(path, interfaces)| {
            let (_, properties) = interfaces
                .iter()
                .find(|(name, _)| name.as_str() == "org.bluez.Device1")?;
            path.as_str().starts_with(&within).then_some(properties)
        });
        devices
            .filter_map(|properties| {
                Some(Nearby {
                    address: text(properties, "Address")?.to_ascii_uppercase(),
                    name: text(properties, "Name"),
                    rssi: super::bus::number(properties, "RSSI"),
                    services: super::bus::texts(properties, "UUIDs")
                        .into_iter()
                        .map(|uuid| short(&uuid))
                        .collect(),
                    bonded: flag(properties, "Paired"),
                })
            })
            .collect()
    }

    async fn pair(&self, address: &str) -> Result<(), PairTrouble> {
        let path = self.device_path(address).await;
        self.bus.pair(&path.ok_or(PairTrouble::NotThere)?).await
    }

    async fn forget(&self, address: &str) -> Result<(), Trouble> {
        match self.device_path(address).await {
            Some(path) => self.bus.remove(&self.path, &path).await,
            None => Ok(()),
        }
    }
}

/// Four hex digits for a UUID of the Bluetooth SIG, else the whole.
pub(super) fn short(uuid: &str) -> String {
    let lower = uuid.to_ascii_lowercase();
    let code = lower
        .strip_suffix(BASE_UUID)
        .and_then(|code| code.strip_prefix("0000"));
    code.map_or(lower.clone(), str::to_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_of_the_sig_are_four_digits() {
        assert_eq!(short("00001810-0000-1000-8000-00805f9b34fb"), "1810");
        assert_eq!(short("00002A35-0000-1000-8000-00805F9B34FB"), "2A35");
        let vendor = "00000000-0002-11e2-9e96-0800200c9a66";
        assert_eq!(short(vendor), vendor);
        assert_eq!(
            short("12341810-0000-1000-8000-00805f9b34fb"),
            "12341810-0000-1000-8000-00805f9b34fb"
        );
    }
}
