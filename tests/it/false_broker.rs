//! The line to an external broker that does what no good broker does. The broker is written in bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use eldercare_hub::sources::mqtt::{Line, Parts, Protocol, Settings};
use eldercare_hub::vitals::{Frame, FrameRow, Inlet, Keeping, NotKept, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::{Duration, timeout};

use crate::fake_inlet::{FakeInlet, Gate, SOON};
use crate::raw_mqtt::{Packet, packet};

struct Broker {
    listener: TcpListener,
}

struct Peer {
    stream: TcpStream,
    /// 4 or 5, as the client's CONNECT said.
    level: u8,
    connect: Vec<u8>,
}

impl Broker {
    async fn new() -> Self {
        Broker {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            port: Some(self.listener.local_addr().unwrap().port()),
            first_wait_ms: 1,
            longest_wait_s: 0,
            ..Settings::new("127.0.0.1", vec!["c/#".into()])
        }
    }

    /// The next connection, its CONNECT read.
    async fn accept(&self) -> Peer {
        let (stream, _) = timeout(SOON, self.listener.accept())
            .await
            .expect("it connects")
            .unwrap();
        let mut peer = Peer {
            stream,
            level: 0,
            connect: Vec::new(),
        };
        let (first, body) = peer.read().await.unwrap();
        assert_eq!((first, &body[..6]), (0x10, &b"\x00\x04MQTT"[..]));
        (peer.level, peer.connect) = (body[6], body);
        peer
    }

    /// The next connection, let in. With a new session the subscription is answered, too.
    async fn let_in(&self, session_present: bool) -> Peer {
        let mut peer = self.accept().await;
        let present = u8::from(session_present);
        match peer.level {
            5 => peer.send(&[0x20, 3, present, 0, 0]).await,
            _ => peer.send(&[0x20, 2, present, 0]).await,
        }
        if !session_present {
            let (first, body) = peer.read().await.unwrap();
            assert_eq!(first, 0x82, "SUBSCRIBE");
            let none: &[u8] = if peer.level == 5 { &[0] } else { &[] };
            peer.send(&packet(0x90, &[&body[..2], none, &[1]].concat()))
                .await;
        }
        peer
    }
}

impl Peer {
    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    async fn publish(&mut self, id: u8, payload: &[u8]) {
        let none: &[u8] = if self.level == 5 { &[0] } else { &[] };
        let body = [b"\x00\x01c", &[0, id][..], none, payload].concat();
        self.send(&packet(0x32, &body)).await;
    }

    /// The next packet, or `None` when the line closed.
    async fn read(&mut self) -> Option<Packet> {
        let read = async {
            let first = self.stream.read_u8().await.ok()?;
            let length = self.stream.read_u8().await.ok()?;
            assert!(length < 0x80, "the line sends nothing long");
            let mut body = vec![0; usize::from(length)];
            self.stream.read_exact(&mut body).await.ok()?;
            Some((first, body))
        };
        timeout(SOON, read)
            .await
            .expect("the line says something or closes")
    }

    async fn puback(&mut self) -> u8 {
        let (first, body) = self.read().await.expect("a PUBACK");
        assert_eq!((first, body[0]), (0x40, 0));
        body[1]
    }
}

fn line(settings: &Settings, inlet: Arc<dyn Inlet>) -> Line {
    Line::start(settings, Parts::new(inlet, Arc::new(SystemClock))).unwrap()
}

/// An inlet whose frames are kept one by one, in the order the test says.
#[derive(Default)]
struct OneByOne {
    waiting: Mutex<VecDeque<oneshot::Sender<()>>>,
    asked: watch::Sender<usize>,
}

impl Inlet for OneByOne {
    fn keep(&self, _: Frame) -> Keeping {
        let (kept, keeping) = oneshot::channel();
        self.waiting.lock().unwrap().push_back(kept);
        self.asked.send_modify(|n| *n += 1);
        Box::pin(async move {
            keeping
                .await
                .map(|()| FrameRow(1))
                .map_err(|_| NotKept::Stopping)
        })
    }
}

#[tokio::test]
async fn acknowledgements_keep_the_order_whatever_the_disk_does() {
    for protocol in [Protocol::Five, Protocol::Four] {
        let broker = Broker::new().await;
        let inlet = Arc::new(OneByOne::default());
        let line = line(
            &Settings {
                protocol,
                ..broker.settings()
            },
            inlet.clone(),
        );
        let mut peer = broker.let_in(false).await;
        for id in [9, 4, 7, 1] {
            peer.publish(id, b"x").await;
        }
        let mut asked = inlet.asked.subscribe();
        timeout(SOON, asked.wait_for(|n| *n == 4))
            .await
            .unwrap()
            .unwrap();
        let waiting = std::mem::take(&mut *inlet.waiting.lock().unwrap());
        for kept in waiting.into_iter().rev() {
            kept.send(()).unwrap();
            tokio::task::yield_now().await;
        }
        for id in [9, 4, 7, 1] {
            assert_eq!(peer.puback().await, id);
        }
        line.stop().await;
    }
}

#[tokio::test]
async fn the_line_says_what_it_can_take() {
    let broker = Broker::new().await;
    let settings = Settings {
        window: 77,
        packet_limit_bytes: 70_000,
        ..broker.settings()
    };
    let _line = line(&settings, FakeInlet::new(Gate::Open));
    let connect = broker.accept().await.connect;
    let has = |property: &[u8]| connect.windows(property.len()).any(|w| w == property);
    assert_eq!(connect[7] & 0b10, 0, "clean start is off");
    assert!(has(&[0x11, 0, 0x27, 0x8D, 0]), "session expiry, 30 days");
    assert!(has(&[0x21, 0, 77]), "receive maximum");
    assert!(has(&[0x27, 0, 1, 0x11, 0x70]), "maximum packet size");
}

#[tokio::test]
async fn a_broker_without_mqtt_5_is_spoken_to_in_3_1_1() {
    // Refused as MQTT 5 does it, as 3.1.1 does it, and by hanging up.
    for refusal in [&[0x20, 3, 0, 0x84, 0][..], &[0x20, 2, 0, 1], &[]] {
        let broker = Broker::new().await;
        let inlet = FakeInlet::new(Gate::Open);
        let line = line(&broker.settings(), inlet.clone());
        let mut peer = broker.accept().await;
        assert_eq!(peer.level, 5);
        peer.send(refusal).await;
        drop(peer);
        let mut peer = broker.let_in(false).await;
        assert_eq!(peer.level, 4);
        peer.publish(3, b"x").await;
        assert_eq!(peer.puback().await, 3);
        assert_eq!(line.standing()().protocol, Some("3.1.1"));
        line.stop().await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_not_followed_by_the_next_before_the_disk_has_what_came() {
    for protocol in [Protocol::Five, Protocol::Four] {
        let broker = Broker::new().await;
        let inlet = FakeInlet::new(Gate::Held);
        let line = line(
            &Settings {
                protocol,
                ..broker.settings()
            },
            inlet.clone(),
        );
        let mut peer = broker.let_in(false).await;
        peer.publish(1, b"a").await;
        peer.publish(2, b"b").await;
        inlet.until_asked(2).await;
        drop(peer);
        let early = timeout(Duration::from_millis(200), broker.listener.accept()).await;
        assert!(early.is_err(), "more copies of the same would only pile up");
        inlet.set(Gate::Open);
        // The broker sends both again; what was meant for the old connection is not said on the new one.
        let mut peer = broker.let_in(true).await;
        peer.publish(7, b"a").await;
        peer.publish(8, b"b").await;
        assert_eq!((peer.puback().await, peer.puback().await), (7, 8));
        assert_eq!(inlet.kept().len(), 4);
        line.stop().await;
    }
}

#[tokio::test]
async fn a_packet_that_mqtt_5_cannot_read_is_asked_for_in_3_1_1() {
    let broker = Broker::new().await;
    let line = line(&broker.settings(), FakeInlet::new(Gate::Open));
    for round in 0..3 {
        let mut peer = broker.let_in(round > 0).await;
        assert_eq!(peer.level, 5);
        // A PUBLISH whose properties say they are longer than the packet.
        peer.send(&packet(0x32, b"\x00\x01c\x00\x05\x7Fx")).await;
        let said = peer.read().await.map(|(first, body)| (first, body[0]));
        assert_eq!(said, Some((0xE0, 0x81)), "DISCONNECT, malformed packet");
        assert_eq!(peer.read().await, None);
    }
    let mut peer = broker.let_in(true).await;
    assert_eq!(peer.level, 4);
    peer.publish(5, b"x").await;
    assert_eq!(peer.puback().await, 5);
    line.stop().await;
}

#[tokio::test]
async fn a_hub_that_stops_acknowledges_nothing_and_stays_away() {
    let broker = Broker::new().await;
    let inlet = FakeInlet::new(Gate::Stopping);
    let line = line(&broker.settings(), inlet.clone());
    let mut peer = broker.let_in(false).await;
    peer.publish(1, b"x").await;
    assert_eq!(peer.read().await, None);
    line.stop().await;
    let again = timeout(Duration::from_millis(50), broker.listener.accept()).await;
    assert!(again.is_err());
}

#[tokio::test]
async fn a_stop_says_goodbye_after_the_last_acknowledgement() {
    for protocol in [Protocol::Five, Protocol::Four] {
        let broker = Broker::new().await;
        let inlet = FakeInlet::new(Gate::Held);
        let line = line(
            &Settings {
                protocol,
                ..broker.settings()
            },
            inlet.clone(),
        );
        let mut peer = broker.let_in(false).await;
        peer.publish(1, b"x").await;
        inlet.until_asked(1).await;
        let stopping = tokio::spawn(line.stop());
        tokio::task::yield_now().await;
        inlet.set(Gate::Open);
        assert_eq!(peer.puback().await, 1);
        assert_eq!(
            peer.read().await.map(|(first, _)| first),
            Some(0xE0),
            "DISCONNECT"
        );
        assert_eq!(peer.read().await, None);
        stopping.await.unwrap();
    }
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let good = Broker::new().await.settings();
    let said = |settings: Settings| {
        let parts = Parts::new(FakeInlet::new(Gate::Open), Arc::new(SystemClock));
        Line::start(&settings, parts)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default()
    };
    assert!(
        said(Settings {
            client_id: String::new(),
            ..good.clone()
        })
        .contains("`client_id`")
    );
    assert!(
        said(Settings {
            topics: vec![],
            ..good.clone()
        })
        .contains("`topics`")
    );
    assert!(
        said(Settings {
            topics: vec!["a/#/b".into()],
            ..good.clone()
        })
        .contains("a/#/b")
    );
    assert!(
        said(Settings {
            window: 0,
            ..good.clone()
        })
        .contains("`window`")
    );
    for (bytes, fine) in [
        (1023, false),
        (1024, true),
        (268_435_460, true),
        (268_435_461, false),
    ] {
        let settings = Settings {
            packet_limit_bytes: bytes,
            ..good.clone()
        };
        assert_eq!(said(settings).is_empty(), fine, "{bytes}");
    }
    let read = toml::from_str::<Settings>;
    assert_eq!(
        read("host = 'a'\ntopics = ['c/#']").unwrap(),
        Settings::new("a", vec!["c/#".into()])
    );
    assert!(
        read("host = 'a'\ntopics = []\nhots = 'b'")
            .unwrap_err()
            .to_string()
            .contains("hots")
    );
    assert!(read("host = 'a'\ntopics = []\nprotocol = '4'").is_err());
}
