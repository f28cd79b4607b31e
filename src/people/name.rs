//! Names in pinyin, and whether what somebody typed means a name.

use pinyin::ToPinyin;

/// Surnames that are not read as the character usually is (百家姓 and 新华字典, entries 姓). The longer ones first.
const SURNAMES: &[(&str, &str)] = &[
    ("尉迟", "yu chi"),
    ("万俟", "mo qi"),
    ("长孙", "zhang sun"),
    ("澹台", "tan tai"),
    ("宿勤", "su qin"),
    ("曾", "zeng"),
    ("单", "shan"),
    ("仇", "qiu"),
    ("解", "xie"),
    ("查", "zha"),
    ("任", "ren"),
    ("朴", "piao"),
    ("盖", "ge"),
    ("翟", "zhai"),
    ("乐", "yue"),
    ("缪", "miao"),
    ("区", "ou"),
    ("覃", "qin"),
    ("冼", "xian"),
    ("秘", "bi"),
    ("重", "chong"),
    ("员", "yun"),
    ("折", "she"),
    ("繁", "po"),
    ("召", "shao"),
    ("葛", "ge"),
    ("那", "na"),
    ("黑", "he"),
    ("逄", "pang"),
    ("种", "chong"),
    ("洗", "xian"),
    ("燕", "yan"),
    ("华", "hua"),
    ("宁", "ning"),
    ("纪", "ji"),
    ("尹", "yin"),
    ("贾", "jia"),
    ("沈", "shen"),
    ("瞿", "qu"),
    ("隗", "wei"),
    ("臧", "zang"),
    ("褚", "chu"),
    ("卜", "bu"),
    ("费", "fei"),
    ("郝", "hao"),
];

/// Syllables with spaces between, without tones and with v for ü: `赵一二` is `zhao yi er`. Other letters stay, in
/// lower case; marks and digits do not. A given name read in a rarer way is put right by hand.
pub fn pinyin_of(name: &str) -> String {
    let name = name.trim();
    let special = SURNAMES.iter().find(|(surname, _)| {
        name.strip_prefix(surname)
            .is_some_and(|rest| !rest.is_empty())
    });
    let (mut syllables, rest) = match special {
        Some((surname, read)) => (
            read.split(' ').map(str::to_owned).collect(),
            &name[surname.len()..],
        ),
        None => (Vec::new(), name),
    };
    let mut latin = String::new();
    for c in rest.chars() {
        match c.to_pinyin() {
            Some(read) => {
                syllables.extend((!latin.is_empty()).then(|| std::mem::take(&mut latin)));
                syllables.push(plain(read.plain()));
            }
            None if c.is_alphabetic() => latin.extend(c.to_lowercase()),
            // Blanks, dots between parts of a name, and whatever else nobody would type to find it.
            None => syllables.extend((!latin.is_empty()).then(|| std::mem::take(&mut latin))),
        }
    }
    syllables.extend((!latin.is_empty()).then_some(latin));
    syllables.join(" ")
}

/// Lower case, v for ü.
fn plain(text: &str) -> String {
    text.to_lowercase().replace("u:", "v").replace('ü', "v")
}

/// The first letter of each syllable: `zhao yi er` is `zye`.
pub fn initials(pinyin: &str) -> String {
    pinyin
        .split_whitespace()
        .filter_map(|syllable| syllable.chars().next())
        .collect()
}

/// How well a name fits what was typed; the smaller, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is the name, or the whole of its pinyin or initials.
    Whole,
    /// The name, its pinyin or its initials begin so.
    Begin,
    /// Some part of the name, or syllables within, do.
    Within,
}

/// Whether `typed` (a name, pinyin with or without spaces, initials; any case) means this person. Nothing
/// typed means everybody.
pub fn fits(name: &str, pinyin: &str, typed: &str) -> Option<Fit> {
    let typed: String = plain(typed).split_whitespace().collect();
    if typed.is_empty() {
        return Some(Fit::Begin);
    }
    let name: String = name.to_lowercase().split_whitespace().collect();
    let fit = |text: &str| match text.strip_prefix(typed.as_str()) {
        Some("") => Some(Fit::Whole),
        Some(_) => Some(Fit::Begin),
        None => None,
    };
    let by_name = fit(&name).or_else(|| name.contains(&typed).then_some(Fit::Within));
    let computed;
    let pinyin = if pinyin.trim().is_empty() {
        computed = pinyin_of(&name);
        &computed
    } else {
        pinyin
    };
    let syllables: Vec<String> = plain(pinyin)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let letters = initials(&syllables.join(" "));
    // A part of the pinyin counts from the beginning of a syllable: "an" is not found in "wang".
    let within = (1..syllables.len()).any(|from| fit(&syllables[from..].concat()).is_some());
    let by_pinyin = fit(&syllables.concat()).or(within.then_some(Fit::Within));
    [by_name, by_pinyin, fit(&letters)]
        .into_iter()
        .flatten()
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("赵一二", "zhao yi er")]
    #[case("曾国", "zeng guo")]
    #[case("单于", "shan yu")]
    #[case("任我行", "ren wo xing")]
    #[case("尉迟恭", "yu chi gong")]
    #[case("曾", "ceng")]
    #[case("吕绿", "lv lv")]
    #[case("阿卜杜·热合曼", "a bo du re he man")]
    #[case("Anna Berg", "anna berg")]
    #[case(" 王 芳 ", "wang fang")]
    #[case("=1+1", "")]
    #[case("测试0", "ce shi")]
    #[case("", "")]
    fn names_in_pinyin(#[case] name: &str, #[case] pinyin: &str) {
        assert_eq!(pinyin_of(name), pinyin);
    }

    #[rstest]
    #[case("赵一二", Some(Fit::Whole))]
    #[case("赵", Some(Fit::Begin))]
    #[case("一二", Some(Fit::Within))]
    #[case("zhao yi er", Some(Fit::Whole))]
    #[case("ZhaoYi", Some(Fit::Begin))]
    #[case("zye", Some(Fit::Whole))]
    #[case("zy", Some(Fit::Begin))]
    #[case("yier", Some(Fit::Within))]
    #[case("ye", None)]
    #[case("hao", None)]
    #[case("钱", None)]
    #[case("  ", Some(Fit::Begin))]
    fn what_was_typed(#[case] typed: &str, #[case] fit: Option<Fit>) {
        assert_eq!(fits("赵一二", "zhao yi er", typed), fit);
        assert_eq!(fits("赵一二", "", typed), fit, "without stored pinyin");
    }

    #[test]
    fn u_with_dots_can_be_typed_in_three_ways() {
        for typed in ["lv", "lü", "LV"] {
            assert!(fits("吕布", "lv bu", typed).is_some(), "{typed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_typed_can_panic(name in ".{0,12}", pinyin in ".{0,12}", typed in ".{0,12}") {
            fits(&name, &pinyin, &typed);
        }
    }
}
