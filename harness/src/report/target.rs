//! Which report is wanted and where it goes, as a command line says it: `html=out/run.html`.

use std::path::PathBuf;
use std::str::FromStr;

use super::file::File;
use super::{Reporter, github, html, json, junit, tap};

/// The kinds of report that are written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A page for a browser.
    Html,
    /// XML for CI systems.
    Junit,
    /// One document for programs.
    Json,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// A step summary in Markdown; annotations go to standard output.
    Github,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] = [Kind::Html, Kind::Junit, Kind::Json, Kind::Tap, Kind::Github];

    /// The word before the `=`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Html => "html",
            Kind::Junit => "junit",
            Kind::Json => "json",
            Kind::Tap => "tap",
            Kind::Github => "github",
        }
    }
}

/// A report and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What.
    pub kind: Kind,
    /// Where.
    pub path: PathBuf,
}

impl Target {
    /// The report, to be fed with events.
    #[must_use]
    pub fn open(&self) -> Box<dyn Reporter> {
        let path = self.path.clone();
        match self.kind {
            Kind::Html => Box::new(html::Html::to(path)),
            Kind::Junit => Box::new(File::new(path, junit::render)),
            Kind::Json => Box::new(File::new(path, json::render)),
            Kind::Tap => Box::new(File::new(path, tap::render)),
            Kind::Github => Box::new(github::Github::to(Some(path))),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = || Kind::ALL.map(|kind| format!("{}=PATH", kind.word())).join(", ");
        let expected = || format!("expected one of {}", words());
        let (word, path) = text.split_once('=').ok_or_else(expected)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(expected)?;
        if path.is_empty() {
            return Err(format!("{word}= needs a path"));
        }
        Ok(Target { kind, path: path.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_kind_and_a_path() {
        for kind in Kind::ALL {
            let target = format!("{}=out/x=1", kind.word()).parse();
            assert_eq!(target, Ok(Target { kind, path: "out/x=1".into() }));
        }
        for wrong in ["junit", "junit=", "pdf=x", "=x", ""] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }
}
