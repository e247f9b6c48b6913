//! Starting a service anew with some of its environment changed, and what came of it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Noted in the log of a service before a start that is to be refused: the end that follows was asked for.
pub(crate) const REFUSES: &str = "[harness] Refuses";

/// How a service is started anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reboot {
    /// The variables that differ in this start, and in no later one; `None` leaves one out.
    pub env: IndexMap<String, Option<String>>,
    /// Its end is waited for, and its readiness would be wrong.
    pub refuses: bool,
}

/// What came of a [`Reboot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Boot {
    /// It is ready.
    Ready,
    /// It ended before it was ready.
    Ended(LastWords),
    /// It neither became ready nor ended in time.
    Neither,
}

/// How a program that was not ready yet ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWords {
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The same as people say it.
    pub how: String,
    /// What it wrote on standard output in this start.
    pub stdout: String,
    /// What it wrote on standard error in this start.
    pub stderr: String,
}

impl Reboot {
    /// An environment with the variables that differ laid over it.
    pub(crate) fn over<V: Clone>(&self, env: &[(String, V)], value: impl Fn(&str) -> V) -> Vec<(String, V)> {
        let kept = env.iter().filter(|(name, _)| !self.env.contains_key(name)).cloned();
        let set = self.env.iter().filter_map(|(name, text)| Some((name.clone(), value(text.as_deref()?))));
        kept.chain(set).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_sets_replaces_and_leaves_out_and_touches_nothing_else() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let env = [pair("A", "1"), pair("B", "1"), pair("C", "1")];
        let over = IndexMap::from([("B".to_owned(), None), ("C".to_owned(), Some("2".to_owned()))]);
        let mut reboot = Reboot { env: over, refuses: false };
        reboot.env.insert("D".to_owned(), Some("3".to_owned()));
        let laid = reboot.over(&env, str::to_owned);
        assert_eq!(laid, [pair("A", "1"), pair("C", "2"), pair("D", "3")]);
        assert_eq!(Reboot::default().over(&env, str::to_owned), env);
    }
}
