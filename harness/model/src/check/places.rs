//! Identities, services, databases and variants, when the topology is known.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::Surroundings;
use super::walk::Walk;
use crate::replay::action::{Feed, Service};
use crate::replay::{Action, IdentityRef, Replay, Step};
use crate::template::{Expr, Part, Template};
use crate::topology::{Kind, Param, Topology};
use crate::yaml::{Diagnostic, Diagnostics, Span};

/// Checks the names of one step.
pub(super) fn step(step: &Step, walk: &mut Walk<'_, '_>) {
    let Some(topology) = walk.around.topology else { return };
    let mut places = Places { topology, values: &walk.values, diagnostics: walk.diagnostics };
    match &step.action {
        Action::Http(http) => {
            if let Some(identity) = &http.identity {
                places.identity(identity);
            }
        }
        Action::Mcp(mcp) => places.identity(&mcp.identity),
        Action::Ws(feed) | Action::Sse(feed) => {
            if let Feed::Open(open) = &**feed
                && let Some(identity) = &open.identity
            {
                places.identity(identity);
            }
        }
        Action::Sql(sql) => places.name(&sql.on, "database", topology.databases.keys()),
        Action::Logs(logs) => places.service(&logs.of),
        Action::Run(run) => {
            let harness = "harness".to_owned();
            places.name(&run.program, "program", topology.programs.keys().chain(std::iter::once(&harness)));
        }
        Action::Redis(redis) => redis.on.iter().for_each(|on| places.service(on)),
        Action::Stub(stub) => stub.on.iter().for_each(|on| places.service(on)),
        Action::Edge(edge) => edge.on.iter().for_each(|on| places.service(on)),
        Action::Service(service) => places.services(service),
        _ => {}
    }
}

/// Checks the variants that a replay wants.
pub(super) fn variants(replay: &Replay, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    let Some(topology) = around.topology else { return };
    for variant in replay.variants.iter().filter(|variant| !topology.variants.contains_key(*variant)) {
        let finding = Diagnostic::error(replay.span, format!("the topology has no variant `{variant}`"));
        diagnostics.push(finding.did_you_mean(variant, topology.variants.keys().map(String::as_str)));
    }
}

/// Every service that a variant or the topology itself has.
pub(super) fn all_services(topology: &Topology) -> impl Iterator<Item = &String> {
    topology.services.keys().chain(topology.variants.values().flat_map(|variant| variant.services.keys()))
}

/// Those of them that are programs: what else runs has no environment of its own.
fn all_programs(topology: &Topology) -> impl Iterator<Item = &String> {
    let variants = topology.variants.values().flat_map(|variant| &variant.services);
    let programs = topology.services.iter().chain(variants);
    programs.filter(|(_, service)| matches!(service.kind, Kind::Program { .. })).map(|(name, _)| name)
}

struct Places<'a, 'd> {
    topology: &'a Topology,
    values: &'a HashMap<String, Vec<String>>,
    diagnostics: &'d mut Diagnostics,
}

impl Places<'_, '_> {
    fn service(&mut self, name: &Template) {
        let topology = self.topology;
        self.name(name, "service", all_services(topology));
    }

    fn services(&mut self, service: &Service) {
        let names: Vec<&Template> = match service {
            Service::Pause(pause) => pause.services.iter().collect(),
            Service::Resume(resume) => resume.services.iter().collect(),
            Service::Kill(kill) => kill.services.iter().collect(),
            Service::Restart(restart) if restart.refuses || !restart.env.is_empty() => {
                return self.name(&restart.service, "program by the name of", all_programs(self.topology));
            }
            Service::Restart(restart) => vec![&restart.service],
            Service::CutOff(cut) => cut.services.iter().chain(cut.from.iter()).collect(),
            Service::Slow(slow) => slow.services.iter().chain(slow.from.iter()).collect(),
            Service::Heal(heal) => heal.services.iter().collect(),
        };
        names.into_iter().for_each(|name| self.service(name));
    }

    /// Whether everything that a template can be is a known name.
    fn name<'n>(&mut self, template: &Template, noun: &str, known: impl Iterator<Item = &'n String>) {
        let known: Vec<&str> = known.map(String::as_str).collect();
        for text in self.expansions(template) {
            if !known.contains(&text.as_str()) {
                self.unknown(template.span(), noun, &text, &known);
            }
        }
    }

    fn unknown(&mut self, span: Span, noun: &str, text: &str, known: &[&str]) {
        let finding = Diagnostic::error(span, format!("the topology has no {noun} `{text}`"));
        self.diagnostics.push(finding.did_you_mean(text, known.iter().copied()));
    }

    fn identity(&mut self, identity: &IdentityRef) {
        let known: Vec<&str> = self.topology.identities.keys().map(String::as_str).collect();
        for name in self.expansions(&identity.name) {
            if known.contains(&name.as_str()) {
                self.arguments(identity, &name);
            } else {
                self.unknown(identity.span, "identity", &name, &known);
            }
        }
    }

    fn arguments(&mut self, identity: &IdentityRef, name: &str) {
        let params = params(self.topology, name);
        for (arg, _) in identity.args.iter().filter(|(arg, _)| !params.contains_key(arg.as_str())) {
            let finding =
                Diagnostic::error(identity.span, format!("the identity `{name}` has no parameter `{arg}`"));
            self.diagnostics.push(finding.did_you_mean(arg, params.keys().copied()));
        }
        for (param, default) in params {
            let given = identity.args.iter().any(|(arg, _)| arg == param);
            if *default == Param::Required && !given {
                let message = format!("the identity `{name}` needs the argument `{param}`");
                self.diagnostics.push(Diagnostic::error(identity.span, message));
            }
        }
    }

    /// Every text that a template can be, as far as its values are written out; none otherwise.
    fn expansions(&self, template: &Template) -> Vec<String> {
        let mut texts = vec![String::new()];
        for part in template.parts() {
            let pieces: Vec<String> = match part {
                Part::Text(text) => vec![text.clone()],
                Part::Expr(Expr::Path(path)) if path.access.is_empty() => {
                    self.values.get(&path.root).cloned().unwrap_or_default()
                }
                Part::Expr(_) => Vec::new(),
            };
            texts = texts
                .iter()
                .flat_map(|text| pieces.iter().map(move |piece| format!("{text}{piece}")))
                .collect();
        }
        texts
    }
}

/// The parameters of an identity, those it takes over from the ones it is like included.
fn params<'a>(topology: &'a Topology, name: &str) -> IndexMap<&'a str, &'a Param> {
    let mut params = IndexMap::new();
    let mut next = Some(name);
    let mut left = topology.identities.len();
    while let Some(identity) = next.and_then(|name| topology.identities.get(name)).filter(|_| left > 0) {
        left -= 1;
        for (param, default) in &identity.params {
            params.entry(param.as_str()).or_insert(default);
        }
        next = identity.like.as_deref();
    }
    params
}
