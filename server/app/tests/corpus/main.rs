//! The A2A corpus against the normaliser: one case per entry, plus the rules for the whole.
//!
//! Ledger: A2A-03, A2A-41, A2A-42, A2A-43, A2A-44, A2A-46, A2A-116, A2A-125.

mod entry;
mod judge;
mod policy;

use libtest_mimic::{Arguments, Failed, Trial};

use entry::Entry;

fn cases(class: &'static str, judge: fn(&Entry) -> Result<(), String>) -> impl Iterator<Item = Trial> {
    entry::load(class).into_iter().map(move |entry| {
        let name = format!("corpus::a2a::{class}::{}", entry.name);
        Trial::test(name, move || judge(&entry).map_err(Failed::from))
    })
}

fn rule(name: &str, check: fn() -> Result<(), String>) -> Trial {
    Trial::test(format!("corpus::a2a::policy::{name}"), move || check().map_err(Failed::from))
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = cases("valid", judge::valid).collect();
    trials.extend(cases("invalid", judge::invalid));
    trials.extend(cases("bypass", judge::bypass));
    trials.extend(policy::malformed_rows().into_iter().map(|row| {
        let name = format!("corpus::a2a::malformed::{}", row["name"].as_str().unwrap_or("unnamed"));
        Trial::test(name, move || judge::malformed(&row).map_err(Failed::from))
    }));
    trials.extend([
        rule("named_entries_are_present", policy::named_entries_are_present),
        rule("every_family_has_an_entry", policy::every_family_has_an_entry),
        rule("every_entry_carries_its_metadata", policy::every_entry_carries_its_metadata),
        rule("the_readme_lists_exactly_the_entries", policy::the_readme_lists_exactly_the_entries),
        rule(
            "without_the_content_rule_exactly_the_v0_2_entries_fail",
            policy::without_the_content_rule_exactly_the_v0_2_entries_fail,
        ),
    ]);
    libtest_mimic::run(&arguments, trials).exit();
}
