//! Why a rule set is refused.

use crate::rules::cel::ConditionFault;

/// Why a rule set is refused. Says file, line, and what to change; nothing of it is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    #[error("{file}:{line}: {message}")]
    Toml {
        file: String,
        line: usize,
        message: String,
    },
    #[error("the rule set has no [{0}] table: add it to one of its files")]
    MissingTable(&'static str),
    #[error("{file}:{line}: a second [{table}] table: keep one")]
    SecondTable {
        file: String,
        line: usize,
        table: &'static str,
    },
    #[error("{file}:{line}: the {what} `{id}` is defined twice: rename one")]
    DoubleId {
        file: String,
        line: usize,
        what: &'static str,
        id: String,
    },
    #[error("{file}:{line}: rule {rule}: the condition {fault}")]
    Condition {
        file: String,
        line: usize,
        rule: String,
        fault: ConditionFault,
    },
    #[error("{file}:{line}: rule {rule} names no source: give at least one in `src`")]
    RuleWithoutSource {
        file: String,
        line: usize,
        rule: String,
    },
    #[error("{file}:{line}: {owner} names the source `{source_id}`, which no [[source]] defines")]
    UnknownSource {
        file: String,
        line: usize,
        owner: String,
        source_id: String,
    },
    #[error("{file}:{line}: {owner} is of class {class} and names no source")]
    NumberWithoutSource {
        file: String,
        line: usize,
        owner: String,
        class: &'static str,
    },
    #[error("{file}:{line}: rule {rule} is of class L: no flag may stand on a local value")]
    LocalRule {
        file: String,
        line: usize,
        rule: String,
    },
    #[error("{file}:{line}: rule {rule} is of tier `{tier}`, which no [tier.*] defines")]
    UnknownTier {
        file: String,
        line: usize,
        rule: String,
        tier: String,
    },
    #[error("{file}:{line}: no rule is of tier `{tier}`: it can never be reached")]
    UnreachableTier {
        file: String,
        line: usize,
        tier: String,
    },
    #[error(
        "{file}:{line}: rule {rule} can never be reported: rule {before} of the same group has the same condition and comes first"
    )]
    UnreachableRule {
        file: String,
        line: usize,
        rule: String,
        before: String,
    },
    #[error(
        "{file}:{line}: rule {rule}: its group `{group}` also has rules in {other}: keep a group in one file, so that its order is plain"
    )]
    SplitGroup {
        file: String,
        line: usize,
        rule: String,
        group: String,
        other: String,
    },
    #[error(
        "{file}:{line}: rule {rule} needs confirmation but names no pressure, pulse or glucose that a second reading could confirm"
    )]
    NothingToConfirm {
        file: String,
        line: usize,
        rule: String,
    },
    #[error("{file}:{line}: rule {rule}: the {language} sentence is empty")]
    NoSentence {
        file: String,
        line: usize,
        rule: String,
        language: &'static str,
    },
    #[error("{file}:{line}: {owner}: {problem}")]
    Value {
        file: String,
        line: usize,
        owner: String,
        problem: String,
    },
    #[error("{file}:{line}: the default profile `{id}` is not defined")]
    UnknownProfile {
        file: String,
        line: usize,
        id: String,
    },
}
