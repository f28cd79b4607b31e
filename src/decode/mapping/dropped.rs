//! The paths of a profile that are gone before anything else looks at a body.

use serde_json::Value;

use crate::decode::profile::Path;

/// Removes what the paths select; whether there was any.
///
/// It happens before conditions and readings look at the body, so that what a frame gives when it comes and
/// what its kept payload gives later are the same, also by a profile that drops what it reads.
pub(super) fn remove_all(paths: &[Path], root: &mut Value) -> bool {
    let mut dropped = false;
    for path in paths {
        // From the deepest, so that a pointer found earlier still stands where it was found.
        let mut pointers = path.locate(root);
        pointers.sort_by_key(|p| std::cmp::Reverse(p.matches('/').count()));
        for pointer in pointers {
            dropped |= remove(root, &pointer);
        }
    }
    dropped
}

/// Removes a key; an element of an array becomes null, so that its neighbours keep their places.
fn remove(root: &mut Value, pointer: &str) -> bool {
    let Some((parent, step)) = pointer.rsplit_once('/') else {
        return false;
    };
    match root.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields
            .remove(&step.replace("~1", "/").replace("~0", "~"))
            .is_some(),
        Some(Value::Array(items)) => {
            match step.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                Some(item) => {
                    let there = !item.is_null();
                    *item = Value::Null;
                    there
                }
                None => false,
            }
        }
        _ => false,
    }
}
