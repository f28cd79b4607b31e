//! SIGKILL at seeded moments while fifty devices publish: what was acknowledged is there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::Notify;
use tokio::time::Duration;

use crate::installation::{Installation, device, long_form, seed};
use crate::raw_mqtt::{Connect, Raw};

const DEVICES: usize = 50;
const READINGS_EACH: u16 = 200;
const PUBACK: u8 = 0x40;

/// What the devices were told, shared by all of them.
#[derive(Default)]
pub struct Told {
    pub acknowledged: AtomicUsize,
    changed: Notify,
}

impl Told {
    pub async fn until(&self, count: usize) {
        loop {
            let changed = self.changed.notified();
            if self.acknowledged.load(Ordering::SeqCst) >= count {
                return;
            }
            changed.await;
        }
    }
}

/// One device: publishes its readings one after the other, again after every break, until each is
/// acknowledged. `user` and `password` are the device's own where none are given.
pub async fn measure(
    to: std::net::SocketAddr,
    n: usize,
    account: Option<(&'static str, &'static str)>,
    readings: std::ops::RangeInclusive<u16>,
    told: Arc<Told>,
) {
    let name = device(n);
    let own = format!("pw-{name}");
    let (user, password) = account.unwrap_or((&name, &own));
    let client_id = format!("{name}:own");
    let ask = Connect {
        client_id: &client_id,
        ..Connect::as_user(user, password)
    };
    let topic = format!("centres/c1/devices/{name}/bp");
    let mut line: Option<Raw> = None;
    for seq in readings {
        let body = format!(r#"{{"sys":131,"dia":82,"pulse":66,"seq":{seq}}}"#);
        loop {
            if line.is_none() {
                line = Raw::try_let_in(to, &ask).await;
            }
            let Some(raw) = &mut line else {
                // The hub is away; a device waits before it dials again.
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            if raw
                .try_publish(1, seq, &topic, body.as_bytes())
                .await
                .is_ok()
                && raw.read().await == Some((PUBACK, seq.to_be_bytes().to_vec()))
            {
                break;
            }
            line = None;
        }
        told.acknowledged.fetch_add(1, Ordering::SeqCst);
        told.changed.notify_waiters();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_nothing_acknowledged_is_missing_and_nothing_is_double() {
    let all = DEVICES * usize::from(READINGS_EACH);
    let kills = if long_form() { 10 } else { 3 };
    let mut chance = SmallRng::seed_from_u64(seed());
    let moments: BTreeSet<usize> = (0..kills)
        .map(|_| chance.random_range(1..all * 9 / 10))
        .collect();
    let it = Installation::new(DEVICES);
    let mut serving = it.serve();
    let told = Arc::new(Told::default());
    let devices: Vec<_> = (0..DEVICES)
        .map(|n| tokio::spawn(measure(it.mqtt, n, None, 1..=READINGS_EACH, told.clone())))
        .collect();
    for moment in &moments {
        told.until(*moment).await;
        serving.kill();
        serving = it.serve();
    }
    for device in devices {
        device.await.unwrap();
    }
    assert!(serving.stop().success());
    it.check();
    let counts = readings(&it);
    assert_eq!(counts.len(), all, "an acknowledged reading is missing");
    assert!(counts.values().all(|n| *n == 1), "a reading is double");
    eprintln!(
        "{all} readings, {} kills at {moments:?} acknowledgements, each reading once",
        moments.len()
    );
}

/// How often each (device, running number) is in the journal.
pub fn readings(it: &Installation) -> BTreeMap<(String, String), usize> {
    let conn = rusqlite::Connection::open(it.journal()).unwrap();
    let mut statement = conn
        .prepare("SELECT d.name, r.sequence FROM reading r JOIN device d ON d.id = r.device_id")
        .unwrap();
    let mut counts = BTreeMap::new();
    let rows = statement
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    for row in rows {
        *counts.entry(row.unwrap()).or_insert(0) += 1;
    }
    counts
}
