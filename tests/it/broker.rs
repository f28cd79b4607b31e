//! The embedded broker: what is acknowledged is on disk, and nobody gets in who should not.

use std::sync::{Arc, Mutex};

use eldercare_hub::sources::broker::{
    Account, Broker, BrokerStanding, Event, Parts, Settings, TlsSettings,
};
use eldercare_hub::sources::secret::Secret;
use eldercare_hub::vitals::{SystemClock, Transport};

use crate::authority::Authority;
use crate::fake_inlet::{FakeInlet, Gate, SOON};
use crate::raw_mqtt::{Connect, Raw, packet};

const PUBACK: u8 = 0x40;
const PUBREC: u8 = 0x50;
const PUBCOMP: u8 = 0x70;

fn account(user: &str, rate_per_s: u32) -> Account {
    Account {
        user: user.into(),
        password: Secret::new(format!("pw-{user}")),
        topics: vec![format!("c/1/{user}/#")],
        rate_per_s,
    }
}

fn settings() -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..Settings::default()
    }
}

struct House {
    broker: Broker,
    inlet: Arc<FakeInlet>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl House {
    async fn open(gate: Gate) -> House {
        House::with(gate, settings()).await
    }

    async fn with(gate: Gate, settings: Settings) -> House {
        let inlet = FakeInlet::new(gate);
        let events = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&events);
        let accounts = vec![
            account("cuff-1", 0),
            account("cuff-2", 0),
            account("slow", 1),
        ];
        let mut parts = Parts::new(inlet.clone(), Arc::new(SystemClock), accounts);
        parts.notices = Arc::new(move |event| noted.lock().unwrap().push(event));
        parts.payload_limit = Arc::new(|topic| if topic.ends_with("short") { 10 } else { 65_536 });
        let broker = Broker::start(&settings, parts).await.unwrap();
        House {
            broker,
            inlet,
            events,
        }
    }

    async fn cuff(&self, user: &str) -> Raw {
        let password = format!("pw-{user}");
        Raw::let_in(self.broker.address(), &Connect::as_user(user, &password)).await
    }

    /// Waits until the standing says so.
    async fn until(&self, what: impl Fn(&BrokerStanding) -> bool) -> BrokerStanding {
        let standing = self.broker.standing();
        tokio::time::timeout(SOON, async {
            loop {
                let now = standing();
                if what(&now) {
                    return now;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("the broker's standing came to it")
    }
}

fn of<'a>(
    standing: &'a BrokerStanding,
    user: &str,
) -> &'a eldercare_hub::sources::broker::AccountStanding {
    standing
        .accounts
        .iter()
        .find(|account| account.user == user)
        .unwrap()
}

#[tokio::test]
async fn a_commit_held_back_holds_back_the_puback() {
    for level in [4, 5] {
        let house = House::open(Gate::Held).await;
        let mut other = house.cuff("cuff-2").await;
        let ask = Connect {
            level,
            ..Connect::as_user("cuff-1", "pw-cuff-1")
        };
        let mut cuff = Raw::let_in(house.broker.address(), &ask).await;
        let log = Arc::new(Mutex::new(Vec::new()));

        cuff.publish(1, 7, "c/1/cuff-1/bp", b"120/80").await;
        house.inlet.until_asked(1).await;
        let heard = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                cuff.expect(PUBACK, 7).await;
                log.lock().unwrap().push("puback");
            }
        });
        // The broker is alive and answers others meanwhile; a PUBACK sent early would be heard by now.
        for _ in 0..200 {
            other.ping().await;
        }
        assert!(house.inlet.kept().is_empty());
        log.lock().unwrap().push("released");
        house.inlet.set(Gate::Open);
        heard.await.unwrap();
        assert_eq!(
            *log.lock().unwrap(),
            ["released", "puback"],
            "MQTT level {level}"
        );
        assert_eq!(house.inlet.kept()[0].payload, b"120/80");
        house.broker.stop().await;
    }
}

#[tokio::test]
async fn the_frame_says_how_it_came() {
    let house = House::open(Gate::Open).await;
    let mut cuff = house.cuff("cuff-1").await;
    cuff.publish(1, 1, "c/1/cuff-1/bp", &[0, 255, 10]).await;
    cuff.expect(PUBACK, 1).await;
    let kept = house.inlet.kept();
    let frame = &kept[0];
    assert_eq!(frame.transport, Transport::EmbeddedMqtt);
    assert_eq!(
        (frame.source.as_str(), frame.topic.as_str()),
        ("cuff-1", "c/1/cuff-1/bp")
    );
    assert_eq!(
        (frame.payload.as_slice(), frame.retained, frame.refused),
        (&[0, 255, 10][..], false, None)
    );
}

#[tokio::test]
async fn what_was_sent_before_may_be_late() {
    for (level, qos) in [(4, 1), (5, 1), (4, 2)] {
        let house = House::open(Gate::Open).await;
        let ask = Connect {
            level,
            ..Connect::as_user("cuff-1", "pw-cuff-1")
        };
        let mut cuff = Raw::let_in(house.broker.address(), &ask).await;
        let mut both = Vec::new();
        for (id, dup) in [(1, false), (2, true), (3, false), (4, true), (5, true)] {
            let mut bytes = cuff.publish_bytes(qos, false, id, "c/1/cuff-1/bp", &[b'x'; 3000]);
            bytes[0] |= u8::from(dup) << 3;
            both.extend(bytes);
        }
        // In one piece: the broker reads ahead of what it answers.
        cuff.send(&both).await;
        for id in 1..=5 {
            cuff.expect(if qos == 1 { PUBACK } else { PUBREC }, id)
                .await;
        }
        let late: Vec<_> = house.inlet.kept().iter().map(|f| f.may_be_late).collect();
        assert_eq!(late, [false, true, false, true, true]);
    }
}

#[tokio::test]
async fn qos_0_is_kept_and_qos_2_is_completed() {
    let house = House::open(Gate::Open).await;
    let mut cuff = house.cuff("cuff-1").await;
    cuff.publish(0, 0, "c/1/cuff-1/bp", b"zero").await;
    cuff.publish(2, 9, "c/1/cuff-1/bp", b"two").await;
    cuff.expect(PUBREC, 9).await;
    assert_eq!(house.inlet.kept().len(), 2, "kept before PUBREC");
    cuff.release(9).await;
    cuff.expect(PUBCOMP, 9).await;
    assert_eq!(house.inlet.kept().len(), 2, "and once");
}

#[tokio::test]
async fn what_may_not_be_interpreted_is_kept_and_acknowledged() {
    for level in [4, 5] {
        let house = House::open(Gate::Open).await;
        let ask = Connect {
            level,
            ..Connect::as_user("cuff-1", "pw-cuff-1")
        };
        let mut cuff = Raw::let_in(house.broker.address(), &ask).await;
        let exact = vec![b'x'; 10];
        let one_over = vec![b'x'; 11];
        let sent: [(&str, &[u8]); 5] = [
            ("c/1/cuff-2/bp", b"of another device"),
            ("$SYS/broker", b"of the broker"),
            ("c/1/cuff-1/short", &exact[..9]),
            ("c/1/cuff-1/short", &exact),
            ("c/1/cuff-1/short", &one_over),
        ];
        for (id, (topic, payload)) in (1..).zip(sent) {
            cuff.publish(1, id, topic, payload).await;
            assert_eq!(cuff.expect(PUBACK, id).await, 0, "success, level {level}");
        }
        let retained = cuff.publish_bytes(1, true, 9, "c/1/cuff-1/bp", b"old");
        cuff.send(&retained).await;
        cuff.expect(PUBACK, 9).await;

        let got: Vec<_> = house
            .inlet
            .kept()
            .iter()
            .map(|f| (f.refused, f.retained))
            .collect();
        let foreign = (Some("foreign_topic"), false);
        let want = [
            foreign,
            foreign,
            (None, false),
            (None, false),
            (Some("over_long"), false),
            (Some("retained"), true),
        ];
        assert_eq!(got, want);
        let standing = house.until(|s| of(s, "cuff-1").kept == 6).await;
        let refused = &of(&standing, "cuff-1").refused;
        assert_eq!(
            (refused.foreign_topic, refused.over_long, refused.retained),
            (2, 1, 1)
        );
    }
}

#[tokio::test]
async fn an_account_above_its_rate_is_kept_and_acknowledged() {
    let house = House::open(Gate::Open).await;
    let mut slow = house.cuff("slow").await;
    for id in 1..=12 {
        slow.publish(1, id, "c/1/slow/bp", b"x").await;
        slow.expect(PUBACK, id).await;
    }
    let refused: Vec<_> = house.inlet.kept().iter().map(|f| f.refused).collect();
    assert_eq!(refused[..10], [None; 10], "one a second over ten seconds");
    assert_eq!(refused.last(), Some(&Some("over_rate")));
}

#[tokio::test]
async fn a_stopping_hub_acknowledges_nothing_and_closes() {
    for (level, qos) in [(4, 1), (5, 1), (4, 2), (5, 2)] {
        let house = House::open(Gate::Stopping).await;
        let ask = Connect {
            level,
            ..Connect::as_user("cuff-1", "pw-cuff-1")
        };
        let mut cuff = Raw::let_in(house.broker.address(), &ask).await;
        cuff.publish(qos, 3, "c/1/cuff-1/bp", b"x").await;
        match cuff.read().await {
            None => {}
            Some((first, body)) => {
                assert_eq!(
                    (level, first, body[0]),
                    (5, 0xE0, 0x8B),
                    "DISCONNECT, shutting down"
                );
                assert_eq!(cuff.read().await, None);
            }
        }
        assert!(house.inlet.kept().is_empty());
    }
}

#[tokio::test]
async fn a_stop_waits_for_the_disk_but_not_for_ever() {
    let house = House::open(Gate::Held).await;
    let mut cuff = house.cuff("cuff-1").await;
    cuff.publish(1, 3, "c/1/cuff-1/bp", b"x").await;
    house.inlet.until_asked(1).await;
    let stopping = tokio::spawn(house.broker.stop());
    house.inlet.set(Gate::Open);
    cuff.expect(PUBACK, 3).await;
    stopping.await.unwrap();

    let settings = Settings {
        stop_grace_s: 0,
        ..settings()
    };
    let house = House::with(Gate::Held, settings).await;
    let mut cuff = house.cuff("cuff-1").await;
    cuff.publish(1, 3, "c/1/cuff-1/bp", b"x").await;
    house.inlet.until_asked(1).await;
    house.broker.stop().await;
    assert_eq!(cuff.read().await, None, "closed without a PUBACK");
}

#[tokio::test]
async fn a_device_that_comes_back_is_served_while_its_old_connection_waits() {
    let house = House::open(Gate::Held).await;
    let mut before = house.cuff("cuff-1").await;
    before.publish(1, 3, "c/1/cuff-1/bp", b"again").await;
    house.inlet.until_asked(1).await;
    let mut after = house.cuff("cuff-1").await;
    // The library says DISCONNECT (session taken over) to 3.1.1 clients too; then it closes.
    while let Some((first, _)) = before.read().await {
        assert_eq!(first, 0xE0, "the old one is closed, unacknowledged");
    }
    after.publish(1, 3, "c/1/cuff-1/bp", b"again").await;
    house.inlet.until_asked(2).await;
    house.inlet.set(Gate::Open);
    after.expect(PUBACK, 3).await;
    let standing = house
        .until(|s| of(s, "cuff-1").connections.len() == 1)
        .await;
    assert_eq!(of(&standing, "cuff-1").kept, 1);
}

#[tokio::test]
async fn who_may_not_come_in_gets_a_code() {
    let house = House::open(Gate::Open).await;
    let good = || Connect::as_user("cuff-1", "pw-cuff-1");
    let cases = [
        (
            "no user",
            Connect {
                user: None,
                password: None,
                ..good()
            },
            5,
            0x87,
        ),
        (
            "no password",
            Connect {
                password: None,
                ..good()
            },
            5,
            0x87,
        ),
        (
            "wrong password",
            Connect {
                password: Some("pw-cuff-2"),
                ..good()
            },
            4,
            0x86,
        ),
        (
            "unknown user",
            Connect {
                user: Some("cuff-9"),
                ..good()
            },
            4,
            0x86,
        ),
        (
            "another's client id",
            Connect {
                client_id: "cuff-2",
                ..good()
            },
            2,
            0x85,
        ),
        (
            "a will",
            Connect {
                will: true,
                ..good()
            },
            5,
            0x87,
        ),
    ];
    for (what, ask, v4_code, v5_code) in cases {
        for (level, want) in [(4, v4_code), (5, v5_code)] {
            let (mut raw, (_, code)) =
                Raw::connect(house.broker.address(), &Connect { level, ..ask }).await;
            assert_eq!(code, want, "{what}, level {level}");
            assert_eq!(raw.read().await, None, "{what}: closed");
        }
    }
    let standing = house.until(|s| s.unknown_refused == 4).await;
    assert_eq!(of(&standing, "cuff-1").refused.sign_in, 8);
    let events = house.events.lock().unwrap().clone();
    assert_eq!(events.len(), 12);
    let password = |e: &&Event| {
        matches!(
            e,
            Event::SignInRefused {
                reason: "password",
                ..
            }
        )
    };
    assert_eq!(events.iter().filter(password).count(), 4);
    assert_eq!(house.inlet.asked(), 0);
}

#[tokio::test]
async fn a_client_without_an_id_gets_one() {
    let house = House::open(Gate::Open).await;
    let ask = Connect {
        client_id: "",
        ..Connect::as_user("cuff-1", "pw-cuff-1")
    };
    let mut cuff = Raw::let_in(house.broker.address(), &ask).await;
    cuff.publish(1, 1, "c/1/cuff-1/bp", b"x").await;
    cuff.expect(PUBACK, 1).await;
    assert_eq!(house.inlet.kept()[0].source, "cuff-1");
}

#[tokio::test]
async fn only_its_own_reply_topics_can_be_subscribed() {
    let house = House::open(Gate::Open).await;
    for level in [4, 5] {
        let ask = Connect {
            level,
            ..Connect::as_user("cuff-1", "pw-cuff-1")
        };
        let mut cuff = Raw::let_in(house.broker.address(), &ask).await;
        for good in ["reply/cuff-1/#", "reply/cuff-1/time", "reply/cuff-1/+/x"] {
            assert_eq!(cuff.subscribe(good).await, 1, "{good}");
        }
        let refused = if level == 5 { 0x87 } else { 0x80 };
        for bad in [
            "#",
            "c/1/cuff-1/bp",
            "reply/#",
            "reply/+/#",
            "reply/cuff-2/#",
            "reply/cuff-1",
            "$SYS/#",
            "withheld",
        ] {
            assert_eq!(cuff.subscribe(bad).await, refused, "{bad}, level {level}");
        }
        // And nothing that is published comes out anywhere, not even there.
        cuff.publish(1, 1, "reply/cuff-1/time", b"x").await;
        cuff.expect(PUBACK, 1).await;
        cuff.ping().await;
    }
}

#[tokio::test]
async fn a_packet_above_the_limit_closes_and_is_shown() {
    let limit = 1_048_576;
    let house = House::open(Gate::Open).await;
    let topic = "c/1/cuff-1/bp";
    // First byte, four length bytes, topic with length, packet id.
    let overhead = 1 + 3 + 2 + topic.len() + 2;
    for (payload, fits) in [
        (limit - overhead - 1, true),
        (limit - overhead, true),
        (limit - overhead + 1, false),
    ] {
        let mut cuff = house.cuff("cuff-1").await;
        let bytes = cuff.publish_bytes(1, false, 1, topic, &vec![b'x'; payload]);
        let sent = cuff.try_send(&bytes).await;
        if fits {
            sent.unwrap();
            cuff.expect(PUBACK, 1).await;
            assert_eq!(
                house.inlet.kept().last().unwrap().refused,
                Some("over_long")
            );
        } else {
            assert_eq!(cuff.read().await, None, "closed");
        }
    }
    let standing = house.until(|s| of(s, "cuff-1").refused.oversize == 1).await;
    assert_eq!(of(&standing, "cuff-1").kept, 2);
    let events = house.events.lock().unwrap().clone();
    let [
        Event::Oversize {
            user,
            client_id,
            bytes,
            ..
        },
    ] = events.as_slice()
    else {
        panic!("one event: {events:?}")
    };
    assert_eq!(
        (user.as_str(), client_id.as_str(), *bytes),
        ("cuff-1", "cuff-1", limit + 1)
    );
}

#[tokio::test]
async fn what_is_not_mqtt_is_closed_and_the_others_go_on() {
    let house = House::open(Gate::Open).await;
    let mut good = house.cuff("cuff-2").await;
    let not_publish: [&[u8]; 3] = [
        &packet(0x36, &[0, 1, b'a']),
        &packet(0x32, &[0, 9, b'a']),
        &[0xF1, 0xFF, 0xFF, 0xFF, 0xFF, 1],
    ];
    for bytes in not_publish {
        let mut cuff = house.cuff("cuff-1").await;
        cuff.send(bytes).await;
        while cuff.read().await.is_some() {}
    }
    let mut stranger = tokio::net::TcpStream::connect(house.broker.address())
        .await
        .unwrap();
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    stranger
        .write_all(&b"GET / HTTP/1.1\r\nHost: x\r\n".repeat(9))
        .await
        .unwrap();
    assert_eq!(stranger.read(&mut [0; 8]).await.unwrap_or(0), 0, "closed");
    good.publish(1, 1, "c/1/cuff-2/bp", b"x").await;
    good.expect(PUBACK, 1).await;
    assert_eq!(house.inlet.kept().len(), 1);
}

#[tokio::test]
async fn a_session_outlives_the_hub_where_a_folder_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let settings = || Settings {
        session_dir: Some(dir.path().join("sessions")),
        ..settings()
    };
    let ask = Connect {
        clean: false,
        ..Connect::as_user("cuff-1", "pw-cuff-1")
    };
    let house = House::with(Gate::Open, settings()).await;
    let (_, (present, _)) = Raw::connect(house.broker.address(), &ask).await;
    assert!(!present);
    house.broker.stop().await;
    let house = House::with(Gate::Open, settings()).await;
    let (_, (present, _)) = Raw::connect(house.broker.address(), &ask).await;
    assert!(
        present,
        "a client that obeys the specification sends its unacknowledged publishes again"
    );
}

#[tokio::test]
async fn fifty_devices_lose_and_double_nothing() {
    let inlet = FakeInlet::new(Gate::Open);
    let accounts = (0..50).map(|n| account(&format!("cuff-{n}"), 0)).collect();
    let parts = Parts::new(inlet.clone(), Arc::new(SystemClock), accounts);
    let broker = Broker::start(&settings(), parts).await.unwrap();
    let mut devices = tokio::task::JoinSet::new();
    for n in 0..50 {
        let address = broker.address();
        devices.spawn(async move {
            let (user, password) = (format!("cuff-{n}"), format!("pw-cuff-{n}"));
            let mut cuff = Raw::let_in(address, &Connect::as_user(&user, &password)).await;
            for id in 1..=40 {
                let payload = format!("{n} {id}");
                cuff.publish(1, id, &format!("c/1/{user}/bp"), payload.as_bytes())
                    .await;
                cuff.expect(PUBACK, id).await;
            }
        });
    }
    while let Some(done) = devices.join_next().await {
        done.unwrap();
    }
    inlet.until_kept(2000).await;
    let counts = inlet.payload_counts();
    assert_eq!((counts.len(), counts.values().max()), (2000, Some(&1)));
    broker.stop().await;
}

#[tokio::test]
async fn tls_is_spoken_beside_it() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = authority.signs("localhost");
    let tls = TlsSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        certificate: dir.path().join("broker.pem"),
        key: dir.path().join("broker.key"),
    };
    std::fs::write(&tls.certificate, certificate).unwrap();
    std::fs::write(&tls.key, key).unwrap();
    let settings = Settings {
        tls: Some(tls),
        ..settings()
    };
    let house = House::with(Gate::Open, settings).await;
    let address = house.broker.tls_address().unwrap();
    // A stalled handshake holds up nobody.
    let _silent = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut device = authority.visits(address, "localhost").await.unwrap();
    let ask = Connect::as_user("cuff-1", "pw-cuff-1").bytes();
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    device.write_all(&ask).await.unwrap();
    let mut connack = [0; 4];
    device.read_exact(&mut connack).await.unwrap();
    assert_eq!(connack, [0x20, 2, 0, 0]);
    let publish = [&[0x32, 18, 0, 13][..], b"c/1/cuff-1/bp", &[0, 7, b'x']].concat();
    device.write_all(&publish).await.unwrap();
    device.read_exact(&mut connack).await.unwrap();
    assert_eq!(connack, [PUBACK, 2, 0, 7]);
    assert_eq!(house.inlet.kept()[0].payload, b"x");
    assert!(stranger.visits(address, "localhost").await.is_err());
    assert!(authority.visits(address, "elsewhere").await.is_err());
    house.broker.stop().await;
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let start = |settings: Settings| async move {
        let parts = Parts::new(FakeInlet::new(Gate::Open), Arc::new(SystemClock), vec![]);
        Broker::start(&settings, parts)
            .await
            .err()
            .map(|e| e.to_string())
    };
    let reply = |text: &str| Settings {
        reply_topics: text.into(),
        ..settings()
    };
    assert_eq!(start(reply("back/{client_id}/x/#")).await, None);
    for bad in [
        "reply/#",
        "reply/{client_id}",
        "reply/x{client_id}/#",
        "+/{client_id}/#",
        "#",
        "$SYS/{client_id}/#",
    ] {
        let said = start(reply(bad)).await.unwrap_or_default();
        assert!(said.contains("reply_topics"), "{bad}: {said}");
    }
    for (bytes, good) in [
        (1023, false),
        (1024, true),
        (268_435_460, true),
        (268_435_461, false),
    ] {
        let settings = Settings {
            packet_limit_bytes: bytes,
            ..settings()
        };
        assert_eq!(start(settings).await.is_none(), good, "{bytes}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Settings {
        listen: taken.local_addr().unwrap(),
        ..settings()
    };
    assert!(start(settings).await.unwrap().contains("cannot listen on"));
    let tls = TlsSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        certificate: "/nonexistent/cert.pem".into(),
        key: "/nonexistent/key.pem".into(),
    };
    let settings = Settings {
        tls: Some(tls),
        ..self::settings()
    };
    assert!(
        start(settings)
            .await
            .unwrap()
            .contains("/nonexistent/cert.pem")
    );
}
