//! Matchers from YAML.
//!
//! A scalar demands equality (a bare word such as `absent` is its matcher), a list demands its
//! items, a mapping is either matcher words (`{ at_least: 1, at_most: 3 }`) or fields
//! (`{ status: online }`). Keys that start with `$` are paths and go with both. A mapping that
//! mixes words and field names is refused: `fields:` says that a name is meant.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Field, FieldKey, Kind, Matcher, Pattern, TypeName, Word};
use crate::form::{Form, Many, NameVisitor, wrong_kind};
use crate::path::JsonPath;
use crate::template::{Template, TemplateValue};
use crate::yaml::{Diagnostic, Diagnostics, Entry, Node, Tree, nearest};

impl Form for Pattern {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let kind = match &node.tree {
            Tree::Text(text) => match Word::from_word(text).filter(|word| word.is_bare()) {
                Some(word) => bare(word),
                None => Kind::Equals(TemplateValue::read(node, diagnostics)?),
            },
            Tree::Null | Tree::Bool(_) | Tree::Number(_) => {
                Kind::Equals(TemplateValue::read(node, diagnostics)?)
            }
            Tree::List(_) => Kind::Items(Vec::read(node, diagnostics)?),
            Tree::Map(entries) if entries.iter().any(|entry| entry.key.text == "$file") => {
                Kind::Equals(TemplateValue::read(node, diagnostics)?)
            }
            Tree::Map(entries) => mapping(node, entries, diagnostics)?,
        };
        Some(Self { kind, span: node.span })
    }

    fn write(&self) -> Node {
        super::write::write(self)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<super::words::MatcherSchema>()
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.literals(&mut |literal| literal.names(visit));
    }
}

fn bare<L>(word: Word) -> Kind<L> {
    match word {
        Word::Absent => Kind::Absent,
        Word::Empty => Kind::Empty,
        Word::Uuid => Kind::Uuid,
        Word::Rfc3339 => Kind::Rfc3339,
        Word::Base64 => Kind::Base64,
        _ => Kind::Present,
    }
}

/// What a key of a mapping is.
enum Role {
    Word(Word),
    Path,
    Name,
}

fn role(entry: &Entry) -> Role {
    match Word::from_word(&entry.key.text) {
        _ if entry.key.text.starts_with('$') && !entry.key.text.starts_with("${") => Role::Path,
        Some(word) => Role::Word(word),
        None => Role::Name,
    }
}

fn mapping(node: &Node, entries: &[Entry], diagnostics: &mut Diagnostics) -> Option<Kind<TemplateValue>> {
    let word = entries.iter().find(|entry| matches!(role(entry), Role::Word(_)));
    let name = entries.iter().find(|entry| matches!(role(entry), Role::Name));
    if let (Some(word), Some(name)) = (word, name) {
        diagnostics.push(mixed(word, name));
        return None;
    }
    if word.is_none() {
        let slips: Vec<_> = entries.iter().filter_map(slip).collect();
        let read = fields(entries.iter(), diagnostics);
        if slips.is_empty() {
            return read.map(Kind::Fields);
        }
        slips.into_iter().for_each(|slip| diagnostics.push(slip));
        return None;
    }
    let words: Vec<_> = entries
        .iter()
        .filter_map(|entry| match role(entry) {
            Role::Word(word) => Some(one(word, entry, diagnostics)),
            _ => None,
        })
        .collect();
    let paths = entries.iter().filter(|entry| matches!(role(entry), Role::Path));
    let paths = fields(paths, diagnostics);
    let mut all: Vec<Pattern> = words.into_iter().collect::<Option<_>>()?;
    let paths = paths?;
    if !paths.is_empty() {
        all.push(Matcher { kind: Kind::Fields(paths), span: node.span });
    }
    match all.len() {
        1 => all.pop().map(|only| only.kind),
        _ => Some(Kind::Together(all)),
    }
}

fn mixed(word: &Entry, name: &Entry) -> Diagnostic {
    let message = format!("`{}` is a matcher and `{}` is a field", word.key.text, name.key.text);
    let finding = Diagnostic::error(name.key.span, message).label(word.key.span, "the matcher");
    match nearest(&name.key.text, Word::WORDS.iter().copied()) {
        Some(near) => finding.help(format!("did you mean the matcher `{near}`?")),
        None => finding.help(format!("for a field named `{}` write `fields: {{ … }}`", word.key.text)),
    }
}

/// A field that was probably meant to be a matcher: taken for a field it would hold of nothing, or of everything.
fn slip(entry: &Entry) -> Option<Diagnostic> {
    let name = entry.key.text.as_str();
    let word = Word::meant_by(name)?;
    let message = format!("`{name}` is no matcher and would be a field");
    let help = format!(
        "did you mean the matcher `{word}`? A field of this name is written `fields: {{ {name}: … }}`"
    );
    Some(Diagnostic::error(entry.key.span, message).help(help))
}

fn fields<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Field<TemplateValue>>> {
    let read: Vec<_> = entries
        .map(|entry| {
            let key = field_key(entry, diagnostics);
            let value = Pattern::read(&entry.value, diagnostics);
            Some(Field { key: key?, value: value?, span: entry.key.span })
        })
        .collect();
    read.into_iter().collect()
}

fn field_key(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<FieldKey<TemplateValue>> {
    let key = &entry.key;
    let template = Template::parse(&key.text, key.span)
        .map_err(|message| diagnostics.push(Diagnostic::error(key.span, message)))
        .ok()?;
    if !matches!(role(entry), Role::Path) {
        return Some(FieldKey::Name(TemplateValue::Text(template)));
    }
    if let Some(Err(message)) = template.as_literal().map(JsonPath::parse) {
        diagnostics.push(Diagnostic::error(key.span, message));
        return None;
    }
    Some(FieldKey::Path(TemplateValue::Text(template)))
}

/// One matcher word with its argument.
fn one(word: Word, entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Pattern> {
    let node = &entry.value;
    let kind = match word {
        Word::Equals => Kind::Equals(leaf(node, diagnostics)?),
        Word::Exact => Kind::Exact(Box::read(node, diagnostics)?),
        Word::Contains => Kind::Contains(Many::read(node, diagnostics)?.0),
        Word::Matches => Kind::Matches(regex(node, diagnostics)?),
        Word::StartsWith => Kind::StartsWith(leaf(node, diagnostics)?),
        Word::EndsWith => Kind::EndsWith(leaf(node, diagnostics)?),
        Word::Length => Kind::Length(Box::read(node, diagnostics)?),
        Word::AtLeast => Kind::AtLeast(leaf(node, diagnostics)?),
        Word::AtMost => Kind::AtMost(leaf(node, diagnostics)?),
        Word::MoreThan => Kind::MoreThan(leaf(node, diagnostics)?),
        Word::LessThan => Kind::LessThan(leaf(node, diagnostics)?),
        Word::Between => between(node, diagnostics)?,
        Word::OneOf => Kind::OneOf(Vec::read(node, diagnostics)?),
        Word::Type => Kind::Type(TypeName::read(node, diagnostics)?),
        Word::Unordered => Kind::Unordered(Vec::read(node, diagnostics)?),
        Word::Each => Kind::Each(Box::read(node, diagnostics)?),
        Word::Any => Kind::Any(Box::read(node, diagnostics)?),
        Word::AllOf => Kind::AllOf(Vec::read(node, diagnostics)?),
        Word::AnyOf => Kind::AnyOf(Vec::read(node, diagnostics)?),
        Word::Not => Kind::Not(Box::read(node, diagnostics)?),
        Word::JsonSchema => Kind::JsonSchema(leaf(node, diagnostics)?),
        Word::Fields => match node.as_map() {
            Some(entries) => Kind::Fields(fields(entries.iter(), diagnostics)?),
            None => return wrong_kind(node, "a mapping", diagnostics),
        },
        Word::Absent | Word::Present | Word::Empty | Word::Uuid | Word::Rfc3339 | Word::Base64 => {
            crate::form::Yes::read(node, diagnostics)?;
            bare(word)
        }
    };
    Some(Matcher { kind, span: entry.key.span })
}

fn leaf(node: &Node, diagnostics: &mut Diagnostics) -> Option<TemplateValue> {
    TemplateValue::read(node, diagnostics)
}

fn between(node: &Node, diagnostics: &mut Diagnostics) -> Option<Kind<TemplateValue>> {
    match Vec::<TemplateValue>::read(node, diagnostics)?.as_slice() {
        [low, high] => Some(Kind::Between(low.clone(), high.clone())),
        _ => wrong_kind(node, "the two ends, as in [1, 3]", diagnostics),
    }
}

fn regex(node: &Node, diagnostics: &mut Diagnostics) -> Option<TemplateValue> {
    let template = Template::read(node, diagnostics)?;
    if let Some(Err(error)) = template.as_literal().map(regex::Regex::new) {
        let last = error.to_string();
        let reason = last.lines().last().unwrap_or_default();
        diagnostics.push(Diagnostic::error(node.span, format!("not a regular expression: {reason}")));
        return None;
    }
    Some(TemplateValue::Text(template))
}

/// The schema of a matcher: anything, with the matcher words suggested.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let this = Pattern::schema(generator);
    let mut properties = serde_json::Map::new();
    for word in Word::ALL {
        properties.insert(word.word().to_owned(), word_schema(*word, generator).to_value());
    }
    json_schema!({
        "description": "A literal, a list of matchers, matcher words, or fields with matchers.",
        "anyOf": [
            { "type": ["null", "boolean", "number", "string"] },
            { "type": "array", "items": this },
            { "type": "object", "properties": properties, "additionalProperties": this },
        ],
    })
}

/// The schema of the argument of a matcher word.
pub(crate) fn word_schema(word: Word, generator: &mut SchemaGenerator) -> Schema {
    let this = Pattern::schema(generator);
    match word {
        Word::Type => TypeName::schema(generator),
        Word::Exact | Word::Length | Word::Each | Word::Any | Word::Not | Word::Contains => this,
        Word::Unordered | Word::AllOf | Word::AnyOf => json_schema!({ "type": "array", "items": this }),
        Word::OneOf => json_schema!({ "type": "array" }),
        Word::Between => json_schema!({ "type": "array", "minItems": 2, "maxItems": 2 }),
        Word::Fields => json_schema!({ "type": "object", "additionalProperties": this }),
        Word::Matches => json_schema!({ "type": "string", "format": "regex" }),
        word if word.is_bare() => json_schema!({ "const": true }),
        _ => json_schema!(true),
    }
}
