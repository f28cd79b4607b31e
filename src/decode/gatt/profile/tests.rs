use std::path::Path;

use super::*;

/// The files that are shipped, as the hub reads them.
fn shipped() -> Profiles {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/devices");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            files.push((stem, std::fs::read_to_string(&path).unwrap()));
        }
    }
    let files = files
        .iter()
        .map(|(stem, text)| (stem.as_str(), text.as_str()));
    Profiles::from_files(files).unwrap()
}

#[test]
fn what_is_shipped_reads() {
    let profiles = shipped();
    let bm85 = profiles.get("beurer-bm85").unwrap();
    assert_eq!(bm85.pulse_byte_order, ByteOrder::Big);
    assert_eq!(bm85.status_byte_order, ByteOrder::Big);
    assert_eq!(bm85.user_id, UserId::Always);
    assert_eq!((bm85.slot_base, bm85.rest_before_subscribe_ms), (0, 100));
    let dual = profiles.get("caresens-dual").unwrap();
    assert_eq!(dual.quirks().meal_6, ReservedMeal::Ketone);
    let and = profiles.get("and-ua651").unwrap();
    assert_eq!(
        (and.clock_set, and.memory),
        (ClockSet::First, Some(Memory::Erases))
    );
    assert_eq!(and.write_first[0].hex, "0200e1");
    for (stem, expected) in [
        ("generic-bp", Measures::BloodPressure),
        ("generic-glucose", Measures::Glucose),
    ] {
        let generic = profiles.get(stem).unwrap();
        assert_eq!(generic.quirks(), Quirks::default());
        assert_eq!(generic.measures, expected);
        assert_eq!(
            Profile {
                title: String::new(),
                ..generic.clone()
            },
            Profile::generic(expected)
        );
    }
}

#[test]
fn a_device_suggests_its_profile() {
    let profiles = shipped();
    assert_eq!(
        profiles.suggest(Some("A&D_UA-651BLE_9A1B"), None),
        Some("and-ua651")
    );
    assert_eq!(profiles.suggest(None, Some("BM85")), Some("beurer-bm85"));
    assert_eq!(
        profiles.suggest(Some("Yuwell BP-YE680B"), Some("")),
        Some("yuwell-ye680")
    );
    assert_eq!(
        profiles.suggest(Some("CareSens 0123"), None),
        Some("caresens-dual")
    );
    assert_eq!(profiles.suggest(Some("somebody's phone"), None), None);
    assert_eq!(profiles.suggest(None, None), None);
}

#[test]
fn other_kinds_are_passed_over() {
    assert_eq!(
        Profile::from_toml("kiosk", "kind = \"json\"\nanything = 1"),
        Ok(None)
    );
    assert_eq!(Profile::from_toml("kiosk", "anything = 1"), Ok(None));
}

const HEAD: &str = "kind = \"gatt\"\ntitle = \"x\"\nmeasures = \"glucose\"\n";

fn refused(more: &str) -> String {
    Profile::from_toml("cuff", &format!("{HEAD}{more}"))
        .unwrap_err()
        .to_string()
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let error = refused("pulse_order = \"big\"");
    assert!(
        error.starts_with("cuff.toml: ") && error.contains("line 4"),
        "{error}"
    );
    assert!(error.contains("pulse_order"), "{error}");
}

#[test]
fn wrong_values_are_refused() {
    assert!(refused("slot_base = 2").contains("write 0 or 1"));
    assert!(Profile::from_toml("cuff", &format!("{HEAD}slot_base = 0")).is_ok());
    assert!(Profile::from_toml("cuff", &format!("{HEAD}slot_base = 1")).is_ok());
    assert!(refused("meal_6 = \"lactate\"").contains("lactate"));
    assert!(refused("rest_before_subscribe_ms = -1").contains("line 4"));
    assert!(
        refused("write_first = [{ characteristic = \"2a52\", hex = \"00\" }]").contains("2a52")
    );
    let odd = "write_first = [{ characteristic = \"233bf001-5a34-1b6d-975c-000d5690abe4\", hex = \"0\" }]";
    assert!(refused(odd).contains("UUID"));
    assert!(Profile::from_toml("cuff", "kind = ").is_err());
    assert!(Profile::from_toml("cuff", "kind = \"gatt\"").is_err());
}
