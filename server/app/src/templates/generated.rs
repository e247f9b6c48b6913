//! The `config.yaml` of a workspace that has no template.

use std::fmt::Write as _;

use crate::runtimes;

/// The default configuration. Every value of the request is quoted, so that none can add a key.
pub fn default_config(
    name: &str,
    role: Option<&str>,
    model: Option<&str>,
    tier: i32,
    runtime: &str,
) -> Vec<u8> {
    let model = model.filter(|model| !model.is_empty()).unwrap_or_else(|| default_model(runtime));
    let mut text = String::new();
    for (key, value) in [("name", name), ("description", role.unwrap_or_default())] {
        let _ = writeln!(text, "{key}: {}", quoted(value));
    }
    let _ = write!(
        text,
        "version: 1.0.0\ntier: {tier}\nruntime: {}\nmodel: {}\nruntime_config:\n  timeout: 0\n",
        quoted(runtime),
        quoted(model)
    );
    text.into_bytes()
}

fn default_model(runtime: &str) -> &'static str {
    if runtime == runtimes::DEFAULT { "sonnet" } else { "anthropic:claude-opus-4-7" }
}

/// A double-quoted YAML scalar on one line.
fn quoted(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars().filter(|c| !matches!(c, '\n' | '\r')) {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = std::collections::BTreeMap<String, serde_json::Value>;

    fn read(name: &str, role: &str, model: Option<&str>, runtime: &str) -> Read {
        let text = String::from_utf8(default_config(name, Some(role), model, 3, runtime)).expect("text");
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn a_model_that_nobody_chose_is_the_runtimes() {
        assert_eq!(read("a", "", None, "claude-code")["model"], "sonnet");
        assert_eq!(read("a", "", Some(""), "hermes")["model"], "anthropic:claude-opus-4-7");
        let all = read("a", "b", Some("minimax/m2"), "hermes");
        assert_eq!(all["model"], "minimax/m2");
        assert_eq!(all["runtime_config"], serde_json::json!({"timeout": 0}));
        assert_eq!((&all["tier"], &all["runtime"]), (&3.into(), &"hermes".into()));
        assert!(!all.contains_key("required_env"));
    }

    proptest! {
        #[test]
        fn no_name_can_add_a_key(name in ".{0,30}", role in "[a-z: \"\\\\\n#{}-]{0,30}") {
            let all = read(&name, &role, None, "codex");
            prop_assert_eq!(all.len(), 7);
            prop_assert_eq!(all["description"].as_str().unwrap_or_default(), role.replace('\n', ""));
        }
    }
}
