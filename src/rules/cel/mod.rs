//! Conditions: CEL expressions over named facts, checked before they are ever used.
//!
//! The subset is what a clinic needs to read: names with dots, numbers, `true` and `false`,
//! `== != < <= > >=`, `&&`, `||`, `!` and parentheses. No calls, no arithmetic, no lists, no `?:`.
//! An absent fact is left out of its map; what the language then calls `NoSuchKey` means that the
//! condition does not stand, also under `!`. So a comparison with something unknown is never true.

mod near;
mod scope;
mod walk;

use std::fmt;

use cel::common::ast::operators;
use cel::{ExecutionError, Program, Value};
use rust_decimal::Decimal;

use super::facts::{FactKind, FactValue, Facts};
pub use scope::Scope;
use walk::{Kind, Walk};

/// A condition that passed every check.
pub struct Condition {
    source: String,
    program: Program,
    /// Full paths, in alphabetical order.
    paths: Vec<String>,
    leaves: Vec<Leaf>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.source).finish()
    }
}

/// One comparison of a fact with a number, or one fact that is true or not: what an explanation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    Compared {
        path: String,
        operator: Comparison,
        limit: Decimal,
    },
    /// `negated` when it stands under an odd number of `!`.
    Named { path: String, negated: bool },
}

/// How a fact is compared with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The sign as people read it.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::NotEqual => "≠",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "≤",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => "≥",
        }
    }

    /// Whether the comparison holds.
    pub fn holds(self, value: Decimal, limit: Decimal) -> bool {
        match self {
            Comparison::Equal => value == limit,
            Comparison::NotEqual => value != limit,
            Comparison::Less => value < limit,
            Comparison::LessOrEqual => value <= limit,
            Comparison::Greater => value > limit,
            Comparison::GreaterOrEqual => value >= limit,
        }
    }

    /// The same comparison seen from the other side: `3 < x` is `x > 3`.
    fn mirrored(self) -> Self {
        match self {
            Comparison::Equal => Comparison::Equal,
            Comparison::NotEqual => Comparison::NotEqual,
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        }
    }

    fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            operators::EQUALS => Comparison::Equal,
            operators::NOT_EQUALS => Comparison::NotEqual,
            operators::LESS => Comparison::Less,
            operators::LESS_EQUALS => Comparison::LessOrEqual,
            operators::GREATER => Comparison::Greater,
            operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }
}

/// Why a condition is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionFault {
    #[error("is not an expression: {0}")]
    Syntax(String),
    #[error("no fact is called `{path}`{}", .nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    UnknownFact {
        path: String,
        nearest: Option<String>,
    },
    #[error("`{what}` is {found}, but {wanted} is needed there")]
    WrongType {
        what: String,
        found: &'static str,
        wanted: &'static str,
    },
    #[error(
        "`{0}` is not part of the language of conditions: use names, numbers, comparisons, &&, ||, ! and parentheses"
    )]
    NotAllowed(String),
    #[error("names {0} facts, more than the {MOST_FACTS} that can be tried in every combination")]
    TooManyFacts(usize),
    #[error("names no fact")]
    NoFact,
    #[error("fails when {present:?} are known and the others it names are not: {error}")]
    FailsOnTrial { present: Vec<String>, error: String },
}

/// Every combination of present and absent facts is tried at start: 2^12 runs at most.
const MOST_FACTS: usize = 12;

/// The longest condition read, in bytes, and the deepest nesting: the parser recurses.
const MOST_BYTES: usize = 2000;
const MOST_DEPTH: usize = 64;

impl Condition {
    /// Checks a condition: its grammar, each full path against the catalogue (`kind_of`), the types,
    /// and one run on every combination of present and absent facts.
    ///
    /// # Errors
    /// The first [`ConditionFault`].
    pub fn compile(
        source: &str,
        kind_of: &dyn Fn(&str) -> Option<FactKind>,
        known: &[String],
    ) -> Result<Self, ConditionFault> {
        refuse_oversize(source)?;
        let program = Program::compile(source)
            .map_err(|e| ConditionFault::Syntax(one_line(&e.to_string())))?;
        let mut walk = Walk::new(kind_of, known);
        match walk.kind(program.expression(), false)? {
            Kind::Truth => {}
            Kind::Number => {
                return Err(ConditionFault::WrongType {
                    what: source.to_owned(),
                    found: Kind::Number.words(),
                    wanted: Kind::Truth.words(),
                });
            }
        }
        let paths: Vec<String> = walk.paths.into_iter().collect();
        let leaves = walk.leaves;
        if paths.is_empty() {
            return Err(ConditionFault::NoFact);
        }
        if paths.len() > MOST_FACTS {
            return Err(ConditionFault::TooManyFacts(paths.len()));
        }
        let condition = Condition {
            source: source.to_owned(),
            program,
            paths,
            leaves,
        };
        condition.try_every_combination(kind_of)?;
        Ok(condition)
    }

    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Full paths of the facts it names.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The comparisons and names it is made of, from left to right.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// True when it names a fact of this group (the first part of a path).
    pub fn names_group(&self, group: &str) -> bool {
        self.paths.iter().any(|p| group_of(p) == group)
    }

    /// Whether it stands on these facts. Anything unknown that matters means: it does not.
    pub fn stands(&self, facts: &Scope) -> bool {
        // Every other error was excluded when the file was read: the types are checked, and there is
        // no arithmetic. Were there one after all, a rule that cannot be judged must not hide the rest.
        matches!(self.program.execute(&facts.context), Ok(Value::Bool(true)))
    }

    fn try_every_combination(
        &self,
        kind_of: &dyn Fn(&str) -> Option<FactKind>,
    ) -> Result<(), ConditionFault> {
        for combination in 0u32..(1 << self.paths.len()) {
            let mut facts = Facts::default();
            let mut present = Vec::new();
            for (position, path) in self.paths.iter().enumerate() {
                if combination & (1 << position) == 0 {
                    continue;
                }
                present.push(path.clone());
                facts.set(
                    path,
                    match kind_of(path) {
                        Some(FactKind::Truth) => FactValue::Truth(combination & 1 == 1),
                        Some(FactKind::Count) | None => FactValue::Count(1),
                        Some(FactKind::Measure) => FactValue::Measure(Decimal::ONE),
                    },
                );
            }
            match self.program.execute(&facts.scope().context) {
                Ok(Value::Bool(_)) | Err(ExecutionError::NoSuchKey(_)) => {}
                Ok(other) => {
                    let error = format!("the result is {other:?}, not true or false");
                    return Err(ConditionFault::FailsOnTrial { present, error });
                }
                Err(error) => {
                    return Err(ConditionFault::FailsOnTrial {
                        present,
                        error: error.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}

fn refuse_oversize(source: &str) -> Result<(), ConditionFault> {
    let mut depth = 0usize;
    for c in source.chars() {
        match c {
            '(' | '[' | '{' | '!' | '-' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_DEPTH {
            return Err(ConditionFault::Syntax(format!(
                "nested deeper than {MOST_DEPTH}"
            )));
        }
    }
    if source.len() > MOST_BYTES {
        return Err(ConditionFault::Syntax(format!(
            "longer than {MOST_BYTES} bytes"
        )));
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first part of a path.
pub fn group_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(group, _)| group)
}
