//! Facts as the expression language sees them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Value};
use rust_decimal::prelude::ToPrimitive;

use crate::rules::facts::{FactValue, Facts, GROUPS};

/// Facts as the expression language sees them: each group is always a map.
pub struct Scope {
    pub(super) context: Context<'static, 'static>,
}

impl Facts {
    /// These facts for [`Condition::stands`].
    pub fn scope(&self) -> Scope {
        static NO_FUNCTIONS: LazyLock<Arc<Env>> = LazyLock::new(Default::default);
        let mut groups: HashMap<&str, HashMap<String, Value>> =
            GROUPS.iter().map(|g| (*g, HashMap::new())).collect();
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
