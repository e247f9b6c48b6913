//! The environment of an agent: secrets, git identity, model, role, parent; later steps see earlier
//! ones.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use server_store::{
    DbError,
    secrets::{self as rows, StoredSecret},
};

use super::Job;
use crate::{
    App,
    crypto::{self, Sealed},
    templates::{CONFIG_FILE, required_env},
};

/// A job whose environment is assembled; not yet allowed to start.
pub(super) struct Prepared {
    pub(super) job: Job,
    pub(super) env: BTreeMap<String, String>,
}

/// Why a start was given up before it began; `Display` is the public text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PrepareRefused {
    #[error("failed to decrypt global secret")]
    GlobalSecret,
    #[error("failed to decrypt workspace secret")]
    WorkspaceSecret,
    #[error("{}", missing_text(.0))]
    MissingEnv(Vec<String>),
}

impl PrepareRefused {
    /// What the event says beside the text.
    pub(super) fn extra(&self) -> Map<String, Value> {
        match self {
            Self::MissingEnv(names) => Map::from_iter([("missing".to_owned(), json!(names))]),
            Self::GlobalSecret | Self::WorkspaceSecret => Map::new(),
        }
    }
}

fn missing_text(names: &[String]) -> String {
    match names {
        [name] => format!(
            "missing required env var \"{name}\" — add it under Config → Env Vars (or as a Global secret) and retry"
        ),
        names => format!(
            "missing required env vars {} — add them under Config → Env Vars (or as Global secrets) and retry",
            names.join(", ")
        ),
    }
}

pub(super) async fn prepare(app: &App, job: Job) -> Result<Prepared, PrepareRefused> {
    let mut env = BTreeMap::new();
    let global = rows::all_global(&app.store.db).await;
    add_secrets(app, &mut env, global, PrepareRefused::GlobalSecret)?;
    let own = rows::all_of_workspace(&app.store.db, job.id).await;
    add_secrets(app, &mut env, own, PrepareRefused::WorkspaceSecret)?;
    add_git_identity(&mut env, &job.name);
    add_model(&mut env, &job);
    for (name, value) in [
        ("MOLECULE_AGENT_ROLE", job.role.clone().unwrap_or_default()),
        ("PARENT_ID", job.parent_id.map(|id| id.to_string()).unwrap_or_default()),
    ] {
        if !value.is_empty() {
            env.insert(name.into(), value);
        }
    }
    require_env(&job, &env)?;
    Ok(Prepared { job, env })
}

/// An agent without what its own configuration demands would only fail later, and less clearly. A
/// configuration that is already in its volume was checked when it came.
fn require_env(job: &Job, env: &BTreeMap<String, String>) -> Result<(), PrepareRefused> {
    let Some(config) = job.files.get(CONFIG_FILE) else { return Ok(()) };
    let required = required_env(config).unwrap_or_else(|error| {
        tracing::warn!(%error, workspace = %job.id, "required environment is not checked");
        Vec::new()
    });
    let missing = |name: &String| env.get(name).is_none_or(String::is_empty);
    let missing: Vec<_> = required.into_iter().filter(missing).collect();
    if missing.is_empty() { Ok(()) } else { Err(PrepareRefused::MissingEnv(missing)) }
}

/// A failed query is not the workspace's fault: it starts without. An unreadable value aborts, since
/// an agent with half its keys fails in ways nobody understands.
fn add_secrets(
    app: &App,
    env: &mut BTreeMap<String, String>,
    stored: Result<Vec<StoredSecret>, DbError>,
    refused: PrepareRefused,
) -> Result<(), PrepareRefused> {
    let stored = stored.unwrap_or_else(|error| {
        tracing::error!(%error, "secrets could not be read: provisioning without them");
        Vec::new()
    });
    for secret in stored {
        let sealed = Sealed { bytes: secret.encrypted_value, version: secret.encryption_version };
        let value = crypto::open(app.config.secrets_key.as_ref(), &sealed).map_err(|error| {
            tracing::error!(%error, key = secret.key, "{refused}");
            refused.clone()
        })?;
        env.insert(secret.key, value.expose_secret().to_owned());
    }
    Ok(())
}

fn add_git_identity(env: &mut BTreeMap<String, String>, name: &str) {
    if name.trim().is_empty() {
        return;
    }
    let (author, email) = (format!("Molecule AI {name}"), format!("{}@agents.moleculesai.app", slug(name)));
    for (variable, value) in [
        ("GIT_AUTHOR_NAME", &author),
        ("GIT_COMMITTER_NAME", &author),
        ("GIT_AUTHOR_EMAIL", &email),
        ("GIT_COMMITTER_EMAIL", &email),
    ] {
        env.entry(variable.into()).or_insert_with(|| value.clone());
    }
}

/// Lower case, every run of other characters one hyphen, none at the ends.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

fn add_model(env: &mut BTreeMap<String, String>, job: &Job) {
    let chosen = job.model.clone().filter(|model| !model.is_empty());
    let Some(model) = chosen.or_else(|| env.get("MODEL_PROVIDER").cloned()).filter(|model| !model.is_empty())
    else {
        return;
    };
    if job.runtime == "hermes" {
        env.insert("HERMES_DEFAULT_MODEL".into(), model.clone());
    }
    env.insert("MODEL".into(), model);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use server_types::WorkspaceId;

    use super::*;

    fn job(runtime: &str, model: Option<&str>) -> Job {
        Job {
            id: WorkspaceId(uuid::Uuid::from_u128(1)),
            name: "My Agent!".into(),
            role: None,
            tier: 3,
            runtime: runtime.into(),
            model: model.map(str::to_owned),
            parent_id: None,
            template: None,
            files: BTreeMap::new(),
        }
    }

    /// Ledger: PROV-36.
    #[test]
    fn every_runtime_gets_its_model_and_hermes_also_its_own_variable() {
        for runtime in ["claude-code", "codex", "openclaw", "hermes"] {
            let mut env = BTreeMap::new();
            add_model(&mut env, &job(runtime, Some("minimax/m2")));
            assert_eq!(env.get("MODEL").map(String::as_str), Some("minimax/m2"), "{runtime}");
            assert_eq!(env.contains_key("HERMES_DEFAULT_MODEL"), runtime == "hermes");
        }
        let mut env = BTreeMap::from([("MODEL_PROVIDER".to_owned(), "saved".to_owned())]);
        add_model(&mut env, &job("codex", None));
        assert_eq!(env.get("MODEL").map(String::as_str), Some("saved"));
        let mut env = BTreeMap::new();
        add_model(&mut env, &job("codex", Some("")));
        assert!(env.is_empty());
    }

    /// Ledger: PROV-117.
    #[test]
    fn what_a_configuration_demands_must_be_there_and_not_empty() {
        let check = |config: &str, env: &[(&str, &str)]| {
            let mut job = job("codex", None);
            job.files.insert(CONFIG_FILE.into(), config.into());
            let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            require_env(&job, &env).map_err(|refused| (refused.to_string(), Value::Object(refused.extra())))
        };
        let config = "runtime_config: {required_env: [KEY, MODEL]}";
        assert_eq!(check(config, &[("KEY", "x"), ("MODEL", "y")]), Ok(()));
        let one = "missing required env var \"MODEL\" — add it under Config → Env Vars (or as a Global secret) and retry";
        assert_eq!(
            check(config, &[("KEY", "x"), ("MODEL", "")]),
            Err((one.into(), json!({"missing": ["MODEL"]})))
        );
        let two = "missing required env vars KEY, MODEL — add them under Config → Env Vars (or as Global secrets) and retry";
        assert_eq!(check(config, &[]), Err((two.into(), json!({"missing": ["KEY", "MODEL"]}))));
        assert_eq!(check("runtime_config: [", &[]), Ok(()), "unreadable: not checked");
        assert_eq!(require_env(&job("codex", None), &BTreeMap::new()), Ok(()), "nothing was brought along");
    }

    #[test]
    fn the_git_identity_never_replaces_a_chosen_one() {
        let mut env = BTreeMap::from([("GIT_AUTHOR_NAME".to_owned(), "me".to_owned())]);
        add_git_identity(&mut env, "My Agent!");
        assert_eq!(env["GIT_AUTHOR_NAME"], "me");
        assert_eq!(env["GIT_COMMITTER_NAME"], "Molecule AI My Agent!");
        assert_eq!(env["GIT_AUTHOR_EMAIL"], "my-agent@agents.moleculesai.app");
        let mut none = BTreeMap::new();
        add_git_identity(&mut none, "  ");
        assert!(none.is_empty());
    }

    proptest! {
        #[test]
        fn a_slug_is_lower_case_words_joined_by_single_hyphens(name in ".{0,40}") {
            let slug = slug(&name);
            prop_assert!(slug.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase() || c == '-'));
            prop_assert!(!slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"));
        }
    }
}
