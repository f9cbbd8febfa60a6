//! The arguments of a Web API call, however they came: query, form or JSON.

use serde_json::{Map, Value, json};

/// Why a call could not be read, in Slack's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable(pub &'static str);

/// The arguments by name. A form holds strings only; JSON may hold anything.
#[derive(Clone, Debug, Default)]
pub struct Args {
    map: Map<String, Value>,
    /// What Slack grumbles about but accepts.
    pub warnings: Vec<&'static str>,
}

impl Args {
    /// Reads query and body. `content_type` as the header says.
    pub fn read(query: &str, content_type: Option<&str>, body: &[u8]) -> Result<Self, Unreadable> {
        let mut args = Self::default();
        args.add_form(query.as_bytes())?;
        if body.is_empty() {
            return Ok(args);
        }
        let content_type = content_type.ok_or(Unreadable("missing_post_type"))?;
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let has_charset = parameters.to_ascii_lowercase().contains("charset");
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/json" => {
                if !has_charset {
                    args.warnings.push("missing_charset");
                }
                match serde_json::from_slice(body) {
                    Ok(Value::Object(map)) => args
                        .map
                        .extend(map.into_iter().filter(|(_, value)| !value.is_null())),
                    Ok(_) => return Err(Unreadable("json_not_object")),
                    Err(_) => return Err(Unreadable("invalid_json")),
                }
            }
            "application/x-www-form-urlencoded" => {
                if has_charset {
                    args.warnings.push("superfluous_charset");
                }
                args.add_form(body)?;
            }
            _ => return Err(Unreadable("invalid_post_type")),
        }
        Ok(args)
    }

    fn add_form(&mut self, form: &[u8]) -> Result<(), Unreadable> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_bytes(form).map_err(|_| Unreadable("invalid_form_data"))?;
        self.map.extend(
            pairs
                .into_iter()
                .map(|(name, value)| (name, Value::String(value))),
        );
        Ok(())
    }

    /// Takes the token out, so that it is never recorded.
    pub fn take_token(&mut self) -> Option<String> {
        match self.map.remove("token") {
            Some(Value::String(token)) => Some(token),
            _ => None,
        }
    }

    /// The names that were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }

    /// Everything, for the record.
    pub fn recorded(&self) -> Value {
        Value::Object(self.map.clone())
    }

    /// Whether the argument is there and not an empty string.
    pub fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| value != &json!(""))
    }

    /// A string; nothing when absent, empty or of another type.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.map
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A flag as JSON, `true`/`false` or `1`/`0`.
    pub fn flag(&self, name: &str) -> bool {
        match self.map.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        }
    }

    /// A whole number as JSON or digits; `Err` when something else stands there.
    pub fn number(&self, name: &str) -> Result<Option<i64>, ()> {
        match self.map.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => number.as_i64().map(Some).ok_or(()),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|_| ()),
            Some(_) => Err(()),
        }
    }

    /// A structure, given as JSON or as a string that holds JSON; `Err` when the string does not.
    pub fn structure(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.map.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// A list: a JSON array of strings or a string with commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.map.get(name) {
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            Some(Value::String(text)) => text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Arguments that must be strings but are not, with what is wrong about them.
    pub fn type_errors(&self, structures: &[&str]) -> Vec<String> {
        let wrong = |(name, value): (&String, &Value)| match value {
            Value::Object(_) if !structures.contains(&name.as_str()) => {
                Some(format!("must be a string [json-pointer:/{name}]"))
            }
            _ => None,
        };
        self.map.iter().filter_map(wrong).collect()
    }
}

impl Args {
    /// The fields of a JSON object.
    pub fn of(fields: &Map<String, Value>) -> Self {
        Self {
            map: fields.clone(),
            warnings: Vec::new(),
        }
    }
}
