//! One line of a roster file as a person, or as every fault it has.

use jiff::civil::Date;

use super::columns::{Column, Columns};
use super::sheet::Line;
use crate::people::card::{self, CardNumber, ReaderType};
use crate::people::details::{Details, Sex};
use crate::people::entry::{self, Citizen, Fault};

/// A person as a line gives one.
#[derive(Debug, Clone)]
pub struct Person {
    pub line: u64,
    pub details: Details,
    /// Code or name of a centre as the line has it; empty: none.
    pub centre: String,
    pub citizen: Option<Citizen>,
    pub card: Option<CardNumber>,
}

/// Keeps a value, or notes its fault and goes on with the usual one.
fn take<T>(read: Result<T, Fault>, usual: T, faults: &mut Vec<Fault>) -> T {
    read.unwrap_or_else(|fault| {
        faults.push(fault);
        usual
    })
}

/// Reads one line. `reader` is how the card reader wrote the numbers of the card column.
///
/// # Errors
/// Every fault of the line, in the order of its columns.
pub fn person(
    line: &Line,
    columns: &Columns,
    reader: ReaderType,
    today: Date,
) -> Result<Person, Vec<Fault>> {
    let expected = columns.of.len();
    // Empty cells too many at the end are how spreadsheets save.
    let found = line
        .cells
        .iter()
        .rposition(|cell| !cell.trim().is_empty())
        .map_or(0, |at| at + 1);
    if found > expected || line.cells.len() < expected.min(2) {
        let found = found.max(line.cells.len());
        return Err(vec![Fault::Cells { found, expected }]);
    }
    if line.cells.iter().any(|cell| cell.contains('\u{fffd}')) {
        return Err(vec![Fault::Undecodable]);
    }
    let cell = |column| columns.cell(&line.cells, column);
    let mut faults = Vec::new();
    let f = &mut faults;
    let name = take(entry::name(cell(Column::Name)), String::new(), f);
    let typed_pinyin = take(entry::pinyin(cell(Column::Pinyin)), String::new(), f);
    let mut sex = take(entry::sex(cell(Column::Sex)), Sex::Unknown, f);
    let citizen = take(entry::citizen(cell(Column::Citizen)), None, f);
    let birth_date = birth_date(cell(Column::BirthDate), citizen.as_ref(), today, f);
    if let Some(citizen) = &citizen {
        if sex == Sex::Unknown {
            sex = citizen.sex;
        } else if citizen.sex != Sex::Unknown && citizen.sex != sex {
            f.push(Fault::CitizenSex);
        }
    }
    let card = match cell(Column::Card).trim() {
        "" => None,
        number => match card::read(&entry::half_width(number), reader) {
            Ok(card) => Some(card),
            Err(bad) => {
                f.push(Fault::Card(bad.word()));
                None
            }
        },
    };
    let mut details = Details::new(&name, sex, birth_date.unwrap_or(today));
    if !typed_pinyin.is_empty() {
        details.pinyin = typed_pinyin;
    }
    let yes = |column: Column, f: &mut Vec<Fault>| {
        take(entry::yes_no(cell(column), column.word()), false, f)
    };
    details.hypertension = yes(Column::Hypertension, f);
    details.diabetes = yes(Column::Diabetes, f);
    details.atrial_fibrillation = yes(Column::AtrialFibrillation, f);
    details.lives_alone = yes(Column::LivesAlone, f);
    let short = |column: Column, most, f: &mut Vec<Fault>| {
        take(
            entry::short_text(cell(column), column.word(), most),
            String::new(),
            f,
        )
    };
    details.village = short(Column::Village, 60, f);
    details.other_conditions = short(Column::OtherConditions, 200, f);
    details.phone = take(entry::phone(cell(Column::Phone)), String::new(), f);
    details.risk_drugs = take(
        entry::risk_drugs(cell(Column::RiskDrugs)),
        Default::default(),
        f,
    );
    details.health_class = take(entry::health_class(cell(Column::HealthClass)), None, f);
    let days = |column: Column, f: &mut Vec<Fault>| {
        take(
            entry::weekdays(cell(column), column.word()),
            Default::default(),
            f,
        )
    };
    details.comes_on = days(Column::ComesOn, f);
    details.fasting_on = days(Column::FastingOn, f);
    details.notes = take(
        entry::long_text(cell(Column::Notes), Column::Notes.word(), 1_000),
        String::new(),
        f,
    );
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Person {
        line: line.number,
        details,
        centre: cell(Column::Centre).trim().to_owned(),
        citizen,
        card,
    })
}

/// The birth date of the line, held against the one in the citizen number; taken from there when the line
/// has none.
fn birth_date(
    text: &str,
    citizen: Option<&Citizen>,
    today: Date,
    faults: &mut Vec<Fault>,
) -> Option<Date> {
    let told = citizen.and_then(|citizen| citizen.birth_date);
    if text.trim().is_empty() && told.is_some_and(|date| date <= today) {
        return told;
    }
    match entry::birth_date(text, today) {
        Ok(date) => {
            if told.is_some_and(|told| told != date) {
                faults.push(Fault::CitizenBirth);
            }
            Some(date)
        }
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::import::read;
    use jiff::civil::date;

    fn of(head: &str, line: &str) -> Result<Person, Vec<Fault>> {
        let sheet = read(format!("{head}\n{line}\n").as_bytes()).unwrap();
        person(
            &sheet.lines[0],
            &sheet.columns,
            ReaderType::AsTyped,
            date(2026, 4, 14),
        )
    }

    #[test]
    fn a_full_line_is_a_person() {
        let head = "姓名,性别,出生日期,村站,村,电话,身份证号,卡号,高血压,糖尿病,房颤,其他疾病,易致低血糖的药,健康状况分级,独居,来站日,空腹测糖日,备注";
        let line = "赵一二,女,1949/12/31,c1,甲子村,13800000000,11010519491231002x,9900000001,是,有,否,哮喘,胰岛素,中等,√,二五,5,听力差";
        let person = of(head, line).unwrap();
        let d = &person.details;
        assert_eq!(
            (d.name.as_str(), d.pinyin.as_str(), d.sex),
            ("赵一二", "zhao yi er", Sex::Female)
        );
        assert_eq!(d.birth_date, date(1949, 12, 31));
        assert!(d.hypertension && d.diabetes && !d.atrial_fibrillation && d.lives_alone);
        assert_eq!(
            (d.comes_on.word(), d.fasting_on.word()),
            ("2 5".into(), "5".into())
        );
        assert_eq!((person.line, person.centre.as_str()), (2, "c1"));
        assert!(person.citizen.is_some() && person.card.is_some());
    }

    #[test]
    fn the_citizen_number_gives_what_is_not_written_and_contradicts_what_is() {
        let person = of("姓名,身份证号", "赵一二,11010519491231002X").unwrap();
        assert_eq!(person.details.birth_date, date(1949, 12, 31));
        assert_eq!(person.details.sex, Sex::Female);
        let head = "姓名,性别,出生日期,身份证号";
        assert_eq!(
            of(head, "赵,男,1949-12-31,11010519491231002X").unwrap_err(),
            [Fault::CitizenSex]
        );
        assert_eq!(
            of(head, "赵,女,1949-12-30,11010519491231002X").unwrap_err(),
            [Fault::CitizenBirth]
        );
    }

    #[test]
    fn every_fault_of_a_line_is_named() {
        let head = "姓名,性别,出生日期,电话,高血压";
        assert_eq!(
            of(head, ",中,1943-02-30,x,也许").unwrap_err(),
            [
                Fault::NameMissing,
                Fault::SexUnknown,
                Fault::BirthUnreadable,
                Fault::YesNo("hypertension"),
                Fault::PhoneUnreadable,
            ]
        );
        assert_eq!(
            of(head, "赵,女,1943-05-01,120,是,多").unwrap_err(),
            [Fault::Cells {
                found: 6,
                expected: 5
            }]
        );
        assert_eq!(
            of(head, "赵").unwrap_err(),
            [Fault::Cells {
                found: 1,
                expected: 5
            }]
        );
        // Cells that are not there at the end, or empty ones too many, are how spreadsheets save.
        assert!(of(head, "赵,女,1943-05-01").is_ok());
        assert!(of(head, "赵,女,1943-05-01,,,,,").is_ok());
        assert_eq!(
            of("姓名,生日,卡号", "赵,1943-05-01,12").unwrap_err(),
            [Fault::Card("card_length")]
        );
    }
}
