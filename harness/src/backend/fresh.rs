//! Asking a running service which sources it was built from.

use std::collections::HashSet;

use harness_model::topology::Program;
use tokio::sync::Mutex;

use super::process::programs::{self, Programs};
use crate::world::{Options, WorldError};

/// Programs whose running digest was compared with the tree's.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    checked: Mutex<HashSet<String>>,
}

impl Fresh {
    /// Compares the digest a running service reports with the working tree's, once per program.
    pub(crate) async fn check(
        &self,
        options: &Options,
        programs: &Programs,
        http: &reqwest::Client,
        (name, program): (&str, &Program),
        base: &str,
    ) -> Result<(), WorldError> {
        let Some(at) = &program.digest_at else { return Ok(()) };
        let Some(built) = programs.get(name) else { return Ok(()) };
        let mut checked = self.checked.lock().await;
        if checked.contains(name) {
            return Ok(());
        }
        let failed = |reason: String| WorldError::Lookup { name: format!("{name} digest"), reason };
        let answer = http.get(format!("{base}{}", at.path)).send().await;
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        let answer: serde_json::Value = answer.json().await.map_err(|error| failed(error.to_string()))?;
        let path = serde_json_path::JsonPath::parse(&at.json).map_err(|error| failed(error.to_string()))?;
        let reported = path.query(&answer).first().and_then(|value| value.as_str()).unwrap_or("nothing");
        if reported != built.digest {
            return Err(programs::stale(options, name, reported, &built.digest));
        }
        checked.insert(name.to_owned());
        Ok(())
    }
}
