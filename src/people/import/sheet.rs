//! A file of lines with a head: its separator, its lines with their numbers, and what spoils the whole of it.

use csv::{ReaderBuilder, StringRecord};

use super::columns::{Column, Columns};
use super::text::{Encoding, decoded};
use crate::words::Words;

/// Lines of one file: a whole township, twice.
pub const LINES_MOST: usize = 20_000;
/// Characters of one cell.
const CELL_MOST: usize = 4_000;

/// A line of the file, not yet read as a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As a text editor counts; a cell over several lines counts where it begins.
    pub number: u64,
    pub cells: Vec<String>,
}

/// A file that can be read line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub encoding: Encoding,
    pub columns: Columns,
    pub lines: Vec<Line>,
    /// The line in which a quotation mark was opened and never closed; what follows it cannot be told apart.
    pub open_quote: Option<u64>,
}

/// Why no line of the file can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetFault {
    Empty,
    /// A workbook, a PDF, an archive: no text at all.
    NotText,
    /// No head names this column, without which there is no person.
    Lacks(Column),
    Twice(Column),
    TooMany,
}

impl SheetFault {
    /// The sentence, and what to do.
    pub fn say(&self, t: Words) -> String {
        match self {
            SheetFault::Empty => t.say("sheet-empty"),
            SheetFault::NotText => t.say("sheet-not-text"),
            SheetFault::Lacks(column) => {
                t.with1("sheet-lacks", "field", t.word("field", column.word()))
            }
            SheetFault::Twice(column) => {
                t.with1("sheet-twice", "field", t.word("field", column.word()))
            }
            SheetFault::TooMany => t.with1("sheet-too-many", "most", LINES_MOST),
        }
    }
}

/// Reads a file: finds out how it is written and which mark stands between its cells.
///
/// # Errors
/// [`SheetFault`], when no line can be read.
pub fn read(bytes: &[u8]) -> Result<Sheet, SheetFault> {
    let binary = [
        &b"PK\x03\x04"[..],
        b"\xd0\xcf\x11\xe0",
        b"%PDF",
        b"\x1f\x8b",
    ];
    if binary.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(SheetFault::NotText);
    }
    let (text, encoding) = decoded(bytes);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.contains('\0') {
        return Err(SheetFault::NotText);
    }
    let Some(head) = text.lines().find(|line| !is_blank(line)) else {
        return Err(SheetFault::Empty);
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(head))
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut record = StringRecord::new();
    // The text is UTF-8 and in memory: reading it cannot fail but by running out.
    while reader.read_record(&mut record).unwrap_or(false) {
        let number = record.position().map_or(0, |at| begins_at(&text, at));
        if record.iter().all(is_blank) {
            continue;
        }
        records.push(Line {
            number,
            cells: record
                .iter()
                .map(|cell| cell.chars().take(CELL_MOST).collect())
                .collect(),
        });
        if records.len() > LINES_MOST + 1 {
            return Err(SheetFault::TooMany);
        }
    }
    let lines = records.split_off(1.min(records.len()));
    let columns = Columns::of(records.first().map_or(&[], |head| head.cells.as_slice()));
    if let Some(column) = columns.twice {
        return Err(SheetFault::Twice(column));
    }
    if !columns.has(Column::Name) {
        return Err(SheetFault::Lacks(Column::Name));
    }
    if !columns.has(Column::BirthDate) && !columns.has(Column::Citizen) {
        return Err(SheetFault::Lacks(Column::BirthDate));
    }
    if lines.is_empty() {
        return Err(SheetFault::Empty);
    }
    let open_quote = (text.matches('"').count() % 2 == 1)
        .then(|| lines.last().map(|line| line.number))
        .flatten();
    Ok(Sheet {
        encoding,
        columns,
        lines,
        open_quote,
    })
}

/// The line a record begins in. The library's position is that before the empty lines it left out.
fn begins_at(text: &str, at: &csv::Position) -> u64 {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| **byte == b'\n').count();
    at.line() + empty as u64
}

fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || matches!(c, ',' | ';' | '\t' | '"'))
}

/// The mark that stands most often in the head, outside quotation marks.
fn separator(head: &str) -> u8 {
    let mut outside = true;
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0)];
    for byte in head.bytes() {
        if byte == b'"' {
            outside = !outside;
        }
        for (mark, count) in &mut counts {
            *count += usize::from(outside && byte == *mark);
        }
    }
    // The first of equals: max_by_key would give the last.
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(mark, _)| mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<(u64, usize)> {
        let sheet = read(text.as_bytes()).unwrap();
        sheet
            .lines
            .iter()
            .map(|line| (line.number, line.cells.len()))
            .collect()
    }

    #[test]
    fn lines_have_the_numbers_an_editor_shows() {
        let text = "姓名,出生日期,备注\r\n赵一二,1943-05-01,\"两\r\n行\"\r\n\r\n,,\r\n钱三四,1950-01-01,\r\n";
        assert_eq!(numbers(text), [(2, 3), (6, 3)]);
    }

    #[test]
    fn other_marks_between_cells_are_found() {
        for mark in [",", ";", "\t"] {
            let text = format!("\"姓名\"{mark}出生日期\n\"赵,一;二\"{mark}1943-05-01");
            let sheet = read(text.as_bytes()).unwrap();
            assert_eq!(sheet.lines[0].cells, ["赵,一;二", "1943-05-01"], "{mark:?}");
        }
        assert_eq!(numbers("身份证号,姓名\nx,y\n"), [(2, 2)]);
    }

    #[test]
    fn what_spoils_the_whole_file() {
        let fault = |bytes: &[u8]| read(bytes).unwrap_err();
        assert_eq!(fault(b""), SheetFault::Empty);
        assert_eq!(fault(b"\n , \n"), SheetFault::Empty);
        assert_eq!(fault("姓名,生日\n".as_bytes()), SheetFault::Empty);
        assert_eq!(
            fault("姓名,电话\nx,1\n".as_bytes()),
            SheetFault::Lacks(Column::BirthDate)
        );
        assert_eq!(
            fault("生日,电话\nx,1\n".as_bytes()),
            SheetFault::Lacks(Column::Name)
        );
        assert_eq!(
            fault("姓名,生日,name\nx,1,y\n".as_bytes()),
            SheetFault::Twice(Column::Name)
        );
        assert_eq!(fault(b"PK\x03\x04rest"), SheetFault::NotText);
        assert_eq!(fault(b"a,\0b\n"), SheetFault::NotText);
        let lines = |n: usize| format!("姓名,生日\n{}", "x,1943-05-01\n".repeat(n));
        assert_eq!(
            read(lines(LINES_MOST).as_bytes()).unwrap().lines.len(),
            LINES_MOST
        );
        assert_eq!(fault(lines(LINES_MOST + 1).as_bytes()), SheetFault::TooMany);
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_is_told() {
        let sheet =
            read("姓名,生日\n赵,1943-05-01\n\"钱,1950-01-01\n孙,1951-01-01\n".as_bytes()).unwrap();
        assert_eq!(sheet.open_quote, Some(3));
    }

    proptest::proptest! {
        #[test]
        fn no_file_can_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read(&bytes);
        }
    }
}
