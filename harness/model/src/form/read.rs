//! Taking a mapping apart, key by key.

use crate::yaml::{Diagnostic, Diagnostics, Entry, Node, Span, nearest};

use super::{Form, Fragment};

/// A mapping that is being read: remembers which keys were asked for.
pub struct MapReader<'a> {
    what: &'static str,
    entries: &'a [Entry],
    span: Span,
    known: Vec<&'static str>,
    open: bool,
    /// Choices of which no key was written, reported at the end.
    missing: Vec<(String, Vec<&'static str>)>,
}

impl<'a> MapReader<'a> {
    /// Starts on a mapping; anything else is an error that names `what` was wanted.
    pub fn open(what: &'static str, node: &'a Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match node.as_map() {
            Some(entries) => Some(Self {
                what,
                entries,
                span: node.span,
                known: Vec::new(),
                open: false,
                missing: Vec::new(),
            }),
            None => wrong_kind(node, &format!("{what}: a mapping"), diagnostics),
        }
    }

    /// Where the mapping stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Where the mapping's first key stands: the best place to point at the mapping as a whole.
    pub fn head(&self) -> Span {
        self.entries.first().map_or(self.span, |entry| entry.key.span)
    }

    /// What the mapping describes, for messages.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Whether the key is written.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.text == key)
    }

    /// All entries, for groups whose keys are open.
    pub fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// Declares that a group takes every key, so that none is unknown.
    pub fn take_rest(&mut self) {
        self.open = true;
    }

    /// Declares keys as known.
    pub fn know(&mut self, keys: &[&'static str]) {
        self.known.extend(keys);
    }

    /// The entry under a key, which becomes known by this.
    pub fn entry(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.known.push(key);
        self.entries.iter().find(|entry| entry.key.text == key)
    }

    /// A field that must be written.
    pub fn required<T: Form>(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<T> {
        if let Some(entry) = self.entry(key) {
            return T::read(&entry.value, diagnostics);
        }
        diagnostics.push(Diagnostic::error(self.head(), format!("{}: `{key}` is missing", self.what)));
        None
    }

    /// A field that may be left out. The outer `None` is an error, the inner one an absence.
    pub fn optional<T: Form>(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Option<T>> {
        match self.entry(key) {
            Some(entry) => match T::read(&entry.value, diagnostics) {
                Some(value) => Some(Some(value)),
                None => diagnostics.lose(whole(entry)).then_some(None),
            },
            None => Some(None),
        }
    }

    /// A field with a value of its own when left out.
    pub fn default<T: Form + Default>(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<T> {
        self.optional(key, diagnostics).map(Option::unwrap_or_default)
    }

    /// The entry of the one key that is written; none or two of them are errors.
    pub fn only_one_of(
        &mut self,
        what: &str,
        keys: &[&'static str],
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a Entry> {
        self.known.extend(keys);
        let entries = self.entries;
        let mut written = entries.iter().filter(|entry| keys.contains(&entry.key.text.as_str()));
        let Some(first) = written.next() else {
            self.missing.push((what.to_owned(), keys.to_vec()));
            return None;
        };
        let mut single = true;
        for other in written {
            let message = format!("{what}: `{}` and `{}` exclude each other", first.key.text, other.key.text);
            diagnostics
                .push(Diagnostic::error(other.key.span, message).label(first.key.span, "the other one"));
            single = false;
        }
        single.then_some(first)
    }

    /// A group of keys.
    pub fn group<T: Fragment>(&mut self, diagnostics: &mut Diagnostics) -> Option<T> {
        self.known.extend(T::keys());
        T::take(self, diagnostics)
    }

    /// A group of keys that may be left out as a whole.
    pub fn maybe<T: Fragment>(&mut self, diagnostics: &mut Diagnostics) -> Option<Option<T>> {
        self.known.extend(T::keys());
        if !T::is_in(self) {
            return Some(None);
        }
        match T::take(self, diagnostics) {
            Some(group) => Some(Some(group)),
            None => {
                let keys = T::keys();
                let written = self.entries.iter().filter(|entry| keys.contains(&entry.key.text.as_str()));
                written.fold(None, |_, entry| diagnostics.lose(whole(entry)).then_some(None))
            }
        }
    }

    /// Ends the reading: every key that nobody asked for is an error.
    pub fn close(self, diagnostics: &mut Diagnostics) -> Option<()> {
        let unknown: Vec<_> =
            self.entries.iter().filter(|entry| !self.known.contains(&entry.key.text.as_str())).collect();
        for (what, keys) in &self.missing {
            let meant = |entry: &&Entry| nearest(&entry.key.text, keys.iter().copied()).is_some();
            // A misspelt key is reported below, with its suggestion; once is enough.
            if self.open || !unknown.iter().any(meant) {
                let message = format!("{what}: one of {} is missing", keys.join(", "));
                diagnostics.push(Diagnostic::error(self.head(), message));
            }
        }
        if self.open || unknown.is_empty() {
            return Some(());
        }
        let mut recovers = true;
        for entry in unknown {
            let message = format!("{}: unknown key `{}`", self.what, entry.key.text);
            let mut finding = Diagnostic::error(entry.key.span, message)
                .did_you_mean(&entry.key.text, self.known.iter().copied());
            if finding.help.is_none() && self.known.len() <= 24 {
                finding = finding.help(format!("known keys: {}", self.known.join(", ")));
            }
            diagnostics.push(finding);
            recovers &= diagnostics.lose(whole(entry));
        }
        recovers.then_some(())
    }
}

/// From the key to the end of the value.
fn whole(entry: &Entry) -> Span {
    Span { end: entry.value.span.end.max(entry.key.span.end), ..entry.key.span }
}

/// Reports that a node is not of the wanted kind.
pub fn wrong_kind<T>(node: &Node, wanted: &str, diagnostics: &mut Diagnostics) -> Option<T> {
    diagnostics.push(Diagnostic::error(node.span, format!("expected {wanted}, found {}", node.kind())));
    None
}
