//! `harness explain`: what a word of the replay language means, from the tables that read replays.

use std::fmt::Write as _;

use harness_model::matcher::Word;
use harness_model::replay::{Action, Facet};
use harness_model::rule::Rule;
use harness_model::schema::replay_schema;
use harness_model::template::{FUNCTIONS, GENERATORS};
use harness_model::verdict::Exit;
use serde_json::Value;

use super::CliError;
use crate::out;
use crate::report::style;

/// Explains a word of the replay language: an action, a matcher, a facet, a key, a function or a rule of the lint.
///
/// The texts are those of the types that read replays and of the editor's schema.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness explain                 every word, by kind
  harness explain matcher         every matcher
  harness explain contains        one word, wherever it has a meaning
  harness explain http            an action with its keys")]
pub(super) struct Args {
    /// A word, or a kind of words: action, matcher, facet, key, function, rule.
    word: Option<String>,
}

/// One meaning of a word.
struct Meaning {
    kind: &'static str,
    word: String,
    about: String,
    /// Keys of the mapping behind the word, with what they mean.
    keys: Vec<(String, String)>,
}

/// The kinds, in the order in which a reader meets them.
const KINDS: [&str; 6] = ["action", "facet", "matcher", "key", "function", "rule"];

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let all = meanings();
    let text = match args.word.as_deref() {
        None => KINDS.iter().map(|kind| table(kind, &all)).collect::<Vec<_>>().join("\n"),
        Some(word) => match KINDS.iter().find(|kind| word.trim_end_matches('s') == **kind) {
            Some(kind) => table(kind, &all),
            None => pages(word, &all)?,
        },
    };
    out!("{text}");
    Ok(Exit::Green)
}

fn table(kind: &str, all: &[Meaning]) -> String {
    let mut text = style::heading(&format!("{kind}s")) + "\n";
    let of_kind: Vec<_> = all.iter().filter(|meaning| meaning.kind == kind).collect();
    let width = of_kind.iter().map(|meaning| meaning.word.len()).max().unwrap_or_default();
    for meaning in of_kind {
        let _ = writeln!(text, "  {:width$}  {}", meaning.word, meaning.about);
    }
    text
}

fn pages(word: &str, all: &[Meaning]) -> Result<String, CliError> {
    let found: Vec<_> = all.iter().filter(|meaning| meaning.word == word).collect();
    if found.is_empty() {
        let near = all.iter().map(|meaning| (strsim::jaro_winkler(word, &meaning.word), &meaning.word));
        let near = near.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
        let near = near.map(|(_, near)| format!("did you mean `{near}`? ")).unwrap_or_default();
        let fix = format!("{near}`harness explain` lists every word");
        return Err(CliError::usage(format!("the language has no word `{word}`"), fix));
    }
    let mut text = String::new();
    for meaning in found {
        let _ = writeln!(
            text,
            "{} {}",
            style::heading(&meaning.word),
            style::dim(&format!("({})", meaning.kind))
        );
        let _ = writeln!(text, "  {}", meaning.about);
        let width = meaning.keys.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
        for (key, about) in &meaning.keys {
            let _ = writeln!(text, "    {key:width$}  {about}");
        }
    }
    Ok(text)
}

fn meanings() -> Vec<Meaning> {
    let schema = replay_schema();
    let definitions = &schema["$defs"];
    let simple =
        |kind, word: &str, about: String| Meaning { kind, word: word.to_owned(), about, keys: Vec::new() };
    let mut all: Vec<Meaning> = Vec::new();
    for key in Action::KEYS {
        let property = &definitions["Step"]["properties"][key];
        let mut keys = Vec::new();
        behind(property, definitions, &mut keys);
        all.push(Meaning { kind: "action", word: (*key).to_owned(), about: about(property), keys });
    }
    all.extend(Facet::ALL.iter().map(|facet| simple("facet", facet.word(), facet.about())));
    all.extend(Word::ALL.iter().map(|word| simple("matcher", word.word(), word.about())));
    for definition in ["Replay", "Part", "Step", "Eventually", "Never", "Stays", "Witness"] {
        let properties = definitions[definition]["properties"].as_object().into_iter().flatten();
        let keys = properties.filter(|(key, _)| !Action::KEYS.contains(&key.as_str()));
        all.extend(keys.map(|(key, property)| {
            let of = definition.to_lowercase();
            simple("key", key, format!("{} (of a {of})", about(property)))
        }));
    }
    all.extend(
        GENERATORS.iter().map(|word| simple("function", word, format!("`${{{word}}}`: new each time."))),
    );
    all.extend(FUNCTIONS.iter().map(|word| simple("function", word, format!("`${{{word}(…)}}`"))));
    all.extend(Rule::ALL.iter().map(|rule| simple("rule", rule.word(), rule.about())));
    all
}

fn about(property: &Value) -> String {
    property["description"].as_str().unwrap_or_default().to_owned()
}

/// The keys of the mappings that a schema allows, followed through its references.
fn behind(schema: &Value, definitions: &Value, keys: &mut Vec<(String, String)>) {
    let named = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
    if let Some(name) = named.filter(|name| !["Step", "Matcher"].contains(name)) {
        return behind(&definitions[name], definitions, keys);
    }
    for option in schema["anyOf"].as_array().into_iter().flatten() {
        behind(option, definitions, keys);
    }
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        if !keys.iter().any(|(known, _)| known == key) {
            keys.push((key.clone(), about(property)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_language_is_explained() {
        let all = meanings();
        for kind in KINDS {
            let table = table(kind, &all);
            assert!(table.lines().count() > 3, "{table}");
        }
        let silent: Vec<_> =
            all.iter().filter(|meaning| meaning.about.trim().is_empty()).map(|m| &m.word).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }

    #[test]
    fn an_action_is_explained_with_its_keys_and_a_slip_with_the_word_that_was_meant() {
        let all = meanings();
        let page = pages("http", &all).unwrap();
        assert!(page.contains("A request over HTTP.") && page.contains("headers"), "{page}");
        let both = pages("text", &all).unwrap();
        assert!(both.contains("(facet)") && both.contains("(function)"), "{both}");
        let error = pages("contians", &all).unwrap_err();
        assert!(format!("{:?}", miette::Report::new(error)).contains("did you mean `contains`?"));
    }
}
