//! A rule set with a fault is refused as a whole, with file and line.

use super::*;

/// The shipped files with one text of one file replaced, and the line where that text begins.
fn changed(file: &str, old: &str, new: &str) -> (Vec<(String, String)>, usize) {
    let mut files = shipped();
    let mut line = 0;
    for (name, text) in &mut files {
        if name == file {
            let at = text
                .find(old)
                .unwrap_or_else(|| panic!("{file} has no {old:?}"));
            line = 1 + text[..at].matches('\n').count();
            text.replace_range(at..at + old.len(), new);
        }
    }
    assert!(line > 0, "no file {file}");
    (files, line)
}

/// The message, with `LINE` in `wanted` standing for the line of the change.
fn refused(file: &str, old: &str, new: &str, wanted: &str) {
    let (files, line) = changed(file, old, new);
    let wanted = wanted.replace("LINE", &line.to_string());
    match RuleTable::load(&files) {
        Ok(_) => panic!("{file}: {old:?} -> {new:?} was accepted"),
        Err(fault) => assert_eq!(fault.to_string(), wanted),
    }
}

const SG_U1: &str = r#"when = "signs.amber && (person.htn || person.dm)""#;

#[test]
fn an_unknown_fact_is_named_with_file_line_and_rule() {
    refused(
        "signs.toml",
        SG_U1,
        r#"when = "signs.amber && (person.htm || person.dm)""#,
        "signs.toml:LINE: rule SG-U1: the condition no fact is called `person.htm`; did you mean `person.htn`?",
    );
    refused(
        "signs.toml",
        SG_U1,
        r#"when = "signs.amber && weather.rain""#,
        "signs.toml:LINE: rule SG-U1: the condition no fact is called `weather.rain`",
    );
}

#[test]
fn only_the_full_path_counts() {
    // The first part alone exists; `references()` of the crate would not see the difference.
    refused(
        "signs.toml",
        SG_U1,
        r#"when = "signs.amber && person.htn.since""#,
        "signs.toml:LINE: rule SG-U1: the condition no fact is called `person.htn.since`",
    );
    refused(
        "signs.toml",
        SG_U1,
        r#"when = "signs.amber && person""#,
        "signs.toml:LINE: rule SG-U1: the condition no fact is called `person`",
    );
    // An unknown fact behind a name that decides alone is found all the same.
    refused(
        "signs.toml",
        SG_U1,
        r#"when = "true || bp.spb >= 3""#,
        "signs.toml:LINE: rule SG-U1: the condition no fact is called `bp.spb`; did you mean `bp.sbp`?",
    );
}

#[test]
fn a_wrong_type_is_refused() {
    let cases = [
        (
            "bp.sbp && signs.red",
            "`bp.sbp` is a number, but true or false is needed there",
        ),
        (
            "signs.red >= 1",
            "`signs.red` is true or false, but a number is needed there",
        ),
        (
            "signs.red == 1",
            "`1` is a number, but true or false is needed there",
        ),
        (
            "!bp.sbp",
            "`bp.sbp` is a number, but true or false is needed there",
        ),
        (
            "bp.sbp",
            "`bp.sbp` is a number, but true or false is needed there",
        ),
        (
            "bp.sbp >= 180 || 1",
            "`1` is a number, but true or false is needed there",
        ),
    ];
    for (when, message) in cases {
        let wanted = format!("signs.toml:LINE: rule SG-U1: the condition {message}");
        refused("signs.toml", SG_U1, &format!("when = \"{when}\""), &wanted);
    }
    refused(
        "signs.toml",
        SG_U1,
        "when = 3",
        "signs.toml:LINE: invalid type: integer `3`, expected a string",
    );
}

#[test]
fn what_is_outside_the_language_is_refused() {
    let cases = [
        ("size(bp) > 1", "size"),
        ("bp.sbp + 1 > 180", "+"),
        ("has(bp.sbp)", "has()"),
        ("signs.red ? true : false", "?_:"),
        ("bp['sbp'] > 1", "[_]"),
        ("bp.sbp in [1, 2]", "in"),
        ("[1].exists(x, x > bp.sbp)", "a loop"),
        ("bp.sbp > 1u", "an unsigned number"),
        ("person.health == 'good'", ""),
    ];
    for (when, word) in cases {
        let (files, line) = changed("signs.toml", SG_U1, &format!("when = \"{when}\""));
        let fault = RuleTable::load(&files).expect_err(when).to_string();
        assert!(
            fault.starts_with(&format!("signs.toml:{line}: rule SG-U1: ")),
            "{fault}"
        );
        assert!(
            fault.contains(&format!("`{word}")) || word.is_empty(),
            "{when}: {fault}"
        );
    }
}

#[test]
fn what_is_no_expression_is_refused() {
    for when in [
        "",
        "bp.sbp >=",
        "bp.sbp >= 180 and signs.red",
        "(((",
        "1 2",
        "true",
    ] {
        let (files, line) = changed("signs.toml", SG_U1, &format!("when = \"{when}\""));
        let fault = RuleTable::load(&files).expect_err(when).to_string();
        assert!(
            fault.starts_with(&format!("signs.toml:{line}: rule SG-U1: ")),
            "{fault}"
        );
        assert!(!fault.contains('\n'), "{fault}");
    }
    let deep = format!("when = \"{}signs.red\"", "!".repeat(5000));
    refused(
        "signs.toml",
        SG_U1,
        &deep,
        "signs.toml:LINE: rule SG-U1: the condition is not an expression: nested deeper than 64",
    );
}

#[test]
fn too_many_facts_to_try_are_refused() {
    let names = CATALOGUE
        .iter()
        .filter(|e| e.kind != FactKind::Truth)
        .take(13);
    let when: Vec<String> = names.map(|e| format!("{} > 1", e.path)).collect();
    refused(
        "signs.toml",
        SG_U1,
        &format!("when = \"{}\"", when.join(" && ")),
        "signs.toml:LINE: rule SG-U1: the condition names 13 facts, more than the 12 that can be tried in every combination",
    );
}

#[test]
fn a_double_id_is_refused() {
    refused(
        "signs.toml",
        r#"id = "SG-U1""#,
        r#"id = "SG-E1""#,
        "signs.toml:LINE: the rule `SG-E1` is defined twice: rename one",
    );
    // Also across files.
    refused(
        "signs.toml",
        r#"id = "SG-U1""#,
        r#"id = "BP-U1""#,
        "signs.toml:LINE: the rule `BP-U1` is defined twice: rename one",
    );
    refused(
        "sources.toml",
        r#"id = "NEWS2""#,
        r#"id = "ADA-LTC""#,
        "sources.toml:LINE: the source `ADA-LTC` is defined twice: rename one",
    );
    refused(
        "targets.toml",
        r#"id = "aha_2025""#,
        r#"id = "nbphs3""#,
        "targets.toml:LINE: the profile `nbphs3` is defined twice: rename one",
    );
}

#[test]
fn a_missing_source_is_refused() {
    let src = r#"src = ["NBPHS3-HTN", "NBPHS3-DM"]"#;
    let (files, _) = changed("signs.toml", src, "src = []");
    let fault = RuleTable::load(&files).expect_err("no source").to_string();
    assert!(fault.starts_with("signs.toml:"), "{fault}");
    assert!(
        fault.ends_with("rule SG-U1 names no source: give at least one in `src`"),
        "{fault}"
    );
    refused(
        "signs.toml",
        src,
        r#"src = ["NBPHS4-HTN"]"#,
        "signs.toml:LINE: rule SG-U1 names the source `NBPHS4-HTN`, which no [[source]] defines",
    );
    refused(
        "targets.toml",
        r#"src = ["AHA-2025"]"#,
        r#"src = ["AHA-2026"]"#,
        "targets.toml:LINE: profile aha_2025 names the source `AHA-2026`, which no [[source]] defines",
    );
    let (files, _) = changed("meta.toml", r#"src = ["ADA-2025-S6"], "#, "");
    let fault = RuleTable::load(&files).expect_err("number").to_string();
    assert!(
        fault.ends_with("hypo_retest_min is of class P and names no source"),
        "{fault}"
    );
}

#[test]
fn an_unreachable_tier_is_refused() {
    refused(
        "signs.toml",
        "tier = \"urgent\"",
        "tier = \"soonish\"",
        "signs.toml:LINE: rule SG-U1 is of tier `soonish`, which no [tier.*] defines",
    );
    let mut files = shipped();
    for (_, text) in &mut files {
        *text = text.replace("tier = \"routine\"", "tier = \"soon\"");
    }
    let fault = RuleTable::load(&files)
        .expect_err("no routine rule")
        .to_string();
    assert!(fault.starts_with("tiers.toml:"), "{fault}");
    assert!(
        fault.ends_with("no rule is of tier `routine`: it can never be reached"),
        "{fault}"
    );
    let (files, _) = changed("tiers.toml", "[tier.routine]", "[tier.someday]");
    let fault = RuleTable::load(&files)
        .expect_err("unknown tier")
        .to_string();
    assert!(fault.contains("[tier.someday]: a tier is emergency, urgent, soon or routine"));
}

#[test]
fn a_rule_that_can_never_be_reported_is_refused() {
    let (files, _) = changed("signs.toml", SG_U1, r#"when = "signs.red""#);
    let fault = RuleTable::load(&files)
        .expect_err("hidden rule")
        .to_string();
    assert!(fault.starts_with("signs.toml:"), "{fault}");
    assert!(
        fault.contains("rule SG-U1 can never be reported: rule SG-E1"),
        "{fault}"
    );
}

#[test]
fn a_rule_on_a_local_number_is_refused() {
    refused(
        "care.toml",
        "cls = \"P\"",
        "cls = \"L\"",
        "care.toml:LINE: rule CARE-S1 is of class L: no flag may stand on a local value",
    );
}

#[test]
fn other_faults_name_file_and_line() {
    refused(
        "care.toml",
        "population = \"all\"",
        "populace = \"all\"",
        "care.toml:LINE: unknown field `populace`, expected one of `id`, `group`, `tier`, `when`, `needs_confirmation`, `population`, `zh`, `en`, `cls`, `src`",
    );
    refused(
        "signs.toml",
        "group = \"signs\"",
        "group = \"care_exam\"",
        &format!(
            "signs.toml:{}: rule SG-E1: its group `care_exam` also has rules in care.toml: keep a group in one file, so that its order is plain",
            changed("signs.toml", "id = \"SG-E1\"", "").1
        ),
    );
    refused(
        "care.toml",
        "needs_confirmation = false",
        "needs_confirmation = true",
        "care.toml:LINE: rule CARE-S1 needs confirmation but names no pressure, pulse or glucose that a second reading could confirm",
    );
    refused(
        "care.toml",
        "en = \"No result recorded more than 2 weeks after a referral\"",
        "en = \" \"",
        "care.toml:LINE: rule CARE-S1: the en sentence is empty",
    );
    let (files, _) = changed("meta.toml", "\"21:00\"", "\"25:00\"");
    let fault = RuleTable::load(&files).expect_err("time").to_string();
    assert!(fault.contains("`25:00` is not a time of day"), "{fault}");
    let (files, _) = changed(
        "meta.toml",
        "default_bp_profile = \"nbphs3\"",
        "default_bp_profile = \"x\"",
    );
    let fault = RuleTable::load(&files).expect_err("profile").to_string();
    assert!(
        fault.contains("the default profile `x` is not defined"),
        "{fault}"
    );
    let (files, _) = changed("phrases.toml", "{bp14.days}", "{bp14.dayz}");
    let fault = RuleTable::load(&files).expect_err("phrase").to_string();
    assert!(fault.contains("no fact is called `bp14.dayz`"), "{fault}");
    let (files, _) = changed("phrases.toml", "({whose})", "({who})");
    let fault = RuleTable::load(&files).expect_err("join").to_string();
    assert!(fault.contains("[join] limit: no name `who`"), "{fault}");
}

#[test]
fn a_set_without_a_table_is_refused() {
    let without: Vec<_> = shipped()
        .into_iter()
        .filter(|(n, _)| n != "tiers.toml")
        .collect();
    let fault = RuleTable::load(&without).expect_err("no tiers").to_string();
    assert_eq!(
        fault,
        "the rule set has no [tier.emergency] table: add it to one of its files"
    );
    let mut twice = shipped();
    twice.push((
        "z.toml".into(),
        "[signs]\nred=[]\namber=[]\ndka_hhs=[]\nsick=[]\nsingle=[]".into(),
    ));
    let fault = RuleTable::load(&twice).expect_err("two").to_string();
    assert_eq!(fault, "z.toml:1: a second [signs] table: keep one");
}

#[test]
fn the_hash_changes_with_any_byte_and_not_with_the_order_of_files() {
    let shipped_hash = &table().sha256;
    let mut reversed = shipped();
    reversed.reverse();
    assert_eq!(
        RuleTable::load(&reversed).expect("loads").sha256,
        *shipped_hash
    );
    assert_eq!(shipped_hash.len(), 64);
    for (i, (name, _)) in shipped().iter().enumerate() {
        let mut files = shipped();
        files[i].1.push('\n');
        assert_ne!(
            RuleTable::load(&files).expect("loads").sha256,
            *shipped_hash,
            "{name}"
        );
    }
    // One set as one file is a set as well.
    let one: String = shipped()
        .iter()
        .map(|(_, text)| format!("{text}\n"))
        .collect();
    assert_eq!(
        RuleTable::load(&[("all.toml".into(), one)])
            .expect("loads")
            .rules
            .len(),
        45
    );
}

#[test]
fn a_case_file_with_a_fault_is_refused_with_its_line() {
    let cases = [
        (
            "[[case]]\nid = 1",
            "line 2: invalid type: integer `1`, expected a string",
        ),
        (
            "[[case]]\nid = \"a\"\nnow = 2026-04-14T08:40:00",
            "line 2: case a: `now` needs an offset such as +08:00",
        ),
        (
            "\n[[case]]\nid = \"a\"\nnow = 2026-04-14T08:40:00Z\nsigns = [\"sneezing\"]",
            "line 3: case a: no sign is called `sneezing`",
        ),
        (
            "[[case]]\nid = \"a\"\nnow = 2026-04-14T08:40:00Z\nperson = { bp_profile = \"who\" }",
            "line 2: case a: no profile is called `who`",
        ),
        (
            "[[case]]\nid = \"a\"\nnow = 2026-04-14T08:40:00Z\nbp = [{ t = 2026-04-14T08:40:00Z, s = 120, d = 80, q = [\"TILT\"] }]",
            "line 2: case a: no quality mark is called `TILT`",
        ),
        (
            "[[case]]\nid = \"a\"\nnow = 2026-04-14T08:40:00Z\nglucose = [{ t = 2026-04-14T08:40:00Z }]",
            "line 2: case a: a glucose reading needs `v` or `flag`",
        ),
    ];
    for (text, wanted) in cases {
        let fault = judge_cases(table(), text).expect_err(text).to_string();
        assert_eq!(fault, wanted);
    }
}

#[test]
fn a_difference_is_reported_and_the_rest_of_the_line_stays() {
    let text = "[[case]]\nid = \"a\"\nnow = 2026-04-14T08:40:00Z\nexpect = { flags = [\"BP-U1\"], session = [120, 80] }";
    let lines = judge_cases(table(), text).expect("a case");
    let json = serde_json::to_value(&lines[0]).expect("json");
    assert_eq!(json["mismatch"]["flags"]["expected"][0], "BP-U1");
    assert_eq!(json["mismatch"]["session"]["came"], serde_json::json!([]));
    assert_eq!(json["flags"], serde_json::json!([]));
    assert_eq!(json["glucose_mmol"], serde_json::Value::Null);
}
