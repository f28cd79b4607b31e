//! The head of a roster file: which column is what, by the names that places really use.

use crate::people::entry::half_width;
use crate::words::Words;

/// What a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    Name,
    Pinyin,
    Sex,
    BirthDate,
    Centre,
    Village,
    Phone,
    Citizen,
    Card,
    Hypertension,
    Diabetes,
    AtrialFibrillation,
    OtherConditions,
    RiskDrugs,
    HealthClass,
    LivesAlone,
    ComesOn,
    FastingOn,
    Notes,
}

/// Each column: its word, and the heads it is known by (the two first are those of our own template).
const HEADS: &[(Column, &str, &[&str])] = &[
    (
        Column::Name,
        "name",
        &["姓名", "name", "老人姓名", "名字", "full name"],
    ),
    (Column::Pinyin, "pinyin", &["拼音", "pinyin"]),
    (Column::Sex, "sex", &["性别", "sex", "gender"]),
    (
        Column::BirthDate,
        "birth_date",
        &[
            "出生日期",
            "birth date",
            "生日",
            "出生年月日",
            "出生年月",
            "date of birth",
            "birthday",
        ],
    ),
    (
        Column::Centre,
        "centre",
        &[
            "村站",
            "centre",
            "站点",
            "日间照料中心",
            "照料中心",
            "center",
        ],
    ),
    (
        Column::Village,
        "village",
        &["村", "village", "住址", "村庄", "所在村", "address"],
    ),
    (
        Column::Phone,
        "phone",
        &[
            "电话",
            "phone",
            "联系电话",
            "手机",
            "手机号",
            "手机号码",
            "telephone",
        ],
    ),
    (
        Column::Citizen,
        "citizen",
        &[
            "身份证号",
            "citizen number",
            "身份证",
            "身份证号码",
            "公民身份号码",
            "证件号码",
            "id number",
        ],
    ),
    (
        Column::Card,
        "card",
        &["卡号", "card", "卡", "会员卡号", "card number"],
    ),
    (
        Column::Hypertension,
        "hypertension",
        &["高血压", "hypertension"],
    ),
    (Column::Diabetes, "diabetes", &["糖尿病", "diabetes"]),
    (
        Column::AtrialFibrillation,
        "atrial_fibrillation",
        &["房颤", "atrial fibrillation", "心房颤动"],
    ),
    (
        Column::OtherConditions,
        "other_conditions",
        &["其他疾病", "other conditions", "其它疾病", "既往史"],
    ),
    (
        Column::RiskDrugs,
        "risk_drugs",
        &[
            "易致低血糖的药",
            "drugs that lower glucose too far",
            "低血糖风险药物",
            "降糖药",
        ],
    ),
    (
        Column::HealthClass,
        "health_class",
        &["健康状况分级", "health class", "健康分级", "健康状况"],
    ),
    (
        Column::LivesAlone,
        "lives_alone",
        &["独居", "lives alone", "是否独居"],
    ),
    (
        Column::ComesOn,
        "comes_on",
        &["来站日", "comes on", "来站星期"],
    ),
    (
        Column::FastingOn,
        "fasting_on",
        &["空腹测糖日", "fasting glucose on", "空腹血糖日"],
    ),
    (
        Column::Notes,
        "notes",
        &["备注", "notes", "说明", "remarks"],
    ),
];

impl Column {
    /// Its word: the key of its text is `field-` and this.
    pub fn word(self) -> &'static str {
        HEADS
            .iter()
            .find(|(column, ..)| *column == self)
            .map_or("", |(_, word, _)| word)
    }

    /// The column of a head, however it is spaced and cased. A remark in brackets is no part of the name.
    fn of(head: &str) -> Option<Self> {
        let head = half_width(head).to_lowercase();
        let head = head.split(['(', '[']).next().unwrap_or_default();
        let head: String = head
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '*' | '\''))
            .collect();
        HEADS
            .iter()
            .find(|(_, word, names)| {
                let same = |name: &str| name.replace([' ', '_'], "") == head;
                same(word) || names.iter().any(|name| same(name))
            })
            .map(|(column, ..)| *column)
    }
}

/// The head of a template that this importer reads, in the reader's language.
pub fn template(t: Words) -> Vec<&'static str> {
    let chinese = t.language() == crate::words::Language::Chinese;
    HEADS
        .iter()
        .filter_map(|(_, _, names)| names.get(usize::from(!chinese)).copied())
        .collect()
}

/// Which cell of a line is which column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub of: Vec<Option<Column>>,
    /// Heads that nobody knows; their cells are not read.
    pub unknown: Vec<String>,
    /// A column that stands twice, if any.
    pub twice: Option<Column>,
}

impl Columns {
    pub fn of(heads: &[String]) -> Self {
        let of: Vec<Option<Column>> = heads.iter().map(|head| Column::of(head)).collect();
        let unknown = heads
            .iter()
            .zip(&of)
            .filter(|(head, column)| column.is_none() && !head.trim().is_empty())
            .map(|(head, _)| head.trim().chars().take(40).collect())
            .collect();
        let twice = of
            .iter()
            .enumerate()
            .find(|(at, column)| column.is_some() && of[..*at].contains(column))
            .and_then(|(_, column)| *column);
        Columns { of, unknown, twice }
    }

    pub fn has(&self, column: Column) -> bool {
        self.of.contains(&Some(column))
    }

    /// The cell of this column in a line; empty when the file has none.
    pub fn cell<'a>(&self, cells: &'a [String], column: Column) -> &'a str {
        self.of
            .iter()
            .position(|here| *here == Some(column))
            .and_then(|at| cells.get(at))
            .map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_known_as_places_write_them() {
        for (head, column) in [
            ("姓名", Column::Name),
            (" 姓 名* ", Column::Name),
            ("出生日期（年-月-日）", Column::BirthDate),
            ("Birth_Date", Column::BirthDate),
            ("身份证号码", Column::Citizen),
            ("LIVES ALONE", Column::LivesAlone),
            ("comes_on", Column::ComesOn),
        ] {
            assert_eq!(Column::of(head), Some(column), "{head}");
        }
        assert_eq!(Column::of("血型"), None);
        assert_eq!(Column::of(""), None);
    }

    #[test]
    fn every_head_of_the_template_is_its_own_column() {
        for language in crate::words::Language::ALL {
            let heads: Vec<String> = template(Words::of(language))
                .iter()
                .map(|h| h.to_string())
                .collect();
            let columns = Columns::of(&heads);
            assert_eq!((columns.unknown.len(), columns.twice), (0, None));
            assert_eq!(columns.of.len(), HEADS.len());
        }
        let twice = Columns::of(&["姓名".into(), "血型".into(), "name".into()]);
        assert_eq!(twice.twice, Some(Column::Name));
        assert_eq!(twice.unknown, ["血型"]);
    }
}
