//! A flag says what was measured, the limit, whose limit, and the source with its year.

use super::*;

fn explained(case: &str) -> Explanation {
    let text = format!("[[case]]\nid = \"x\"\nnow = 2026-04-14T08:40:00+08:00\n{case}");
    let mut lines = judge_cases(table(), &text).unwrap_or_else(|e| panic!("{e}"));
    lines
        .remove(0)
        .explain
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no flag: {case}"))
}

const THREE_DAYS: &str = r#"bp = [
  { t = 2026-04-12T08:30:00+08:00, s = 158, d = 84 }, { t = 2026-04-12T08:31:00+08:00, s = 156, d = 84 },
  { t = 2026-04-13T08:30:00+08:00, s = 156, d = 84 }, { t = 2026-04-13T08:31:00+08:00, s = 156, d = 84 },
  { t = 2026-04-14T08:30:00+08:00, s = 155, d = 84 }, { t = 2026-04-14T08:31:00+08:00, s = 153, d = 84 } ]"#;

#[test]
fn a_mean_is_told_with_its_days_its_number_and_whose_limit_it_passed() {
    let e = explained(&format!("person = {{ htn = true }}\n{THREE_DAYS}"));
    assert_eq!(e.rule, "BP-S1");
    assert_eq!(
        e.text_en,
        "mean of 3 days in the last 14: 156/84 mmHg, n = 6; limit: 150/90 mmHg (65 and over, national service standard 2017)"
    );
    assert_eq!(
        e.text_zh,
        "近14天3天均值156/84 mmHg,n=6;限值:150/90 mmHg(65岁及以上,国家基本公共卫生服务规范(2017))"
    );
    assert_eq!(e.readings.len(), 6);
    assert_eq!(e.readings[0].value, "158/84");
    assert_eq!(e.readings[0].taken_at, "2026-04-12T00:30:00Z");
    assert_eq!(e.sources[0].year, Some(2017));
    assert_eq!((e.class, e.confirmation), ("D", "by_readings"));
    assert_eq!(e.table_version, "2026.11-draft1");
    assert_eq!(e.table_sha256, table().sha256);
    assert_eq!(e.facts["bp14.days"], "3");
}

#[test]
fn a_personal_target_names_the_doctor() {
    let e = explained(&format!(
        "person = {{ htn = true, target_sbp = 145 }}\n{THREE_DAYS}"
    ));
    assert_eq!(
        e.text_en,
        "mean of 3 days in the last 14: 156/84 mmHg, n = 6; limit: 145/90 mmHg (personal target set by the doctor, 65 and over, national service standard 2017)"
    );
}

#[test]
fn a_severe_value_that_nobody_confirmed_says_so() {
    let e = explained("bp = [ { t = 2026-04-14T08:20:00+08:00, s = 190, d = 100 } ]");
    assert_eq!(
        e.text_en,
        "one reading now: 190/100 mmHg, not confirmed by a second reading; limit: systolic ≥ 180 mmHg (National basic public health service standard, 3rd edition: hypertension, 2017)"
    );
    assert_eq!(e.confirmation, "by_waiting");
}

#[test]
fn signs_are_told_by_name() {
    let e = explained(
        "signs = [\"severe_headache\"]\nbp = [ { t = 2026-04-14T08:38:00+08:00, s = 182, d = 112 } ]",
    );
    assert_eq!(e.rule, "BP-E1");
    assert!(e.text_zh.contains("症状:剧烈头痛"), "{}", e.text_zh);
    assert!(
        e.limit_en
            .contains("systolic ≥ 180 mmHg, diastolic ≥ 110 mmHg, a warning sign"),
        "{}",
        e.limit_en
    );
}

#[test]
fn glucose_is_told_with_one_decimal_and_its_context() {
    let e = explained(
        "person = { dm = true }\nglucose = [ { t = 2026-04-14T08:38:00+08:00, v = 10, unit = \"mmol/L\", ctx = \"random\" } ]",
    );
    assert_eq!(e.rule, "GL-R1");
    assert_eq!(
        e.text_en,
        "glucose now 10.0 mmol/L; limit: non-fasting ≥ 10.0 mmol/L (national service standard 2017)"
    );
    assert_eq!(e.readings[0].circumstance, "casual");
}

#[test]
fn a_source_without_a_confirmed_year_says_so() {
    let e = explained(
        r#"meals = [2026-04-14T08:00:00+08:00]
bp = [ { t = 2026-04-14T07:50:00+08:00, s = 140, d = 80 }, { t = 2026-04-14T08:30:00+08:00, s = 118, d = 80 }, { t = 2026-04-14T08:31:00+08:00, s = 118, d = 80 } ]"#,
    );
    assert_eq!(e.rule, "BP-P1");
    assert!(
        e.whose_en.ends_with("(year to be confirmed)"),
        "{}",
        e.whose_en
    );
    assert!(
        e.text_en
            .starts_with("systolic before the meal 140, after it 118 mmHg; limit: ")
    );
}

/// No rule may stand without a sentence a person can read: every case of every file is explained
/// in both languages, with a limit and whose it is.
#[test]
fn every_flag_of_every_case_is_explained() {
    let files = [
        include_str!("../../../tests/cases/examples.toml"),
        include_str!("../../../tests/cases/glucose_high.toml"),
        include_str!("../../../tests/cases/glucose_low.toml"),
        include_str!("../../../tests/cases/pressure_level.toml"),
        include_str!("../../../tests/cases/pressure_low.toml"),
        include_str!("../../../tests/cases/pressure_trend.toml"),
        include_str!("../../../tests/cases/pulse.toml"),
        include_str!("../../../tests/cases/readings.toml"),
        include_str!("../../../tests/cases/signs_and_care.toml"),
    ];
    let mut reached: std::collections::BTreeMap<String, u32> = Default::default();
    for line in files
        .iter()
        .flat_map(|f| judge_cases(table(), f).expect("cases"))
    {
        assert_eq!(line.flags.len(), line.explain.len());
        for e in &line.explain {
            *reached.entry(e.rule.clone()).or_default() += 1;
            let id = format!("{} {}", line.id, e.rule);
            for text in [&e.limit_zh, &e.limit_en, &e.whose_zh, &e.whose_en] {
                assert!(!text.is_empty(), "{id}: {e:?}");
            }
            for text in [&e.text_zh, &e.text_en] {
                assert!(!text.contains(['{', '}']), "{id}: {text}");
            }
            assert!(!e.sources.is_empty(), "{id}");
            let measured = !e.readings.is_empty();
            let of_people = e.rule.starts_with("SG-") || e.rule.starts_with("CARE-");
            assert!(measured != of_people, "{id}: {:?}", e.readings);
        }
    }
    let missed: Vec<&str> = table()
        .rules
        .iter()
        .map(|r| r.id.as_str())
        .filter(|id| reached.get(*id).copied().unwrap_or(0) < 1)
        .collect();
    assert!(missed.is_empty(), "no case reaches {missed:?}");
}
