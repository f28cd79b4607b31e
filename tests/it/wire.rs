//! The wire between the hub and a broker, listened to: which messages the broker really gave, and which the hub
//! acknowledged. What is acknowledged and not in the journal was lost by the hub; all else a broker must give again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::raw_mqtt::{packet, read_packet};

const CONNECT: u8 = 1;
const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;

/// `TOPIC PAYLOAD` of each message.
#[derive(Default)]
pub struct Heard {
    pub given: BTreeSet<String>,
    pub acknowledged: BTreeSet<String>,
}

/// One connection: its MQTT version (4 is 3.1.1), and the messages under way by packet identifier. The hub asks
/// with the older version when a broker that is just going down closes on the newer.
#[derive(Default)]
struct Line {
    level: u8,
    under_way: BTreeMap<u16, String>,
}

type Open = Arc<Mutex<Line>>;

#[derive(Clone)]
pub struct Wire {
    /// Where the hub connects to.
    pub address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
}

impl Wire {
    pub async fn to(broker: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Wire {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
        };
        let own = wire.clone();
        tokio::spawn(async move {
            while let Ok((hub, _)) = listener.accept().await {
                // While the broker is down the hub's connection is closed at once, as the broker's port would do.
                if let Ok(broker) = TcpStream::connect(broker).await {
                    own.join(hub, broker);
                }
            }
        });
        wire
    }

    pub fn heard<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.heard.lock().unwrap())
    }

    fn join(&self, hub: TcpStream, broker: TcpStream) {
        let open = Open::default();
        let (from_hub, to_hub) = hub.into_split();
        let (from_broker, to_broker) = broker.into_split();
        tokio::spawn(given(from_broker, to_hub, self.heard.clone(), open.clone()));
        tokio::spawn(answered(from_hub, to_broker, self.heard.clone(), open));
    }
}

async fn given(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    heard: Arc<Mutex<Heard>>,
    open: Open,
) {
    while let Ok((first, body)) = read_packet(&mut from).await {
        if first >> 4 == PUBLISH {
            receive(first, &body, &heard, &open);
        }
        if to.write_all(&packet(first, &body)).await.is_err() {
            return;
        }
    }
}

async fn answered(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    heard: Arc<Mutex<Heard>>,
    open: Open,
) {
    // What the hub acknowledges to a broker that died meanwhile is acknowledged all the same.
    while let Ok((first, body)) = read_packet(&mut from).await {
        note(first, &body, &heard, &open);
        let _ = to.write_all(&packet(first, &body)).await;
    }
}

/// What the broker gives.
fn receive(first: u8, body: &[u8], heard: &Mutex<Heard>, open: &Mutex<Line>) {
    let mut line = open.lock().unwrap();
    let (id, message) = published(first, body, line.level);
    heard.lock().unwrap().given.insert(message.clone());
    line.under_way.insert(id, message);
}

/// What the hub says: which version it speaks, and what it acknowledges.
fn note(first: u8, body: &[u8], heard: &Mutex<Heard>, open: &Mutex<Line>) {
    let mut line = open.lock().unwrap();
    if first >> 4 == CONNECT {
        // Section 3.1.2: the name "MQTT" with its length, then the version.
        line.level = body[6];
    }
    if first >> 4 == PUBACK {
        let id = u16::from_be_bytes([body[0], body[1]]);
        let message = line.under_way.remove(&id);
        heard.lock().unwrap().acknowledged.extend(message);
    }
}

/// Packet identifier, and topic and payload. MQTT 5.0, section 3.3: topic, identifier, properties (not in 3.1.1),
/// payload.
fn published(first: u8, body: &[u8], level: u8) -> (u16, String) {
    assert_ne!(first & 0b110, 0, "the hub subscribes with QoS 1");
    let topic_end = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
    let topic = String::from_utf8_lossy(&body[2..topic_end]);
    let id = u16::from_be_bytes([body[topic_end], body[topic_end + 1]]);
    let properties = match level {
        5 => 1 + usize::from(body[topic_end + 2]),
        _ => 0,
    };
    assert!(
        properties <= 0x80,
        "a longer list of properties than expected"
    );
    let payload = String::from_utf8_lossy(&body[topic_end + 2 + properties..]);
    (id, format!("{topic} {payload}"))
}
