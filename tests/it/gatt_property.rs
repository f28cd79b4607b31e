//! What holds for any Bluetooth value: nothing panics, nothing grows beyond what came, no byte of it is lost.

use std::mem::needs_drop;

use eldercare_hub::decode::gatt::Characteristic;
use eldercare_hub::decode::gatt::Quirks;
use eldercare_hub::decode::gatt::battery_level::BatteryLevel;
use eldercare_hub::decode::gatt::blood_pressure::BloodPressureMeasurement;
use eldercare_hub::decode::gatt::blood_pressure_feature::BloodPressureFeature;
use eldercare_hub::decode::gatt::current_time::CurrentTime;
use eldercare_hub::decode::gatt::date_time::DateTime;
use eldercare_hub::decode::gatt::device_information::{PnpId, device_string};
use eldercare_hub::decode::gatt::glucose::GlucoseMeasurement;
use eldercare_hub::decode::gatt::glucose_context::GlucoseContext;
use eldercare_hub::decode::gatt::glucose_feature::GlucoseFeature;
use eldercare_hub::decode::gatt::intermediate_cuff::IntermediateCuffPressure;
use eldercare_hub::decode::gatt::record_access::{Answer, Request, Selection};
use eldercare_hub::journal::SealKey;
use eldercare_hub::vitals::{Frame, Inlet};
use proptest::prelude::*;

use crate::gatt_frames::{connection, value};
use crate::house::{GATT_CUFF, GATT_KETONE, GATT_METER, House};

/// A decoded value that owns no memory of its own cannot outgrow what came.
#[test]
fn decoded_values_own_no_memory() {
    assert!(!needs_drop::<BloodPressureMeasurement>());
    assert!(!needs_drop::<IntermediateCuffPressure>());
    assert!(!needs_drop::<GlucoseContext>());
    assert!(!needs_drop::<Answer>());
    assert!(!needs_drop::<DateTime>());
    assert!(!needs_drop::<CurrentTime>());
    assert!(!needs_drop::<BatteryLevel>());
    assert!(!needs_drop::<BloodPressureFeature>());
    assert!(!needs_drop::<GlucoseFeature>());
    assert!(!needs_drop::<PnpId>());
}

fn all(bytes: &[u8]) -> Result<(), TestCaseError> {
    let quirks = Quirks::default();
    let _ = BloodPressureMeasurement::decode(bytes, &quirks);
    let _ = IntermediateCuffPressure::decode(bytes, &quirks);
    let _ = GlucoseContext::decode(bytes);
    let _ = Answer::decode(bytes);
    let _ = DateTime::decode(bytes);
    let _ = CurrentTime::decode(bytes);
    let _ = BatteryLevel::decode(bytes);
    let _ = BloodPressureFeature::decode(bytes);
    let _ = GlucoseFeature::decode(bytes);
    let _ = PnpId::decode(bytes);
    // Those that own memory: at most what came, or what the format can name.
    if let Ok(measurement) = GlucoseMeasurement::decode(bytes) {
        prop_assert!(measurement.annunciation.capacity() <= 16);
    }
    if let Ok(
        Request::Report(Selection::Other(operand))
        | Request::Count(Selection::Other(operand))
        | Request::Delete(Selection::Other(operand)),
    ) = Request::decode(bytes)
    {
        prop_assert!(operand.capacity() <= bytes.len());
    }
    if let Some(text) = device_string(bytes) {
        prop_assert!(text.chars().count() <= 64);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_through_every_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        all(&bytes)?;
    }
}

/// Values of every characteristic and every length, as a broken device would send them.
fn frames() -> impl Strategy<Value = Vec<(usize, Characteristic, Vec<u8>)>> {
    let code = proptest::sample::select(Characteristic::ALL.to_vec());
    let bytes = proptest::collection::vec(any::<u8>(), 0..40);
    proptest::collection::vec((0..3_usize, code, bytes), 60)
}

/// Whatever a value turns out to be, the journal has it as it came: in the clear, or sealed.
#[test]
fn no_byte_of_a_frame_is_lost() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig {
        cases: 12,
        ..ProptestConfig::default()
    };
    proptest!(config, |(said in frames())| {
        let kept: Vec<(Frame, Vec<u8>)> = runtime.block_on(kept(&said));
        for (frame, there) in kept {
            prop_assert_eq!(&frame.payload, &there, "{}", frame.topic);
        }
    });
}

async fn kept(said: &[(usize, Characteristic, Vec<u8>)]) -> Vec<(Frame, Vec<u8>)> {
    let house = House::new();
    let at = connection();
    let mut sent = Vec::new();
    for (device, characteristic, bytes) in said {
        let address = [GATT_CUFF, GATT_METER, GATT_KETONE][*device];
        let frame = value(address, at, characteristic.code(), bytes);
        let row = house.road.keep(frame.clone()).await.unwrap();
        sent.push((row, frame));
    }
    for address in [GATT_CUFF, GATT_METER, GATT_KETONE] {
        let end = house.road.keep(value(address, at, "ended", b"{}")).await;
        house.road.understood(end.unwrap()).await;
    }
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE outcome IS NULL"),
        0
    );
    let journal = house.folder.path().join("journal.sqlite");
    let journal = rusqlite::Connection::open(journal).unwrap();
    let seal = SealKey::new([8; 32]);
    let there = |row: i64| -> Vec<u8> {
        let (payload, sha256, sealed): (Vec<u8>, Vec<u8>, bool) = journal
            .query_row(
                "SELECT payload, payload_sha256, sealed FROM frame WHERE id = ?1",
                [row],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )
            .unwrap();
        if sealed {
            return seal.open(&payload, &sha256).unwrap();
        }
        payload
    };
    sent.into_iter()
        .map(|(row, frame)| (frame, there(row.0)))
        .collect()
}
