//! Strings with `${references}`, as a topology writes them.
//!
//! A reference is a dotted path (`cp-stub.url`, `tenant-alpha.env.ADMIN_TOKEN`, a bare parameter
//! name) or a call of a lookup (`agents.token(ws)`). `$${` is a literal `${`. Parsing is total:
//! any input gives segments or one located error, and printing the segments gives the input back.

use std::fmt;

use thiserror::Error;

/// A parsed string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    /// Literal runs and references, in order; never two literals in a row.
    pub segments: Vec<Segment>,
}

/// A part of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Taken as it stands.
    Literal(String),
    /// Replaced by a value.
    Reference(Reference),
}

/// What stands between `${` and `}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// A dotted path.
    Path(Vec<String>),
    /// A lookup with arguments: names of parameters.
    Call {
        /// The lookup's name, dots included.
        lookup: String,
        /// The parameter each argument passes on.
        args: Vec<String>,
    },
}

/// Why a string is not a [`Text`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{problem} at byte {at}")]
pub struct TextError {
    /// What is wrong.
    pub problem: &'static str,
    /// Where, in bytes from the start of the string.
    pub at: usize,
}

impl Text {
    /// Parses a string.
    ///
    /// # Errors
    /// When a `${` is never closed or what it holds is not a reference.
    pub fn parse(input: &str) -> Result<Self, TextError> {
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut rest = input;
        while let Some(at) = rest.find('$') {
            let offset = input.len() - rest.len() + at;
            literal.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let end = after.find('}').ok_or(TextError { problem: "`${` without `}`", at: offset })?;
                push_literal(&mut segments, &mut literal);
                segments.push(Segment::Reference(Reference::parse(&after[..end], offset + 2)?));
                rest = &after[end + 1..];
            } else {
                literal.push('$');
                rest = &rest[1..];
            }
        }
        literal.push_str(rest);
        push_literal(&mut segments, &mut literal);
        Ok(Self { segments })
    }

    /// A text without references.
    #[must_use]
    pub fn literal(value: impl Into<String>) -> Self {
        let value = value.into();
        Self { segments: if value.is_empty() { Vec::new() } else { vec![Segment::Literal(value)] } }
    }

    /// The references, in order.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Reference(reference) => Some(reference),
            Segment::Literal(_) => None,
        })
    }

    /// The single reference, when the text is nothing else: such a value keeps its type.
    #[must_use]
    pub fn sole_reference(&self) -> Option<&Reference> {
        match self.segments.as_slice() {
            [Segment::Reference(reference)] => Some(reference),
            _ => None,
        }
    }

    /// Replaces each reference.
    ///
    /// # Errors
    /// The first error `value` gives.
    pub fn render<E>(&self, mut value: impl FnMut(&Reference) -> Result<String, E>) -> Result<String, E> {
        let mut out = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => out.push_str(text),
                Segment::Reference(reference) => out.push_str(&value(reference)?),
            }
        }
        Ok(out)
    }
}

fn push_literal(segments: &mut Vec<Segment>, literal: &mut String) {
    if !literal.is_empty() {
        segments.push(Segment::Literal(std::mem::take(literal)));
    }
}

impl Reference {
    fn parse(inner: &str, at: usize) -> Result<Self, TextError> {
        let Some((lookup, args)) = inner.split_once('(') else {
            return Ok(Self::Path(path(inner, at)?));
        };
        let args = args.strip_suffix(')').ok_or(TextError { problem: "`(` without `)`", at })?;
        path(lookup, at)?;
        let args = match args.trim() {
            "" => Vec::new(),
            list => list.split(',').map(|arg| name(arg.trim(), at)).collect::<Result<_, _>>()?,
        };
        Ok(Self::Call { lookup: lookup.to_owned(), args })
    }
}

fn path(dotted: &str, at: usize) -> Result<Vec<String>, TextError> {
    dotted.split('.').map(|part| name(part, at)).collect()
}

fn name(part: &str, at: usize) -> Result<String, TextError> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if part.is_empty() || !part.chars().all(good) {
        return Err(TextError { problem: "a reference is names joined by dots, or `lookup(parameter)`", at });
    }
    Ok(part.to_owned())
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => f.write_str(&text.replace("${", "$${"))?,
                Segment::Reference(reference) => write!(f, "${{{reference}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(parts) => f.write_str(&parts.join(".")),
            Self::Call { lookup, args } => write!(f, "{lookup}({})", args.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reference_is_a_path_or_a_call() {
        let text = Text::parse("a ${cp-stub.url}/x ${agents.token(ws)} $5 $${raw}").unwrap();
        assert_eq!(
            text.segments,
            [
                Segment::Literal("a ".into()),
                Segment::Reference(Reference::Path(vec!["cp-stub".into(), "url".into()])),
                Segment::Literal("/x ".into()),
                Segment::Reference(Reference::Call {
                    lookup: "agents.token".into(),
                    args: vec!["ws".into()]
                }),
                Segment::Literal(" $5 ${raw}".into()),
            ]
        );
    }

    #[test]
    fn what_is_not_a_reference_is_refused_where_it_stands() {
        for (input, at) in
            [("${", 0), ("ab${}", 4), ("${a b}", 2), ("${a(}", 2), ("${a..b}", 2), ("x${y(1 2)}", 3)]
        {
            assert_eq!(Text::parse(input).map_err(|error| error.at), Err(at), "{input}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(parts in prop::collection::vec(any_part(), 0..8)) {
            let input = parts.concat();
            let text = Text::parse(&input).unwrap();
            prop_assert_eq!(Text::parse(&text.to_string()).unwrap(), text);
        }

        #[test]
        fn any_input_gives_segments_or_an_error_inside_it(input in "[${}a-c.()$]{0,20}|.{0,20}") {
            match Text::parse(&input) {
                Ok(text) => prop_assert_eq!(Text::parse(&text.to_string()).unwrap(), text),
                Err(error) => prop_assert!(error.at <= input.len()),
            }
        }
    }

    fn any_part() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ a-z$/:]{0,6}".prop_map(|literal| literal.replace("$", "$$") + " "),
            "[a-z]{1,4}(\\.[a-z-]{1,4}){0,2}".prop_map(|path| format!("${{{path}}}")),
            ("[a-z]{1,4}", "[a-z]{1,3}").prop_map(|(lookup, arg)| format!("${{{lookup}({arg})}}")),
        ]
    }
}
