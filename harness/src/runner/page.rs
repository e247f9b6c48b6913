//! The page of all replays: what each one closes and what it proves, as the files themselves say it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use harness_model::replay::Replay;

/// Where replays are, from the folder of the page.
const REPLAYS: &str = "../";

/// The page as Markdown; `replays` by their path from the project's folder.
#[must_use]
pub fn page(replays: &BTreeMap<String, Replay>) -> String {
    let mut text = String::from(
        "# Replays\n\nOne file, one bug that reached production. Written by `harness list --page docs/replays.md`, from the files.\n",
    );
    let mut area = "";
    for (path, replay) in replays {
        let own = area_of(path);
        if own != area {
            area = own;
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n## {area}\n\n| Replay | Closes | Proves | Needs | Ledger |\n|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(text, "{}", row(path, replay));
    }
    text
}

fn area_of(path: &str) -> &str {
    path.rsplit('/').nth(1).unwrap_or_default()
}

fn row(path: &str, replay: &Replay) -> String {
    let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml");
    let closes: Vec<_> = replay.closes.iter().map(String::as_str).chain(replay.incident.as_deref()).collect();
    let needs: Vec<_> = replay.variants.iter().chain(&replay.needs).map(String::as_str).collect();
    let cells = [
        format!("[{name}]({REPLAYS}{path})"),
        closes.join(", "),
        replay.title.clone(),
        needs.join(", "),
        replay.ledger.join(", "),
    ];
    // A bar in a title would end its cell.
    format!("| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}
