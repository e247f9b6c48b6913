//! `harness env`: the environment each service is started with. Starts nothing.

use std::sync::Arc;

use harness_model::topology::{EnvValue, SecretSpec, ServiceSpec};
use harness_model::verdict::Exit;
use serde_json::{Map, Value, json};

use super::backend::Carrier;
use super::{CliError, topology};
use crate::outln;
use crate::project::Project;
use crate::report::style;
use crate::runner::stages::DEFAULT_TOPOLOGY;
use crate::world::{self, WorldSpec};

/// Shows the whole environment that each service gets, and what a variant changes in it.
///
/// A child process gets nothing else. References such as `${cp-stub.url}` are resolved when a world starts;
/// secrets are drawn anew in each world and are never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness env                                   every service
  harness env tenant-alpha --variant short-idle one service, with what the variant changes
  harness env --json                            for programs, such as a coherence check")]
pub(super) struct Args {
    /// Only this service.
    service: Option<String>,
    /// The topology.
    #[arg(long, default_value = DEFAULT_TOPOLOGY)]
    topology: String,
    /// A variant of the topology; a later one is laid over an earlier one.
    #[arg(long = "variant", value_name = "VARIANT")]
    variants: Vec<String>,
    #[command(flatten)]
    carrier: Carrier,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let topology = topology(project, &args.topology)?;
    let default = WorldSpec::of(Arc::clone(&topology));
    let varied = WorldSpec { variants: args.variants.clone(), ..default.clone() };
    let backend = args.carrier.backend;
    let (default, varied) = (world::services(&default, backend)?, world::services(&varied, backend)?);
    if let Some(name) = args.service.as_ref().filter(|name| !varied.contains_key(*name)) {
        let known: Vec<_> = varied.keys().map(String::as_str).collect();
        return Err(CliError::usage(
            format!("no service `{name}`"),
            format!("services: {}", known.join(", ")),
        ));
    }
    let wanted = varied.iter().filter(|(name, _)| args.service.as_ref().is_none_or(|only| only == *name));
    let text = if args.json {
        as_json(wanted)
    } else {
        wanted.map(|(name, spec)| page(name, spec, default.get(name))).collect::<Vec<_>>().join("\n")
    };
    outln!("{}", text.trim_end());
    Ok(Exit::Green)
}

fn as_json<'a>(services: impl Iterator<Item = (&'a String, &'a ServiceSpec)>) -> String {
    let env = |spec: &ServiceSpec| -> Map<String, Value> {
        spec.env.iter().map(|(name, value)| (name.clone(), value_json(value))).collect()
    };
    let all: Map<String, Value> =
        services.map(|(name, spec)| (name.clone(), Value::Object(env(spec)))).collect();
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

fn value_json(value: &EnvValue) -> Value {
    match value {
        EnvValue::Text(text) | EnvValue::On(_, text) => json!({ "value": text.to_string() }),
        EnvValue::Secret(spec) => json!({ "secret": secret(spec) }),
        EnvValue::Unset => Value::Null,
    }
}

/// One service: every variable, marked where the variant differs from the default.
fn page(name: &str, spec: &ServiceSpec, default: Option<&ServiceSpec>) -> String {
    let mut lines = vec![style::heading(name)];
    if spec.env.is_empty() {
        lines.push(style::dim("  (empty)"));
    }
    let width = spec.env.keys().map(String::len).max().unwrap_or_default();
    for (key, value) in &spec.env {
        let before = default.and_then(|default| default.env.get(key));
        let mark = if before == Some(value) { " " } else { "*" };
        lines.push(format!("{mark} {key:width$}  {}", value_text(value)));
    }
    lines.join("\n") + "\n"
}

fn value_text(value: &EnvValue) -> String {
    match value {
        EnvValue::Text(text) | EnvValue::On(_, text) => text.to_string(),
        EnvValue::Secret(spec) => style::dim(&format!("‹{}›", secret(spec))),
        EnvValue::Unset => style::dim("(unset)"),
    }
}

fn secret(spec: &SecretSpec) -> &'static str {
    match spec {
        SecretSpec::Random => "random, new in each world",
        SecretSpec::Key32 => "random key of 32 bytes, new in each world",
        SecretSpec::Text(_) => "a secret text",
    }
}
