//! `harness verify-sha`: after a redeploy, does every tenant serve the released build?

use std::time::Duration;

use harness_model::verdict::Exit;
use url::Url;

use super::CliError;
use crate::outln;
use crate::release::sha::{self, Fleet, MOVING_TAGS, Standing, Tenant};

/// Checks that every tenant serves the expected build.
///
/// Only what GET /buildinfo says counts; the exit code of the redeploy command does not. A tenant that serves
/// another build is STALE and fails the check. A tenant that does not say is UNREACHABLE: a warning for some of
/// them, a failure when it is all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness verify-sha --expect 4f2a91c --tenant alpha=https://alpha.example.com --tenant beta=https://beta.example.com
  harness verify-sha --expect 4f2a91c --tag latest --via http://localhost:8080 \\
      --tenant alpha=http://harness-tenant-alpha.localhost")]
pub(super) struct Args {
    /// The SHA that the release was built from.
    #[arg(long, value_name = "SHA", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    expect: String,
    /// A tenant and its address; give it once per tenant.
    #[arg(long = "tenant", value_name = "NAME=URL", required = true)]
    tenants: Vec<Tenant>,
    /// The image tag that was deployed. Only `latest` and `staging-latest` move; any other tag was pinned by an
    /// operator, and its tenants are not expected to follow the release.
    #[arg(long)]
    tag: Option<String>,
    /// Send every request to this address, with the tenant in the Host header.
    #[arg(long, value_name = "URL")]
    via: Option<Url>,
    /// How long a tenant may take to answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
}

pub(super) async fn run(args: Args) -> Result<Exit, CliError> {
    if let Some(tag) = args.tag.as_deref().filter(|tag| !MOVING_TAGS.contains(tag)) {
        outln!(
            "SKIPPED: the tag `{tag}` is pinned by an operator; only {} are verified",
            MOVING_TAGS.join(", ")
        );
        return Ok(Exit::Green);
    }
    let within = Duration::from_secs(args.timeout);
    let answers = sha::ask(&args.tenants, args.via.as_ref(), within)
        .await
        .map_err(|error| CliError::usage(format!("no HTTP client: {error}"), "check the TLS set-up"))?;
    let standings: Vec<_> = answers.iter().map(|answer| Standing::of(answer, &args.expect)).collect();
    for (tenant, standing) in args.tenants.iter().zip(&standings) {
        outln!("{:<11} {}{}", standing.word(), tenant.name, detail(standing, &args.expect));
    }
    let fleet = Fleet::of(&standings);
    outln!("{}", verdict(fleet));
    Ok(if fleet.is_good() { Exit::Green } else { Exit::Red })
}

fn detail(standing: &Standing, expected: &str) -> String {
    match standing {
        Standing::Ok => String::new(),
        Standing::Stale(sha) => format!(": serves {sha}, expected {expected}"),
        Standing::Unreachable(cause) => format!(": {cause}"),
    }
}

fn verdict(fleet: Fleet) -> &'static str {
    match fleet {
        Fleet::Verified => "verified: every tenant serves the expected build",
        Fleet::Partly => {
            "warning: some tenants did not say what they serve; the others serve the expected build"
        }
        Fleet::Stale => "failed: at least one tenant serves another build",
        Fleet::Dark => "failed: no tenant said what it serves, nothing was verified",
    }
}
