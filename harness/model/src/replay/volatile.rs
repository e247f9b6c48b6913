//! What differs from run to run and is not meant: `json $..updated_at`, `headers $.date`.
//!
//! Written like the paths of a failure report, so that one can be copied from there. A change below such a
//! path is no proof of a weak expectation.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::form::Form;
use crate::path::JsonPath;
use crate::yaml::{Diagnostic, Diagnostics, Node};

use super::Facet;

/// A part of an observation that differs from run to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Volatile {
    /// The facet it lies in.
    pub facet: Facet,
    /// Where in the facet.
    pub path: JsonPath,
}

impl Volatile {
    /// Reads `json $.id`; a facet alone is volatile as a whole.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (facet, path) = text.split_once(' ').unwrap_or((text, "$"));
        let known = Facet::from_word(facet).ok_or_else(|| format!("`{facet}` is no facet"))?;
        Ok(Self { facet: known, path: JsonPath::parse(path)? })
    }

    /// The JSON pointers of what is volatile in an observation, below the facet.
    #[must_use]
    pub fn pointers(&self, observed: &Map<String, Value>) -> Vec<String> {
        observed.get(self.facet.word()).map(|value| self.path.pointers(value)).unwrap_or_default()
    }
}

impl Form for Volatile {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let text = String::read(node, diagnostics)?;
        let wrong = |message| {
            let help = "write a facet and a path in it, as in `json $..updated_at` or `headers $.date`";
            diagnostics.push(Diagnostic::error(node.span, message).help(help));
        };
        Self::parse(&text).map_err(wrong).ok()
    }

    fn write(&self) -> Node {
        Node::text(format!("{} {}", self.facet, self.path.text()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^[a-z_0-9]+( \$.*)?$" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_facet_and_a_path_name_every_place_they_select() {
        let volatile = Volatile::parse("json $..at").unwrap();
        let observed = json!({ "json": { "at": 1, "rows": [{ "at": 2 }] } });
        let Value::Object(observed) = observed else { panic!("an object") };
        assert_eq!(volatile.pointers(&observed), ["/at", "/rows/0/at"]);
        assert!(volatile.pointers(&Map::new()).is_empty());
        assert_eq!(Volatile::parse("took").unwrap().path.text(), "$");
        assert!(Volatile::parse("jsn $.a").unwrap_err().contains("no facet"));
        assert!(Volatile::parse("json a").is_err());
    }
}
