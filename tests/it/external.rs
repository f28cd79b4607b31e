//! The line to an external broker: against a real Mosquitto, and against a broker in bytes that misbehaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use eldercare_hub::sources::mqtt::{Line, LineStanding, Parts, Protocol, Settings, TlsSettings};
use eldercare_hub::sources::secret::SecretPlace;
use eldercare_hub::vitals::{SystemClock, Transport};
use tokio::time::timeout;

use crate::fake_inlet::{FakeInlet, Gate, SOON};
use crate::left_out;
use crate::mosquitto::{Mosquitto, Pem};
use crate::raw_mqtt::{Connect, Raw};

const PUBACK: u8 = 0x40;

/// The settings of a line to this Mosquitto.
fn settings(mosquitto: &Mosquitto, protocol: Protocol) -> Settings {
    Settings {
        port: Some(mosquitto.address.port()),
        user: Some("hub".into()),
        password: Some(SecretPlace::Here("hub".into())),
        protocol,
        first_wait_ms: 20,
        longest_wait_s: 1,
        ..Settings::new("127.0.0.1", vec!["c/#".into()])
    }
}

fn line(settings: &Settings, inlet: &Arc<FakeInlet>) -> Line {
    Line::start(settings, Parts::new(inlet.clone(), Arc::new(SystemClock))).unwrap()
}

/// Waits until the line's standing says so.
async fn until(line: &Line, what: impl Fn(&LineStanding) -> bool) -> LineStanding {
    let standing = line.standing();
    let came = timeout(SOON, async {
        loop {
            let now = standing();
            if what(&now) {
                return now;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    });
    came.await
        .unwrap_or_else(|_| panic!("the line did not come to it: {:?}", standing()))
}

async fn device(mosquitto: &Mosquitto, client_id: &str) -> Raw {
    let ask = Connect {
        client_id,
        ..Connect::as_user("device", "device")
    };
    Raw::let_in(mosquitto.address, &ask).await
}

async fn publish(device: &mut Raw, id: u16, topic: &str, payload: &[u8]) {
    device.publish(1, id, topic, payload).await;
    device.expect(PUBACK, id).await;
}

fn payloads(inlet: &FakeInlet) -> BTreeSet<Vec<u8>> {
    inlet
        .kept()
        .into_iter()
        .map(|frame| frame.payload)
        .collect()
}

/// A Mosquitto, or the test says that it was left out.
macro_rules! mosquitto {
    ($test:literal, $tls:expr, $more:expr) => {
        match Mosquitto::start($tls, $more).await {
            Some(mosquitto) => mosquitto,
            None => return left_out($test, "no mosquitto; apt-get install mosquitto"),
        }
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_messages_of_fifty_devices_come_exactly_once() {
    for (protocol, word) in [(Protocol::Auto, "5"), (Protocol::Four, "3.1.1")] {
        let mosquitto = mosquitto!(
            "a_thousand_messages_of_fifty_devices_come_exactly_once",
            None,
            ""
        );
        let inlet = FakeInlet::new(Gate::Open);
        let line = line(&settings(&mosquitto, protocol), &inlet);
        until(&line, |s| s.subscribed).await;
        let mut devices = tokio::task::JoinSet::new();
        for n in 0..50 {
            let mut cuff = device(&mosquitto, &format!("cuff-{n}")).await;
            devices.spawn(async move {
                for id in 1..=20 {
                    publish(
                        &mut cuff,
                        id,
                        &format!("c/{n}/bp"),
                        format!("{n} {id}").as_bytes(),
                    )
                    .await;
                }
            });
        }
        while let Some(done) = devices.join_next().await {
            done.unwrap();
        }
        inlet.until_kept(1000).await;
        let counts = inlet.payload_counts();
        assert_eq!(counts.iter().filter(|(_, n)| **n == 1).count(), 1000);
        let frame = inlet.kept().pop().unwrap();
        assert_eq!(
            (frame.transport, frame.source.as_str()),
            (Transport::ExternalMqtt, "external")
        );
        let standing = until(&line, |s| s.waiting == 0).await;
        assert_eq!((standing.protocol, standing.connected), (Some(word), true));
        assert_eq!(standing.kept as usize, 1000);
        line.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_restarted_in_the_middle_loses_nothing_it_saved() {
    for protocol in [Protocol::Five, Protocol::Four] {
        let mut mosquitto = mosquitto!(
            "a_broker_restarted_in_the_middle_loses_nothing_it_saved",
            None,
            ""
        );
        let inlet = FakeInlet::new(Gate::Open);
        let line = line(&settings(&mosquitto, protocol), &inlet);
        until(&line, |s| s.subscribed).await;
        let mut confirmed = BTreeSet::new();
        for round in 0..3 {
            // What is on its way when the broker stops is not acknowledged by the hub.
            inlet.set(if round == 1 { Gate::Held } else { Gate::Open });
            let mut cuff = device(&mosquitto, "cuff").await;
            for id in 1..=100 {
                let payload = format!("{round} {id}").into_bytes();
                publish(&mut cuff, id, "c/1/bp", &payload).await;
                confirmed.insert(payload);
            }
            if round == 1 {
                inlet.until_asked(inlet.kept().len() + 1).await;
            }
            let before = line.standing()().reconnects;
            mosquitto.stop();
            mosquitto.run().await;
            inlet.set(Gate::Open);
            let standing = until(&line, |s| s.connected && s.reconnects > before).await;
            assert!(standing.session_resumed, "{}", mosquitto.log());
        }
        let all = timeout(SOON, async {
            while payloads(&inlet).len() < confirmed.len() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        });
        assert!(
            all.await.is_ok(),
            "{} of {}",
            payloads(&inlet).len(),
            confirmed.len()
        );
        assert_eq!(payloads(&inlet), confirmed);
        // What came twice says so.
        let mut seen = BTreeSet::new();
        for frame in inlet.kept() {
            if !seen.insert(frame.payload.clone()) {
                assert!(frame.may_be_late, "a second copy may be late");
            }
        }
        assert_eq!(line.standing()().sessions_lost, 0);
        line.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_gone_is_subscribed_again() {
    for protocol in [Protocol::Five, Protocol::Four] {
        let mut mosquitto = mosquitto!("a_session_that_is_gone_is_subscribed_again", None, "");
        let inlet = FakeInlet::new(Gate::Open);
        let line = line(&settings(&mosquitto, protocol), &inlet);
        until(&line, |s| s.subscribed).await;
        mosquitto.stop();
        mosquitto.forget();
        mosquitto.run().await;
        let standing = until(&line, |s| s.reconnects == 1).await;
        assert_eq!(
            (standing.sessions_lost, standing.session_resumed),
            (1, false)
        );
        until(&line, |s| s.subscribed).await;
        publish(&mut device(&mosquitto, "cuff").await, 1, "c/1/bp", b"after").await;
        inlet.until_kept(1).await;
        line.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_on_disk_is_not_acknowledged() {
    for protocol in [Protocol::Five, Protocol::Four] {
        let mosquitto = mosquitto!("what_is_not_on_disk_is_not_acknowledged", None, "");
        let inlet = FakeInlet::new(Gate::Open);
        let settings = Settings {
            stop_grace_s: 0,
            ..settings(&mosquitto, protocol)
        };
        let first = line(&settings, &inlet);
        until(&first, |s| s.subscribed).await;
        inlet.set(Gate::Held);
        let mut cuff = device(&mosquitto, "cuff").await;
        let asked = inlet.asked();
        for id in 1..=5 {
            publish(&mut cuff, id, "c/1/bp", &[b'0' + id as u8]).await;
        }
        inlet.until_asked(asked + 5).await;
        assert_eq!(first.standing()().waiting, 5);
        first.stop().await;
        mosquitto
            .until_logged("Client eldercare-hub disconnected.", 1)
            .await;
        // The hub starts again: the broker still has all five, in order, and says that it sent them before.
        let inlet = FakeInlet::new(Gate::Open);
        let second = line(&settings, &inlet);
        inlet.until_kept(5).await;
        let kept = inlet.kept();
        let order: Vec<_> = kept.iter().map(|f| f.payload.clone()).collect();
        assert_eq!(order, [b"1", b"2", b"3", b"4", b"5"]);
        assert!(kept.iter().all(|f| f.may_be_late));
        second.stop().await;
        mosquitto
            .until_logged("Client eldercare-hub disconnected.", 2)
            .await;
        // And now it has none: the acknowledgements went out before the goodbye.
        let inlet = FakeInlet::new(Gate::Open);
        let third = line(&settings, &inlet);
        until(&third, |s| s.connected).await;
        publish(&mut cuff, 6, "c/1/bp", b"6").await;
        inlet.until_kept(1).await;
        assert_eq!(inlet.kept()[0].payload, b"6");
        third.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversize_message_does_not_stand_in_the_way() {
    // 3.1.1 has no packet limit to tell the broker: the message comes, cut.
    for (protocol, cut) in [(Protocol::Five, None), (Protocol::Four, Some(4096))] {
        let mosquitto = mosquitto!("an_oversize_message_does_not_stand_in_the_way", None, "");
        let settings = Settings {
            packet_limit_bytes: 20_000,
            ..settings(&mosquitto, protocol)
        };
        let inlet = FakeInlet::new(Gate::Open);
        let first = line(&settings, &inlet);
        until(&first, |s| s.subscribed).await;
        let mut cuff = device(&mosquitto, "cuff").await;
        let large = vec![b'x'; 100_000];

        // While the hub listens.
        publish(&mut cuff, 1, "c/1/bp", &large).await;
        publish(&mut cuff, 2, "c/1/bp", b"good 1").await;
        let arrived = async |inlet: &Arc<FakeInlet>, good: &[u8]| {
            let came = timeout(SOON, async {
                while !payloads(inlet).contains(good) {
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
            });
            came.await.expect("the next good one arrives");
            let large: Vec<_> = inlet
                .kept()
                .into_iter()
                .filter(|f| f.payload.starts_with(b"xx"))
                .collect();
            assert_eq!(large.first().map(|f| f.payload.len()), cut);
            assert!(large.iter().all(|f| f.refused == Some("over_long")));
            assert_eq!(large.len(), usize::from(cut.is_some()), "and not for ever");
        };
        arrived(&inlet, b"good 1").await;
        assert_eq!(first.standing()().reconnects, 0);
        first.stop().await;

        // While the hub is away, under its persistent session.
        publish(&mut cuff, 3, "c/1/bp", &large).await;
        publish(&mut cuff, 4, "c/1/bp", b"good 2").await;
        let inlet = FakeInlet::new(Gate::Open);
        let second = line(&settings, &inlet);
        arrived(&inlet, b"good 2").await;
        second.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_says_whether_it_may_be_old() {
    let mosquitto = mosquitto!("a_message_says_whether_it_may_be_old", None, "");
    let mut cuff = device(&mosquitto, "cuff").await;
    let retained = cuff.publish_bytes(1, true, 1, "c/1/old", b"retained");
    cuff.send(&retained).await;
    cuff.expect(PUBACK, 1).await;

    let inlet = FakeInlet::new(Gate::Open);
    let first = line(&settings(&mosquitto, Protocol::Five), &inlet);
    inlet.until_kept(1).await;
    publish(&mut cuff, 2, "c/1/bp", b"fresh").await;
    inlet.until_kept(2).await;
    let marks = |inlet: &FakeInlet| -> Vec<_> {
        inlet
            .kept()
            .iter()
            .map(|f| (f.payload.clone(), f.retained, f.may_be_late))
            .collect()
    };
    assert_eq!(
        marks(&inlet),
        [
            (b"retained".to_vec(), true, false),
            (b"fresh".to_vec(), false, false)
        ]
    );
    first.stop().await;

    publish(&mut cuff, 3, "c/1/bp", b"waited").await;
    let inlet = FakeInlet::new(Gate::Open);
    let second = line(&settings(&mosquitto, Protocol::Five), &inlet);
    inlet.until_kept(1).await;
    until(&second, |s| s.waiting == 0).await;
    assert_eq!(
        marks(&inlet),
        [(b"waited".to_vec(), false, true)],
        "and no retained one again"
    );
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_with_whom_the_authority_knows() {
    let authority = crate::authority::Authority::new();
    let stranger = crate::authority::Authority::new();
    let (certificate, key) = authority.signs("localhost");
    let pem = Pem { certificate, key };
    let mosquitto = mosquitto!("tls_is_spoken_with_whom_the_authority_knows", Some(pem), "");
    let dir = tempfile::tempdir().unwrap();
    for (ca, trusted) in [(&authority, true), (&stranger, false)] {
        for protocol in [Protocol::Five, Protocol::Four] {
            let file = dir.path().join("ca.pem");
            std::fs::write(&file, ca.pem()).unwrap();
            let tls = TlsSettings {
                ca: file,
                certificate: None,
                key: None,
            };
            let settings = Settings {
                host: "localhost".into(),
                tls: Some(tls),
                ..settings(&mosquitto, protocol)
            };
            let line = line(&settings, &FakeInlet::new(Gate::Open));
            let standing = until(&line, |s| s.connected || s.last_trouble.is_some()).await;
            assert_eq!(standing.connected, trusted, "{standing:?}");
            line.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_plainly() {
    let mosquitto = mosquitto!("a_wrong_password_is_said_plainly", None, "");
    for protocol in [Protocol::Five, Protocol::Four] {
        let password = Some(SecretPlace::Here("wrong".into()));
        let settings = Settings {
            password,
            ..settings(&mosquitto, protocol)
        };
        let line = line(&settings, &FakeInlet::new(Gate::Open));
        let standing = until(&line, |s| s.last_trouble.is_some()).await;
        assert_eq!(
            standing.last_trouble.as_deref(),
            Some("the broker refused the hub: not authorised")
        );
        line.stop().await;
    }
}
