//! What is wrong with a file: all findings of one source, with positions.

use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};

use super::{Source, Span};
use crate::rule::Rule;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look; the file can be used.
    Warning,
    /// The file can be run, but the project's lint refuses it.
    Lint,
    /// The file cannot be used.
    Error,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The rule it is about.
    pub rule: Rule,
    /// Where it is.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
    /// How to put it right.
    pub help: Option<String>,
    /// Further places that matter, each with what it is.
    pub labels: Vec<(Span, String)>,
}

impl Diagnostic {
    /// A finding that makes the file unusable.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, span, message)
    }

    /// A finding that only the lint refuses.
    pub fn lint(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Lint, span, message)
    }

    /// A finding worth a look.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, span, message)
    }

    fn new(severity: Severity, span: Span, message: impl Into<String>) -> Self {
        let (message, rule) = (message.into(), Rule::Language);
        Self { severity, rule, span, message, help: None, labels: Vec::new() }
    }

    /// The same finding, of a rule of the lint.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    /// The same finding with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding with `did you mean` when one of the known words is near the written one.
    #[must_use]
    pub fn did_you_mean<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(written, known) {
            Some(word) => self.help(format!("did you mean `{word}`?")),
            None => self,
        }
    }

    /// The same finding with another place that matters.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }
}

/// The known word nearest to the written one, if any is near enough to be meant.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, word)| word)
}

/// Whether a rendered message may use colours and box drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Colours, for a terminal.
    Coloured,
    /// No colours, for files, pipes and tests.
    Plain,
}

/// Collects the findings of one source.
#[derive(Debug, Clone)]
pub struct Diagnostics {
    source: Source,
    items: Vec<Diagnostic>,
    /// What could not be read and was left out, where readers go on without it.
    lost: Option<Vec<Span>>,
}

impl Diagnostics {
    /// No findings yet.
    pub fn new(source: Source) -> Self {
        Self { source, items: Vec::new(), lost: None }
    }

    /// As [`Diagnostics::new`], for readers that go on without what they cannot read: what is left is checked,
    /// too, so that mistakes of form do not hide mistakes of meaning.
    pub fn recovering(source: Source) -> Self {
        Self { lost: Some(Vec::new()), ..Self::new(source) }
    }

    /// Leaves out what stands at `span`, of which an error has been told. Whether the reader may go on.
    pub fn lose(&mut self, span: Span) -> bool {
        self.lost.as_mut().map(|lost| lost.push(span)).is_some()
    }

    /// Whether something inside `span` was left out: what is missing there may have been written.
    pub fn lost_in(&self, span: Span) -> bool {
        self.lost.iter().flatten().any(|lost| span.start <= lost.start && lost.end <= span.end)
    }

    /// Whether a word stands in what was left out.
    pub fn lost_word(&self, word: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let stands_in = |text: &str| {
            text.match_indices(word).any(|(at, _)| {
                let behind = &text[at + word.len()..];
                !text[..at].ends_with(is_part) && !behind.starts_with(is_part)
            })
        };
        self.lost.iter().flatten().any(|lost| stands_in(self.source.slice(*lost)))
    }

    /// The file that the findings are about.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.items.contains(&diagnostic) {
            self.items.push(diagnostic);
        }
    }

    /// The findings in the order of the file.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut items: Vec<_> = self.items.iter().collect();
        items.sort_by_key(|item| (item.span.start, std::cmp::Reverse(item.severity)));
        items
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether a finding makes the file unusable.
    pub fn has_errors(&self) -> bool {
        self.worst() == Some(Severity::Error)
    }

    /// The severity of the worst finding.
    pub fn worst(&self) -> Option<Severity> {
        self.items.iter().map(|item| item.severity).max()
    }

    /// One line per finding: `file:line:col: severity: message (help)`.
    pub fn lines(&self) -> Vec<String> {
        self.sorted().into_iter().map(|item| self.line(item)).collect()
    }

    fn line(&self, item: &Diagnostic) -> String {
        let severity = match item.severity {
            Severity::Error => "error",
            Severity::Lint => "lint",
            Severity::Warning => "warning",
        };
        let help = item.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        let rule = if item.rule == Rule::Language { String::new() } else { format!("[{}]", item.rule) };
        format!("{}:{}: {severity}{rule}: {}{help}", self.source.path(), item.span, item.message)
    }

    /// The places of a finding, each cut to its first line so that a caret fits below it.
    fn labels(&self, item: &Diagnostic) -> Vec<LabeledSpan> {
        let first_line = |span: Span| {
            let lines = self.source.slice(span).lines().next().unwrap_or_default();
            span.start..span.start + lines.len()
        };
        if !item.span.is_somewhere() {
            return Vec::new();
        }
        let main = LabeledSpan::new_primary_with_span(None, first_line(item.span));
        let others = item
            .labels
            .iter()
            .map(|(span, text)| LabeledSpan::new_with_span(Some(text.clone()), first_line(*span)));
        std::iter::once(main).chain(others).collect()
    }

    /// All findings with source lines and carets.
    pub fn render(&self, style: Style) -> String {
        let theme = match style {
            Style::Coloured => GraphicalTheme::unicode(),
            Style::Plain => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
        let mut out = String::new();
        for item in self.sorted() {
            let source = NamedSource::new(self.source.path(), self.source.shared());
            let report = Report { source, labels: self.labels(item), item };
            if handler.render_report(&mut out, &report).is_err() {
                out.push_str(&self.line(item));
            }
        }
        out
    }
}

/// One finding in the shape that miette renders.
struct Report<'a> {
    source: NamedSource<Arc<str>>,
    labels: Vec<LabeledSpan>,
    item: &'a Diagnostic,
}

impl std::fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.item.message)
    }
}

impl std::fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.item.message)?;
        match self.item.rule {
            Rule::Language => Ok(()),
            rule => write!(f, " [{rule}]"),
        }
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.item.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Lint | Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.item.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
