//! The agent as BlueZ sees it on D-Bus: each question goes to the [`Gate`].

use std::sync::Arc;

use zbus::{Connection, DBusError, OwnedObjectPath, interface};

use crate::sources::bluetooth::agent::{Gate, Question};

/// Where the agent stands on the hub's own connection.
pub(super) const AGENT_PATH: &str = "/org/eldercare_hub/agent";

pub(super) struct Agent {
    gate: Arc<Gate>,
}

/// What BlueZ understands as "no".
#[derive(Debug, DBusError)]
#[zbus(prefix = "org.bluez.Error")]
pub(super) enum No {
    #[zbus(error)]
    Bus(zbus::Error),
    Rejected(String),
}

impl Agent {
    pub fn new(gate: Arc<Gate>) -> Self {
        Agent { gate }
    }

    async fn ask(
        &self,
        connection: &Connection,
        device: &OwnedObjectPath,
        question: Question,
    ) -> Result<Option<u32>, No> {
        let address = address(connection, device).await;
        let answer = self.gate.ask(&address, question).await;
        answer.map_err(|_| No::Rejected("not a device of this hub".to_owned()))
    }
}

/// A device's identity address: its path keeps an older one.
async fn address(connection: &Connection, device: &OwnedObjectPath) -> String {
    let proxy = zbus::Proxy::new(
        connection,
        "org.bluez",
        device.as_str(),
        "org.bluez.Device1",
    );
    let Ok(proxy) = proxy.await else {
        return String::new();
    };
    let address: zbus::Result<String> = proxy.get_property("Address").await;
    address.unwrap_or_default().to_ascii_uppercase()
}

#[interface(name = "org.bluez.Agent1")]
impl Agent {
    fn release(&self) {}

    fn cancel(&self) {}

    async fn request_pin_code(
        &self,
        device: OwnedObjectPath,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, No> {
        self.ask(connection, &device, Question::Pin).await?;
        Ok(String::new())
    }

    async fn request_passkey(
        &self,
        device: OwnedObjectPath,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<u32, No> {
        let digits = self.ask(connection, &device, Question::Passkey).await?;
        digits.ok_or_else(|| No::Rejected("no digits".to_owned()))
    }

    async fn display_passkey(
        &self,
        device: OwnedObjectPath,
        passkey: u32,
        _entered: u16,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), No> {
        self.ask(connection, &device, Question::Show(passkey))
            .await
            .map(|_| ())
    }

    async fn display_pin_code(
        &self,
        device: OwnedObjectPath,
        _pin: String,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), No> {
        self.ask(connection, &device, Question::Pin)
            .await
            .map(|_| ())
    }

    async fn request_confirmation(
        &self,
        device: OwnedObjectPath,
        passkey: u32,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), No> {
        self.ask(connection, &device, Question::Compare(passkey))
            .await
            .map(|_| ())
    }

    async fn request_authorization(
        &self,
        device: OwnedObjectPath,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), No> {
        self.ask(connection, &device, Question::Authorize)
            .await
            .map(|_| ())
    }

    async fn authorize_service(
        &self,
        device: OwnedObjectPath,
        _uuid: String,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), No> {
        self.ask(connection, &device, Question::Service)
            .await
            .map(|_| ())
    }
}
