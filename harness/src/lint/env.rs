//! The environment of the tenants held against production's, and both against what the server reads.

use std::path::PathBuf;

use harness_model::coherence::{Knob, Lists, Production, judge};
use harness_model::form::Form as _;
use harness_model::rule::Rule;
use harness_model::topology::written::File;
use harness_model::yaml::{self, Diagnostic, Diagnostics};

use super::Report;
use crate::project::Project;
use crate::runner::load::read;

/// Holds the lists against each other; a project without a list of production has nothing to hold.
pub(super) fn check(project: &Project, report: &mut Report) {
    let file = project.production_env();
    if !file.is_file() {
        return;
    }
    let source = match read(project, &file) {
        Ok(source) => source,
        Err(finding) => return report.refuse(Rule::Reference, &project.shown(&file), finding),
    };
    let (production, mut of_production) = Production::parse(source);
    let mut of_topology = None;
    if let Some(production) = production {
        of_topology = held(project, &production, &mut of_production);
    }
    report.diagnostics(&of_production);
    of_topology.iter().for_each(|diagnostics| report.diagnostics(diagnostics));
}

/// What is wrong with the topology, when all lists can be read.
fn held(project: &Project, production: &Production, of_production: &mut Diagnostics) -> Option<Diagnostics> {
    let server = table(project, production, of_production)?;
    let path = project.topologies().join(format!("{}.yaml", production.topology.value));
    let missing = |why: String| Diagnostic::error(production.topology.span, why).rule(Rule::Reference);
    let source = read(project, &path).map_err(|why| of_production.push(missing(why))).ok()?;
    let mut of_topology = Diagnostics::new(source.clone());
    // What is wrong with the file as a topology is told where topologies are checked.
    let mut own = Diagnostics::new(source);
    let topology = yaml::parse(&mut own).and_then(|node| File::read(&node, &mut own))?;
    let lists = Lists { topology: &topology, production, server: &server };
    judge(&lists, &mut of_topology, of_production);
    Some(of_topology)
}

fn table(project: &Project, production: &Production, diagnostics: &mut Diagnostics) -> Option<Vec<Knob>> {
    let path: PathBuf = project.root().join(&production.server.value);
    let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    let table = read.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
    let wrong = |why: String| {
        let finding =
            Diagnostic::error(production.server.span, format!("{}: {why}", production.server.value));
        diagnostics.push(finding.rule(Rule::Reference).help("the server prints it: `env --json`"));
    };
    table.map_err(wrong).ok()
}
