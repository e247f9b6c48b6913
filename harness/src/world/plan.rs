//! From a spec to what is started: variant and overlays applied, every variable resolved.
//!
//! Pure: addresses come in, environments come out. All addresses are known before anything
//! starts, so a service may refer to one that starts later.

use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness_model::topology::{
    Backend, EdgeSpec, EnvValue, Kind, Reference, SecretSpec, ServiceSpec, Text, Topology, Variable,
};
use indexmap::IndexMap;

use super::{Endpoint, Looked, Options, WorldError, WorldSpec};
use crate::edge;

/// Services by name, in topology order.
pub(crate) type Services = IndexMap<String, ServiceSpec>;

/// The services of a world: the topology's with variant, overlay and bug seams laid over them, as one
/// backend runs them.
pub(crate) fn services(spec: &WorldSpec, backend: Backend) -> Result<Services, WorldError> {
    let topology = &spec.topology;
    let mut services = topology.services.clone();
    for name in &spec.variants {
        let variants = &topology.variants;
        let variant =
            variants.get(name).ok_or_else(|| WorldError::unknown("variant", name, variants.keys()))?;
        services.extend(variant.services.clone());
        for (service, env) in &variant.env {
            known(&mut services, service)?.env.extend(env.clone());
        }
    }
    for (service, env) in &spec.env {
        let under = &mut known(&mut services, service)?.env;
        for (name, value) in env {
            under.insert(name.clone(), overlay(service, name, value.as_deref())?);
        }
    }
    seed_bugs(spec, &mut services)?;
    for service in services.values_mut() {
        service.env =
            service.env.drain(..).filter_map(|(name, value)| Some((name, value.on(backend)?))).collect();
    }
    Ok(services)
}

fn known<'a>(services: &'a mut Services, name: &str) -> Result<&'a mut ServiceSpec, WorldError> {
    if !services.contains_key(name) {
        return Err(WorldError::unknown("service", name, services.keys()));
    }
    Ok(&mut services[name])
}

fn overlay(service: &str, name: &str, value: Option<&str>) -> Result<EnvValue, WorldError> {
    let Some(value) = value else { return Ok(EnvValue::Unset) };
    let text = Text::parse(value);
    text.map(EnvValue::Text).map_err(|error| WorldError::Usage(format!("{service}.env.{name}: {error}")))
}

/// Tells each service which seams to open. A seam that reaches nobody would leave the witness green.
fn seed_bugs(spec: &WorldSpec, services: &mut Services) -> Result<(), WorldError> {
    for (seam, wanted) in &spec.bugs {
        for name in wanted {
            known(services, name)?;
        }
        let mut reached = false;
        for (name, service) in services.iter_mut() {
            let Some(variable) = bug_env(&spec.topology, service) else { continue };
            if !wanted.is_empty() && !wanted.contains(name) {
                continue;
            }
            let before = match service.env.get(variable) {
                Some(EnvValue::Text(before)) => format!("{before},"),
                _ => String::new(),
            };
            service.env.insert(variable.to_owned(), EnvValue::Text(Text::literal(before + seam)));
            reached = true;
        }
        if !reached {
            return Err(WorldError::Unsupported(format!(
                "bug seam `{seam}`: no program of this world has a `bug_env` in its topology to open it with"
            )));
        }
    }
    Ok(())
}

/// The variable that opens seams in a service's program, when that has any.
pub(crate) fn bug_env<'t>(topology: &'t Topology, service: &ServiceSpec) -> Option<&'t str> {
    let Kind::Program { name, .. } = &service.kind else { return None };
    topology.programs.get(name)?.bug_env.as_deref()
}

/// What references may name.
pub(crate) struct Facts {
    /// The world's id.
    pub(crate) world: String,
    /// `${var.<name>}`.
    pub(crate) variables: IndexMap<String, String>,
    /// How services reach each other. An optional service that is missing has none.
    pub(crate) endpoints: IndexMap<String, Endpoint>,
    /// How a service reaches another where that is not how all others do: by who reaches, then whom.
    pub(crate) views: IndexMap<(String, String), Endpoint>,
    /// Where a service listens when that differs from how it is reached: `${self.port}`.
    pub(crate) listens: IndexMap<String, Endpoint>,
    /// The address that services listen on: `${self.bind}`.
    pub(crate) bind: Ipv4Addr,
}

impl Facts {
    /// How one service reaches another.
    pub(crate) fn reached(&self, by: &str, service: &str) -> Option<&Endpoint> {
        self.view(by, service).or_else(|| self.endpoints.get(service))
    }

    /// The same, where it is not how all others do.
    pub(crate) fn view(&self, by: &str, service: &str) -> Option<&Endpoint> {
        self.views.get(&(by.to_owned(), service.to_owned()))
    }
}

/// The values of a topology's variables: what a person asked for, or the default.
pub(crate) fn variables(topology: &Topology) -> IndexMap<String, String> {
    let value = |variable: &Variable| {
        let given = variable.env.as_ref().and_then(|name| std::env::var(name).ok());
        given.filter(|value| !value.is_empty()).unwrap_or_else(|| variable.default.clone())
    };
    topology.variables.iter().map(|(name, variable)| (name.clone(), value(variable))).collect()
}

/// The port a person asked for a service of a leased world, such as that of `BASE`.
pub(crate) fn asked_port(service: &ServiceSpec, options: &Options) -> Result<Option<u16>, WorldError> {
    let fixed = service.address_env.as_ref().filter(|_| options.fixed_addresses);
    let asked = fixed.and_then(|variable| Some((variable, std::env::var(variable).ok()?)));
    let Some((variable, url)) = asked.filter(|(_, url)| !url.is_empty()) else { return Ok(None) };
    let port = url::Url::parse(&url).ok().filter(|url| url.has_host());
    let port = port.and_then(|url| url.port_or_known_default());
    port.map(Some).ok_or_else(|| WorldError::Usage(format!("{variable} is not a URL: {url:?}")))
}

/// The configuration of an edge: its routes, each to a service's address, and the knobs of its environment.
pub(crate) fn edge(
    services: &Services,
    facts: &Facts,
    env: &IndexMap<String, Env>,
    name: &str,
    spec: &EdgeSpec,
    address: impl Fn(&str) -> Option<String>,
) -> Result<edge::Config, WorldError> {
    let mut routes = Vec::new();
    for (host, service) in &spec.routes {
        let address = address(service);
        let address = address.ok_or_else(|| WorldError::unknown("service", service, services.keys()))?;
        routes.push((text(services, facts, env, name, host)?, address));
    }
    let knobs = &env[name];
    edge::Config::new(routes, spec.websockets.clone(), |variable| knobs.get(variable).map(Looked::expose))
        .map_err(|error| WorldError::Usage(format!("`{name}`: {error}")))
}

/// A service's environment, resolved.
pub(crate) type Env = IndexMap<String, Looked>;

/// Resolves the environment of every service.
pub(crate) fn environments(services: &Services, facts: &Facts) -> Result<IndexMap<String, Env>, WorldError> {
    let mut resolver = Resolver { services, facts, done: IndexMap::new(), open: Vec::new() };
    let mut environments: IndexMap<String, Env> = IndexMap::new();
    for (service, spec) in services {
        let mut env = Env::new();
        for name in spec.env.keys() {
            if let Some(value) = resolver.variable(service, name)? {
                env.insert(name.clone(), value);
            }
        }
        environments.insert(service.clone(), env);
    }
    Ok(environments)
}

/// Resolves one text for a service, such as an argument of its program.
pub(crate) fn text(
    services: &Services,
    facts: &Facts,
    env: &IndexMap<String, Env>,
    service: &str,
    text: &Text,
) -> Result<String, WorldError> {
    let done = env.iter().flat_map(|(service, env)| {
        env.iter().map(|(name, value)| ((service.clone(), name.clone()), Some(value.clone())))
    });
    let mut resolver = Resolver { services, facts, done: done.collect(), open: Vec::new() };
    Ok(resolver.text(service, text)?.map(|value| value.expose().to_owned()).unwrap_or_default())
}

struct Resolver<'a> {
    services: &'a Services,
    facts: &'a Facts,
    done: IndexMap<(String, String), Option<Looked>>,
    open: Vec<(String, String)>,
}

impl Resolver<'_> {
    /// A variable's value; none when it is unset or refers to a missing service.
    fn variable(&mut self, service: &str, name: &str) -> Result<Option<Looked>, WorldError> {
        let key = (service.to_owned(), name.to_owned());
        if let Some(value) = self.done.get(&key) {
            return Ok(value.clone());
        }
        if self.open.contains(&key) {
            return Err(WorldError::Usage(format!("`{service}.env.{name}` refers to itself")));
        }
        let spec = self.services.get(service);
        let spec = spec.ok_or_else(|| WorldError::unknown("service", service, self.services.keys()))?;
        let declared = spec.env.get(name);
        let declared = declared.ok_or_else(|| WorldError::unknown("variable", name, spec.env.keys()))?;
        self.open.push(key.clone());
        let value = match declared {
            EnvValue::Unset => None,
            EnvValue::Text(text) | EnvValue::On(_, text) => self.text(service, text)?,
            EnvValue::Secret(SecretSpec::Random) => Some(secret(hex::encode(rand::random::<[u8; 32]>()))),
            EnvValue::Secret(SecretSpec::Key32) => {
                Some(secret(BASE64_STANDARD.encode(rand::random::<[u8; 32]>())))
            }
            EnvValue::Secret(SecretSpec::Text(text)) => {
                self.text(service, text)?.map(|value| secret(value.expose().to_owned()))
            }
        };
        self.open.pop();
        self.done.insert(key, value.clone());
        Ok(value)
    }

    fn text(&mut self, service: &str, text: &Text) -> Result<Option<Looked>, WorldError> {
        let mut is_secret = false;
        let mut missing = false;
        let rendered = text.render(|reference| {
            let value = self.reference(service, reference)?;
            missing |= value.is_none();
            is_secret |= value.as_ref().is_some_and(Looked::is_secret);
            Ok::<_, WorldError>(value.map(|value| value.expose().to_owned()).unwrap_or_default())
        })?;
        Ok((!missing).then(|| if is_secret { secret(rendered) } else { Looked::Plain(rendered) }))
    }

    fn reference(&mut self, service: &str, reference: &Reference) -> Result<Option<Looked>, WorldError> {
        let unknown = || WorldError::Usage(format!("`{service}`: unknown reference `${{{reference}}}`"));
        let Reference::Path(parts) = reference else { return Err(unknown()) };
        match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["world", "id"] => Ok(Some(Looked::Plain(self.facts.world.clone()))),
            ["var", name] => {
                let value = self.facts.variables.get(*name).ok_or_else(unknown)?;
                Ok(Some(Looked::Plain(value.clone())))
            }
            [other, "env", name] => {
                let other = if *other == "self" { service } else { other };
                self.variable(other, name)
            }
            ["self", "bind"] => Ok(Some(Looked::Plain(self.facts.bind.to_string()))),
            ["self", part @ "port"] => {
                let listens = self.facts.listens.get(service).or_else(|| self.facts.endpoints.get(service));
                listens.map(|endpoint| endpoint.part(part).ok_or_else(unknown)).transpose()
            }
            [other, part] => {
                let other = if *other == "self" { service } else { other };
                if !self.services.contains_key(other) {
                    return Err(WorldError::unknown("service", other, self.services.keys()));
                }
                let endpoint = self.facts.reached(service, other);
                endpoint.map(|endpoint| endpoint.part(part).ok_or_else(unknown)).transpose()
            }
            _ => Err(unknown()),
        }
    }
}

fn secret(value: String) -> Looked {
    Looked::Secret(value.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn service(env: &[(&str, &str)]) -> ServiceSpec {
        let env = env.iter().map(|(name, value)| {
            let value = match *value {
                "!random" => EnvValue::Secret(SecretSpec::Random),
                text => EnvValue::Text(Text::parse(text).unwrap()),
            };
            ((*name).to_owned(), value)
        });
        ServiceSpec {
            kind: Kind::Agents,
            optional: false,
            address_env: None,
            port: None,
            needs: Vec::new(),
            env: env.collect(),
            ready: Vec::new(),
        }
    }

    fn facts(services: &Services) -> Facts {
        let at = |(index, name): (usize, &String)| {
            (name.clone(), Endpoint::Http(format!("http://127.0.0.1:{}", 20_000 + index)))
        };
        Facts {
            world: "w1".into(),
            variables: IndexMap::from([("host".to_owned(), "a.localhost".to_owned())]),
            endpoints: services.keys().enumerate().map(at).collect(),
            views: IndexMap::new(),
            listens: IndexMap::new(),
            bind: Ipv4Addr::LOCALHOST,
        }
    }

    fn one(services: &[(&str, &[(&str, &str)])]) -> Result<IndexMap<String, Env>, WorldError> {
        let services: Services =
            services.iter().map(|(name, env)| ((*name).to_owned(), service(env))).collect();
        environments(&services, &facts(&services))
    }

    #[test]
    fn references_reach_other_services_in_any_order_and_keep_secrets_secret() {
        let env = one(&[
            ("stub", &[("ORGS", "alpha:${tenant.env.TOKEN}")]),
            (
                "tenant",
                &[
                    ("TOKEN", "!random"),
                    ("LISTEN", "${self.bind}:${self.port}"),
                    ("CP", "${stub.url}/${var.host}"),
                ],
            ),
        ])
        .unwrap();
        let token = env["tenant"]["TOKEN"].expose();
        assert_eq!(token.len(), 64);
        assert_eq!(env["stub"]["ORGS"].expose(), format!("alpha:{token}"));
        assert!(env["stub"]["ORGS"].is_secret());
        assert_eq!(env["tenant"]["LISTEN"].expose(), "127.0.0.1:20001");
        assert_eq!(env["tenant"]["CP"].expose(), "http://127.0.0.1:20000/a.localhost");
        assert!(!format!("{env:?}").contains(token));
    }

    #[test]
    fn a_value_for_one_backend_is_set_on_no_other() {
        let mut tenant = service(&[("PLAIN", "x")]);
        tenant.env.insert("CIDRS".into(), EnvValue::On(Backend::Process, Text::literal("127.0.0.0/8")));
        let topology =
            Topology { services: IndexMap::from([("tenant".to_owned(), tenant)]), ..Topology::default() };
        let spec = WorldSpec::of(Arc::new(topology));
        let names = |backend| {
            let services = services(&spec, backend).unwrap();
            services["tenant"].env.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(names(Backend::Process), ["PLAIN", "CIDRS"]);
        assert_eq!(names(Backend::Docker), ["PLAIN"]);
    }

    #[test]
    fn a_variable_that_refers_to_itself_is_an_error_not_a_hang() {
        let error = one(&[("a", &[("X", "${b.env.Y}")]), ("b", &[("Y", "${a.env.X}")])]).unwrap_err();
        assert_eq!(error.to_string(), "`a.env.X` refers to itself");
    }

    #[test]
    fn what_refers_to_a_missing_optional_service_is_left_unset() {
        let mut services = Services::new();
        services.insert("redis".into(), service(&[]));
        services.insert("tenant".into(), service(&[("REDIS_URL", "${redis.url}"), ("PLAIN", "x")]));
        let mut facts = facts(&services);
        facts.endpoints.shift_remove("redis");
        let env = environments(&services, &facts).unwrap();
        assert_eq!(env["tenant"].keys().collect::<Vec<_>>(), ["PLAIN"]);
    }

    #[test]
    fn an_overlay_wins_over_the_variant_and_unknown_names_are_errors() {
        let mut topology = Topology::default();
        topology.services.insert("tenant".into(), service(&[("A", "1"), ("B", "1"), ("C", "1")]));
        let mut variant = harness_model::topology::Variant::default();
        let two = EnvValue::Text(Text::literal("2"));
        variant.env.insert("tenant".into(), [("A".to_owned(), two.clone()), ("B".to_owned(), two)].into());
        topology.variants.insert("short".into(), variant);
        let mut spec = WorldSpec::of(Arc::new(topology));
        spec.variants = vec!["short".into()];
        spec.env
            .insert("tenant".into(), [("A".to_owned(), Some("3".to_owned())), ("C".to_owned(), None)].into());
        let planned = services(&spec, Backend::Process).unwrap();
        let env = environments(&planned, &facts(&planned)).unwrap();
        let shown: Vec<_> =
            env["tenant"].iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(shown, [("A", "3"), ("B", "2")]);
        spec.variants = vec!["shrot".into()];
        assert_eq!(
            services(&spec, Backend::Process).unwrap_err().to_string(),
            "unknown variant `shrot`, did you mean `short`?"
        );
    }

    #[test]
    fn a_seam_reaches_the_services_it_names_or_all_that_know_seams_or_is_an_error() {
        let mut topology = Topology::default();
        let program = harness_model::topology::Program { bug_env: Some("BUGS".into()), ..Default::default() };
        topology.programs.insert("server".into(), program);
        topology.programs.insert("stub".into(), harness_model::topology::Program::default());
        for (name, program) in [("one", "server"), ("two", "server"), ("stub", "stub")] {
            let kind = Kind::Program { name: program.into(), args: Vec::new() };
            topology.services.insert(name.into(), ServiceSpec { kind, ..service(&[]) });
        }
        let mut spec = WorldSpec::of(Arc::new(topology));
        let opened = |spec: &WorldSpec| -> Result<Vec<String>, String> {
            let planned = services(spec, Backend::Process).map_err(|error| error.to_string())?;
            let env = environments(&planned, &facts(&planned)).unwrap();
            let shown = env.iter().flat_map(|(name, env)| env.values().map(move |it| (name, it.expose())));
            Ok(shown.map(|(name, value)| format!("{name}={value}")).collect())
        };
        assert_eq!(opened(&spec), Ok(Vec::new()));
        spec.bugs.insert("off".into(), Vec::new());
        assert_eq!(opened(&spec), Ok(vec!["one=off".into(), "two=off".into()]));
        spec.bugs.insert("slow".into(), vec!["two".into()]);
        assert_eq!(opened(&spec), Ok(vec!["one=off".into(), "two=off,slow".into()]));
        spec.bugs.insert("deaf".into(), vec!["stub".into()]);
        assert_eq!(opened(&spec), Err("not available here: bug seam `deaf`: no program of this world has a `bug_env` in its topology to open it \
                 with"
                .into()));
        spec.bugs.insert("deaf".into(), vec!["tow".into()]);
        assert_eq!(opened(&spec), Err("unknown service `tow`, did you mean `two`?".into()));
    }

    proptest! {
        /// Any web of references resolves or names a cycle; it never hangs or panics.
        #[test]
        fn any_web_of_references_resolves_or_is_refused(
            edges in prop::collection::vec((0usize..4, 0usize..3, 0usize..5, 0usize..4), 0..12)
        ) {
            let mut web = Services::new();
            for index in 0..4 {
                web.insert(format!("s{index}"), service(&[]));
            }
            for (from, name, to, target) in edges {
                let text = if to == 4 { "${self.url}".into() } else { format!("${{s{to}.env.V{target}}}") };
                let value = EnvValue::Text(Text::parse(&text).unwrap());
                web[&format!("s{from}")].env.insert(format!("V{name}"), value);
            }
            let _ = environments(&web, &facts(&web));
        }
    }
}
