//! One function per kind of field; each takes what was typed and gives the value or the fault.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

use super::fault::Fault;
use crate::people::details::{HealthClass, RiskDrug, Sex, Weekdays};

/// Characters of a name.
const NAME_MOST: usize = 40;
/// Nobody of the roster is older: a birth date further back is a slip.
pub const OLDEST_YEARS: i16 = 120;
/// Characters of a phone number as it is written.
const PHONE: std::ops::RangeInclusive<usize> = 3..=20;

/// Characters of an e-mail address.
const EMAIL_MOST: usize = 100;

/// Full-width letters, digits and marks as half-width ones: an input method writes them without being asked.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            _ => c,
        })
        .collect()
}

/// Without what stands for nothing: outer blanks, and the apostrophe that keeps a cell from being a formula.
fn bare(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}

/// A person's name, blanks within made one.
pub fn name(text: &str) -> Result<String, Fault> {
    let name = bare(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Fault::NameMissing);
    }
    if name.chars().count() > NAME_MOST {
        return Err(Fault::NameLong(NAME_MOST));
    }
    Ok(name)
}

/// Pinyin as somebody corrected it: letters and blanks, as many as a name may have.
pub fn pinyin(text: &str) -> Result<String, Fault> {
    let pinyin = half_width(text)
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let letters = |c: char| c.is_alphabetic() || matches!(c, ' ' | '\'');
    if !pinyin.chars().all(letters) || pinyin.chars().count() > NAME_MOST * 6 {
        return Err(Fault::PinyinLetters);
    }
    Ok(pinyin)
}

/// A day in one of the ways people write one: `1943-05-01`, `1943/5/1`, `1943.5.1`, `19430501`, `1943年5月1日`.
/// None when it is in none of them.
pub fn day(text: &str) -> Option<Date> {
    let text = half_width(bare(text));
    // A spreadsheet may add midnight.
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        vec![&text[..4], &text[4..6], &text[6..]]
    } else {
        text.trim_end_matches('日')
            .split(['-', '/', '.', '年', '月'])
            .collect()
    };
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let four = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    if !four {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A birth date: not after `today`, and not longer ago than people live.
pub fn birth_date(text: &str, today: Date) -> Result<Date, Fault> {
    if bare(text).is_empty() {
        return Err(Fault::BirthMissing);
    }
    let date = day(text).ok_or(Fault::BirthUnreadable)?;
    if date > today {
        return Err(Fault::BirthAhead);
    }
    let (birthday, now) = ((date.month(), date.day()), (today.month(), today.day()));
    let years = today.year() - date.year() - i16::from(birthday > now);
    if years > OLDEST_YEARS {
        return Err(Fault::BirthTooLong);
    }
    Ok(date)
}

/// A sex; nothing typed is not known.
pub fn sex(text: &str) -> Result<Sex, Fault> {
    match half_width(bare(text)).to_lowercase().as_str() {
        "" | "unknown" | "未知" | "不详" | "未说明" | "0" | "9" => Ok(Sex::Unknown),
        "female" | "f" | "女" | "女性" | "2" => Ok(Sex::Female),
        "male" | "m" | "男" | "男性" | "1" => Ok(Sex::Male),
        _ => Err(Fault::SexUnknown),
    }
}

/// A phone number as it is dialled: digits, with a plus before or blanks, hyphens and brackets within.
pub fn phone(text: &str) -> Result<String, Fault> {
    let phone = half_width(bare(text));
    let phone = phone.trim();
    if phone.is_empty() {
        return Ok(String::new());
    }
    let fits = phone.chars().enumerate().all(|(at, c)| {
        c.is_ascii_digit() || (c == '+' && at == 0) || matches!(c, ' ' | '-' | '(' | ')')
    });
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    if !fits || !PHONE.contains(&digits) || phone.len() > 24 {
        return Err(Fault::PhoneUnreadable);
    }
    Ok(phone.to_owned())
}

/// An e-mail address, as far as a form can tell: one `@` with something on both sides, a dot in the name of
/// the host, nothing that could begin another header. Whether it is somebody's, the first message shows.
pub fn email(text: &str) -> Result<String, Fault> {
    let email = half_width(bare(text));
    let email = email.trim();
    if email.is_empty() {
        return Ok(String::new());
    }
    let plain = email
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',' | ';' | '"'));
    let fits = email.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty()
            && !host.contains('@')
            && host.split('.').count() > 1
            && host.split('.').all(|part| !part.is_empty())
    });
    if !plain || !fits || email.len() > EMAIL_MOST {
        return Err(Fault::EmailUnreadable);
    }
    Ok(email.to_owned())
}

/// Yes or no; nothing typed is no.
pub fn yes_no(text: &str, field: &'static str) -> Result<bool, Fault> {
    match half_width(bare(text)).to_lowercase().as_str() {
        "" | "no" | "n" | "false" | "0" | "否" | "无" | "没有" | "×" => Ok(false),
        "yes" | "y" | "true" | "1" | "是" | "有" | "√" | "✓" | "x" => Ok(true),
        _ => Err(Fault::YesNo(field)),
    }
}

/// Weekdays: `2 5`, `2,5`, `二、五`, `周二 周五`, `Tue Fri`.
pub fn weekdays(text: &str, field: &'static str) -> Result<Weekdays, Fault> {
    let text = half_width(bare(text)).to_lowercase();
    let text = text.replace("星期", " ").replace(['周', '和'], " ");
    let mut days = Weekdays::default();
    for part in text.split([' ', ',', ';', '、', '/', '.']) {
        if part.is_empty() {
            continue;
        }
        // `二五` without anything between, and `25`, are two days each.
        let one = |c: char| -> Option<i8> {
            match c {
                '一' => Some(1),
                '二' => Some(2),
                '三' => Some(3),
                '四' => Some(4),
                '五' => Some(5),
                '六' => Some(6),
                '日' | '天' => Some(7),
                _ => c.to_digit(10).and_then(|d| i8::try_from(d).ok()),
            }
        };
        let named = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            .iter()
            .position(|name| part.starts_with(name))
            .and_then(|at| i8::try_from(at + 1).ok());
        let numbers: Option<Vec<i8>> = match named {
            Some(number) => Some(vec![number]),
            None => part.chars().map(one).collect(),
        };
        for number in numbers.ok_or(Fault::Weekdays(field))? {
            let day =
                Weekday::from_monday_one_offset(number).map_err(|_| Fault::Weekdays(field))?;
            days = days.with(day);
        }
    }
    Ok(days)
}

/// Hypoglycaemia-risk drugs, several with blanks or commas between.
pub fn risk_drugs(text: &str) -> Result<BTreeSet<RiskDrug>, Fault> {
    let text = half_width(bare(text)).to_lowercase();
    text.split([' ', ',', ';', '、', '/'])
        .filter(|part| !part.is_empty() && !matches!(*part, "无" | "no" | "否"))
        .map(|part| match part {
            "insulin" | "胰岛素" => Ok(RiskDrug::Insulin),
            "sulfonylurea" | "sulfonylureas" | "磺脲" | "磺脲类" | "磺酰脲类" => {
                Ok(RiskDrug::Sulfonylurea)
            }
            "glinide" | "glinides" | "格列奈" | "格列奈类" => Ok(RiskDrug::Glinide),
            _ => Err(Fault::Drugs),
        })
        .collect()
}

/// Health class; nothing typed is none.
pub fn health_class(text: &str) -> Result<Option<HealthClass>, Fault> {
    match half_width(bare(text)).to_lowercase().as_str() {
        "" => Ok(None),
        "good" | "良好" | "好" => Ok(Some(HealthClass::Good)),
        "intermediate" | "中等" | "中" => Ok(Some(HealthClass::Intermediate)),
        "poor" | "较差" | "差" => Ok(Some(HealthClass::Poor)),
        _ => Err(Fault::HealthClass),
    }
}

/// One line of text.
pub fn short_text(text: &str, field: &'static str, most: usize) -> Result<String, Fault> {
    let text = bare(text).split_whitespace().collect::<Vec<_>>().join(" ");
    limited(text, field, most)
}

/// Text of several lines.
pub fn long_text(text: &str, field: &'static str, most: usize) -> Result<String, Fault> {
    let text = bare(text).replace("\r\n", "\n");
    let text: String = text
        .chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect();
    limited(text, field, most)
}

fn limited(text: String, field: &'static str, most: usize) -> Result<String, Fault> {
    if text.chars().count() > most {
        return Err(Fault::Long(field, most));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rstest::rstest;

    #[test]
    fn names_are_tidied_and_limited() {
        assert_eq!(name("  赵　一 二 "), Ok("赵 一 二".to_owned()));
        assert_eq!(name("'=1+1"), Ok("=1+1".to_owned()));
        assert_eq!(name(" \u{3000}"), Err(Fault::NameMissing));
        assert_eq!(name("a\u{0}b"), Err(Fault::NameMissing));
        assert!(name(&"一".repeat(39)).is_ok() && name(&"一".repeat(40)).is_ok());
        assert_eq!(name(&"一".repeat(41)), Err(Fault::NameLong(40)));
        assert_eq!(pinyin(" Zhao  Yi'er "), Ok("zhao yi'er".to_owned()));
        assert_eq!(pinyin("zhao1"), Err(Fault::PinyinLetters));
    }

    #[rstest]
    #[case("1943-05-01")]
    #[case("1943/5/1")]
    #[case("1943.05.1")]
    #[case("19430501")]
    #[case("1943年5月1日")]
    #[case("１９４３－０５－０１")]
    #[case(" 1943-05-01 00:00:00 ")]
    fn days_as_people_write_them(#[case] text: &str) {
        assert_eq!(birth_date(text, date(2026, 4, 14)), Ok(date(1943, 5, 1)));
    }

    #[rstest]
    #[case("", Err(Fault::BirthMissing))]
    #[case("43-05-01", Err(Fault::BirthUnreadable))]
    #[case("1943-13-01", Err(Fault::BirthUnreadable))]
    #[case("1943-02-30", Err(Fault::BirthUnreadable))]
    #[case("五月一日", Err(Fault::BirthUnreadable))]
    #[case("15827", Err(Fault::BirthUnreadable))]
    #[case("+943-05-01", Err(Fault::BirthUnreadable))]
    #[case("2026-04-13", Ok(date(2026, 4, 13)))]
    #[case("2026-04-14", Ok(date(2026, 4, 14)))]
    #[case("2026-04-15", Err(Fault::BirthAhead))]
    #[case("1906-04-14", Ok(date(1906, 4, 14)))]
    #[case("1905-04-15", Ok(date(1905, 4, 15)))]
    #[case("1905-04-14", Err(Fault::BirthTooLong))]
    fn birth_dates(#[case] text: &str, #[case] expected: Result<Date, Fault>) {
        assert_eq!(birth_date(text, date(2026, 4, 14)), expected);
    }

    #[rstest]
    #[case("", Ok(""))]
    #[case("120", Ok("120"))]
    #[case("12", Err(Fault::PhoneUnreadable))]
    #[case("+86 138-0000-0000", Ok("+86 138-0000-0000"))]
    #[case("'+8613800000000", Ok("+8613800000000"))]
    #[case("（0512）6555", Ok("(0512)6555"))]
    #[case("12345678901234567890", Ok("12345678901234567890"))]
    #[case("123456789012345678901", Err(Fault::PhoneUnreadable))]
    #[case("138+0", Err(Fault::PhoneUnreadable))]
    #[case("1.38E+10", Err(Fault::PhoneUnreadable))]
    fn phones(#[case] text: &str, #[case] expected: Result<&str, Fault>) {
        assert_eq!(phone(text), expected.map(str::to_owned));
    }

    #[rstest]
    #[case("", Ok(""))]
    #[case(" a.b@example.org ", Ok("a.b@example.org"))]
    #[case("a@b", Err(Fault::EmailUnreadable))]
    #[case("a@b@c.d", Err(Fault::EmailUnreadable))]
    #[case("@b.c", Err(Fault::EmailUnreadable))]
    #[case("a@b..c", Err(Fault::EmailUnreadable))]
    #[case("a b@c.d", Err(Fault::EmailUnreadable))]
    #[case("A <a@b.c>", Err(Fault::EmailUnreadable))]
    fn emails(#[case] text: &str, #[case] expected: Result<&str, Fault>) {
        assert_eq!(email(text), expected.map(str::to_owned));
    }

    #[rstest]
    #[case("二、五", "2 5")]
    #[case("周二 周五", "2 5")]
    #[case("星期二，星期日", "2 7")]
    #[case("Tue, Friday", "2 5")]
    #[case("25", "2 5")]
    #[case("", "")]
    fn weekdays_as_people_write_them(#[case] text: &str, #[case] word: &str) {
        assert_eq!(weekdays(text, "comes_on").unwrap().word(), word);
    }

    #[test]
    fn words_that_are_none_are_faults() {
        assert_eq!(weekdays("8", "comes_on"), Err(Fault::Weekdays("comes_on")));
        assert_eq!(
            weekdays("每天", "comes_on"),
            Err(Fault::Weekdays("comes_on"))
        );
        assert_eq!(yes_no("maybe", "diabetes"), Err(Fault::YesNo("diabetes")));
        assert_eq!(yes_no("√", "diabetes"), Ok(true));
        assert_eq!(sex("雌"), Err(Fault::SexUnknown));
        assert_eq!(sex("女性"), Ok(Sex::Female));
        assert_eq!(risk_drugs("胰岛素、磺脲类").unwrap().len(), 2);
        assert_eq!(risk_drugs("二甲双胍"), Err(Fault::Drugs));
        assert_eq!(health_class("中等"), Ok(Some(HealthClass::Intermediate)));
        assert_eq!(health_class("ok"), Err(Fault::HealthClass));
    }

    #[test]
    fn texts_have_their_limit() {
        for (length, fits) in [(9, true), (10, true), (11, false)] {
            let text = "字".repeat(length);
            assert_eq!(short_text(&text, "village", 10).is_ok(), fits);
            assert_eq!(long_text(&text, "notes", 10).is_ok(), fits);
        }
        assert_eq!(long_text("a\r\nb\u{7}", "notes", 10), Ok("a\nb".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn nothing_typed_can_panic(text in ".{0,24}") {
            let today = date(2026, 4, 14);
            let _ = (name(&text), birth_date(&text, today), phone(&text), weekdays(&text, "comes_on"),
                     risk_drugs(&text), crate::people::entry::citizen(&text));
        }
    }
}
