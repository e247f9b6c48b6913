//! What a value looks like, as far as that can be said without the running world.

use serde::Deserialize;

use crate::topology::written::{File, KindForm};
use crate::topology::{EnvValue, Reference, SecretSpec, Segment, Text};

crate::words! {
    /// What a value looks like.
    pub enum Shape in "shape" {
        /// An `http` or `https` address.
        Url = "url",
        /// The address of a database, with a scheme of its own.
        Dsn = "dsn",
        /// A whole number.
        Number = "number",
        /// A number, decimals allowed.
        Decimal = "decimal",
        /// One exact word.
        Flag = "flag",
        /// A comma-separated list.
        List = "list",
        /// Any text.
        Text = "text",
        /// Nothing at all.
        Empty = "empty",
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::from_word(&word).ok_or_else(|| serde::de::Error::custom(format!("no shape `{word}`")))
    }
}

impl Shape {
    /// Whether a value of this shape can stand where `wanted` is wanted.
    pub(super) fn fits(self, wanted: Self) -> bool {
        match wanted {
            Self::Url | Self::Dsn | Self::Number => self == wanted,
            Self::Decimal => matches!(self, Self::Number | Self::Decimal),
            Self::Flag | Self::List | Self::Text => self != Self::Empty,
            Self::Empty => true,
        }
    }

    /// The shape of a value of a topology.
    pub(super) fn of(value: &EnvValue, file: &File) -> Self {
        match value {
            EnvValue::Unset => Self::Empty,
            EnvValue::Secret(SecretSpec::Text(text)) | EnvValue::Text(text) | EnvValue::On(_, text) => {
                of_text(text, file)
            }
            EnvValue::Secret(_) => Self::Text,
        }
    }
}

fn of_text(text: &Text, file: &File) -> Shape {
    match text.segments.as_slice() {
        [] => Shape::Empty,
        [Segment::Reference(reference)] => of_reference(reference, file),
        // `${service.url}/path` is an address, too.
        [Segment::Reference(reference), ..] if of_reference(reference, file) == Shape::Url => Shape::Url,
        [Segment::Literal(literal), ..] if ["http://", "https://"].iter().any(|s| literal.starts_with(s)) => {
            if literal.contains(',') || text.to_string().contains(',') {
                Shape::List
            } else {
                Shape::Url
            }
        }
        [Segment::Literal(literal)] if literal.parse::<i64>().is_ok() => Shape::Number,
        [Segment::Literal(literal)] if literal.parse::<f64>().is_ok() => Shape::Decimal,
        [Segment::Literal(literal), ..] if literal.contains("://") => Shape::Dsn,
        _ => Shape::Text,
    }
}

/// `${service.url}` is what the service is; `${service.port}` a number; anything else a text.
fn of_reference(reference: &Reference, file: &File) -> Shape {
    let Reference::Path(path) = reference else { return Shape::Text };
    let kind = path.first().and_then(|name| file.services.get(name)).map(|service| &service.kind);
    match (path.last().map(String::as_str), kind) {
        (Some("port"), _) => Shape::Number,
        (Some("url"), Some(KindForm::Postgres(_) | KindForm::Redis(_))) => Shape::Dsn,
        (Some("url"), _) => Shape::Url,
        _ => Shape::Text,
    }
}
