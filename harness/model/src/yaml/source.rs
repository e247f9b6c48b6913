//! A file of text and positions in it.

use std::sync::Arc;

/// One file as it was read: the path people know it by and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    path: Arc<str>,
    text: Arc<str>,
}

impl Source {
    /// A source from the path that messages should show and the text itself.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The path as messages show it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    pub(super) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The text of a span; empty when the span is not of this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The whole line on which a span begins.
    pub fn line_of(&self, span: Span) -> &str {
        self.text.lines().nth(span.line.saturating_sub(1)).unwrap_or_default()
    }

    /// The span of `needle` inside `span`, or `span` itself when it is not written there verbatim.
    pub fn narrow(&self, span: Span, needle: &str) -> Span {
        let slice = self.slice(span);
        let Some(offset) = slice.find(needle) else { return span };
        let before = &slice[..offset];
        let start = span.start + offset;
        let (line, column) = match before.rfind('\n') {
            Some(newline) => {
                let lines = before.matches('\n').count();
                (span.line + lines, before[newline + 1..].chars().count() + 1)
            }
            None => (span.line, span.column + before.chars().count()),
        };
        Span { start, end: start + needle.len(), line, column }
    }
}

/// A range of a [`Source`]: byte offsets, and the line and column people count from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
    /// Line of the first byte, from 1; 0 when the node was never in a file.
    pub line: usize,
    /// Column of the first byte in characters, from 1.
    pub column: usize,
}

impl Span {
    /// The span of a node that was built by a program and stands in no file.
    pub const NOWHERE: Span = Span { start: 0, end: 0, line: 0, column: 0 };

    /// Whether the span points into a file.
    pub fn is_somewhere(self) -> bool {
        self.line > 0
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
