//! Conditions: CEL expressions over named facts, checked before they are ever used.
//!
//! The subset is what a clinic needs to read: names with dots, numbers, `true` and `false`,
//! `== != < <= > >=`, `&&`, `||`, `!` and parentheses. No calls, no arithmetic, no lists, no `?:`.
//! An absent fact is left out of its map; what the language then calls `NoSuchKey` means that the
//! condition does not stand, also under `!`. So a comparison with something unknown is never true.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::LazyLock;

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::parser::Expression;
use cel::{Context, ExecutionError, Program, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::facts::{FactKind, FactValue, Facts};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Truth,
    Number,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Truth => "true or false",
            Kind::Number => "a number",
        }
    }
}

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
        let mut walk = Walk {
            kind_of,
            known,
            paths: BTreeSet::new(),
            leaves: Vec::new(),
        };
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

struct Walk<'a> {
    kind_of: &'a dyn Fn(&str) -> Option<FactKind>,
    known: &'a [String],
    paths: BTreeSet<String>,
    leaves: Vec<Leaf>,
}

impl Walk<'_> {
    /// The kind of an expression; on the way, the facts it names and its leaves.
    fn kind(&mut self, expression: &Expression, negated: bool) -> Result<Kind, ConditionFault> {
        match &expression.expr {
            Expr::Literal(literal) => literal_kind(literal),
            Expr::Ident(_) | Expr::Select(_) => {
                let path = path_of(expression)?;
                let kind = self.fact(&path)?;
                if kind == Kind::Truth {
                    self.leaves.push(Leaf::Named { path, negated });
                }
                Ok(kind)
            }
            Expr::Call(call) => self.call(call, negated),
            other => Err(ConditionFault::NotAllowed(
                expression_word(other).to_owned(),
            )),
        }
    }

    fn fact(&mut self, path: &str) -> Result<Kind, ConditionFault> {
        let Some(kind) = (self.kind_of)(path) else {
            return Err(ConditionFault::UnknownFact {
                path: path.to_owned(),
                nearest: nearest(path, self.known),
            });
        };
        self.paths.insert(path.to_owned());
        Ok(match kind {
            FactKind::Truth => Kind::Truth,
            FactKind::Count | FactKind::Measure => Kind::Number,
        })
    }

    fn call(&mut self, call: &CallExpr, negated: bool) -> Result<Kind, ConditionFault> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [a, b]) => {
                self.wanted(a, Kind::Truth, negated)?;
                self.wanted(b, Kind::Truth, negated)?;
                Ok(Kind::Truth)
            }
            (operators::LOGICAL_NOT, [a]) => {
                self.wanted(a, Kind::Truth, !negated)?;
                Ok(Kind::Truth)
            }
            (operators::NEGATE, [a]) if literal_of(a).is_some() => {
                self.wanted(a, Kind::Number, negated)?;
                Ok(Kind::Number)
            }
            (operator, [a, b]) if Comparison::of(operator).is_some() => {
                let Some(comparison) = Comparison::of(operator) else {
                    return Err(ConditionFault::NotAllowed(operator.to_owned()));
                };
                self.comparison(comparison, a, b, negated)
            }
            (name, _) => Err(ConditionFault::NotAllowed(
                name.trim_matches(['_', '@']).to_owned(),
            )),
        }
    }

    fn comparison(
        &mut self,
        comparison: Comparison,
        a: &Expression,
        b: &Expression,
        negated: bool,
    ) -> Result<Kind, ConditionFault> {
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        // `x == true` names x inside the comparison, not as a leaf of its own.
        let leaves = self.leaves.len();
        let kind = self.kind(a, negated)?;
        let wanted = if equality { kind } else { Kind::Number };
        if kind != wanted {
            return Err(wrong_type(a, kind, wanted));
        }
        self.wanted(b, wanted, negated)?;
        if kind == Kind::Number {
            self.leaves.truncate(leaves);
            let compared = match (path_of(a), literal_of(b), literal_of(a), path_of(b)) {
                (Ok(path), Some(limit), _, _) => Some((path, comparison, limit)),
                (_, _, Some(limit), Ok(path)) => Some((path, comparison.mirrored(), limit)),
                _ => None,
            };
            if let Some((path, operator, limit)) = compared
                && !negated
            {
                self.leaves.push(Leaf::Compared {
                    path,
                    operator,
                    limit,
                });
            }
        }
        Ok(Kind::Truth)
    }

    fn wanted(
        &mut self,
        expression: &Expression,
        wanted: Kind,
        negated: bool,
    ) -> Result<(), ConditionFault> {
        let kind = self.kind(expression, negated)?;
        if kind == wanted {
            Ok(())
        } else {
            Err(wrong_type(expression, kind, wanted))
        }
    }
}

fn wrong_type(expression: &Expression, found: Kind, wanted: Kind) -> ConditionFault {
    let what = path_of(expression)
        .ok()
        .or_else(|| literal_of(expression).map(|l| l.to_string()))
        .unwrap_or_else(|| expression_word(&expression.expr).to_owned());
    ConditionFault::WrongType {
        what,
        found: found.words(),
        wanted: wanted.words(),
    }
}

/// The full path that a chain of names and dots spells.
fn path_of(expression: &Expression) -> Result<String, ConditionFault> {
    match &expression.expr {
        Expr::Ident(name) => Ok(name.clone()),
        Expr::Select(select) if !select.test => {
            Ok(format!("{}.{}", path_of(&select.operand)?, select.field))
        }
        other => Err(ConditionFault::NotAllowed(
            expression_word(other).to_owned(),
        )),
    }
}

fn literal_of(expression: &Expression) -> Option<Decimal> {
    match &expression.expr {
        Expr::Literal(LiteralValue::Int(i)) => Some(Decimal::from(*i.inner())),
        Expr::Literal(LiteralValue::Double(d)) => super::table::exact(*d.inner()),
        Expr::Call(call) if call.func_name == operators::NEGATE => {
            call.args.first().and_then(literal_of).map(|v| -v)
        }
        _ => None,
    }
}

fn literal_kind(literal: &LiteralValue) -> Result<Kind, ConditionFault> {
    match literal {
        LiteralValue::Boolean(_) => Ok(Kind::Truth),
        LiteralValue::Int(_) | LiteralValue::Double(_) => Ok(Kind::Number),
        LiteralValue::UInt(_) => Err(ConditionFault::NotAllowed("an unsigned number".to_owned())),
        LiteralValue::String(_) | LiteralValue::Bytes(_) => {
            Err(ConditionFault::NotAllowed("a text".to_owned()))
        }
        LiteralValue::Null => Err(ConditionFault::NotAllowed("null".to_owned())),
    }
}

fn expression_word(expression: &Expr) -> &'static str {
    match expression {
        Expr::Unspecified => "nothing",
        Expr::Call(_) => "a call",
        Expr::Comprehension(_) => "a loop",
        Expr::Ident(_) => "a name",
        Expr::List(_) => "a list",
        Expr::Literal(_) => "a literal",
        Expr::Map(_) => "a map",
        Expr::Select(_) => "has()",
        Expr::Struct(_) => "a structure",
    }
}

/// The known path with as many parts that differs in the fewest letters, when that is few enough to be
/// a slip; of several, the one that begins alike for longest.
fn nearest(path: &str, known: &[String]) -> Option<String> {
    let dots = |text: &str| text.matches('.').count();
    let alike = |k: &str| {
        path.chars()
            .zip(k.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    known
        .iter()
        .filter(|k| dots(k) == dots(path))
        .map(|k| (distance(path, k), std::cmp::Reverse(alike(k)), k))
        .min()
        .filter(|(letters, ..)| *letters <= 3)
        .map(|(.., k)| k.clone())
}

/// Letters to change, add or drop (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let changed = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Facts as the expression language sees them: each group is always a map.
pub struct Scope {
    context: Context<'static, 'static>,
}

impl Facts {
    /// These facts for [`Condition::stands`].
    pub fn scope(&self) -> Scope {
        static NO_FUNCTIONS: LazyLock<std::sync::Arc<cel::Env>> = LazyLock::new(Default::default);
        let mut groups: HashMap<&str, HashMap<String, Value>> = super::facts::GROUPS
            .iter()
            .map(|g| (*g, HashMap::new()))
            .collect();
        for (path, value) in self.iter() {
            if let Some((group, name)) = path.split_once('.') {
                groups
                    .entry(group)
                    .or_default()
                    .insert(name.to_owned(), cel_value(*value));
            }
        }
        let mut context = Context::with_env(NO_FUNCTIONS.clone());
        for (group, facts) in groups {
            context.add_variable_from_value(group, facts);
        }
        Scope { context }
    }
}

/// A measure becomes the binary number nearest to it, which is also what the same digits in a
/// condition become: equal decimals stay equal, so `<=` and `>=` are exact at their limits.
fn cel_value(value: FactValue) -> Value {
    match value {
        FactValue::Truth(truth) => Value::Bool(truth),
        FactValue::Count(count) => Value::Int(count),
        FactValue::Measure(measure) => Value::Float(
            measure
                .to_string()
                .parse()
                .ok()
                .or(measure.to_f64())
                .unwrap_or(f64::NAN),
        ),
    }
}
