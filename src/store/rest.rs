//! What a newer Balefire says in a body and this one does not know is handed on with whatever this one writes, so that
//! nothing gets lost while two versions share a database.

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use super::rows::to_json;

/// A body as it was read, beside what this version makes of it.
#[derive(Debug)]
pub(super) struct Rest {
    read: Value,
    known: Value,
}

impl Rest {
    /// What `body` says beyond `known`, which was made of it. None: nothing.
    pub(super) fn of(body: &str, known: &impl Serialize) -> anyhow::Result<Option<Self>> {
        let known = to_json(known)?;
        // As a rule it is to the letter what this version would write.
        if known == body {
            return Ok(None);
        }
        let value = |text: &str| serde_json::from_str(text).context("reading a body once more");
        let (read, known) = (value(body)?, value(&known)?);
        Ok(says_more(&read, &known).then_some(Self { read, known }))
    }

    /// The body for a value that followed from the one that was read.
    pub(super) fn hand_on(&self, next: &impl Serialize) -> anyhow::Result<String> {
        let mut next = serde_json::to_value(next).context("writing JSON for the database")?;
        add(&mut next, &self.read, &self.known);
        to_json(&next)
    }
}

fn says_more(read: &Value, known: &Value) -> bool {
    match (read, known) {
        (Value::Object(read), Value::Object(known)) => {
            read.iter().any(|(name, value)| match known.get(name) {
                Some(known) => says_more(value, known),
                None => true,
            })
        }
        (Value::Array(read), Value::Array(known)) => read
            .iter()
            .zip(known)
            .any(|(read, known)| says_more(read, known)),
        _ => false,
    }
}

/// Adds to `next` what `read` says and `known` does not, wherever the place for it is still there.
fn add(next: &mut Value, read: &Value, known: &Value) {
    match (next, read, known) {
        (Value::Object(next), Value::Object(read), Value::Object(known)) => {
            // Another kind of thing stands in its place.
            if next.get("is") != known.get("is") {
                return;
            }
            for (name, read) in read {
                match (known.get(name), next.get_mut(name)) {
                    (Some(known), Some(next)) => add(next, read, known),
                    (None, None) => {
                        next.insert(name.clone(), read.clone());
                    }
                    (Some(_), None) | (None, Some(_)) => {}
                }
            }
        }
        (Value::Array(next), Value::Array(read), Value::Array(known)) => {
            for (read, known) in read.iter().zip(known) {
                if let Some(next) = next.iter_mut().find(|next| same(next, known)) {
                    add(next, read, known);
                }
            }
        }
        _ => {}
    }
}

/// Whether this item of a list is the one that stood there before: it is the same, or bears its number.
fn same(next: &Value, known: &Value) -> bool {
    next == known || (next["number"].is_u64() && next["number"] == known["number"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(read: Value, known: Value, next: Value, expected: Option<Value>) {
        let rest = Rest::of(&read.to_string(), &known).unwrap();
        let handed_on = rest.map(|rest| rest.hand_on(&next).unwrap());
        let handed_on = handed_on.map(|text| serde_json::from_str::<Value>(&text).unwrap());
        assert_eq!(handed_on, expected);
    }

    #[test]
    fn what_is_not_known_is_handed_on() {
        // Nothing is unknown: the same, what an older version left out, what is written in another way.
        check(json!({"a": 1}), json!({"a": 1}), json!({"a": 2}), None);
        check(
            json!({"a": 1}),
            json!({"a": 1, "b": null}),
            json!({"a": 2}),
            None,
        );
        check(json!({"a": "1"}), json!({"a": 1}), json!({"a": 2}), None);
        // A field, and one further in.
        check(
            json!({"a": 1, "new": [1]}),
            json!({"a": 1}),
            json!({"a": 2}),
            Some(json!({"a": 2, "new": [1]})),
        );
        check(
            json!({"status": {"is": "open", "watch": {"due": 1, "new": 2}}}),
            json!({"status": {"is": "open", "watch": {"due": 1}}}),
            json!({"status": {"is": "open", "watch": {"due": 5}}}),
            Some(json!({"status": {"is": "open", "watch": {"due": 5, "new": 2}}})),
        );
        // Its place is gone.
        check(
            json!({"status": {"is": "open", "new": 2}}),
            json!({"status": {"is": "open"}}),
            json!({"status": {"is": "resolved"}}),
            Some(json!({"status": {"is": "resolved"}})),
        );
        check(
            json!({"last": {"a": 1, "new": 2}}),
            json!({"last": {"a": 1}}),
            json!({"last": null}),
            Some(json!({"last": null})),
        );
        // In a list it stays with its item, also where that has moved or has changed and bears a number.
        check(
            json!([{"a": 1}, {"a": 2, "new": 1}, {"number": 3, "new": 2}]),
            json!([{"a": 1}, {"a": 2}, {"number": 3}]),
            json!([{"a": 2}, {"number": 3, "state": "sent"}, {"a": 4}]),
            Some(json!([{"a": 2, "new": 1}, {"number": 3, "state": "sent", "new": 2}, {"a": 4}])),
        );
    }
}
