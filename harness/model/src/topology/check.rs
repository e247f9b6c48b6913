//! What a topology may not say: names of nothing, references to nothing, circles.
//!
//! Runs on the written file, so that every problem points at its line; all problems at once.

use std::collections::HashSet;

use super::identity::Param;
use super::service::{EnvValue, SecretSpec};
use super::text::{Reference, Text};
use super::written::{At, CallForm, CommonForm, File, IdentityForm, KindForm, PatchForm};
use crate::form::Map;
use crate::yaml::{Diagnostic, Diagnostics, Span};

/// Pushes every problem of the file.
pub(super) fn check(file: &File, diagnostics: &mut Diagnostics) {
    let mut checker = Checker { file, diagnostics };
    checker.services();
    checker.variants();
    checker.names("role", &file.roles);
    checker.databases();
    checker.lookups();
    checker.identities();
    file.always.iter().for_each(|rule| rule.check(diagnostics));
}

/// What may follow the name of a service.
const PARTS: [&str; 5] = ["url", "host", "port", "address", "name"];

struct Checker<'a> {
    file: &'a File,
    diagnostics: &'a mut Diagnostics,
}

/// What the references of a text may name.
struct Scope<'a> {
    /// The service whose environment it is.
    own: Option<&'a str>,
    params: Vec<&'a str>,
    /// Whether lookups may be called.
    lookups: bool,
}

impl<'a> Checker<'a> {
    fn problem(&mut self, span: Span, message: String) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    fn unknown<'n>(&mut self, kind: &str, span: Span, name: &str, known: impl IntoIterator<Item = &'n str>) {
        let diagnostic =
            Diagnostic::error(span, format!("unknown {kind} `{name}`")).did_you_mean(name, known);
        self.diagnostics.push(diagnostic);
    }

    fn known_service(&mut self, name: &At<String>) {
        if !self.all_services().contains(&name.value.as_str()) {
            let known = self.all_services();
            self.unknown("service", name.span, &name.value, known);
        }
    }

    /// The services of the topology and of all its variants.
    fn all_services(&self) -> Vec<&'a str> {
        let further = self.file.variants.iter().flat_map(|(_, patches)| patches.iter());
        let further = further.filter(|(_, patch)| patch.kind.is_some()).map(|(name, _)| name);
        self.file.services.iter().map(|(name, _)| name).chain(further).collect()
    }

    fn services(&mut self) {
        let file = self.file;
        for (name, span, service) in file.services.spanned() {
            self.service(name, span, Some(&service.kind), &service.common);
        }
        for (name, span, _) in file.services.spanned() {
            if needs_itself(file, name) {
                self.problem(span, format!("`{name}` needs itself, through its `needs`"));
            }
        }
    }

    fn service(&mut self, name: &str, span: Span, kind: Option<&'a KindForm>, common: &'a CommonForm) {
        for need in &common.needs {
            self.known_service(need);
        }
        match kind {
            Some(KindForm::Program(program)) if self.file.programs.get(&program.value).is_none() => {
                let known: Vec<&str> = self.file.programs.iter().map(|(name, _)| name).collect();
                self.unknown("program", program.span, &program.value, known);
            }
            Some(KindForm::Edge(edge)) => {
                let scope = Scope { own: Some(name), params: Vec::new(), lookups: false };
                for (host, span, service) in edge.routes.spanned() {
                    self.known_service(service);
                    match Text::parse(host) {
                        Ok(host) => self.text(&host, span, &scope),
                        Err(error) => self.problem(span, error.problem.into()),
                    }
                }
            }
            _ => {}
        }
        if !common.args.is_empty() && !matches!(kind, Some(KindForm::Program(_))) {
            self.problem(span, format!("`{name}`: only a program has `args`"));
        }
        let scope = Scope { own: Some(name), params: Vec::new(), lookups: false };
        for (_, span, value) in common.env.spanned() {
            if let EnvValue::Text(text) | EnvValue::On(_, text) | EnvValue::Secret(SecretSpec::Text(text)) =
                value
            {
                self.text(text, span, &scope);
            }
        }
        for arg in &common.args {
            self.text(&arg.value, arg.span, &scope);
        }
        for ready in &common.ready {
            let http = matches!(ready.what, super::written::ReadyKind::Http(_));
            if !http && (ready.host.is_some() || ready.status.is_some()) {
                self.problem(ready.span, "`host` and `status` belong to an `http` condition".into());
            }
        }
    }

    fn variants(&mut self) {
        let file = self.file;
        for (name, span, patch) in file.variants.iter().flat_map(|(_, patches)| patches.spanned()) {
            self.patch(name, span, patch);
        }
    }

    fn patch(&mut self, name: &str, span: Span, patch: &'a PatchForm) {
        let exists = self.file.services.get(name).is_some();
        match (&patch.kind, exists) {
            (Some(_), true) => {
                self.problem(span, format!("`{name}` exists already: a variant changes its `env` only"));
            }
            (None, false) => {
                let known: Vec<&str> = self.file.services.iter().map(|(name, _)| name).collect();
                self.unknown("service", span, name, known);
            }
            _ => {}
        }
        let common = &patch.common;
        let other = !common.args.is_empty() || !common.needs.is_empty() || !common.ready.is_empty();
        if patch.kind.is_none() && (other || common.optional) {
            self.problem(span, format!("`{name}`: a variant changes only the `env` of a service"));
        }
        let kind = patch.kind.as_ref().or_else(|| self.file.services.get(name).map(|service| &service.kind));
        self.service(name, span, kind, common);
    }

    fn names(&mut self, _kind: &str, names: &'a Map<At<String>>) {
        for (_, service) in names.iter() {
            self.known_service(service);
        }
    }

    fn databases(&mut self) {
        for (_, service) in self.file.databases.iter() {
            match self.file.services.get(&service.value) {
                None => self.known_service(service),
                Some(found) if !matches!(found.kind, KindForm::Postgres(_)) => {
                    self.problem(service.span, format!("`{}` is no Postgres", service.value));
                }
                Some(_) => {}
            }
        }
    }

    fn lookups(&mut self) {
        for (_, lookup) in self.file.lookups.iter() {
            if let Some(identity) = &lookup.identity {
                self.known_identity(identity);
            }
            let params = lookup.params.iter().map(String::as_str).collect();
            let scope = Scope { own: None, params, lookups: false };
            let (CallForm::Get(target) | CallForm::Post(target)) = &lookup.call;
            self.text(&target.value, target.span, &scope);
            if lookup.body.is_some() && matches!(lookup.call, CallForm::Get(_)) {
                self.problem(target.span, "a `get` sends nothing: `send` belongs to `post`".into());
            }
            if let Err(error) = serde_json_path::JsonPath::parse(&lookup.json.value) {
                self.problem(lookup.json.span, format!("not a JSON path: {error}"));
            }
        }
    }

    fn known_identity(&mut self, identity: &At<String>) {
        if self.file.identities.get(&identity.value).is_none() {
            let known: Vec<&str> = self.file.identities.iter().map(|(name, _)| name).collect();
            self.unknown("identity", identity.span, &identity.value, known);
        }
    }

    fn identities(&mut self) {
        for (name, span, identity) in self.file.identities.spanned() {
            if let Some(like) = &identity.like {
                self.known_identity(like);
            }
            let Some(chain) = chain(self.file, name) else {
                self.problem(span, format!("`{name}` is `like` itself"));
                continue;
            };
            let whole = chain.last().is_some_and(|last| last.like.is_none());
            if whole && !chain.iter().any(|identity| identity.via.is_some()) {
                self.problem(span, format!("`{name}` has no `via`, nor has what it is `like`"));
            }
            let params = chain.iter().flat_map(|identity| identity.params.iter().map(|(name, _)| name));
            let scope = Scope { own: None, params: params.collect(), lookups: true };
            self.identity(identity, &scope);
        }
    }

    fn identity(&mut self, identity: &'a IdentityForm, scope: &Scope<'_>) {
        if let Some(via) = &identity.via
            && via.value.references().next().is_none()
        {
            self.known_service(&At { value: via.value.to_string(), span: via.span });
        }
        let texts = [&identity.via, &identity.host, &identity.bearer].into_iter().flatten();
        for text in texts.chain(identity.headers.iter().map(|(_, text)| text)) {
            self.text(&text.value, text.span, scope);
        }
        for (_, span, param) in identity.params.spanned() {
            match &param.0 {
                Param::Text(text) => self.text(text, span, scope),
                Param::List(texts) => texts.iter().for_each(|text| self.text(text, span, scope)),
                Param::Required | Param::Null => {}
            }
        }
    }

    fn text(&mut self, text: &Text, span: Span, scope: &Scope<'_>) {
        for reference in text.references() {
            match reference {
                Reference::Path(parts) => self.path(parts, reference, span, scope),
                Reference::Call { lookup, args } => self.call(lookup, args, span, scope),
            }
        }
    }

    fn path(&mut self, parts: &[String], reference: &Reference, span: Span, scope: &Scope<'_>) {
        match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [param] if scope.params.contains(param) => {}
            [param] => self.unknown("parameter", span, param, scope.params.iter().copied()),
            ["world", "id"] => {}
            // Where to listen is a service's own affair: nobody else can use it.
            ["self", "bind"] if scope.own.is_some() => {}
            ["var", name] => {
                if self.file.variables.get(name).is_none() {
                    let known: Vec<&str> = self.file.variables.iter().map(|(name, _)| name).collect();
                    self.unknown("variable", span, name, known);
                }
            }
            [service, rest @ ..] => {
                let service = if *service == "self" { scope.own.unwrap_or(service) } else { service };
                if !self.all_services().contains(&service) {
                    let known = self.all_services();
                    self.unknown("service", span, service, known);
                    return;
                }
                self.part(service, rest, reference, span);
            }
            [] => {}
        }
    }

    fn part(&mut self, service: &str, rest: &[&str], reference: &Reference, span: Span) {
        match rest {
            ["env", name] => {
                let known = variables(self.file, service);
                if !known.contains(name) {
                    self.unknown(&format!("variable of `{service}`"), span, name, known);
                }
            }
            [part] if PARTS.contains(part) => {}
            [part] => self.unknown("part of a service", span, part, PARTS),
            _ => self.problem(span, format!("`${{{reference}}}` names nothing")),
        }
    }

    fn call(&mut self, lookup: &str, args: &[String], span: Span, scope: &Scope<'_>) {
        let known: Vec<&str> = self.file.lookups.iter().map(|(name, _)| name).collect();
        if !scope.lookups {
            self.problem(span, format!("`{lookup}(...)`: only an identity looks values up"));
            return;
        }
        let Some(found) = self.file.lookups.get(lookup) else {
            self.unknown("lookup", span, lookup, known);
            return;
        };
        if found.params.len() != args.len() {
            let wanted = found.params.len();
            self.problem(span, format!("`{lookup}` takes {wanted} arguments, not {}", args.len()));
        }
        for arg in args.iter().filter(|arg| !scope.params.contains(&arg.as_str())) {
            self.unknown("parameter", span, arg, scope.params.iter().copied());
        }
    }
}

/// The variables a service has, in the topology or in any variant.
fn variables<'a>(file: &'a File, service: &str) -> Vec<&'a str> {
    let own = file.services.get(service).map(|service| &service.common.env);
    let patches = file.variants.iter().filter_map(|(_, patches)| patches.get(service));
    let all = own.into_iter().chain(patches.map(|patch| &patch.common.env));
    all.flat_map(|env| env.iter().map(|(name, _)| name)).collect()
}

fn needs_itself(file: &File, name: &str) -> bool {
    let (mut open, mut seen) = (vec![name], HashSet::new());
    while let Some(next) = open.pop() {
        for need in file.services.get(next).into_iter().flat_map(|service| &service.common.needs) {
            if need.value == name {
                return true;
            }
            if seen.insert(need.value.as_str()) {
                open.push(&need.value);
            }
        }
    }
    false
}

/// The identity and all it is `like`; none when that is a circle.
fn chain<'a>(file: &'a File, name: &'a str) -> Option<Vec<&'a IdentityForm>> {
    let (mut chain, mut next) = (Vec::new(), Some(name));
    while let Some(found) = next.and_then(|name| file.identities.get(name)) {
        if chain.len() > file.identities.len() {
            return None;
        }
        chain.push(found);
        next = found.like.as_ref().map(|like| like.value.as_str());
    }
    Some(chain)
}
