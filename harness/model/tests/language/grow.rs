//! Random files out of the schema: every action, every field, without a generator per type.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

/// A small deterministic source of chance.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

const TEXTS: &[&str] = &[
    "alpha",
    "a b",
    "${ws}",
    "x-${unique}-y",
    "",
    "#1",
    "null",
    "12",
    "2026-06-14",
    "quo\"te",
    "new\nline",
    "ä€𝄞",
    "- dash",
    "${now - 5m}",
    "$${raw}",
    "${upper('a')}",
    "true",
    "a: b",
    "{x}",
    "'",
    " lead",
    "trail ",
    "absent",
    "${agents.token(ws)}",
    "${list[-1].name}",
    "*star",
    "&amp",
    "%25",
    "@at",
    "`tick",
    "1.5",
    "0x1F",
    "~",
    ".inf",
];
const NAMES: &[&str] = &["ws", "token", "first_row", "x1"];

/// The schema, made once.
pub(crate) fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(harness_model::schema::replay_schema)
}

/// A random instance of the schema.
pub(crate) struct Grow<'a> {
    root: &'a Value,
    chance: Chance,
    /// Every property key that was written, to see that nothing is out of reach.
    pub(crate) keys: Vec<String>,
}

impl<'a> Grow<'a> {
    pub(crate) fn new(root: &'a Value, chance: Chance) -> Self {
        Self { root, chance, keys: Vec::new() }
    }

    /// A replay.
    pub(crate) fn replay(&mut self) -> Value {
        let root = self.root;
        self.grow(&root["else"], 0)
    }

    fn text(&mut self) -> Value {
        Value::from(self.chance.pick(TEXTS))
    }

    fn grow(&mut self, schema: &'a Value, depth: usize) -> Value {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.trim_start_matches("#/$defs/");
            let root = self.root;
            return match name {
                "Matcher" if depth > 9 => json!("leaf"),
                "Step" if depth > 6 => json!({ "let": { "a": 1 } }),
                _ => self.grow(&root["$defs"][name], depth + 1),
            };
        }
        if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
            let option = &options[self.chance.below(options.len())];
            return self.grow(option, depth);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return words[self.chance.below(words.len())].clone();
        }
        if schema.get("format").is_some() {
            return Value::from(self.chance.pick(&["^a+$", "id=(\\w+)"]));
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            return self.patterned(pattern);
        }
        match schema.get("type") {
            None => self.anything(depth),
            Some(Value::Array(types)) => {
                let kind = &types[self.chance.below(types.len())];
                self.of_type(kind.as_str().unwrap_or("string"), schema, depth)
            }
            Some(kind) => self.of_type(kind.as_str().unwrap_or("string"), schema, depth),
        }
    }

    fn patterned(&mut self, pattern: &str) -> Value {
        let samples: &[&str] = match pattern {
            r"\$\{" => &["${ws}", "${row.count}"],
            r"^\$" => &["$.id", "$", "$.a[0]['b c']", "$..x"],
            pattern if pattern.contains("ms|s") => &["200ms", "1.5s", "10s", "5m", "2h", "90s"],
            pattern if pattern.contains("B/s") => &["100KB/s", "1MiB/s", "7B/s"],
            _ => &["512B", "64KiB", "101MiB", "1.5KB"],
        };
        Value::from(self.chance.pick(samples))
    }

    fn of_type(&mut self, kind: &str, schema: &'a Value, depth: usize) -> Value {
        match kind {
            "null" => Value::Null,
            "boolean" => Value::from(self.chance.one_in(2)),
            "integer" => Value::from(self.chance.below(300)),
            "number" => [json!(0), json!(-7), json!(2.5), json!(1e21)][self.chance.below(4)].clone(),
            "array" => {
                let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1);
                let least = usize::try_from(least).unwrap_or(1);
                let length = if depth > 6 { least } else { least.max(1 + self.chance.below(2)) };
                (0..length).map(|_| self.items(schema, depth)).collect()
            }
            "object" => self.object(schema, depth),
            _ => self.text(),
        }
    }

    fn items(&mut self, schema: &'a Value, depth: usize) -> Value {
        match schema.get("items") {
            Some(items) => self.grow(items, depth + 1),
            None => self.text(),
        }
    }

    fn object(&mut self, schema: &'a Value, depth: usize) -> Value {
        let mut out = Map::new();
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty).clone();
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut chosen: Vec<String> = required.iter().map(|key| (*key).to_owned()).collect();
        let mut taken: Vec<String> = Vec::new();
        for group in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let keys: Vec<&str> = group["oneOf"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|option| option["required"][0].as_str())
                .collect();
            taken.extend(keys.iter().map(|key| (*key).to_owned()));
            let optional = group["oneOf"].as_array().is_some_and(|group| group.len() > keys.len());
            if !(optional && self.chance.one_in(2)) {
                chosen.push(self.chance.pick(&keys).to_owned());
            }
        }
        for key in properties.keys().filter(|key| !taken.contains(key)) {
            if self.chance.one_in(if depth > 8 { 12 } else { 4 }) && !chosen.contains(key) {
                chosen.push(key.clone());
            }
        }
        for key in chosen {
            let schema = &schema["properties"][&key];
            self.keys.push(key.clone());
            out.insert(key, self.grow(schema, depth + 1));
        }
        let more = match schema.get("additionalProperties") {
            Some(more) if more.is_object() || *more == Value::Bool(true) => more,
            None if properties.is_empty() => &Value::Bool(true),
            _ => return Value::Object(out),
        };
        // Beside matcher words a field name would be ambiguous, and one key is what identities take.
        if properties.is_empty() || out.is_empty() {
            out.clear();
            let key = self.chance.pick(NAMES);
            out.insert(
                key.to_owned(),
                if more.is_object() { self.grow(more, depth + 1) } else { self.rows() },
            );
        }
        Value::Object(out)
    }

    /// What a matrix or free mapping takes: a list of texts.
    fn rows(&mut self) -> Value {
        json!([self.text(), self.text()])
    }

    fn anything(&mut self, depth: usize) -> Value {
        match self.chance.below(if depth > 7 { 4 } else { 6 }) {
            0 => Value::Null,
            1 => json!(1.25),
            2 => Value::from(self.chance.one_in(2)),
            3 => self.text(),
            4 => json!([self.anything(depth + 1)]),
            _ => json!({ (self.chance.pick(TEXTS)): self.anything(depth + 1) }),
        }
    }
}
