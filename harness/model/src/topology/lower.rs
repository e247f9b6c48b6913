//! From the written file to a [`Topology`].

use indexmap::IndexMap;

use super::identity::{Call, IdentitySpec, LookupSpec};
use super::service::{
    DigestAt, EchoSpec, EdgeSpec, Kind, PostgresSpec, Program, Ready, RedisSpec, ServiceSpec,
};
use super::variant::Variant;
use super::written::{
    At, CallForm, CommonForm, File, IdentityForm, KindForm, LookupForm, PatchForm, ProgramForm, ReadyForm,
    ReadyKind,
};
use super::{Topology, Variable};
use crate::form::Map;

/// The topology of a file that [`check`](super::check) found sound.
pub(super) fn topology(file: &File) -> Topology {
    Topology {
        name: file.topology.clone(),
        programs: each(&file.programs, program),
        variables: each(&file.variables, |_, variable| Variable {
            env: variable.env.clone(),
            default: variable.default.clone(),
        }),
        services: each(&file.services, |_, form| service(&form.kind, &form.common)),
        roles: each(&file.roles, |_, role| role.value.clone()),
        databases: each(&file.databases, |_, database| database.value.clone()),
        lookups: each(&file.lookups, |_, form| lookup(form)),
        identities: each(&file.identities, |_, form| identity(form)),
        variants: each(&file.variants, |_, patches| variant(patches)),
        seed: file.seed.clone(),
        closing: file.closing.clone(),
        never_logged: file.never_logged.clone(),
        evidence: each(&file.evidence, |_, tables| tables.clone()),
        unreachable: file.unreachable.clone(),
        always: file.always.iter().filter_map(|form| form.lower().ok()).collect(),
        volatile: file.volatile.clone(),
        notes: file.notes.clone(),
    }
}

fn each<T, U>(map: &Map<T>, lower: impl Fn(&str, &T) -> U) -> IndexMap<String, U> {
    map.iter().map(|(name, value)| (name.to_owned(), lower(name, value))).collect()
}

fn program(name: &str, form: &ProgramForm) -> Program {
    Program {
        package: form.package.clone(),
        bin: form.bin.clone().unwrap_or_else(|| name.to_owned()),
        features: form.features.clone(),
        sources: form.sources.clone(),
        build_env: each(&form.build_env, |_, value| value.clone()),
        digest_env: form.digest_env.clone(),
        digest_at: form
            .digest_at
            .as_ref()
            .map(|at| DigestAt { path: at.get.clone(), json: at.json.value.clone() }),
        bug_env: form.bug_env.clone(),
        bug_features: form.bug_features.clone(),
    }
}

fn service(kind: &KindForm, common: &CommonForm) -> ServiceSpec {
    ServiceSpec {
        kind: lower_kind(kind, common),
        optional: common.optional,
        address_env: common.address_env.clone(),
        port: common.port,
        needs: values(&common.needs),
        env: each(&common.env, |_, value| value.clone()),
        ready: common.ready.iter().map(ready).collect(),
    }
}

fn lower_kind(form: &KindForm, common: &CommonForm) -> Kind {
    match form {
        KindForm::Postgres(form) => {
            Kind::Postgres(PostgresSpec { template: form.template.clone(), image: form.image.clone() })
        }
        KindForm::Redis(form) => {
            Kind::Redis(RedisSpec { notify: form.notify.clone(), image: form.image.clone() })
        }
        KindForm::Program(name) => Kind::Program { name: name.value.clone(), args: values(&common.args) },
        KindForm::Edge(form) => {
            let routes = form.routes.iter();
            let route = |(host, service): (&str, &At<String>)| {
                Some((super::Text::parse(host).ok()?, service.value.clone()))
            };
            Kind::Edge(EdgeSpec {
                routes: routes.filter_map(route).collect(),
                websockets: form.websockets.clone(),
            })
        }
        KindForm::Agents(_) => Kind::Agents,
        KindForm::Echo(form) => Kind::Echo(EchoSpec { log_path: form.log.clone() }),
    }
}

fn ready(form: &ReadyForm) -> Ready {
    match &form.what {
        ReadyKind::Log(text) => Ready::Log(text.clone()),
        ReadyKind::Http(path) => {
            Ready::Http { path: path.clone(), host: form.host.clone(), status: form.status.unwrap_or(200) }
        }
        ReadyKind::Tcp(_) => Ready::Tcp,
        ReadyKind::Exit(code) => Ready::Exit(i32::from(*code)),
    }
}

fn lookup(form: &LookupForm) -> LookupSpec {
    let body = || form.body.as_ref().map(|body| body.0.clone()).unwrap_or_default();
    LookupSpec {
        params: form.params.clone(),
        via: form.identity.as_ref().map(|identity| identity.value.clone()),
        call: match &form.call {
            CallForm::Get(target) => Call::Get(target.value.clone()),
            CallForm::Post(target) => Call::Post(target.value.clone(), body()),
        },
        json: form.json.value.clone(),
        secret: form.secret,
        once: form.once,
    }
}

fn identity(form: &IdentityForm) -> IdentitySpec {
    let text = |text: &Option<At<super::Text>>| text.as_ref().map(|text| text.value.clone());
    IdentitySpec {
        like: form.like.as_ref().map(|like| like.value.clone()),
        via: text(&form.via),
        host: text(&form.host),
        params: each(&form.params, |_, param| param.0.clone()),
        bearer: text(&form.bearer),
        headers: each(&form.headers, |_, header| header.value.clone()),
    }
}

fn variant(patches: &Map<PatchForm>) -> Variant {
    let mut variant = Variant::default();
    for (name, patch) in patches.iter() {
        match &patch.kind {
            Some(kind) => {
                variant.services.insert(name.to_owned(), service(kind, &patch.common));
            }
            None => {
                variant.env.insert(name.to_owned(), each(&patch.common.env, |_, value| value.clone()));
            }
        }
    }
    variant
}

fn values<T: Clone>(list: &[At<T>]) -> Vec<T> {
    list.iter().map(|at| at.value.clone()).collect()
}
