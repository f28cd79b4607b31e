//! A roster as a spreadsheet saves it: bytes to lines, lines to persons, and every fault by its line.

mod columns;
mod line;
mod sheet;
mod text;

pub use columns::{Column, Columns, template};
pub use line::{Person, person};
pub use sheet::{LINES_MOST, Line, Sheet, SheetFault, read};
pub use text::{Encoding, decoded};
