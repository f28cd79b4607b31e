//! The wire between the hub and a broker, listened to: which messages the broker really gave, and which the hub
//! acknowledged. What is acknowledged and not in the journal was lost by the hub; all else a broker must give again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::raw_mqtt::{Packet, packet, read_packet};

const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;

/// `TOPIC PAYLOAD` of each message.
#[derive(Default)]
pub struct Heard {
    pub given: BTreeSet<String>,
    pub acknowledged: BTreeSet<String>,
}

/// The messages under way on one connection, by packet identifier.
type Open = Arc<Mutex<BTreeMap<u16, String>>>;

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
            let (id, message) = published(&(first, body.clone()));
            heard.lock().unwrap().given.insert(message.clone());
            open.lock().unwrap().insert(id, message);
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
        if first >> 4 == PUBACK {
            let id = u16::from_be_bytes([body[0], body[1]]);
            let message = open.lock().unwrap().remove(&id);
            heard.lock().unwrap().acknowledged.extend(message);
        }
        let _ = to.write_all(&packet(first, &body)).await;
    }
}

/// Packet identifier, and topic and payload. MQTT 5.0, section 3.3: topic, identifier, properties, payload.
fn published((first, body): &Packet) -> (u16, String) {
    assert_ne!(first & 0b110, 0, "the hub subscribes with QoS 1");
    let topic_end = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
    let topic = String::from_utf8_lossy(&body[2..topic_end]);
    let id = u16::from_be_bytes([body[topic_end], body[topic_end + 1]]);
    let properties = usize::from(body[topic_end + 2]);
    assert!(
        properties < 0x80,
        "a longer list of properties than expected"
    );
    let payload = String::from_utf8_lossy(&body[topic_end + 3 + properties..]);
    (id, format!("{topic} {payload}"))
}
