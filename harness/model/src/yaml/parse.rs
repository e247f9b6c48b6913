//! Text to tree: one document, text keys, unique keys; no aliases, tags or merge keys.
//!
//! Aliases and tags are left out on purpose: a replay reuses with `let` and `use`, which have
//! names that messages can show. The tree is built from parser events on an explicit stack with
//! bounded depth, so no input can exhaust the stack.

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle};

use super::{Diagnostic, Diagnostics, Entry, Key, Node, Source, Span, Tree, scalar};

/// Deepest nesting of block and of flow collections.
const DEPTH_MAX: usize = 48;

/// Reads the document of the diagnostics' source. Findings land in `diagnostics`; a tree comes
/// back whenever the text has one, so that later stages can report their findings too.
pub fn parse(diagnostics: &mut Diagnostics) -> Option<Node> {
    let source = diagnostics.source().clone();
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    let mut builder = Builder { source: &source, diagnostics, open: Vec::new(), root: None, documents: 0 };
    for event in Parser::new_from_str_with_options(source.text(), options) {
        match event {
            Ok((event, span)) => builder.accept(event, convert(span)),
            Err(error) => {
                let at = granit_parser::Span::empty(*error.marker());
                builder.report(convert(at), format!("not valid YAML: {}", error.info()));
                return None;
            }
        }
    }
    if builder.root.is_none() {
        builder.report(Span { line: 1, column: 1, ..Span::NOWHERE }, "the file is empty");
    }
    builder.root
}

/// A collection that is still being filled.
struct Open {
    span: Span,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<Key> },
}

struct Builder<'a> {
    source: &'a Source,
    diagnostics: &'a mut Diagnostics,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

impl Builder<'_> {
    fn report(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    fn accept(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.report(span, "a file holds one document");
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_yaml_only(span, anchor, tag.is_some());
                let tree = match style {
                    ScalarStyle::Plain => scalar::resolve(&text),
                    _ => Tree::Text(text.into_owned()),
                };
                self.place(Node { tree, span });
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.plain_yaml_only(span, anchor, tag.is_some());
                self.open.push(Open { span, kind: Kind::List(Vec::new()) });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.plain_yaml_only(span, anchor, tag.is_some());
                let kind = Kind::Map { entries: Vec::new(), key: None };
                self.open.push(Open { span, kind });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.report(span, "aliases are not part of the language");
                self.place(Node { tree: Tree::Null, span });
            }
            _ => {}
        }
    }

    fn plain_yaml_only(&mut self, span: Span, anchor: usize, tagged: bool) {
        if anchor > 0 {
            self.report(span, "anchors are not part of the language");
        }
        if tagged {
            self.report(span, "tags are not part of the language");
        }
    }

    fn close(&mut self, end: Span) {
        let Some(open) = self.open.pop() else { return };
        let end = end.end.max(open.span.end);
        let trimmed = self
            .source
            .text()
            .get(open.span.start..end)
            .map_or(end, |text| open.span.start + text.trim_end().len());
        let tree = match open.kind {
            Kind::List(items) => Tree::List(items),
            Kind::Map { entries, .. } => Tree::Map(entries),
        };
        self.place(Node { tree, span: Span { end: trimmed, ..open.span } });
    }

    /// Puts a finished node where it belongs: as a key, a value, an item or the root.
    fn place(&mut self, node: Node) {
        match self.open.last_mut() {
            None => {
                self.root.get_or_insert(node);
            }
            Some(Open { kind: Kind::List(items), .. }) => items.push(node),
            Some(Open { kind: Kind::Map { entries, key }, .. }) => match key.take() {
                Some(key) => self.insert(key, node),
                None => {
                    let _ = entries;
                    let named = self.key_of(&node);
                    if let Some(Open { kind: Kind::Map { key, .. }, .. }) = self.open.last_mut() {
                        *key = Some(named);
                    }
                }
            },
        }
    }

    fn key_of(&mut self, node: &Node) -> Key {
        let text = match &node.tree {
            Tree::Text(text) => text.clone(),
            Tree::Number(number) => number.to_string(),
            Tree::Bool(value) => value.to_string(),
            Tree::Null => "null".to_owned(),
            Tree::List(_) | Tree::Map(_) => {
                self.report(node.span, format!("a key is a text, this is {}", node.kind()));
                String::new()
            }
        };
        Key { text, span: node.span }
    }

    fn insert(&mut self, key: Key, value: Node) {
        let Some(Open { kind: Kind::Map { entries, .. }, .. }) = self.open.last_mut() else { return };
        let first = entries.iter().find(|entry| entry.key.text == key.text).map(|entry| entry.key.span);
        match first {
            None => entries.push(Entry { key, value }),
            Some(first) => self.diagnostics.push(
                Diagnostic::error(key.span, format!("duplicate key `{}`", key.text))
                    .label(first, "first written here"),
            ),
        }
    }
}

fn convert(span: granit_parser::Span) -> Span {
    let start = span.start.byte_offset().unwrap_or_default();
    let end = span.end.byte_offset().unwrap_or(start).max(start);
    Span { start, end, line: span.start.line(), column: span.start.col() + 1 }
}
