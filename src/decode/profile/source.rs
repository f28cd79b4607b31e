//! Where a value comes from: a path in the body, a level of the topic, a key, the account, a constant.

use serde_json::Value;
use serde_json_path::JsonPath;

/// A place in a body: a JSON Pointer (RFC 6901) or a JSONPath (RFC 9535).
#[derive(Debug, Clone)]
pub(in crate::decode) enum Path {
    Pointer(String),
    Query(Box<JsonPath>),
}

impl Path {
    /// `Err` says what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('$') {
            let query = JsonPath::parse(text).map_err(|e| {
                format!(
                    "write a JSONPath (RFC 9535); it breaks at character {}",
                    e.position() + 1
                )
            })?;
            return Ok(Path::Query(Box::new(query)));
        }
        if !text.is_empty() && !text.starts_with('/') {
            return Err(format!("write `/{text}`: a JSON Pointer begins with `/`"));
        }
        let mut rest = text;
        while let Some(at) = rest.find('~') {
            if !matches!(rest.as_bytes().get(at + 1), Some(b'0' | b'1')) {
                return Err("write `~0` for `~` and `~1` for `/` inside a key".into());
            }
            rest = &rest[at + 2..];
        }
        Ok(Path::Pointer(text.to_owned()))
    }

    /// The JSON Pointers, from `root`, of every value this path selects.
    pub fn locate(&self, root: &Value) -> Vec<String> {
        match self {
            Path::Pointer(pointer) => root
                .pointer(pointer)
                .map(|_| pointer.clone())
                .into_iter()
                .collect(),
            Path::Query(query) => query
                .query_located(root)
                .locations()
                .map(|l| l.to_json_pointer())
                .collect(),
        }
    }
}

/// One source of a value.
#[derive(Debug, Clone)]
pub(in crate::decode) enum Source {
    /// From the element of `each`, or the body where there is none.
    Here(Path),
    /// `body:` from the whole body, also inside `each`.
    Body(Path),
    /// `topic:name` or `topic:2`.
    Topic(String),
    /// `key:1`: the nth step on the way to the element of `each`.
    Key(usize),
    /// `account:` the door the frame came through (MQTT user, HTTP source).
    Account,
    /// `const:text`.
    Const(String),
}

/// Sources in order of preference: the first that holds a value counts. With its spelling, for reasons.
#[derive(Debug, Clone)]
pub(in crate::decode) struct Sources(pub Vec<(Source, String)>);

impl Source {
    /// `Err` says what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("body:") {
            return Ok(Source::Body(Path::parse(rest)?));
        }
        if let Some(rest) = text.strip_prefix("const:") {
            return Ok(Source::Const(rest.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("topic:") {
            return Ok(Source::Topic(rest.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("key:") {
            let place = rest.parse().ok().filter(|n| *n >= 1);
            return place
                .map(Source::Key)
                .ok_or_else(|| "write `key:1` for the first key".into());
        }
        if text == "account:" {
            return Ok(Source::Account);
        }
        if let Some((prefix, _)) = text.split_once(':')
            && !text.starts_with(['/', '$'])
        {
            return Err(format!(
                "write `body:`, `topic:`, `key:`, `account:` or `const:` instead of `{prefix}:`"
            ));
        }
        Ok(Source::Here(Path::parse(text)?))
    }
}
