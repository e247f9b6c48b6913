//! From a spec to what is started: variant and overlays applied, every variable resolved.
//!
//! Pure: addresses come in, environments come out. All addresses are known before anything
//! starts, so a service may refer to one that starts later.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness_model::topology::{EnvValue, Kind, Reference, SecretSpec, ServiceSpec, Text, Topology};
use indexmap::IndexMap;

use super::{Endpoint, Looked, WorldError, WorldSpec};

/// Services by name, in topology order.
pub(crate) type Services = IndexMap<String, ServiceSpec>;

/// The services of a world: the topology's with variant, overlay and bug seams laid over them.
pub(crate) fn services(spec: &WorldSpec) -> Result<Services, WorldError> {
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
    if !spec.bugs.is_empty() {
        seed_bugs(topology, &mut services, &spec.bugs)?;
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

fn seed_bugs(topology: &Topology, services: &mut Services, bugs: &[String]) -> Result<(), WorldError> {
    let mut seeded = false;
    for service in services.values_mut() {
        let Kind::Program { name, .. } = &service.kind else { continue };
        if let Some(variable) = topology.programs.get(name).and_then(|program| program.bug_env.clone()) {
            service.env.insert(variable, EnvValue::Text(Text::literal(bugs.join(","))));
            seeded = true;
        }
    }
    if seeded { Ok(()) } else { Err(WorldError::Unsupported(format!("bug seams ({})", bugs.join(", ")))) }
}

/// What references may name.
pub(crate) struct Facts {
    /// The world's id.
    pub(crate) world: String,
    /// `${var.<name>}`.
    pub(crate) variables: IndexMap<String, String>,
    /// How services reach each other. An optional service that is missing has none.
    pub(crate) endpoints: IndexMap<String, Endpoint>,
    /// Where a service listens when that differs from how it is reached: `${self.port}`.
    pub(crate) listens: IndexMap<String, Endpoint>,
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
            EnvValue::Text(text) => self.text(service, text)?,
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
            ["self", part @ "port"] => {
                let listens = self.facts.listens.get(service).or_else(|| self.facts.endpoints.get(service));
                listens.map(|endpoint| endpoint.part(part).ok_or_else(unknown)).transpose()
            }
            [other, part] => {
                let other = if *other == "self" { service } else { other };
                if !self.services.contains_key(other) {
                    return Err(WorldError::unknown("service", other, self.services.keys()));
                }
                let endpoint = self.facts.endpoints.get(other);
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
            listens: IndexMap::new(),
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
            ("tenant", &[("TOKEN", "!random"), ("PORT", "${self.port}"), ("CP", "${stub.url}/${var.host}")]),
        ])
        .unwrap();
        let token = env["tenant"]["TOKEN"].expose();
        assert_eq!(token.len(), 64);
        assert_eq!(env["stub"]["ORGS"].expose(), format!("alpha:{token}"));
        assert!(env["stub"]["ORGS"].is_secret());
        assert_eq!(env["tenant"]["PORT"].expose(), "20001");
        assert_eq!(env["tenant"]["CP"].expose(), "http://127.0.0.1:20000/a.localhost");
        assert!(!format!("{env:?}").contains(token));
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
        let planned = services(&spec).unwrap();
        let env = environments(&planned, &facts(&planned)).unwrap();
        let shown: Vec<_> =
            env["tenant"].iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(shown, [("A", "3"), ("B", "2")]);
        spec.variants = vec!["shrot".into()];
        assert_eq!(
            services(&spec).unwrap_err().to_string(),
            "unknown variant `shrot`, did you mean `short`?"
        );
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
