//! What must hold of an observation.
//!
//! An observation is an object with one member per [`Facet`]; an expectation is a list of
//! patterns, each for one facet. Matcher words that stand directly in an expectation are about
//! the main value of the action: `expect: { equals: 0 }`.

use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::form::{Form, MapReader, NameVisitor, Shape};
use crate::matcher::{Matcher, Mismatch, Pattern, Word, word_schema};
use crate::template::{RenderError, Scope};
use crate::words;
use crate::yaml::{Diagnostic, Diagnostics, Entry, Node, Span, Tree};

words! {
    /// What can be observed of an action. Which action has which is [`Action::facets`](super::Action::facets).
    pub enum Facet in "a facet" {
        /// Status code.
        Status = "status",
        /// Response headers: lower-case name to value, or to the list of values when repeated.
        Headers = "headers",
        /// The body as text; the empty text when there is none.
        Body = "body",
        /// The body, frame or output as JSON; absent when it is none.
        Json = "json",
        /// The text of the answer: of a tool, a frame, a body, all log lines.
        Text = "text",
        /// Rows as objects.
        Rows = "rows",
        /// How many rows a statement changed.
        Affected = "affected",
        /// The main value of the action: one column, a reply, a state.
        Value = "value",
        /// Exit code of a program; absent after a signal.
        Exit = "exit",
        /// Standard output.
        Stdout = "stdout",
        /// Standard error.
        Stderr = "stderr",
        /// Log lines.
        Lines = "lines",
        /// Frames that were seen.
        Frames = "frames",
        /// Name of a server-sent event.
        Event = "event",
        /// Id of a server-sent event.
        Id = "id",
        /// Close code of a WebSocket, or `null` when the peer just went away.
        Closed = "closed",
        /// Number of body bytes.
        Size = "size",
        /// Hex SHA-256 of the body.
        Sha256 = "sha256",
        /// Pieces of a streamed body as they came: `{ text, at_ms }`.
        Chunks = "chunks",
        /// Milliseconds until the first byte of the body.
        FirstByte = "first_byte",
        /// Milliseconds that the action took.
        Took = "took",
        /// The transport error (`refused`, `reset`, `timeout`, `closed`, `protocol`), the error of
        /// a tool call, or of a database (its SQLSTATE and message).
        Error = "error",
    }
}

/// One facet and what must hold of it.
#[derive(Debug, Clone)]
pub struct Check {
    /// What is looked at.
    pub facet: Facet,
    /// What must hold.
    pub pattern: Pattern,
    /// Where it stands.
    pub span: Span,
}

/// Checks are equal when they demand the same.
impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.facet == other.facet && self.pattern == other.pattern
    }
}

/// Everything that must hold of an observation.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// The checks in the order of the file; there is at least one.
    pub checks: Vec<Check>,
    /// Where it stands.
    pub span: Span,
}

/// Expectations are equal when they demand the same.
impl PartialEq for Expectation {
    fn eq(&self, other: &Self) -> bool {
        self.checks == other.checks
    }
}

/// A check whose templates have become values.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundCheck {
    /// What is looked at.
    pub facet: Facet,
    /// What must hold.
    pub matcher: Matcher,
}

impl Expectation {
    /// The checks in a scope.
    ///
    /// # Errors
    /// When a template has no value.
    pub fn bind(&self, scope: &dyn Scope) -> Result<Vec<BoundCheck>, RenderError> {
        self.checks
            .iter()
            .map(|check| Ok(BoundCheck { facet: check.facet, matcher: check.pattern.bind(scope)? }))
            .collect()
    }
}

impl BoundCheck {
    /// Every demand that does not hold; paths start with the facet, as in `json $.id`.
    pub fn judge(&self, observation: &Value) -> Vec<Mismatch> {
        self.judge_found(observation.get(self.facet.word()))
    }

    /// As [`BoundCheck::judge`], of the facet's own value.
    pub fn judge_found(&self, found: Option<&Value>) -> Vec<Mismatch> {
        let path = format!("{} $", self.facet);
        crate::matcher::judge_maybe(&self.matcher, found, &path)
            .into_iter()
            .map(|mismatch| Mismatch { path: trimmed(&mismatch.path), ..mismatch })
            .collect()
    }
}

/// `status` reads better than `status $`.
fn trimmed(path: &str) -> String {
    path.strip_suffix(" $").unwrap_or(path).to_owned()
}

impl Form for Expectation {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let mut map = MapReader::open("an expectation", node, diagnostics)?;
        map.know(Facet::WORDS);
        map.know(Word::WORDS);
        let (facets, words): (Vec<&Entry>, Vec<&Entry>) =
            map.entries().iter().partition(|entry| Facet::from_word(&entry.key.text).is_some());
        let words: Vec<&Entry> =
            words.into_iter().filter(|entry| Word::from_word(&entry.key.text).is_some()).collect();
        let empty = map.entries().is_empty();
        map.close(diagnostics)?;
        if empty {
            diagnostics.push(Diagnostic::error(node.span, "an expectation of nothing"));
            return None;
        }
        let mut checks: Vec<Option<Check>> =
            facets.into_iter().map(|entry| facet_check(entry, diagnostics)).collect();
        if !words.is_empty() {
            checks.push(value_check(node, &words, diagnostics));
        }
        let mut checks = checks.into_iter().collect::<Option<Vec<_>>>()?;
        // One order for both ways of writing about the main value.
        checks.sort_by_key(|check| check.facet == Facet::Value);
        if let [.., first, last] = checks.as_slice()
            && first.facet == last.facet
        {
            let message = "matcher words are about `value`, which is written, too";
            diagnostics.push(Diagnostic::error(last.span, message).label(first.span, "the other one"));
            return None;
        }
        Some(Self { checks, span: node.span })
    }

    fn write(&self) -> Node {
        let entries = self.checks.iter().flat_map(|check| {
            let node = check.pattern.write();
            match (check.facet, node.tree) {
                (Facet::Value, Tree::Map(entries)) if is_words(&entries) => {
                    entries.into_iter().map(|entry| (entry.key.text, entry.value)).collect()
                }
                (facet, tree) => vec![(facet.word().to_owned(), Node::of(tree))],
            }
        });
        Node::map(entries)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut shape = Shape::default();
        for facet in Facet::ALL {
            let schema = Pattern::schema(generator);
            shape.key(facet.word(), "", false, schema);
        }
        for word in Word::ALL {
            let schema = word_schema(*word, generator);
            shape.key(word.word(), "About the main value of the action.", false, schema);
        }
        shape.finish("What must hold: patterns by facet, or matcher words about the main value.")
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.checks.iter().for_each(|check| check.pattern.names(visit));
    }
}

fn is_words(entries: &[Entry]) -> bool {
    !entries.is_empty() && entries.iter().all(|entry| Word::from_word(&entry.key.text).is_some())
}

fn facet_check(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Check> {
    let facet = Facet::from_word(&entry.key.text)?;
    let pattern = match facet {
        Facet::Headers => Pattern::read(&lower_case_keys(&entry.value), diagnostics)?,
        _ => Pattern::read(&entry.value, diagnostics)?,
    };
    Some(Check { facet, pattern, span: entry.key.span })
}

/// Matcher words beside the facets, as one pattern about the main value.
fn value_check(node: &Node, words: &[&Entry], diagnostics: &mut Diagnostics) -> Option<Check> {
    let entries = words.iter().map(|entry| (*entry).clone()).collect();
    let pattern = Pattern::read(&Node { tree: Tree::Map(entries), span: node.span }, diagnostics)?;
    let span = words.first().map_or(node.span, |entry| entry.key.span);
    Some(Check { facet: Facet::Value, pattern, span })
}

/// Header names compare without case: every field name is lowered, whatever words stand around it.
fn lower_case_keys(node: &Node) -> Node {
    let tree = match &node.tree {
        Tree::Map(entries) => Tree::Map(entries.iter().map(lower_case_key).collect()),
        Tree::List(items) => Tree::List(items.iter().map(lower_case_keys).collect()),
        _ => return node.clone(),
    };
    Node { tree, span: node.span }
}

fn lower_case_key(entry: &Entry) -> Entry {
    let mut entry = entry.clone();
    match Word::from_word(&entry.key.text) {
        Some(Word::AllOf | Word::AnyOf | Word::Not | Word::Exact | Word::Fields) => {
            entry.value = lower_case_keys(&entry.value);
        }
        None if !entry.key.text.contains('$') => entry.key.text = entry.key.text.to_lowercase(),
        _ => {}
    }
    entry
}
