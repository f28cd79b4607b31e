//! Every way in which an entry can be refused, and its sentence.

use crate::words::Words;

/// Why a field, or a line of a file, is refused. Holds no value of a person: numbers of lines and words only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    NameMissing,
    /// Longer than so many characters.
    NameLong(usize),
    PinyinLetters,
    BirthMissing,
    BirthUnreadable,
    BirthAhead,
    BirthTooLong,
    SexUnknown,
    PhoneUnreadable,
    EmailUnreadable,
    /// The field, and what may stand there.
    YesNo(&'static str),
    Weekdays(&'static str),
    Drugs,
    HealthClass,
    /// The field, longer than so many characters.
    Long(&'static str, usize),
    DayUnreadable,
    /// A day before the first or after the last that may stand here.
    DayOutside,
    ReasonMissing,
    /// A limit that nobody sets: not within these, or with more than one decimal.
    LimitOutside {
        least: u32,
        most: u32,
    },
    CentreMissing,
    CentreUnknown,
    /// A centre that is not the importing person's own.
    CentreForeign,
    CitizenLength,
    CitizenCheck,
    /// A spreadsheet rounded it: `1.10105E+17`.
    CitizenRounded,
    /// Birth date or sex in the number are not those of the line.
    CitizenBirth,
    CitizenSex,
    /// Stands in that earlier line too.
    CitizenTwice(u64),
    /// Belongs to somebody of the roster.
    CitizenTaken,
    /// A word of `people::card::BadCard`.
    Card(&'static str),
    CardTwice(u64),
    CardTaken,
    /// So many cells where the head has so many.
    Cells {
        found: usize,
        expected: usize,
    },
    /// Bytes that are neither UTF-8 nor GB 18030.
    Undecodable,
    /// A quotation mark is not closed: everything after it would be one cell.
    OpenQuote,
}

impl Fault {
    /// The sentence, without the line it is about.
    pub fn say(&self, t: Words) -> String {
        match self {
            Fault::NameMissing => t.say("fault-name-missing"),
            Fault::NameLong(most) => t.with1("fault-name-long", "most", *most),
            Fault::PinyinLetters => t.say("fault-pinyin-letters"),
            Fault::BirthMissing => t.say("fault-birth-missing"),
            Fault::BirthUnreadable => t.say("fault-birth-unreadable"),
            Fault::BirthAhead => t.say("fault-birth-ahead"),
            Fault::BirthTooLong => t.say("fault-birth-too-long"),
            Fault::SexUnknown => t.say("fault-sex-unknown"),
            Fault::PhoneUnreadable => t.say("fault-phone-unreadable"),
            Fault::YesNo(field) => t.with1("fault-yes-no", "field", t.word("field", field)),
            Fault::Weekdays(field) => t.with1("fault-weekdays", "field", t.word("field", field)),
            Fault::Drugs => t.say("fault-drugs"),
            Fault::HealthClass => t.say("fault-health-class"),
            Fault::Long(field, most) => t.with(
                "fault-long",
                [
                    ("field", t.word("field", field).into()),
                    ("most", (*most).into()),
                ],
            ),
            Fault::EmailUnreadable => t.say("fault-email-unreadable"),
            Fault::DayUnreadable => t.say("fault-day-unreadable"),
            Fault::DayOutside => t.say("fault-day-outside"),
            Fault::ReasonMissing => t.say("fault-reason-missing"),
            Fault::LimitOutside { least, most } => t.with(
                "fault-limit-outside",
                [("least", (*least).into()), ("most", (*most).into())],
            ),
            Fault::CentreMissing => t.say("fault-centre-missing"),
            Fault::CentreUnknown => t.say("fault-centre-unknown"),
            Fault::CentreForeign => t.say("fault-centre-foreign"),
            Fault::CitizenLength => t.say("fault-citizen-length"),
            Fault::CitizenCheck => t.say("fault-citizen-check"),
            Fault::CitizenRounded => t.say("fault-citizen-rounded"),
            Fault::CitizenBirth => t.say("fault-citizen-birth"),
            Fault::CitizenSex => t.say("fault-citizen-sex"),
            Fault::CitizenTwice(line) => t.with1("fault-citizen-twice", "line", *line),
            Fault::CitizenTaken => t.say("fault-citizen-taken"),
            Fault::Card(word) => t.word("fault", word),
            Fault::CardTwice(line) => t.with1("fault-card-twice", "line", *line),
            Fault::CardTaken => t.say("fault-card-taken"),
            Fault::Cells { found, expected } => t.with(
                "fault-cells",
                [("found", (*found).into()), ("expected", (*expected).into())],
            ),
            Fault::Undecodable => t.say("fault-undecodable"),
            Fault::OpenQuote => t.say("fault-open-quote"),
        }
    }
}
