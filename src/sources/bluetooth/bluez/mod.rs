//! The radio that is BlueZ: `btleplug` scans, connects and speaks; the agent, the adapter's switch and bonds,
//! which it does not have, go over D-Bus by `zbus`.

mod adapter;
mod agent;
mod bus;
mod link;

use std::sync::Arc;

use btleplug::api::{Central, Manager as _};
use btleplug::platform::{Adapter, Manager};
use futures_util::StreamExt;
use tokio::sync::Mutex;

use super::agent::Gate;
use super::radio::{Opened, Radio, Trouble};
use super::settings::Settings;
use adapter::BluezAdapter;
use bus::Bus;

/// BlueZ on the system's D-Bus.
pub struct BluezRadio {
    wished: Option<String>,
    power_on: bool,
    gate: Arc<Gate>,
    /// One session for the hub's life: each leaves a task behind.
    manager: Mutex<Option<Manager>>,
}

impl BluezRadio {
    pub fn new(settings: &Settings, gate: Arc<Gate>) -> Self {
        BluezRadio {
            wished: settings.adapter.clone(),
            power_on: settings.power_on,
            gate,
            manager: Mutex::new(None),
        }
    }

    /// `btleplug`'s view of the adapter of this name. A session that no longer answers is thrown away.
    async fn central(&self, name: &str) -> Result<Adapter, Trouble> {
        let mut held = self.manager.lock().await;
        let manager = match held.clone() {
            Some(manager) => manager,
            None => Manager::new().await.map_err(|_| Trouble::NoBus)?,
        };
        let Ok(adapters) = manager.adapters().await else {
            *held = None;
            return Err(Trouble::NoBus);
        };
        *held = Some(manager);
        for adapter in adapters {
            // "hci0 (usb:v1D6Bp0246d0542)"
            let info = adapter.adapter_info().await.unwrap_or_default();
            if info.split(' ').next() == Some(name) {
                return Ok(adapter);
            }
        }
        Err(Trouble::NoAdapter)
    }
}

impl Radio for BluezRadio {
    type Adapter = BluezAdapter;

    async fn open(&self) -> Result<Opened<BluezAdapter>, Trouble> {
        let bus = Bus::open(Arc::clone(&self.gate)).await?;
        let (found, others) = bus.choose(self.wished.as_deref()).await?;
        if !found.powered {
            if !self.power_on {
                return Err(Trouble::PoweredOff);
            }
            bus.power_on(&found.path).await?;
        }
        bus.register_agent().await?;
        let central = self.central(&found.name).await?;
        let news = bus.news(&found.path).await?;
        let events = central.events().await.map_err(|_| Trouble::Refused)?;
        let name = found.say();
        let adapter = BluezAdapter::new(bus, central, found.path);
        let heard = futures_util::stream::select(news, adapter.heard(events));
        Ok(Opened {
            adapter,
            name,
            others,
            heard: heard.boxed(),
        })
    }
}
