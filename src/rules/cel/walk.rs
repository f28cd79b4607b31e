//! The walk over a parsed condition: which facts it names by their full path, and whether the types fit.
//! (The crate's own `references()` knows the first part of a path only.)

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::parser::Expression;
use rust_decimal::Decimal;

use super::near::nearest;
use super::{Comparison, ConditionFault, Leaf};
use crate::rules::facts::FactKind;
use crate::rules::table::exact;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Truth,
    Number,
}

impl Kind {
    pub(super) fn words(self) -> &'static str {
        match self {
            Kind::Truth => "true or false",
            Kind::Number => "a number",
        }
    }
}

pub(super) struct Walk<'a> {
    kind_of: &'a dyn Fn(&str) -> Option<FactKind>,
    known: &'a [String],
    pub(super) paths: BTreeSet<String>,
    pub(super) leaves: Vec<Leaf>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(kind_of: &'a dyn Fn(&str) -> Option<FactKind>, known: &'a [String]) -> Self {
        Walk {
            kind_of,
            known,
            paths: BTreeSet::new(),
            leaves: Vec::new(),
        }
    }

    /// The kind of an expression; on the way, the facts it names and its leaves.
    pub(super) fn kind(
        &mut self,
        expression: &Expression,
        negated: bool,
    ) -> Result<Kind, ConditionFault> {
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
        Expr::Literal(LiteralValue::Double(d)) => exact(*d.inner()),
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
