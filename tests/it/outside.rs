//! The real hub behind a real Mosquitto, published to by an independent client, killed in the middle.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::crash::{Told, measure, readings};
use crate::installation::{Installation, long_form, seed};
use crate::left_out;
use crate::mosquitto::Mosquitto;
use crate::wire::Wire;

const DEVICES: usize = 50;
const READINGS_EACH: usize = 200;
/// Nothing in these tests takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// A Python with Eclipse Paho, when this machine has one.
fn python() -> Option<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/.work/python/bin/python");
    [own, PathBuf::from("python3")].into_iter().find(|python| {
        let found = Command::new(python)
            .args(["-c", "import paho.mqtt.client"])
            .stderr(Stdio::null())
            .status();
        found.is_ok_and(|status| status.success())
    })
}

/// A program of `tests/clients`, and its lines as they come.
struct Client {
    child: Child,
    lines: Receiver<String>,
}

impl Client {
    fn start(python: &PathBuf, script: &str, words: &[String]) -> Client {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/clients")
            .join(script);
        let mut child = Command::new(python)
            .arg(path)
            .args(words)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Client { child, lines }
    }

    /// The next line; `None` at the end.
    fn next(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the client says nothing"),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `("cuff-3", "17")` from the publisher's `cuff-3 17`.
fn acknowledged(line: &str) -> (String, String) {
    let (device, seq) = line.split_once(' ').unwrap();
    assert_ne!(device, "GAVE", "{line}");
    (device.to_owned(), seq.to_owned())
}

/// The same from the witness's `centres/c1/devices/cuff-3/bp {... "seq":17}`.
fn delivered(line: &str) -> (String, String) {
    let device = line.split('/').nth(3).unwrap().to_owned();
    let seq: String = line
        .split("\"seq\":")
        .nth(1)
        .unwrap()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    (device, seq)
}

fn kills() -> usize {
    if long_form() { 10 } else { 3 }
}

/// Seeded moments, as numbers of acknowledgements.
fn moments(salt: u64) -> Vec<usize> {
    let mut chance = SmallRng::seed_from_u64(seed() ^ salt);
    let all = DEVICES * READINGS_EACH;
    let moments: BTreeSet<usize> = (0..kills())
        .map(|_| chance.random_range(all / 20..all * 9 / 10))
        .collect();
    moments.into_iter().collect()
}

fn line_to(broker: SocketAddr) -> String {
    format!(
        "[[mqtt]]\nhost = \"127.0.0.1\"\nport = {}\nuser = \"hub\"\npassword = \"hub\"\ntopics = [\"centres/#\"]\n\
         first_wait_ms = 50\nlongest_wait_s = 1\n",
        broker.port()
    )
}

/// Looks into the journal until it has `count` readings. The hub is another process: there is no event to wait for.
fn until_readings(it: &Installation, count: usize) {
    let began = Instant::now();
    let conn = rusqlite::Connection::open(it.journal()).unwrap();
    loop {
        let there: i64 = conn
            .query_row("SELECT count(*) FROM reading", [], |r| r.get(0))
            .unwrap_or(0);
        if there as usize >= count {
            return;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{there} of {count} readings came"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_independent_client_and_the_embedded_broker_survive_sigkill() {
    let Some(python) = python() else {
        return left_out(
            "outside::embedded",
            "no Python with paho-mqtt (tests/run installs it)",
        );
    };
    let it = Installation::new(DEVICES);
    let mut serving = it.serve();
    let words = [
        "127.0.0.1".into(),
        it.mqtt.port().to_string(),
        DEVICES.to_string(),
        READINGS_EACH.to_string(),
    ];
    let client = Client::start(&python, "publish.py", &words);
    let mut moments = moments(1).into_iter().peekable();
    let mut told = BTreeSet::new();
    while let Some(line) = client.next() {
        told.insert(acknowledged(&line));
        if moments.next_if(|moment| told.len() >= *moment).is_some() {
            serving.kill();
            serving = it.serve();
        }
    }
    assert!(serving.stop().success());
    it.check();
    let there = readings(&it);
    assert_eq!(told.len(), DEVICES * READINGS_EACH);
    assert!(
        told.iter().all(|one| there.contains_key(one)),
        "an acknowledged reading is missing"
    );
    assert!(there.values().all(|n| *n == 1), "a reading is double");
    assert_eq!(there.len(), told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_mosquitto_the_killed_hub_has_every_reading_once() {
    let (Some(python), Some(mosquitto)) = (python(), Mosquitto::start(None, "").await) else {
        return left_out(
            "outside::mosquitto",
            "no Mosquitto, or no Python with paho-mqtt (tests/run installs both)",
        );
    };
    let it = Installation::with(DEVICES, &line_to(mosquitto.address));
    let mut serving = it.serve();
    // The broker keeps for the hub only from its first subscription on.
    mosquitto.until_logged("as eldercare-hub", 1).await;
    wait_subscribed(&it, &mosquitto, "first").await;
    let words = client_words(&mosquitto);
    let client = Client::start(&python, "publish.py", &words);
    // Our own client beside it, with other running numbers.
    let own = Arc::new(Told::default());
    let devices: Vec<_> = (0..DEVICES)
        .map(|n| {
            let account = Some(("device", "device"));
            tokio::spawn(measure(
                mosquitto.address,
                n,
                account,
                1001..=1200,
                own.clone(),
            ))
        })
        .collect();
    let mut moments = moments(2).into_iter().peekable();
    let mut told = 0;
    while let Some(line) = client.next() {
        acknowledged(&line);
        told += 1;
        if moments.next_if(|moment| told >= *moment).is_some() {
            serving.kill();
            serving = it.serve();
        }
    }
    assert_eq!(told, DEVICES * READINGS_EACH);
    for device in devices {
        device.await.unwrap();
    }
    let told = told + own.acknowledged.load(Ordering::SeqCst);
    assert_eq!(told, 2 * DEVICES * READINGS_EACH);
    until_readings(&it, told);
    assert!(serving.stop().success());
    it.check();
    let there = readings(&it);
    // The settings' own cuff accounts are on the embedded broker; the roster lets any source speak.
    assert_eq!(there.len(), told);
    assert!(there.values().all(|n| *n == 1), "a reading is double");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_mosquitto_loses_itself_is_told_apart_from_what_the_hub_loses() {
    let (Some(python), Some(mut mosquitto)) = (python(), Mosquitto::start(None, "").await) else {
        return left_out(
            "outside::restart",
            "no Mosquitto, or no Python with paho-mqtt (tests/run installs both)",
        );
    };
    let wire = Wire::to(mosquitto.address).await;
    let it = Installation::with(DEVICES, &line_to(wire.address));
    let serving = it.serve();
    wait_subscribed(&it, &mosquitto, "first").await;
    let port = mosquitto.address.port().to_string();
    let witness = Client::start(
        &python,
        "witness.py",
        &["127.0.0.1".into(), port, "hub".into(), "hub".into()],
    );
    assert_eq!(witness.next().as_deref(), Some("READY"));
    let client = Client::start(&python, "publish.py", &client_words(&mosquitto));
    let middle = moments(3)[0];
    let mut told = BTreeSet::new();
    while let Some(line) = client.next() {
        told.insert(acknowledged(&line));
        if told.len() == middle {
            mosquitto.kill();
            mosquitto.run().await;
        }
    }
    // Whatever the broker still has for its subscribers is delivered; then a last one closes the list.
    let mut seen = BTreeSet::new();
    while told.difference(&seen).next().is_some() {
        match witness.lines.recv_timeout(Duration::from_secs(10)) {
            Ok(line) if line != "READY" => drop(seen.insert(delivered(&line))),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    let lost_by_broker: BTreeSet<_> = told.difference(&seen).cloned().collect();
    // A subscriber's messages come in order: once this one is there, the broker has nothing more for the hub.
    wait_subscribed(&it, &mosquitto, "last").await;
    assert!(serving.stop().success());
    let there: BTreeSet<_> = readings(&it).into_keys().collect();
    let named = |messages: &BTreeSet<String>| -> BTreeSet<_> {
        let of_cuffs = messages.iter().filter(|m| m.contains("\"seq\":"));
        of_cuffs.map(|m| delivered(m)).collect()
    };
    let given = wire.heard(|heard| named(&heard.given));
    let lost_by_hub: BTreeSet<_> = wire
        .heard(|heard| named(&heard.acknowledged))
        .difference(&there)
        .cloned()
        .collect();
    let never_given = told.difference(&given).count();
    eprintln!(
        "Mosquitto killed after {middle} of {}: it lost {} for the witness, never gave {never_given} to the hub, \
         gave {} and did not wait for the answer; the hub lost {}",
        told.len(),
        lost_by_broker.len(),
        given.difference(&there).count(),
        lost_by_hub.len()
    );
    assert!(
        lost_by_hub.is_empty(),
        "acknowledged to the broker, not in the journal: {lost_by_hub:?}"
    );
    assert!(
        readings(&it).values().all(|n| *n == 1),
        "a reading is double"
    );
}

fn client_words(mosquitto: &Mosquitto) -> Vec<String> {
    vec![
        "127.0.0.1".into(),
        mosquitto.address.port().to_string(),
        DEVICES.to_string(),
        READINGS_EACH.to_string(),
        "device".into(),
        "device".into(),
    ]
}

/// The hub is subscribed when a message published to the broker comes to the journal: one with a name nobody had yet.
async fn wait_subscribed(it: &Installation, mosquitto: &Mosquitto, name: &str) {
    use crate::raw_mqtt::{Connect, Raw};
    let ask = Connect {
        client_id: name,
        ..Connect::as_user("device", "device")
    };
    let mut raw = Raw::let_in(mosquitto.address, &ask).await;
    let topic = format!("centres/c1/devices/{name}/bp");
    let conn = rusqlite::Connection::open(it.journal()).unwrap();
    let began = Instant::now();
    for id in 1.. {
        raw.publish(1, id, &topic, b"{}").await;
        raw.expect(0x40, id).await;
        let frames: i64 = conn
            .query_row(
                "SELECT count(*) FROM frame WHERE topic = ?1",
                [&topic],
                |r| r.get(0),
            )
            .unwrap();
        if frames > 0 {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "the hub did not subscribe");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
