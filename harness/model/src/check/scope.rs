//! Names: which are bound where, and whether anyone uses them.

use crate::rule::Rule;
use crate::template::{FUNCTIONS, GENERATORS, PathExpr};
use crate::topology::Topology;
use crate::yaml::{Diagnostic, Diagnostics, Span};

/// How a name came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Kept by a step; useless when nobody reads it.
    Capture,
    /// A key of a matrix or of `for_each`.
    Key,
    /// Given with `let`.
    Let,
    /// An input of a part.
    Input,
    /// Comes along with something else; need not be read.
    Extra,
}

impl Origin {
    fn noun(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Key => "matrix key",
            Self::Let => "`let` name",
            Self::Input => "input",
            Self::Extra => "name",
        }
    }
}

#[derive(Debug, Clone)]
struct Name {
    text: String,
    span: Span,
    origin: Origin,
    used: bool,
    visible: bool,
}

/// The names of one file while it is walked from top to bottom.
pub(super) struct Scope<'a> {
    names: Vec<Name>,
    topology: Option<&'a Topology>,
    /// Names came along that nobody here knows.
    open: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(topology: Option<&'a Topology>) -> Self {
        Self { names: Vec::new(), topology, open: false }
    }

    /// Binds a name from here on.
    pub(super) fn bind(&mut self, text: &str, span: Span, origin: Origin, diagnostics: &mut Diagnostics) {
        if GENERATORS.contains(&text) {
            let message = format!("`{text}` is a name of the language and cannot be a variable");
            diagnostics.push(Diagnostic::error(span, message));
        }
        self.names.push(Name { text: text.to_owned(), span, origin, used: false, visible: true });
    }

    /// Anything may have a value from here on: a part was used that is not known.
    pub(super) fn open(&mut self) {
        self.open = true;
    }

    /// How many names there are: give it to [`Scope::hide_since`] to end a block.
    pub(super) fn mark(&self) -> usize {
        self.names.len()
    }

    /// Ends a block: names bound since `mark` are no longer visible.
    pub(super) fn hide_since(&mut self, mark: usize) {
        self.names[mark..].iter_mut().for_each(|name| name.visible = false);
    }

    /// Ends the block of a step's own keys; what it captured stays.
    pub(super) fn hide_range(&mut self, from: usize, to: usize) {
        self.names[from..to].iter_mut().for_each(|name| name.visible = false);
    }

    /// Whether a name may be bound here; marks it as used.
    pub(super) fn uses(&mut self, text: &str) -> bool {
        let found = self.names.iter_mut().rev().filter(|name| name.visible && name.text == text);
        // Every binding of the name may be the one that is read: in a loop the last round's is.
        let mut bound = false;
        for name in found {
            name.used = true;
            bound = true;
        }
        bound || self.open
    }

    /// Judges one path of a template.
    pub(super) fn refer(&mut self, path: &PathExpr, span: Span, diagnostics: &mut Diagnostics) {
        if path.is_function() {
            if !FUNCTIONS.contains(&path.root.as_str()) {
                let at = diagnostics.source().narrow(span, &path.root);
                let finding = Diagnostic::error(at, format!("there is no function `{}`", path.root));
                diagnostics.push(finding.did_you_mean(&path.root, FUNCTIONS.iter().copied()));
            }
            return;
        }
        if self.uses(&path.root) || GENERATORS.contains(&path.root.as_str()) || self.is_of_world(path) {
            return;
        }
        // What could not be read may have bound it.
        if diagnostics.lost_word(&path.root) {
            return;
        }
        let at = diagnostics.source().narrow(span, &path.root);
        let finding = Diagnostic::error(at, format!("`{}` has no value here", path.root));
        let later = self.names.iter().find(|name| name.text == path.root);
        let finding = match later {
            Some(name) => finding.label(name.span, "has a value only in its own block"),
            None => finding.did_you_mean(&path.root, self.known()),
        };
        diagnostics.push(finding);
    }

    fn known(&self) -> impl Iterator<Item = &str> {
        let names = self.names.iter().filter(|name| name.visible).map(|name| name.text.as_str());
        let services =
            self.topology.into_iter().flat_map(|topology| topology.services.keys().map(String::as_str));
        names.chain(GENERATORS.iter().copied()).chain(services)
    }

    /// Whether a path leads into the running world rather than to a variable.
    fn is_of_world(&self, path: &PathExpr) -> bool {
        if path.access.is_empty() {
            return false;
        }
        let Some(topology) = self.topology else { return true };
        let lookup = path.dotted();
        matches!(path.root.as_str(), "world" | "var")
            || topology.services.contains_key(&path.root)
            || topology.variants.values().any(|variant| variant.services.contains_key(&path.root))
            || topology.lookups.contains_key(&lookup)
    }

    /// Reports every name that was bound and never read.
    pub(super) fn report_unused(&self, diagnostics: &mut Diagnostics) {
        for name in self.names.iter().filter(|name| !name.used && name.origin != Origin::Extra) {
            let same = |other: &&Name| other.text == name.text && other.used;
            // What could not be read may have read it.
            if self.names.iter().any(|other| same(&other)) || diagnostics.lost_word(&name.text) {
                continue;
            }
            let message = format!("the {} `{}` is never used", name.origin.noun(), name.text);
            let finding = Diagnostic::error(name.span, message).rule(Rule::UnusedCapture);
            diagnostics.push(finding.help("use it or leave it out"));
        }
    }
}
