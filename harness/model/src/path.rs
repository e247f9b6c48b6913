//! RFC 9535 paths: parsed once, comparable, able to read and to change a value.

use serde_json::Value;
use serde_json_path::{JsonPath as Query, NormalizedPath, PathElement};

use crate::form::Form;
use crate::yaml::{Diagnostic, Diagnostics, Node};
use schemars::{Schema, SchemaGenerator, json_schema};

/// A parsed path.
#[derive(Debug, Clone)]
pub struct JsonPath {
    text: String,
    query: Query,
    singular: bool,
}

/// Paths are equal when they are written the same.
impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// What a path selects: at most one value for a singular path, else a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Selected<'a> {
    /// The one value, or none.
    One(Option<&'a Value>),
    /// Every selected value in order.
    Many(Vec<&'a Value>),
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let query = Query::parse(text).map_err(|error| format!("`{text}` is no RFC 9535 path: {error}"))?;
        Ok(Self { text: text.to_owned(), singular: is_singular(text), query })
    }

    /// The path as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the path can select at most one value.
    pub fn is_singular(&self) -> bool {
        self.singular
    }

    /// What the path selects.
    pub fn select<'a>(&self, value: &'a Value) -> Selected<'a> {
        let nodes = self.query.query(value);
        if self.singular { Selected::One(nodes.first()) } else { Selected::Many(nodes.all()) }
    }

    /// Replaces every selected value; a singular path may also name a new field of an object.
    ///
    /// # Errors
    /// When the path selects nothing and cannot make it.
    pub fn put(&self, value: &mut Value, new: &Value) -> Result<(), String> {
        let places = pointers(&self.query, value);
        if places.is_empty() && self.singular {
            let (parent, key) = self.parent_and_key().ok_or_else(|| self.nothing())?;
            let places = pointers(&parent.query, value);
            let place = places.first().and_then(|place| value.pointer_mut(place));
            let object = place.and_then(Value::as_object_mut).ok_or_else(|| self.nothing())?;
            object.insert(key, new.clone());
            return Ok(());
        }
        if places.is_empty() {
            return Err(self.nothing());
        }
        for place in places {
            if let Some(place) = value.pointer_mut(&place) {
                *place = new.clone();
            }
        }
        Ok(())
    }

    /// Removes every selected value.
    ///
    /// # Errors
    /// When the path selects nothing.
    pub fn remove(&self, value: &mut Value) -> Result<(), String> {
        let places = pointers(&self.query, value);
        if places.is_empty() {
            return Err(self.nothing());
        }
        // From the back, so that earlier positions of a list stay what they were.
        for place in places.iter().rev() {
            let Some((parent, last)) = place.rsplit_once('/') else { continue };
            let last = last.replace("~1", "/").replace("~0", "~");
            match value.pointer_mut(parent) {
                Some(Value::Object(map)) => {
                    map.shift_remove(&last);
                }
                Some(Value::Array(items)) => {
                    if let Ok(at) = last.parse::<usize>() {
                        items.remove(at);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The JSON pointer of every selected value.
    pub fn pointers(&self, value: &Value) -> Vec<String> {
        pointers(&self.query, value)
    }

    fn nothing(&self) -> String {
        format!("`{}` selects nothing", self.text)
    }

    /// `$.a.b` as the path `$.a` and the key `b`.
    fn parent_and_key(&self) -> Option<(Self, String)> {
        let (parent, key) = self.text.rsplit_once('.')?;
        let plain = !key.is_empty() && key.chars().all(|char| char.is_alphanumeric() || char == '_');
        let parent = Self::parse(parent).ok()?;
        plain.then(|| (parent, key.to_owned()))
    }
}

fn pointers(query: &Query, value: &Value) -> Vec<String> {
    query.query_located(value).locations().map(pointer).collect()
}

/// A normalized path as a JSON pointer.
fn pointer(path: &NormalizedPath<'_>) -> String {
    let mut out = String::new();
    for element in path.iter() {
        out.push('/');
        match element {
            PathElement::Name(name) => out.push_str(&name.replace('~', "~0").replace('/', "~1")),
            PathElement::Index(index) => out.push_str(&index.to_string()),
        }
    }
    out
}

/// Whether every segment of a valid path is one name or one index.
fn is_singular(text: &str) -> bool {
    let mut quote = None;
    let mut previous = ' ';
    for char in text.chars() {
        match (quote, char) {
            (Some(open), char) if open == char && previous != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(char),
            (None, '*' | '?' | ',' | ':') => return false,
            (None, '.') if previous == '.' => return false,
            _ => {}
        }
        previous = char;
    }
    true
}

impl Form for JsonPath {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let text = String::read(node, diagnostics)?;
        Self::parse(&text).map_err(|message| diagnostics.push(Diagnostic::error(node.span, message))).ok()
    }

    fn write(&self) -> Node {
        Node::text(self.text.clone())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^\$" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).expect("a path")
    }

    #[test]
    fn a_path_of_names_and_indices_is_singular() {
        for text in ["$", "$.a.b", "$['a,b']", "$.a[0]", "$['x*'][-1]"] {
            assert!(path(text).is_singular(), "{text}");
        }
        for text in ["$.*", "$..a", "$[0,1]", "$[0:2]", "$[?@.a]"] {
            assert!(!path(text).is_singular(), "{text}");
        }
    }

    #[test]
    fn values_are_replaced_added_and_removed() {
        let mut value = json!({ "a": [{ "n": 1 }, { "n": 2 }, { "n": 3 }] });
        path("$.a[*].n").put(&mut value, &json!(0)).expect("three places");
        path("$.b").put(&mut value, &json!("new")).expect("a new field");
        path("$.a[?@.n == 0]").remove(&mut value).expect("all three");
        assert_eq!(value, json!({ "a": [], "b": "new" }));
        assert!(path("$.x.y").put(&mut value, &json!(1)).is_err());
        assert!(path("$.x").remove(&mut value).is_err());
    }
}
