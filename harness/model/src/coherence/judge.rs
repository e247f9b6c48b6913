//! The seven findings: each list held against the others.

use indexmap::IndexMap;

use super::{Knob, Production, Shape};
use crate::rule::Rule;
use crate::topology::written::File;
use crate::topology::{EnvValue, Reference, SecretSpec, Segment, Text};
use crate::yaml::{Diagnostic, Diagnostics, Span};

/// The lists, read.
pub struct Lists<'a> {
    /// The topology, as it is written.
    pub topology: &'a File,
    /// What production sets.
    pub production: &'a Production,
    /// What the server reads.
    pub server: &'a [Knob],
}

impl<'a> Lists<'a> {
    fn knob(&self, name: &str) -> Option<&'a Knob> {
        self.server.iter().find(|knob| knob.name == name)
    }
}

/// Holds the lists against each other. What is wrong with the topology lands in `of_topology`, what is wrong with
/// the list of production in `of_production`.
pub fn judge(lists: &Lists<'_>, of_topology: &mut Diagnostics, of_production: &mut Diagnostics) {
    let tenants = tenants(lists, of_production);
    let mut judge = Judge { lists, of_topology, of_production };
    for tenant in &tenants {
        judge.missing(tenant);
        judge.extra(tenant);
        judge.required(tenant);
        judge.shapes(tenant);
        judge.roles(tenant);
        judge.hosts(tenant);
    }
    judge.unread(&tenants);
    judge.stale(&tenants);
    judge.shared(&tenants);
}

/// One tenant: its name and its environment with places.
struct Tenant<'a> {
    name: &'a str,
    env: IndexMap<&'a str, (Span, &'a EnvValue)>,
}

impl Tenant<'_> {
    /// Whether a variable is set to anything.
    fn sets(&self, name: &str) -> bool {
        self.env.get(name).is_some_and(|(_, value)| **value != EnvValue::Unset)
    }
}

fn tenants<'a>(lists: &Lists<'a>, diagnostics: &mut Diagnostics) -> Vec<Tenant<'a>> {
    let mut tenants = Vec::new();
    for name in &lists.production.tenants {
        let Some(service) = lists.topology.services.get(&name.value) else {
            let message =
                format!("the topology `{}` has no service `{}`", lists.topology.topology, name.value);
            let known = lists.topology.services.iter().map(|(name, _)| name);
            let finding = Diagnostic::error(name.span, message).rule(Rule::Reference);
            diagnostics.push(finding.did_you_mean(&name.value, known));
            continue;
        };
        let env = service.common.env.spanned().map(|(key, span, value)| (key, (span, value))).collect();
        tenants.push(Tenant { name: &name.value, env });
    }
    tenants
}

struct Judge<'a, 'd> {
    lists: &'a Lists<'a>,
    of_topology: &'d mut Diagnostics,
    of_production: &'d mut Diagnostics,
}

impl<'a> Judge<'a, '_> {
    /// In P, not in H. This alone would have found the missing `MOLECULE_CP_URL` of #2863.
    fn missing(&mut self, tenant: &Tenant<'_>) {
        for (name, span, setting) in self.lists.production.sets.spanned() {
            if !tenant.sets(name) {
                let message =
                    format!("production sets `{name}` ({}), `{}` goes without", setting.from, tenant.name);
                let help = format!("set `{name}` in the environment of `{}`", tenant.name);
                let finding = Diagnostic::lint(span, message).rule(Rule::EnvNotInTopology);
                self.of_production.push(finding.help(help));
            }
        }
    }

    /// In H, not in P, and no deviation.
    fn extra(&mut self, tenant: &Tenant<'_>) {
        let production = self.lists.production;
        for (name, (span, _)) in tenant.env.iter().filter(|(name, _)| tenant.sets(name)) {
            if production.sets.get(name).is_none() && production.deviations.get(name).is_none() {
                let message = format!("`{}` has `{name}`, production does not", tenant.name);
                let help = "leave it out, or list it under `deviations` with the reason";
                let finding = Diagnostic::lint(*span, message).rule(Rule::EnvNotInProduction);
                self.of_topology.push(finding.help(help));
            }
        }
    }

    /// Required in S, in neither.
    fn required(&mut self, tenant: &Tenant<'_>) {
        let set = |name: &str| tenant.sets(name) || self.lists.production.sets.get(name).is_some();
        for knob in self.lists.server.iter().filter(|knob| knob.is_required()) {
            if !set(&knob.name) && !knob.required_unless.as_deref().is_some_and(set) {
                let unless =
                    knob.required_unless.as_ref().map(|other| format!(" or `{other}`")).unwrap_or_default();
                let message = format!("the server needs `{}`{unless}; nobody sets it", knob.name);
                let finding =
                    Diagnostic::lint(self.lists.production.server.span, message).rule(Rule::EnvRequired);
                self.of_production.push(finding.help("set it on every tenant and list it under `sets`"));
            }
        }
    }

    /// The same key, another shape: between H and P, between either and S.
    fn shapes(&mut self, tenant: &Tenant<'_>) {
        for (name, (span, value)) in tenant.env.iter().filter(|(name, _)| tenant.sets(name)) {
            let has = Shape::of(value, self.lists.topology);
            let knob = self.lists.knob(name);
            let production =
                self.lists.production.sets.get(name).map(|setting| ("production", setting.shape));
            let wanted = production.into_iter().chain(knob.map(|knob| ("the server", knob.shape)));
            for (who, wanted) in wanted.filter(|(_, wanted)| !has.fits(*wanted)) {
                let message = format!("`{name}` is {} here and {} in {who}", noun(has), noun(wanted));
                let finding = Diagnostic::lint(*span, message).rule(Rule::EnvShape);
                self.of_topology.push(finding.help("write a value of the same kind"));
            }
            if knob.is_some_and(|knob| knob.secret) && is_plain(value) {
                let message = format!("`{name}` is a secret and stands here for everyone to read");
                let finding = Diagnostic::lint(*span, message).rule(Rule::EnvShape);
                self.of_topology.push(finding.help("draw it: `{ secret: random }`"));
            }
        }
    }

    /// One secret for two roles.
    fn roles(&mut self, tenant: &Tenant<'_>) {
        let mut seen: Vec<(&str, Span, &EnvValue)> = Vec::new();
        for (name, (span, value)) in &tenant.env {
            if !self.lists.knob(name).is_some_and(|knob| knob.secret) || is_drawn(value) || !tenant.sets(name)
            {
                continue;
            }
            if let Some((other, first, _)) = seen.iter().find(|(_, _, before)| before == value) {
                let message = format!("`{name}` and `{other}` are one secret in two roles");
                let finding = Diagnostic::lint(*span, message).rule(Rule::EnvShape);
                self.of_topology
                    .push(finding.label(*first, "the other role").help("give each role its own secret"));
            }
            seen.push((name, *span, value));
        }
    }

    /// Two keys that must agree lead to different hosts.
    fn hosts(&mut self, tenant: &Tenant<'_>) {
        for group in &self.lists.production.agree {
            let set = group.value.iter().filter_map(|name| {
                let (span, value) = tenant.env.get(name.as_str())?;
                Some((name, *span, host(value)?))
            });
            let set: Vec<_> = set.collect();
            let Some((first_name, first_span, first)) = set.first() else { continue };
            for (name, span, host) in set.iter().filter(|(_, _, host)| host != first) {
                let message = format!("`{name}` leads to {host}, `{first_name}` to {first}");
                let finding = Diagnostic::lint(*span, message).rule(Rule::EnvHosts);
                self.of_topology
                    .push(finding.label(*first_span, "the other one").help("let both lead to one host"));
            }
        }
    }

    /// In H or P, never read by S: dead or misspelt. Variants are held to this, too.
    fn unread(&mut self, tenants: &[Tenant<'_>]) {
        let lists = self.lists;
        let is_read = |name: &str| lists.knob(name).is_some() || lists.production.unread.get(name).is_some();
        let known: Vec<&str> = lists.server.iter().map(|knob| knob.name.as_str()).collect();
        let finding = |name: &str, span: Span| {
            let message = format!("the server never reads `{name}`");
            Diagnostic::lint(span, message).rule(Rule::EnvUnread).did_you_mean(name, known.iter().copied())
        };
        for (name, span, _) in lists.production.sets.spanned().filter(|(name, ..)| !is_read(name)) {
            self.of_production.push(finding(name, span));
        }
        let of_variants = lists.topology.variants.iter().flat_map(|(_, patches)| patches.iter());
        let of_variants = of_variants
            .filter(|(service, _)| tenants.iter().any(|tenant| tenant.name == *service))
            .flat_map(|(_, patch)| patch.common.env.spanned().map(|(name, span, _)| (name, span)));
        let of_tenants =
            tenants.iter().flat_map(|tenant| tenant.env.iter().map(|(name, (span, _))| (*name, *span)));
        for (name, span) in of_tenants.chain(of_variants).filter(|(name, _)| !is_read(name)) {
            self.of_topology.push(finding(name, span));
        }
    }

    /// A listed exception that is none any more would hide the next one.
    fn stale(&mut self, tenants: &[Tenant<'_>]) {
        let lists = self.lists;
        let production = lists.production;
        for (name, span, _) in production.deviations.spanned() {
            if production.sets.get(name).is_some() || !tenants.iter().any(|tenant| tenant.sets(name)) {
                let message = format!("`{name}` is no deviation: production sets it, or no tenant does");
                let finding = Diagnostic::lint(span, message).rule(Rule::EnvNotInProduction);
                self.of_production.push(finding.help("take it out of `deviations`"));
            }
        }
        for (name, span, _) in production.unread.spanned().filter(|(name, ..)| lists.knob(name).is_some()) {
            let finding =
                Diagnostic::lint(span, format!("the server reads `{name}` now")).rule(Rule::EnvUnread);
            self.of_production.push(finding.help("take it out of `unread`"));
        }
    }

    /// Tenants share a value that must differ.
    fn shared(&mut self, tenants: &[Tenant<'_>]) {
        for name in &self.lists.production.differ {
            let mut seen: Vec<(&str, Span, &EnvValue)> = Vec::new();
            for tenant in tenants {
                let Some((span, value)) = tenant.env.get(name.value.as_str()) else { continue };
                let same = seen.iter().find(|(_, _, before)| before == value && !is_drawn(value));
                if let Some((other, first, _)) = same {
                    let message = format!("`{}` and `{other}` share `{}`", tenant.name, name.value);
                    let finding = Diagnostic::lint(*span, message).rule(Rule::EnvShared);
                    self.of_topology
                        .push(finding.label(*first, "the same there").help("give each tenant its own"));
                }
                seen.push((tenant.name, *span, value));
            }
        }
    }
}

fn noun(shape: Shape) -> &'static str {
    match shape {
        Shape::Url => "an address",
        Shape::Dsn => "the address of a database",
        Shape::Number => "a whole number",
        Shape::Decimal => "a number",
        Shape::Flag => "a flag",
        Shape::List => "a list",
        Shape::Text => "a text",
        Shape::Empty => "empty",
    }
}

/// Drawn anew for each variable of each tenant: never equal to another.
fn is_drawn(value: &EnvValue) -> bool {
    matches!(value, EnvValue::Secret(SecretSpec::Random | SecretSpec::Key32))
}

/// Written out: no reference, no secret.
fn is_plain(value: &EnvValue) -> bool {
    matches!(value, EnvValue::Text(text) | EnvValue::On(_, text) if text.references().next().is_none() && !text.segments.is_empty())
}

/// The host that an address leads to, as far as it is written: `${cp-stub.url}/x` leads to `cp-stub`.
fn host(value: &EnvValue) -> Option<String> {
    let (EnvValue::Text(text) | EnvValue::On(_, text) | EnvValue::Secret(SecretSpec::Text(text))) = value
    else {
        return None;
    };
    match text.segments.first()? {
        Segment::Reference(Reference::Path(path)) => path.first().cloned(),
        Segment::Reference(Reference::Call { lookup, .. }) => Some(lookup.clone()),
        Segment::Literal(_) => Some(host_of_literal(text)),
    }
}

fn host_of_literal(text: &Text) -> String {
    let text = text.to_string();
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}
