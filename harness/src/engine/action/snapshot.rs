//! `snapshot`: a value compared with a stored one.

use harness_model::event::Exchange;
use harness_model::matcher::{Mismatch, diff_text};
use harness_model::replay::action::Snapshot;
use serde_json::Value;

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::snapshot::{Compared, compare, redacted};
use crate::engine::trouble::Trouble;

pub(super) async fn run(snapshot: &Snapshot, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let session = scope.session;
    let value = scope.value(&snapshot.of).await?;
    let rules = snapshot.redact.iter().map(|(path, text)| (path, Value::from(text.clone())));
    // Masked before it is stored: a snapshot is checked in.
    let value = session.secrets.mask_json(&redacted(&value, rules)?);
    let text = serde_json::to_string_pretty(&value).map_err(|e| Trouble::new(e.to_string()))?;
    let file = session.play.root.join("replays/snapshots").join(name(scope, snapshot));
    let compared = compare(&file, scope.source.path(), &text, session.play.snapshots)?;
    let mut observed = Observed::nothing();
    let (expected, diff) = match compared {
        Compared::Same => (None, None),
        Compared::Missing => (Some("a stored snapshot; review the new one with `cargo insta review`"), None),
        Compared::Differs { stored } => (Some("the stored snapshot"), diff_text(&stored, &text)),
    };
    if let Some(expected) = expected {
        observed.mismatches.push(Mismatch {
            path: format!("snapshot {}", snapshot.name),
            expected: expected.to_owned(),
            actual: Some(value.clone()),
            span: snapshot.span,
            diff,
        });
    }
    Ok(observed.seen_as(Exchange::Snapshot { name: snapshot.name.clone(), value }))
}

/// One file per replay, row and snapshot, flat as `insta` has it.
fn name(scope: &Scope<'_>, snapshot: &Snapshot) -> String {
    let case = scope.session.play.case.0.replace("::", "__");
    let plain = |text: String| -> String {
        let fit = |char: char| if char.is_ascii_alphanumeric() || "-_.=".contains(char) { char } else { '_' };
        text.chars().map(fit).collect()
    };
    format!("{}.snap", plain(format!("{case}__{}", snapshot.name)))
}
