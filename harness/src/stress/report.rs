//! What a person reads of a stress: each run that is not green, and a rate at the end.

use harness_model::verdict::{Missing, Verdict};

use super::run::{Came, Counted, Told};
use crate::report::{failure, style};

/// What there is to say about a run; nothing about a green one.
#[must_use]
pub fn told(told: &Told, again: &str) -> Option<String> {
    let (verdict, below) = match &told.came {
        Came::Green => return None,
        Came::Red(step, failed) => (Verdict::Failed, failure::render(failed, Some(&step.to_string()), again)),
        Came::Broken(step, failed) => {
            let step = step.as_ref().map(ToString::to_string);
            (Verdict::Broken, failure::render(failed, step.as_deref(), again))
        }
        Came::NotHere(missing) => {
            let missing: Vec<_> =
                missing.iter().map(|it| format!("{}: {}", it.capability, it.reason)).collect();
            (Verdict::Skipped, missing.join("; "))
        }
    };
    let took = style::dim(&style::seconds(told.took_ms));
    Some(format!("{} {took} run {}\n{}", style::badge(verdict), told.number, below.trim_end()))
}

/// The last lines.
#[must_use]
pub fn summary(name: &str, counted: &Counted) -> String {
    let rate = match counted.runs {
        0 => "was never judged, so nothing is known of it".to_owned(),
        _ => format!("red in {}", counted.red()),
    };
    let mut text = style::heading(&format!("Stress summary: {name} {rate}"));
    if counted.broken > 0 {
        text += &format!("\nbroken in {}", counted.broken());
    }
    if counted.not_here > 0 {
        text += &format!("\n{} runs not made: this machine lacks what the case needs", counted.not_here);
    }
    if counted.cut_off() > 0 {
        text += &format!("\n{} runs not made: interrupted", counted.cut_off());
    }
    for Missing { capability, reason } in &counted.missing {
        text += &format!("\nnot here: {capability}: {reason}");
    }
    for leftover in &counted.leftovers {
        text += &format!("\nleft over: {leftover}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_is_missing_here() {
        let missing = vec![Missing { capability: "redis".into(), reason: "no redis-server".into() }];
        let counted = Counted { asked: 4, not_here: 3, missing, ..Counted::default() };
        let text = summary("replay::a::x", &counted);
        assert!(
            text.contains("was never judged")
                && text.contains("3 runs not made")
                && text.contains("1 runs not made: interrupted")
                && text.contains("not here: redis: no redis-server"),
            "{text}"
        );
    }
}
