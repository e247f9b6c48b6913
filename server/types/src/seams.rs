//! Bug seams: bugs that reached production once, brought back on request so that a replay can be seen red.
//!
//! Only a build with the feature `witness` has this module; a release has neither the code nor the names.
//! The seams are named once, at boot, and stay as they are until the process ends. What a seam changes stands
//! where the bug once stood, under `#[cfg(feature = "witness")]`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

/// The variable that names the seams to open, separated by commas.
pub const VARIABLE: &str = "BUG_SEAMS";

/// A bug that can be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seam {
    /// The tenant guard lets every organisation through.
    TenantGuardOff,
    /// Redis keys and channels have no organisation in front.
    UnscopedRedisKeys,
    /// The tenant guard does not know that `/buildinfo` is open (#2395).
    BuildinfoGuarded,
    /// The binary says it was built from `dev` (D-03).
    BuildinfoDev,
    /// `before_ts` is accepted and does nothing (#2472).
    ActivityIgnoresBeforeTs,
    /// A peer is looked for among the sources only (#2474).
    ActivityPeerIsSourceOnly,
    /// A message that no agent can read is passed on to it (#2345).
    A2aForwardsUnreadable,
    /// A message reaches its agent without its parts, and its sender hears that all is well (#2345).
    A2aLosesTheParts,
    /// Every body is taken for a bare method and wrapped, also one that has an envelope.
    A2aWrapsEveryBody,
    /// A body that is no JSON is passed on.
    A2aTakesAnyBody,
    /// Only good answers carry the headers that protect a browser (D-07).
    HeadersOnSuccessOnly,
    /// The orphan sweep takes external workspaces for ones that lost their container.
    OrphansIncludeExternals,
    /// A v0.2 message reaches the agent with its `content`, which no agent reads (#2345).
    A2aKeepsV02Content,
    /// What a gateway says of a dead agent is passed on, and nobody looks after the agent (#2362).
    A2aPassesGatewayErrorsOn,
    /// An agent that nobody knows anything about counts as dead (#2362).
    A2aTakesDoubtForDeath,
    /// The control plane is asked after agents that it never started (#2362).
    A2aAsksAfterExternals,
    /// A waiting message that meets a busy agent is queued under its own key, and so taken for delivered.
    A2aDrainQueuesAgain,
    /// An agent with a queue of its own is queued for all the same (#2144).
    A2aQueuesForNativeSessions,
    /// A sender that shows nothing but its token has no name.
    A2aCallerByHeaderOnly,
    /// A beat that changes nothing is not announced, so a long task looks like silence (#2128).
    HeartbeatsUnannounced,
    /// The idle window that a runtime declares does nothing (#2139).
    HeartbeatsIdleTimeoutIgnored,
    /// `since_secs` is accepted and does nothing (#2268).
    ActivityIgnoresSinceSecs,
    /// Rows after a cursor come newest first, so the next cursor skips what lies between.
    ActivityCursorNewestFirst,
    /// A cursor of another workspace is a good one, and so tells that the row is there (#2339).
    ActivityCursorOfAnybody,
    /// `ACTIVITY_LOGGED` leaves the bodies out, so a live view needs a reload.
    ActivityEventsWithoutBodies,
    /// A runtime that judges its own health is judged all the same (#2141).
    HeartbeatsJudgeNativeRuntimes,
    /// A beat is answered without the inbound secret, which so never reaches an agent that lost it.
    HeartbeatsWithoutSecret,
    /// Whoever has a token may see every message that waits (#2329).
    A2aQueueOpenToEverybody,
    /// A value that cannot be used gives way to the default instead of ending the boot.
    BootTakesAnyValue,
}

impl Seam {
    /// Every seam.
    pub const ALL: [Self; 29] = [
        Self::TenantGuardOff,
        Self::UnscopedRedisKeys,
        Self::BuildinfoGuarded,
        Self::BuildinfoDev,
        Self::ActivityIgnoresBeforeTs,
        Self::ActivityPeerIsSourceOnly,
        Self::A2aForwardsUnreadable,
        Self::A2aLosesTheParts,
        Self::A2aWrapsEveryBody,
        Self::A2aTakesAnyBody,
        Self::HeadersOnSuccessOnly,
        Self::OrphansIncludeExternals,
        Self::A2aKeepsV02Content,
        Self::A2aPassesGatewayErrorsOn,
        Self::A2aTakesDoubtForDeath,
        Self::A2aAsksAfterExternals,
        Self::A2aDrainQueuesAgain,
        Self::A2aQueuesForNativeSessions,
        Self::A2aCallerByHeaderOnly,
        Self::HeartbeatsUnannounced,
        Self::HeartbeatsIdleTimeoutIgnored,
        Self::ActivityIgnoresSinceSecs,
        Self::ActivityCursorNewestFirst,
        Self::ActivityCursorOfAnybody,
        Self::ActivityEventsWithoutBodies,
        Self::HeartbeatsJudgeNativeRuntimes,
        Self::HeartbeatsWithoutSecret,
        Self::A2aQueueOpenToEverybody,
        Self::BootTakesAnyValue,
    ];

    /// Its name in [`VARIABLE`] and in the witness of a replay.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TenantGuardOff => "tenant_guard_off",
            Self::UnscopedRedisKeys => "unscoped_redis_keys",
            Self::BuildinfoGuarded => "buildinfo_guarded",
            Self::BuildinfoDev => "buildinfo_dev",
            Self::ActivityIgnoresBeforeTs => "activity_ignores_before_ts",
            Self::ActivityPeerIsSourceOnly => "activity_peer_is_source_only",
            Self::A2aForwardsUnreadable => "a2a_forwards_unreadable",
            Self::A2aLosesTheParts => "a2a_loses_the_parts",
            Self::A2aWrapsEveryBody => "a2a_wraps_every_body",
            Self::A2aTakesAnyBody => "a2a_takes_any_body",
            Self::HeadersOnSuccessOnly => "headers_on_success_only",
            Self::OrphansIncludeExternals => "orphans_include_externals",
            Self::A2aKeepsV02Content => "a2a_keeps_v02_content",
            Self::A2aPassesGatewayErrorsOn => "a2a_passes_gateway_errors_on",
            Self::A2aTakesDoubtForDeath => "a2a_takes_doubt_for_death",
            Self::A2aAsksAfterExternals => "a2a_asks_after_externals",
            Self::A2aDrainQueuesAgain => "a2a_drain_queues_again",
            Self::A2aQueuesForNativeSessions => "a2a_queues_for_native_sessions",
            Self::A2aCallerByHeaderOnly => "a2a_caller_by_header_only",
            Self::HeartbeatsUnannounced => "heartbeats_unannounced",
            Self::HeartbeatsIdleTimeoutIgnored => "heartbeats_idle_timeout_ignored",
            Self::ActivityIgnoresSinceSecs => "activity_ignores_since_secs",
            Self::ActivityCursorNewestFirst => "activity_cursor_newest_first",
            Self::ActivityCursorOfAnybody => "activity_cursor_of_anybody",
            Self::ActivityEventsWithoutBodies => "activity_events_without_bodies",
            Self::HeartbeatsJudgeNativeRuntimes => "heartbeats_judge_native_runtimes",
            Self::HeartbeatsWithoutSecret => "heartbeats_without_secret",
            Self::A2aQueueOpenToEverybody => "a2a_queue_open_to_everybody",
            Self::BootTakesAnyValue => "boot_takes_any_value",
        }
    }
}

/// A name that is no seam: a witness would prove nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{VARIABLE}: `{name}` is no bug seam; there are {}", Seam::ALL.map(Seam::name).join(", "))]
pub struct UnknownSeam {
    /// What was asked for.
    pub name: String,
}

static OPEN: OnceLock<BTreeSet<Seam>> = OnceLock::new();

/// Opens the seams that a text names, for the rest of the process. The first call counts.
///
/// # Errors
/// A name that is no seam.
pub fn open(names: &str) -> Result<(), UnknownSeam> {
    let named = parse(names)?;
    OPEN.get_or_init(|| named);
    Ok(())
}

/// Whether a seam is open.
#[must_use]
pub fn is_open(seam: Seam) -> bool {
    OPEN.get().is_some_and(|open| open.contains(&seam))
}

fn parse(names: &str) -> Result<BTreeSet<Seam>, UnknownSeam> {
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let seam = |name: &str| {
        let found = Seam::ALL.into_iter().find(|seam| seam.name() == name);
        found.ok_or_else(|| UnknownSeam { name: name.to_owned() })
    };
    names.map(seam).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seam_is_found_by_its_name_and_by_no_other() {
        for seam in Seam::ALL {
            assert_eq!(parse(seam.name()), Ok(BTreeSet::from([seam])));
        }
        let all = Seam::ALL.map(Seam::name).join(" , ");
        assert_eq!(parse(&all), Ok(BTreeSet::from(Seam::ALL)));
        assert_eq!(parse(""), Ok(BTreeSet::new()));
        let error = parse("tenant_guard_off,no_such_seam").unwrap_err();
        assert_eq!(error.name, "no_such_seam");
        assert!(error.to_string().contains("there are tenant_guard_off, "), "{error}");
    }
}
