//! What BlueZ offers on D-Bus and `btleplug` does not: which adapters there are and why not, the adapter's
//! switch, the agent, bonds, and news of the daemon itself.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::time::{Duration, Instant, sleep};
use zbus::fdo::{DBusProxy, ManagedObjects, ObjectManagerProxy, PropertiesProxy};
use zbus::names::{BusName, InterfaceName};
use zbus::{Connection, ObjectPath, OwnedVariant, Proxy, Variant, fdo};

use super::agent::{AGENT_PATH, Agent};
use crate::sources::bluetooth::agent::Gate;
use crate::sources::bluetooth::radio::{Heard, PairTrouble, Trouble};

const BLUEZ: &str = "org.bluez";
const ADAPTER: &str = "org.bluez.Adapter1";
const DEVICE: &str = "org.bluez.Device1";
/// How long an adapter may take to come on: bluetoothd may be switching it at the same moment.
const POWER_LIMIT: Duration = Duration::from_secs(5);
/// Staff type digits meanwhile; BlueZ gives up after a minute.
const PAIR_LIMIT: Duration = Duration::from_secs(70);
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// An adapter as BlueZ lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// `/org/bluez/hci0`
    pub path: String,
    /// `hci0`
    pub name: String,
    pub address: String,
    pub powered: bool,
}

impl Found {
    /// Name and address, for the page.
    pub fn say(&self) -> String {
        format!("{} ({})", self.name, self.address)
    }
}

/// One connection to the system's D-Bus, with the hub's agent on it: it is registered as long as this lives.
#[derive(Clone)]
pub(super) struct Bus {
    connection: Connection,
}

impl Bus {
    pub async fn open(gate: Arc<Gate>) -> Result<Self, Trouble> {
        let connection = zbus::connection::Builder::system()
            .method_timeout(PAIR_LIMIT)
            .serve_at(AGENT_PATH, Agent::new(gate))
            .build()
            .await
            .map_err(|error| {
                tracing::debug!(%error, "no D-Bus");
                Trouble::NoBus
            })?;
        Ok(Bus { connection })
    }

    /// Everything BlueZ has.
    pub async fn objects(&self) -> Result<ManagedObjects, Trouble> {
        let bluez = BusName::try_from(BLUEZ).map_err(|_| Trouble::Refused)?;
        let dbus = DBusProxy::new(&self.connection).await.map_err(trouble)?;
        if !dbus.name_has_owner(bluez).await.map_err(fdo_trouble)? {
            return Err(Trouble::NoDaemon);
        }
        let manager = ObjectManagerProxy::new(&self.connection, BLUEZ, "/")
            .await
            .map_err(trouble)?;
        tokio::time::timeout(CALL_LIMIT, manager.get_managed_objects())
            .await
            .map_err(|_| Trouble::Refused)?
            .map_err(fdo_trouble)
    }

    /// The adapter that is wished for by name or address, else the one with the lowest name: `adapters()`
    /// of `btleplug` has no order.
    /// With it the names of those that are not used.
    pub async fn choose(&self, wished: Option<&str>) -> Result<(Found, Vec<String>), Trouble> {
        choose(adapters(&self.objects().await?), wished)
    }

    /// Switches an adapter on, and waits until it is.
    pub async fn power_on(&self, path: &str) -> Result<(), Trouble> {
        let adapter = self.proxy(path, ADAPTER).await?;
        let until = Instant::now() + POWER_LIMIT;
        loop {
            // "Busy" while bluetoothd does the same by itself; "Blocked" by a switch outside.
            let asked = adapter.set_property("Powered", true).await;
            let on = adapter.get_property::<bool>("Powered").await;
            match (on, asked) {
                (Ok(true), _) => return Ok(()),
                (_, Err(fdo::Error::AccessDenied(_))) => return Err(Trouble::Denied),
                (Err(_), _) => return Err(Trouble::NoAdapter),
                (Ok(false), _) if Instant::now() >= until => return Err(Trouble::PoweredOff),
                (Ok(false), _) => sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// Registers the hub's agent, which can show digits and take them.
    pub async fn register_agent(&self) -> Result<(), Trouble> {
        let manager = self.proxy("/org/bluez", "org.bluez.AgentManager1").await?;
        let path = ObjectPath::try_from(AGENT_PATH).map_err(|_| Trouble::Refused)?;
        let registered: zbus::Result<()> = manager
            .call("RegisterAgent", &(&path, "KeyboardDisplay"))
            .await;
        if let Err(error) = registered
            && !is_named(&error, "org.bluez.Error.AlreadyExists")
        {
            return Err(trouble(error));
        }
        // Another default agent does no harm: BlueZ asks this one for what this connection does.
        let _: zbus::Result<()> = manager.call("RequestDefaultAgent", &(&path,)).await;
        Ok(())
    }

    /// Begins to scan for Low Energy devices, each advertisement told.
    pub async fn start_discovery(&self, path: &str) -> Result<(), Trouble> {
        let adapter = self.proxy(path, ADAPTER).await?;
        let filter: HashMap<&str, Variant<'_>> = HashMap::from([
            ("Transport", Variant::from("le")),
            ("DuplicateData", Variant::from(true)),
        ]);
        let filtered: zbus::Result<()> = adapter.call("SetDiscoveryFilter", &(filter,)).await;
        filtered.map_err(trouble)?;
        let started: zbus::Result<()> = adapter.call("StartDiscovery", &()).await;
        match started {
            Err(error) if is_named(&error, "org.bluez.Error.InProgress") => Ok(()),
            Err(error) if is_named(&error, "org.bluez.Error.NotReady") => Err(Trouble::PoweredOff),
            Err(error) if is_named(&error, "org.bluez.Error.Failed") => Err(Trouble::NoScan),
            other => other.map_err(trouble),
        }
    }

    pub async fn stop_discovery(&self, path: &str) {
        if let Ok(adapter) = self.proxy(path, ADAPTER).await {
            let _: zbus::Result<()> = adapter.call("StopDiscovery", &()).await;
        }
    }

    pub async fn is_discovering(&self, path: &str) -> bool {
        match self.proxy(path, ADAPTER).await {
            Ok(adapter) => adapter.get_property("Discovering").await.unwrap_or(false),
            Err(_) => false,
        }
    }

    /// Makes a bond with a device; BlueZ connects to it where it has to.
    pub async fn pair(&self, device: &str) -> Result<(), PairTrouble> {
        let device = self
            .proxy(device, DEVICE)
            .await
            .map_err(|_| PairTrouble::Failed)?;
        let paired: zbus::Result<()> = device.call("Pair", &()).await;
        let Err(error) = paired else { return Ok(()) };
        Err(match name_of(&error).as_deref() {
            Some("org.bluez.Error.AlreadyExists") => return Ok(()),
            Some(
                "org.bluez.Error.AuthenticationFailed" | "org.bluez.Error.AuthenticationRejected",
            ) => PairTrouble::Refused,
            Some(
                "org.bluez.Error.AuthenticationTimeout" | "org.bluez.Error.ConnectionAttemptFailed",
            ) => PairTrouble::NoAnswer,
            Some("org.bluez.Error.AuthenticationCanceled") => PairTrouble::Cancelled,
            Some("org.freedesktop.DBus.Error.UnknownObject" | "org.bluez.Error.DoesNotExist") => {
                PairTrouble::NotThere
            }
            _ => PairTrouble::Failed,
        })
    }

    /// Lets BlueZ forget a device: its bond, and the services it remembers.
    pub async fn remove(&self, adapter: &str, device: &str) -> Result<(), Trouble> {
        let adapter = self.proxy(adapter, ADAPTER).await?;
        let path = ObjectPath::try_from(device).map_err(|_| Trouble::Refused)?;
        let removed: zbus::Result<()> = adapter.call("RemoveDevice", &(path,)).await;
        match removed {
            Err(error) if is_named(&error, "org.bluez.Error.DoesNotExist") => Ok(()),
            other => other.map_err(trouble),
        }
    }

    pub async fn device_flag(&self, device: &str, property: &str) -> bool {
        match self.proxy(device, DEVICE).await {
            Ok(device) => device.get_property(property).await.unwrap_or(false),
            Err(_) => false,
        }
    }

    /// News that end an adapter's use: the daemon ends, the adapter is taken out or switched off.
    pub async fn news(&self, path: &str) -> Result<BoxStream<'static, Heard>, Trouble> {
        let dbus = DBusProxy::new(&self.connection).await.map_err(trouble)?;
        let owner = dbus
            .receive_name_owner_changed_with_args(&[(0, BLUEZ)])
            .await
            .map_err(trouble)?
            .map(|_| Heard::Gone(Trouble::NoDaemon));
        let manager = ObjectManagerProxy::new(&self.connection, BLUEZ, "/")
            .await
            .map_err(trouble)?;
        let adapter = path.to_owned();
        let removed = manager
            .receive_interfaces_removed()
            .await
            .map_err(trouble)?
            .filter_map(move |signal| {
                let gone = signal.args().is_ok_and(|args| {
                    args.object_path.as_str() == adapter
                        && args.interfaces.iter().any(|name| name.as_str() == ADAPTER)
                });
                std::future::ready(gone.then_some(Heard::Gone(Trouble::NoAdapter)))
            });
        let properties = PropertiesProxy::new(&self.connection, BLUEZ, path.to_owned())
            .await
            .map_err(trouble)?;
        let switched = properties
            .receive_properties_changed()
            .await
            .map_err(trouble)?
            .filter_map(|signal| {
                let off = signal.args().is_ok_and(|args| {
                    let powered = args.changed_properties.get("Powered");
                    args.interface_name == ADAPTER
                        && powered.is_some_and(|value| matches!(value, Variant::Bool(false)))
                });
                std::future::ready(off.then_some(Heard::Gone(Trouble::PoweredOff)))
            });
        let all = futures_util::stream::select(owner, removed);
        Ok(futures_util::stream::select(all, switched).boxed())
    }

    async fn proxy<'a>(
        &self,
        path: &'a str,
        interface: &'static str,
    ) -> Result<Proxy<'a>, Trouble> {
        let interface = InterfaceName::try_from(interface).map_err(|_| Trouble::Refused)?;
        zbus::proxy::Builder::<'_, Proxy<'_>>::new(&self.connection)
            .destination(BLUEZ)
            .path(path)
            .interface(interface)
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await
            .map_err(trouble)
    }
}

/// The adapters among BlueZ's objects, by name.
fn adapters(objects: &ManagedObjects) -> Vec<Found> {
    let mut found: Vec<Found> = objects
        .iter()
        .filter_map(|(path, interfaces)| {
            let properties = interfaces
                .iter()
                .find(|(name, _)| name.as_str() == ADAPTER)?
                .1;
            let path = path.as_str().to_owned();
            Some(Found {
                name: path.rsplit('/').next().unwrap_or_default().to_owned(),
                address: text(properties, "Address").unwrap_or_default(),
                powered: flag(properties, "Powered"),
                path,
            })
        })
        .collect();
    found.sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
    found
}

fn choose(mut found: Vec<Found>, wished: Option<&str>) -> Result<(Found, Vec<String>), Trouble> {
    if found.is_empty() {
        return Err(Trouble::NoAdapter);
    }
    let at = match wished {
        None => Some(0),
        Some(wished) => found
            .iter()
            .position(|one| one.name == wished || one.address.eq_ignore_ascii_case(wished)),
    };
    let chosen = found.remove(at.ok_or(Trouble::OtherAdapter)?);
    Ok((chosen, found.iter().map(Found::say).collect()))
}

pub(super) fn text(properties: &HashMap<String, OwnedVariant>, name: &str) -> Option<String> {
    let value: &Variant<'_> = properties.get(name)?;
    match value {
        Variant::Str(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

pub(super) fn flag(properties: &HashMap<String, OwnedVariant>, name: &str) -> bool {
    let value: Option<&Variant<'_>> = properties.get(name).map(|value| &**value);
    matches!(value, Some(Variant::Bool(true)))
}

pub(super) fn number(properties: &HashMap<String, OwnedVariant>, name: &str) -> Option<i16> {
    let value: &Variant<'_> = properties.get(name)?;
    match value {
        Variant::I16(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn texts(properties: &HashMap<String, OwnedVariant>, name: &str) -> Vec<String> {
    let Some(value) = properties.get(name) else {
        return Vec::new();
    };
    Vec::<String>::try_from(value.clone()).unwrap_or_default()
}

fn name_of(error: &zbus::Error) -> Option<String> {
    match error {
        zbus::Error::MethodError(name, _, _) => Some(name.as_str().to_owned()),
        zbus::Error::FDO(error) => {
            use zbus::DBusError;
            Some(error.name().as_str().to_owned())
        }
        _ => None,
    }
}

fn is_named(error: &zbus::Error, name: &str) -> bool {
    name_of(error).as_deref() == Some(name)
}

fn trouble(error: zbus::Error) -> Trouble {
    tracing::debug!(%error, "BlueZ refused");
    match name_of(&error).as_deref() {
        Some("org.freedesktop.DBus.Error.AccessDenied" | "org.bluez.Error.NotAuthorized") => {
            Trouble::Denied
        }
        Some(
            "org.freedesktop.DBus.Error.ServiceUnknown"
            | "org.freedesktop.DBus.Error.NameHasNoOwner",
        ) => Trouble::NoDaemon,
        Some("org.freedesktop.DBus.Error.UnknownObject" | "org.bluez.Error.DoesNotExist") => {
            Trouble::NoAdapter
        }
        Some("org.bluez.Error.NotReady") => Trouble::PoweredOff,
        Some(_) => Trouble::Refused,
        None if matches!(error, zbus::Error::InputOutput(_)) => Trouble::NoBus,
        None => Trouble::Refused,
    }
}

fn fdo_trouble(error: fdo::Error) -> Trouble {
    trouble(match error {
        fdo::Error::ZBus(error) => error,
        other => zbus::Error::FDO(Box::new(other)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, address: &str) -> Found {
        Found {
            path: format!("/org/bluez/{name}"),
            name: name.to_owned(),
            address: address.to_owned(),
            powered: true,
        }
    }

    #[test]
    fn an_adapter_is_chosen_by_name_or_address_never_by_chance() {
        let two = || {
            vec![
                found("hci0", "00:11:22:33:44:55"),
                found("hci1", "C0:00:00:00:00:01"),
            ]
        };
        let name = |wished| choose(two(), wished).map(|(found, _)| found.name);
        assert_eq!(name(None), Ok("hci0".to_owned()));
        assert_eq!(name(Some("hci1")), Ok("hci1".to_owned()));
        assert_eq!(name(Some("c0:00:00:00:00:01")), Ok("hci1".to_owned()));
        assert_eq!(name(Some("hci2")), Err(Trouble::OtherAdapter));
        assert_eq!(choose(Vec::new(), Some("hci0")), Err(Trouble::NoAdapter));
        let (_, others) = choose(two(), Some("hci1")).unwrap();
        assert_eq!(others, ["hci0 (00:11:22:33:44:55)"]);
    }
}
