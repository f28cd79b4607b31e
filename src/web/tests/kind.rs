//! The page of a new kind of device: try, switch on, interpret again; masked until somebody asks.

use super::world::{Browser, World};
use crate::journal::{Outcome, Settled, Tx, Which};
use crate::vitals::{Clock, Frame, FrameRow, Inlet, Transport};
use crate::web::Settings;

const PROFILE: &str = "kind = \"json\"\n[match]\ntopics = [\"kiosks/{device}/out\"]\n[device]\nid = \"topic:device\"\n\
    sends_live = true\n[[reading]]\nkind = \"blood_pressure\"\nunit = \"mmHg\"\nsystolic = \"/hi\"\ndiastolic = \"/lo\"\n";
const BODY: &str = r#"{"hi":193,"lo":97,"nm":"李七八"}"#;

async fn post(browser: &Browser, act: &str, name: &str, text: &str) -> String {
    let fields = [
        ("act", act),
        ("name", name),
        ("text", text),
        ("topic", "kiosks/0015-A/out"),
        ("payload", BODY),
    ];
    let answer = browser.post("/operator/kind", &fields).await;
    assert_eq!(answer.status(), 200, "{act}");
    answer.text().await.unwrap()
}

/// A frame of a device of the world's, that nobody understands.
async fn keep(world: &World) -> i64 {
    let row = world
        .road
        .keep(Frame {
            transport: Transport::EmbeddedMqtt,
            source: "kiosk".to_owned(),
            topic: "kiosks/0015-A/out".to_owned(),
            payload: BODY.as_bytes().to_vec(),
            received_at: world.clock.now(),
            retained: false,
            may_be_late: false,
            refused: None,
        })
        .await
        .unwrap();
    world.road.understood(row).await;
    row.0
}

#[tokio::test]
async fn a_sample_is_tried_and_a_mistake_is_named_by_its_line() {
    let world = World::new(Settings::default()).await;
    let operator = world.signed_in_as("operator").await;
    let page = post(&operator, "try", "", PROFILE).await;
    assert!(
        page.contains("读懂了。") && page.contains("&#34;systolic_mmhg&#34;: 193"),
        "{page}"
    );
    assert!(
        page.contains("<li>0015-A · 193/97 mmHg · 测量于 ") && page.contains("（按收到时间）</li>"),
        "{page}"
    );
    let when = page.split("测量于 ").nth(1).unwrap();
    assert!(
        !when[..when.find('（').unwrap()].contains(['T', '.']),
        "{page}"
    );
    let page = post(
        &operator,
        "try",
        "my-kiosk",
        &PROFILE.replace("unit", "unti"),
    )
    .await;
    assert!(
        page.contains("my-kiosk.toml:9") && page.contains("unti"),
        "{page}"
    );
    let page = post(&operator, "try", "", &PROFILE.replace("/hi", "/other")).await;
    assert!(page.contains("没读懂。"), "{page}");
    assert_eq!(world.acts("profile.switch_on").await, 0);
}

#[tokio::test]
async fn a_profile_is_tried_on_kept_frames_switched_on_and_they_are_interpreted_again() {
    let world = World::new(Settings::default()).await;
    let operator = world.signed_in_as("operator").await;
    let row = keep(&world).await;
    // It needs no name to be tried.
    for name in ["", "my-kiosk"] {
        let page = post(&operator, "kept", name, PROFILE).await;
        assert!(page.contains("成为读数"), "{name}: {page}");
    }
    let page = post(&operator, "kept", "my-kiosk", PROFILE).await;
    assert!(
        page.contains("会变成") && page.contains("成为读数"),
        "{page}"
    );
    assert!(
        page.contains("{&#34;hi&#34;:###,&#34;lo&#34;:##,&#34;nm&#34;:&#34;***&#34;}"),
        "{page}"
    );
    // Nothing has changed by trying.
    let page = post(&operator, "again", "", "").await;
    assert!(page.contains("其中 0 条成了读数"), "{page}");

    let page = post(&operator, "switch-on", "my-kiosk", PROFILE).await;
    assert!(page.contains("已启用 my-kiosk。"), "{page}");
    assert_eq!(world.acts("profile.switch_on").await, 1);
    let page = operator.page("/operator/kind?profile=my-kiosk").await;
    assert!(page.contains("kiosks/{device}/out"), "{page}");
    // Another that meets the same frames is refused, and what was on stays.
    let page = post(&operator, "switch-on", "other", PROFILE).await;
    assert!(page.contains("match the same frames"), "{page}");
    let page = post(&operator, "switch-on", "../other", PROFILE).await;
    assert!(page.contains("名字只能用"), "{page}");
    assert_eq!(world.acts("profile.switch_on").await, 1);

    let page = post(&operator, "again", "", "").await;
    assert!(page.contains("其中 1 条成了读数"), "{page}");
    let page = post(&operator, "again", "", "").await;
    assert!(page.contains("其中 0 条成了读数"), "{page}");
    assert!(world.acts("frames.interpret_again").await > 0);
    let _ = row;
}

#[tokio::test]
async fn that_there_is_nothing_to_try_it_on_is_said() {
    let world = World::new(Settings::default()).await;
    let operator = world.signed_in_as("operator").await;
    let used = |tx: &Tx<'_>, now| {
        let verdict = Settled {
            outcome: Outcome::Ignored,
            reason: "event",
            profile: None,
            device_id: None,
        };
        for frame in tx.settled_frames(Which::NotUsed, FrameRow(0), 100)? {
            tx.settle_again(frame.kept.row, &verdict, now)?;
        }
        Ok(())
    };
    world.road.write(used).await.unwrap();
    let page = post(&operator, "kept", "", PROFILE).await;
    assert!(page.contains("没有没用上的报文"), "{page}");
}

#[tokio::test]
async fn a_frame_is_shown_plain_only_when_asked_and_that_is_written_down() {
    let world = World::new(Settings::default()).await;
    let operator = world.signed_in_as("operator").await;
    let row = keep(&world).await.to_string();
    let page = post(&operator, "kept", "my-kiosk", PROFILE).await;
    // The sample's own text stands in its field; the table must not have it.
    let table = page.split("<table").nth(1).unwrap();
    assert!(
        !table.contains("李七八") && !table.contains("193"),
        "{table}"
    );
    let fields = [("act", "plain"), ("frame", row.as_str())];
    let page = operator
        .post("/operator/kind", &fields)
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("李七八"), "{page}");
    assert_eq!(world.acts("frame.show_plain").await, 1);
    let none = [("act", "plain"), ("frame", "999999")];
    assert_eq!(operator.post("/operator/kind", &none).await.status(), 404);
}

#[tokio::test]
async fn a_profile_and_a_payload_fit_the_form_and_more_does_not() {
    let world = World::new(Settings::default()).await;
    let operator = world.signed_in_as("operator").await;
    let limit = crate::web::pages::kind::KIND_FORM_BYTES_MAX;
    for (bytes, status) in [(limit - 1, 200), (limit, 200), (limit + 1, 413)] {
        let rest = "act=try&payload=".len();
        let payload = "x".repeat(bytes - rest);
        let fields = [("act", "try"), ("payload", payload.as_str())];
        let answer = operator.post("/operator/kind", &fields).await;
        assert_eq!(answer.status().as_u16(), status, "{bytes}");
    }
}
