//! Tests of the rules as a whole: case files, faults of rule files, properties.

use std::sync::LazyLock;

use super::*;

mod case_files;
mod explanations;
mod faults;
mod properties;

/// The shipped table.
fn table() -> &'static RuleTable {
    static TABLE: LazyLock<RuleTable> =
        LazyLock::new(|| RuleTable::load(&shipped()).unwrap_or_else(|e| panic!("{e}")));
    &TABLE
}
