//! JSON schemas of mappings, built from the same definitions as their readers.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::Form;

/// The schema of one mapping while its keys are being collected.
#[derive(Debug, Default)]
pub struct Shape {
    properties: Map<String, Value>,
    required: Vec<Value>,
    one_of: Vec<Vec<Value>>,
    open: bool,
}

impl Shape {
    /// Adds a key with its schema and its description.
    pub fn key(&mut self, key: &str, doc: &str, required: bool, schema: Schema) {
        let mut schema = schema.to_value();
        if let Value::Object(object) = &mut schema
            && !doc.trim().is_empty()
        {
            object.insert("description".to_owned(), Value::from(sentence(doc)));
        }
        self.properties.insert(key.to_owned(), schema);
        if required {
            self.required.push(Value::from(key));
        }
    }

    /// Demands exactly one of the keys.
    pub fn exactly_one(&mut self, keys: &[&str]) {
        self.one_of.push(keys.iter().map(|key| json!({ "required": [key] })).collect());
    }

    /// Adds a group of keys that may be left out as a whole.
    pub fn maybe(&mut self, add: impl FnOnce(&mut Self)) {
        let (groups, required) = (self.one_of.len(), self.required.len());
        add(self);
        self.required.truncate(required);
        for group in &mut self.one_of[groups..] {
            let none = json!({ "not": { "anyOf": group } });
            group.push(none);
        }
    }

    /// Allows any further key.
    pub fn open(&mut self) {
        self.open = true;
    }

    /// The finished schema.
    pub fn finish(self, doc: &str) -> Schema {
        let mut object = Map::new();
        object.insert("type".to_owned(), Value::from("object"));
        if !doc.trim().is_empty() {
            object.insert("description".to_owned(), Value::from(sentence(doc)));
        }
        object.insert("properties".to_owned(), Value::Object(self.properties));
        if !self.required.is_empty() {
            object.insert("required".to_owned(), Value::Array(self.required));
        }
        if !self.one_of.is_empty() {
            let groups = self.one_of.into_iter().map(|group| json!({ "oneOf": group }));
            object.insert("allOf".to_owned(), Value::Array(groups.collect()));
        }
        if !self.open {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        Schema::from(object)
    }
}

/// A doc comment as one line of text.
fn sentence(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A schema that accepts what any of the given ones accepts.
pub fn any_of(schemas: impl IntoIterator<Item = Schema>) -> Schema {
    let schemas: Vec<Value> = schemas.into_iter().map(Schema::to_value).collect();
    json_schema!({ "anyOf": schemas })
}

/// Lets the schema generator name and share the schema of a [`Form`].
pub struct Named<T>(std::marker::PhantomData<T>);

impl<T: Form + NamedForm> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }

    fn schema_id() -> Cow<'static, str> {
        Cow::Borrowed(std::any::type_name::<T>())
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::definition(generator)
    }
}

/// A form whose schema is a definition of its own, referred to by name.
pub trait NamedForm {
    /// The name of the definition.
    const NAME: &'static str;

    /// The schema itself.
    fn definition(generator: &mut SchemaGenerator) -> Schema;
}
