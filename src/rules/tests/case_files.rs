//! Every case file of `tests/cases` agrees with its expectations.

use super::*;

fn agrees(name: &str, text: &str) {
    let lines = judge_cases(table(), text).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(!lines.is_empty(), "{name} holds no case");
    let wrong: Vec<String> = lines
        .iter()
        .filter_map(|l| l.mismatch.as_ref().map(|m| format!("{name} {}: {m}", l.id)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_worked_examples_agree() {
    agrees(
        "examples",
        include_str!("../../../tests/cases/examples.toml"),
    );
}

macro_rules! case_files {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            let text = include_str!(concat!("../../../tests/cases/", stringify!($name), ".toml"));
            agrees(stringify!($name), text);
        }
    )*};
}

case_files![
    glucose_high,
    glucose_low,
    pressure_level,
    pressure_low,
    pressure_trend,
    pulse,
    readings,
    signs_and_care,
];
