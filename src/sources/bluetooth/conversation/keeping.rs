//! The shortest way from a value to the journal, and the count of what is on it.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

use crate::sources::bluetooth::place::{Place, SOURCE, What};
use crate::sources::bluetooth::standing::lock;
use crate::sources::bluetooth::watch::Inside;
use crate::vitals::{Frame, Transport};

/// Hands values to the inlet, in order.
pub(super) struct Keeping {
    inside: Arc<Inside>,
    address: String,
    connection: i64,
    handed: u64,
    /// How many have an answer.
    answered: watch::Sender<u64>,
}

impl Keeping {
    pub fn new(inside: Arc<Inside>, address: &str) -> Self {
        Keeping {
            inside,
            address: address.to_owned(),
            connection: 0,
            handed: 0,
            answered: watch::Sender::new(0),
        }
    }

    /// A connection begins. Values that come after its end still count as its own.
    pub fn begin(&mut self) {
        let now_ms = self.inside.clock.now().as_millisecond();
        // The wall clock may be set back; connections still count up.
        self.connection = now_ms.max(self.connection + 1);
    }

    /// On return the writer has it, and every later one comes after it.
    pub fn keep(&mut self, what: &What, bytes: &[u8]) {
        if self.connection == 0 {
            self.begin();
        }
        let place = Place {
            address: self.address.clone(),
            connection: self.connection,
            what: what.clone(),
        };
        let kept = self.inside.inlet.keep(Frame {
            transport: Transport::Bluetooth,
            source: SOURCE.to_owned(),
            topic: place.to_string(),
            payload: bytes.to_vec(),
            received_at: self.inside.clock.now(),
            retained: false,
            may_be_late: false,
            refused: None,
        });
        self.handed += 1;
        self.note_waiting();
        let (inside, address) = (Arc::clone(&self.inside), self.address.clone());
        let answered = self.answered.clone();
        tokio::spawn(async move {
            let not_kept = u64::from(kept.await.is_err());
            {
                let mut standing = lock(&inside.standing);
                if let Some(device) = standing.devices.get_mut(&address) {
                    device.waiting_for_disk = device.waiting_for_disk.saturating_sub(1);
                    device.not_kept += not_kept;
                }
            }
            metrics::counter!("bluetooth_values_total", "kept" => if not_kept == 0 { "yes" } else { "no" })
                .increment(1);
            answered.send_modify(|count| *count += 1);
        });
    }

    fn note_waiting(&self) {
        let mut standing = lock(&self.inside.standing);
        let device = standing.devices.entry(self.address.clone()).or_default();
        device.waiting_for_disk += 1;
    }

    /// Resolves when everything handed over until now is on disk (or refused, because the hub stops).
    pub fn on_disk(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut answered = self.answered.subscribe();
        let handed = self.handed;
        async move {
            let _ = answered.wait_for(|count| *count >= handed).await;
        }
    }
}
