//! The figures as text: for a terminal, and as a table between two marks of a page.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Measured, Peer};

/// The line before the table in a page.
const FROM: &str = "<!-- harness bench: from here -->";
/// The line after it.
const TO: &str = "<!-- harness bench: to here -->";

/// Milliseconds, with a decimal where one matters.
#[must_use]
pub fn millis(took: Duration) -> String {
    let ms = took.as_secs_f64() * 1000.0;
    if ms < 100.0 { format!("{ms:.1} ms") } else { format!("{ms:.0} ms") }
}

/// One line for a terminal.
#[must_use]
pub fn line(measured: &Measured) -> String {
    let (low, high) = measured.ours.range();
    let range = format!("{} to {}", millis(low), millis(high));
    let ours = format!("{:<9} {:>9}  ({range})", measured.name(), millis(measured.ours.median()));
    match &measured.peer {
        Peer::Beside(name, theirs) => {
            let ratio =
                measured.ours.over(theirs).map_or_else(String::new, |ratio| format!("{ratio:.2}x of "));
            format!("{ours}  {ratio}{} {name}", millis(theirs.median()))
        }
        Peer::Missing(why) | Peer::None(why) => format!("{ours}  no peer: {why}"),
    }
}

/// The whole table as Markdown, under a line that says when and on what, over what was not measured.
#[must_use]
pub fn markdown(all: &[Measured], absent: &[String], taken: &str) -> String {
    let mut text = format!(
        "{taken}\n\n| What | Budget | Ours | Peer | Peer's | Ours to peer's |\n|---|---|---|---|---|---|\n"
    );
    for measured in all {
        let (name, theirs, ratio) = match &measured.peer {
            Peer::Beside(name, theirs) => {
                let ratio =
                    measured.ours.over(theirs).map_or_else(String::new, |ratio| format!("{ratio:.2}"));
                (*name, millis(theirs.median()), ratio)
            }
            Peer::Missing(why) | Peer::None(why) => (*why, String::new(), String::new()),
        };
        let (what, budget) = (measured.line.what(), measured.line.budget());
        let ours = millis(measured.ours.median());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {what} | {budget} | {ours} | {name} | {theirs} | {ratio} |");
    }
    for absent in absent {
        let _ = writeln!(text, "\n{absent}");
    }
    text
}

/// A page with the table between its marks replaced; none when it lacks the marks.
#[must_use]
pub fn into_page(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(FROM)?;
    let (_, after) = rest.split_once(TO)?;
    Some(format!("{before}{FROM}\n{table}{TO}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::lines::Line;
    use crate::bench::sample::Samples;

    fn samples(ms: u64) -> Samples {
        let mut samples = Samples::default();
        samples.push(Duration::from_millis(ms));
        samples
    }

    #[test]
    fn a_figure_stands_beside_its_peer_and_a_missing_peer_is_named() {
        let beside = Measured { line: Line::One, ours: samples(10), peer: Peer::Beside("hurl", samples(20)) };
        let missing =
            Measured { line: Line::List, ours: samples(250), peer: Peer::Missing("hurl: not here") };
        assert_eq!(line(&beside), "one         10.0 ms  (10.0 ms to 10.0 ms)  0.50x of 20.0 ms hurl");
        let table =
            markdown(&[beside, missing], &["worlds: not measured: no engine".to_owned()], "On a day.");
        assert!(table.contains("| 15 ms | 10.0 ms | hurl | 20.0 ms | 0.50 |\n"), "{table}");
        assert!(table.ends_with("\n\nworlds: not measured: no engine\n"), "{table}");
        assert!(table.contains("| 10 ms | 250 ms | hurl: not here |  |  |\n"), "{table}");
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = format!("a\n{FROM}\nold\n{TO}\nb\n");
        assert_eq!(into_page(&page, "new\n").unwrap(), format!("a\n{FROM}\nnew\n{TO}\nb\n"));
        assert_eq!(into_page("a page without marks", "new"), None);
    }
}
