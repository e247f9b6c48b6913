//! The words of the matchers.

use serde_json::Value;

crate::words! {
    /// Every matcher by its word, in the order of the reference.
    pub enum Word in "a matcher" {
        /// Deep equality.
        Equals = "equals",
        /// No further fields.
        Exact = "exact",
        /// Parts of a text, items of a list.
        Contains = "contains",
        /// Regular expression.
        Matches = "matches",
        /// Start of a text.
        StartsWith = "starts_with",
        /// End of a text.
        EndsWith = "ends_with",
        /// Length of a text, list or object.
        Length = "length",
        /// `>=`.
        AtLeast = "at_least",
        /// `<=`.
        AtMost = "at_most",
        /// `>`.
        MoreThan = "more_than",
        /// `<`.
        LessThan = "less_than",
        /// `>=` and `<=`.
        Between = "between",
        /// Equality with one of several.
        OneOf = "one_of",
        /// Not there.
        Absent = "absent",
        /// There.
        Present = "present",
        /// Of length zero.
        Empty = "empty",
        /// JSON type.
        Type = "type",
        /// UUID.
        Uuid = "uuid",
        /// Instant.
        Rfc3339 = "rfc3339",
        /// Base64.
        Base64 = "base64",
        /// A list in any order.
        Unordered = "unordered",
        /// Every item.
        Each = "each",
        /// At least one item.
        Any = "any",
        /// Conjunction.
        AllOf = "all_of",
        /// Disjunction.
        AnyOf = "any_of",
        /// Negation.
        Not = "not",
        /// JSON schema.
        JsonSchema = "json_schema",
        /// Fields whose names are matcher words.
        Fields = "fields",
    }
}

impl Word {
    /// The matcher that a field's name was probably meant to be: `startsWith`, `contians`. Short words and plain
    /// English ones are fields more often than mistakes and have none.
    pub(super) fn meant_by(name: &str) -> Option<Self> {
        const CHARS_MIN: usize = 5;
        let plain = |text: &str| text.replace(['_', '-', ' '], "").to_lowercase();
        let written = plain(name);
        let near = |word: &Self| {
            let known = plain(word.word());
            let apart = strsim::osa_distance(&written, &known);
            known.len() >= CHARS_MIN && apart <= if known.len() >= 2 * CHARS_MIN { 2 } else { 1 }
        };
        if Self::from_word(name).is_some() || !name.is_ascii() {
            return None;
        }
        Self::ALL.iter().copied().filter(|word| *word != Self::Fields).find(near)
    }

    /// Whether the word stands alone: `content-type: absent`.
    pub fn is_bare(self) -> bool {
        matches!(self, Self::Absent | Self::Present | Self::Empty | Self::Uuid | Self::Rfc3339 | Self::Base64)
    }
}

crate::words! {
    /// The JSON types.
    pub enum TypeName in "type" {
        /// Text.
        String = "string",
        /// Any number.
        Number = "number",
        /// A number without a fraction.
        Integer = "integer",
        /// True or false.
        Boolean = "boolean",
        /// A list.
        Array = "array",
        /// A mapping.
        Object = "object",
        /// Null.
        Null = "null",
    }
}

impl TypeName {
    /// Whether a value is of this type.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Integer => {
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
            }
            Self::Boolean => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
            Self::Null => value.is_null(),
        }
    }
}

/// Names the schema of a matcher, so that it can refer to itself.
pub(super) struct MatcherSchema;

impl schemars::JsonSchema for MatcherSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Matcher".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        super::read::schema(generator)
    }
}
