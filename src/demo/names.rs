//! Names that nobody can mistake for a real person's or place's: a surname with two numerals, a village named
//! after its place in the sixty-year cycle. These are the demo's records, not text of the product.

/// Key (used in topics), Chinese and English name of each village, in order.
pub const VILLAGES: [(&str, &str, &str); 9] = [
    ("jiazi", "甲子村", "Jiazi village"),
    ("yichou", "乙丑村", "Yichou village"),
    ("bingyin", "丙寅村", "Bingyin village"),
    ("dingmao", "丁卯村", "Dingmao village"),
    ("wuchen", "戊辰村", "Wuchen village"),
    ("jisi", "己巳村", "Jisi village"),
    ("gengwu", "庚午村", "Gengwu village"),
    ("xinwei", "辛未村", "Xinwei village"),
    ("renshen", "壬申村", "Renshen village"),
];

/// The first surnames of the "Hundred Family Surnames", in its order, each one character.
const SURNAMES: &str =
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章";
const NUMERALS: &str = "一二三四五六七八九十百千万";

/// The sounds of [`SURNAMES`] and [`NUMERALS`], in their order, without tones.
const SURNAME_SOUNDS: &str = "zhao qian sun li zhou wu zheng wang feng chen chu wei jiang shen han yang \
    zhu qin you xu he lv shi zhang kong cao yan hua jin wei tao jiang qi xie zou yu bai shui dou zhang";
const NUMERAL_SOUNDS: &str = "yi er san si wu liu qi ba jiu shi bai qian wan";

/// An invented name in letters: `zhao yi er`. Other characters are left out.
pub fn pinyin(name: &str) -> String {
    let sound = |character: char, first: bool| {
        let (characters, sounds) = match first {
            true => (SURNAMES, SURNAME_SOUNDS),
            false => (NUMERALS, NUMERAL_SOUNDS),
        };
        let place = characters.chars().position(|known| known == character)?;
        sounds.split_whitespace().nth(place)
    };
    let sounds = name
        .chars()
        .enumerate()
        .filter_map(|(at, character)| sound(character, at == 0));
    sounds.collect::<Vec<_>>().join(" ")
}

/// The `number`th invented name. All are different below 6760, the number of surnames times pairs.
pub fn invented_name(number: usize) -> String {
    let surnames: Vec<char> = SURNAMES.chars().collect();
    let numerals: Vec<char> = NUMERALS.chars().collect();
    let surname = surnames[number % surnames.len()];
    // Coprime steps keep neighbours from looking alike; the pair changes with each turn through the surnames.
    let turn = number / surnames.len();
    let pair = (turn * 29 + number * 5) % (numerals.len() * numerals.len());
    let (first, second) = (
        numerals[pair / numerals.len()],
        numerals[pair % numerals.len()],
    );
    format!("{surname}{first}{second}")
}

/// A card number of ten digits as a wedge reader types it: `99` (no real issuer here), six digits of the
/// bearer, and two digits by ISO 7064 MOD 97-10, so that a single misread digit is never another person's card.
pub fn card_number(number: usize) -> String {
    let body = 99_000_000 + number as u64 % 1_000_000;
    let check = 98 - (body * 100) % 97;
    format!("{body:08}{check:02}")
}

/// A telephone number that cannot ring anywhere.
pub fn telephone(number: usize) -> String {
    format!("000-0000-{:04}", 100 + number % 9_900)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NAMES: usize = 6760;

    #[test]
    fn names_are_all_different() {
        let names: BTreeSet<String> = (0..NAMES).map(invented_name).collect();
        assert_eq!(names.len(), NAMES);
        assert!(names.iter().all(|name| name.chars().count() == 3));
    }

    #[test]
    fn every_name_has_its_sounds() {
        assert_eq!(pinyin("赵一二"), "zhao yi er");
        assert_eq!(pinyin("章百万"), "zhang bai wan");
        assert!((0..NAMES).all(|number| pinyin(&invented_name(number)).split(' ').count() == 3));
    }

    #[test]
    fn no_misread_digit_makes_another_card() {
        let cards: BTreeSet<String> = (0..400).map(card_number).collect();
        assert_eq!(cards.len(), 400);
        for card in &cards {
            assert_eq!(card.parse::<u64>().unwrap() % 97, 1);
            for place in 0..card.len() {
                for digit in '0'..='9' {
                    let mut other: Vec<char> = card.chars().collect();
                    if other[place] == digit {
                        continue;
                    }
                    other[place] = digit;
                    assert!(!cards.contains(&other.into_iter().collect::<String>()));
                }
            }
        }
    }
}
