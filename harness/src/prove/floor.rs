//! `replays/prove.yaml`: what a score may not fall below.
//!
//! A floor may only rise: `--bless` raises it to just below the present score and leaves the rest alone. The
//! one point between the two is for answers that differ from run to run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use harness_model::floor::Floors;
use harness_model::yaml::{Source, Style};

use super::suite::Proof;
use crate::project::Project;

/// The head of the file.
const HEAD: &str = "\
# What `harness prove` found at least: the whole percent of changed observations that the expectations noticed,
# for the suite and for each file with steps. A score below its floor is red; floors rise with `--bless`.
";

/// The floors of a project and where they stand.
#[derive(Debug)]
pub struct FloorFile {
    path: PathBuf,
    floors: Floors,
}

/// A score below its floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallen {
    /// The file, or `suite`.
    pub what: String,
    /// The floor.
    pub floor: u64,
    /// The score.
    pub score: u64,
}

impl FloorFile {
    /// Reads the floors; a project without the file has none.
    ///
    /// # Errors
    /// The rendered findings.
    pub fn read(project: &Project) -> Result<Self, String> {
        let path = project.replays().join("prove.yaml");
        let shown = project.shown(&path);
        let floors = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Floors::none(),
            Err(error) => return Err(format!("{shown}: {error}")),
            Ok(text) => {
                let (floors, findings) = Floors::read(Source::new(shown, text));
                floors.ok_or_else(|| findings.render(Style::Plain))?
            }
        };
        Ok(FloorFile { path, floors })
    }

    /// Scores below their floor; files that have no score here are not judged.
    #[must_use]
    pub fn fallen(&self, proof: &Proof) -> Vec<Fallen> {
        let scores = scores(proof);
        let floors = floors(&self.floors);
        let below = floors.into_iter().filter_map(|(what, floor)| {
            let score = *scores.get(&what)?;
            (score < floor).then_some(Fallen { what, floor, score })
        });
        below.collect()
    }

    /// Files whose floor could not be judged: nothing of them is in the run.
    #[must_use]
    pub fn unseen(&self, proof: &Proof) -> Vec<String> {
        let scores = scores(proof);
        floors(&self.floors).into_keys().filter(|what| !scores.contains_key(what)).collect()
    }

    /// Floors that could be higher.
    #[must_use]
    pub fn could_rise(&self, proof: &Proof) -> usize {
        let floors = floors(&self.floors);
        let own = |what: &String| floors.get(what).copied().unwrap_or(0);
        scores(proof).iter().filter(|(what, score)| score.saturating_sub(SLACK) > own(what)).count()
    }

    /// Raises every floor to its score, but for the slack.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn raise(&self, proof: &Proof) -> std::io::Result<()> {
        let mut floors = floors(&self.floors);
        for (what, score) in scores(proof) {
            let floor = floors.entry(what).or_default();
            *floor = score.saturating_sub(SLACK).max(*floor);
        }
        let suite = floors.remove(SUITE).unwrap_or_default();
        let mut text = format!("{HEAD}suite: {suite}\nfiles:\n");
        for (file, floor) in floors {
            text += &format!("  {file}: {floor}\n");
        }
        crate::report::log::write_file(&self.path, &text)
    }
}

/// Points by which a floor stays below its score.
const SLACK: u64 = 1;

/// The name of the whole among the files.
const SUITE: &str = "suite";

fn scores(proof: &Proof) -> BTreeMap<String, u64> {
    let files = proof.files.iter().map(|(file, score)| (file.clone(), score.percent()));
    files.chain([(SUITE.to_owned(), proof.suite().percent())]).collect()
}

fn floors(floors: &Floors) -> BTreeMap<String, u64> {
    let files = floors.files.iter().map(|(file, floor)| (file.to_owned(), *floor));
    files.chain([(SUITE.to_owned(), floors.suite)]).collect()
}
