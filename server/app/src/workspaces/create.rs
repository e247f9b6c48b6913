//! `POST /workspaces`: the row and its secrets in one transaction, everything else after it.

use secrecy::ExposeSecret;
use serde_json::json;
use server_store::{
    DbError, config_kv, layouts,
    secrets::{self as secret_rows, StoredSecret},
    status,
    workspaces::{NewWorkspace, facts::EXTERNAL, insert},
};
use server_types::{EventName, WorkspaceId, WorkspaceStatus};

use super::{connection::Connection, draft::Draft, fields::WorkspaceAccess, model_provider::provider_of};
use crate::{
    App, crypto,
    provisioning::{ConfigFiles, Job},
    runtimes,
    templates::{CONFIG_FILE, default_config},
};

/// A workspace that exists now.
#[derive(Debug)]
pub enum Created {
    /// The server provisions it, without anybody waiting.
    Provisioning {
        /// Its id.
        id: WorkspaceId,
        /// Its memory namespace.
        awareness_namespace: String,
        /// Its access to a host directory.
        workspace_access: WorkspaceAccess,
    },
    /// An operator runs it.
    External {
        /// Its id.
        id: WorkspaceId,
        /// `online` with a URL, else `awaiting_agent`.
        status: WorkspaceStatus,
        /// How to connect it, shown once; absent when it is online already.
        connection: Option<Box<Connection>>,
    },
}

/// Why nothing was created; `Display` is the public text, the cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum CreateFailed {
    /// The row was refused or not stored.
    #[error("failed to create workspace")]
    Row(#[from] DbError),
    /// A secret could not be sealed.
    #[error("failed to encrypt secret: {0}")]
    Encrypt(String, #[source] crypto::CryptoError),
    /// A secret could not be stored.
    #[error("failed to save secret: {0}")]
    Save(String, #[source] DbError),
    /// An external row did not land in its status (#2388).
    #[error("failed to create workspace")]
    NotLanded,
}

impl App {
    /// Creates a workspace out of a checked request.
    ///
    /// # Errors
    /// Nothing was stored then.
    pub async fn create_workspace(&self, draft: Draft, platform_url: &str) -> Result<Created, CreateFailed> {
        let draft = self.with_template_defaults(draft).await;
        let id = WorkspaceId(self.context.new_id());
        let runtime = self.runtime_of(&draft);
        self.store_workspace(id, &draft, &runtime).await?;
        self.keep_model(id, draft.model.as_deref()).await;
        if let Err(error) = layouts::place(&self.store.db, id, draft.canvas.x, draft.canvas.y).await {
            tracing::warn!(%error, workspace = %id, "canvas place was not stored");
        }
        self.seed_memories(id, &draft.initial_memories).await;
        let payload = json!({"name": draft.name, "tier": draft.tier, "runtime": runtime});
        self.events.record_or_log(EventName::WorkspaceProvisioning, id, payload).await;
        if draft.external {
            return Ok(self.welcome_external(id, &draft, platform_url).await);
        }
        self.start_created(id, &draft, runtime).await;
        Ok(Created::Provisioning {
            id,
            awareness_namespace: insert::awareness_namespace(id),
            workspace_access: draft.workspace_access,
        })
    }

    /// A value given by the caller wins over the template's.
    async fn with_template_defaults(&self, mut draft: Draft) -> Draft {
        if let Some(template) =
            draft.template.as_ref().filter(|_| draft.runtime.is_none() || draft.model.is_none())
        {
            let defaults = self.templates.defaults(template).await;
            draft.runtime = draft.runtime.or(defaults.runtime);
            draft.model = draft.model.or(defaults.model);
        }
        draft
    }

    fn runtime_of(&self, draft: &Draft) -> String {
        if draft.external {
            return EXTERNAL.to_owned();
        }
        let runtime = self.runtimes.sanitize(draft.runtime.as_deref().unwrap_or(runtimes::DEFAULT));
        // Only the caller makes a workspace external; a template that says so cannot be provisioned.
        if runtime == EXTERNAL { runtimes::DEFAULT.to_owned() } else { runtime }
    }

    /// The row, its secrets and an external's status stand or fall together.
    async fn store_workspace(
        &self,
        id: WorkspaceId,
        draft: &Draft,
        runtime: &str,
    ) -> Result<(), CreateFailed> {
        let mut transaction = self.store.db.begin().await?;
        let new = NewWorkspace {
            id,
            name: &draft.name,
            role: draft.role.as_deref(),
            tier: draft.tier,
            runtime,
            parent_id: draft.parent_id,
            workspace_dir: draft.workspace_dir.as_deref(),
            workspace_access: draft.workspace_access.as_str(),
            budget_limit: draft.budget_limit,
            max_concurrent_tasks: draft.max_concurrent_tasks,
            delivery_mode: draft.delivery_mode,
            hibernation_idle_minutes: draft.hibernation_idle_minutes,
        };
        insert::insert(&mut *transaction, &new).await?;
        for (key, value) in &draft.secrets {
            let secret = self.seal(key, value.expose_secret())?;
            secret_rows::put_of_workspace(&mut *transaction, id, &secret)
                .await
                .map_err(|error| CreateFailed::Save(key.clone(), error))?;
        }
        if draft.external
            && !status::land_external(&mut *transaction, id, draft.url.as_deref()).await?.happened()
        {
            return Err(CreateFailed::NotLanded);
        }
        Ok(transaction.commit().await?)
    }

    fn seal(&self, key: &str, value: &str) -> Result<StoredSecret, CreateFailed> {
        let sealed = crypto::seal(self.config.secrets_key.as_ref(), value)
            .map_err(|error| CreateFailed::Encrypt(key.to_owned(), error))?;
        Ok(StoredSecret {
            key: key.to_owned(),
            encrypted_value: sealed.bytes,
            encryption_version: sealed.version,
        })
    }

    /// Without these two secrets every later restart would lose the picked model.
    async fn keep_model(&self, id: WorkspaceId, model: Option<&str>) {
        let Some(model) = model else { return };
        let provider = provider_of(model).map(|provider| ("LLM_PROVIDER", provider));
        for (key, value) in [Some(("MODEL_PROVIDER", model)), provider].into_iter().flatten() {
            let stored = match self.seal(key, value) {
                Ok(secret) => secret_rows::put_of_workspace(&self.store.db, id, &secret)
                    .await
                    .map_err(|error| CreateFailed::Save(key.into(), error)),
                Err(error) => Err(error),
            };
            if let Err(error) = stored {
                tracing::warn!(error = &error as &dyn std::error::Error, workspace = %id, "picked model is not kept");
            }
        }
    }

    async fn start_created(&self, id: WorkspaceId, draft: &Draft, runtime: String) {
        let shown = json!({
            "name": draft.name,
            "runtime": runtime,
            "tier": draft.tier,
            "template": draft.template.as_ref().map(|template| template.as_str()).unwrap_or_default(),
        });
        let template = self.templates.folder(draft.template.as_ref(), &runtime);
        let files = match template {
            Some(_) => ConfigFiles::new(),
            None => generated_files(draft, &runtime),
        };
        let job = Job {
            id,
            name: draft.name.clone(),
            role: draft.role.clone(),
            tier: draft.tier,
            runtime,
            model: draft.model.clone(),
            parent_id: draft.parent_id,
            template,
            files,
        };
        // Nothing will ever run that could write the configuration, so the config tab needs it here.
        if !self.provision_detached(job).await
            && let Err(error) = config_kv::merge(&self.store.db, id, &shown).await
        {
            tracing::warn!(%error, workspace = %id, "configuration of the unstarted workspace was not stored");
        }
    }
}

fn generated_files(draft: &Draft, runtime: &str) -> ConfigFiles {
    let (role, model) = (draft.role.as_deref(), draft.model.as_deref());
    let config = default_config(&draft.name, role, model, draft.tier, runtime);
    ConfigFiles::from([(CONFIG_FILE.to_owned(), config)])
}
