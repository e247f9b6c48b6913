//! Boot: environment, control-plane refresh, storage, tasks, listener; in that order.
//!
//! The order is load-bearing: what the control plane says must be applied before anything reads a
//! setting, and nothing listens before storage answers. [`wire`] is the one place that builds an
//! [`App`]; tests call it too.

use crate::{
    embedded::{self, Cluster, EmbeddedError, Place},
    serve,
};
use secrecy::ExposeSecret;
use server_app::{
    App, Config, Context, Parts,
    a2a::dispatch::Dispatcher,
    activity::Pending,
    clients::install_tls,
    config::{ConfigErrors, DeployEnv, Environment, dotenv, knobs},
    cp_refresh,
    events::Events,
    metrics::Metrics,
    overrides::Overrides,
    provisioning::Provisioning,
    registry::InboundSecrets,
    restart::Restarts,
    runtimes::Runtimes,
    session::SessionVerifier,
    tasks::{Tasks, capture_backtraces},
    templates::Templates,
    url_policy::UrlPolicy,
};
use server_store::{Cache, DbError, Store, cache::CacheError, migrations::MigrateError};

/// Name of the database inside the embedded cluster.
const EMBEDDED_DATABASE: &str = "molecule";

/// Why the server did not start. Printed once, by the program.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// Values that cannot be used, all of them.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// A witness asks for a bug that this build does not know.
    #[cfg(feature = "witness")]
    #[error(transparent)]
    Seam(#[from] server_types::seams::UnknownSeam),
    /// Nothing answers at `DATABASE_URL`.
    #[error("Postgres init failed")]
    Postgres(#[source] DbError),
    /// The embedded development database.
    #[error("embedded Postgres")]
    Embedded(#[from] EmbeddedError),
    /// `REDIS_URL` is set and nothing usable answers there.
    #[error("Redis init failed")]
    Redis(#[source] CacheError),
    /// A migration did not apply.
    #[error("migration failed")]
    Migrate(#[from] MigrateError),
    /// The port is taken, or the listener broke.
    #[error("cannot listen on port {port}")]
    Listen {
        /// The configured port.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// The first step that must not fail and did.
pub async fn run(mut env: Environment) -> Result<(), BootError> {
    install_tls();
    capture_backtraces();
    load_dotenv(&mut env);
    #[cfg(feature = "witness")]
    server_types::seams::open(env.get(server_types::seams::VARIABLE).unwrap_or_default())?;
    cp_refresh::refresh(&mut env).await;
    let (config, warnings) = Config::read(&env)?;
    warnings.iter().for_each(|line| tracing::warn!("{line}"));

    let context = Context::default();
    let (store, cluster) = open_store(&config).await?;
    let app = wire(config, store, context).await;
    announce(&app);
    app.start_sweeps();
    app.start_session_sweep();
    let port = app.config.port;
    let served = serve::serve(app).await.map_err(|source| BootError::Listen { port, source });
    // Last of all: requests and tasks that were draining still used it.
    drop(cluster);
    served
}

/// Builds the application out of its parts.
pub async fn wire(config: Config, store: Store, context: Context) -> App {
    let session = SessionVerifier::new(&config);
    let url_policy = UrlPolicy::new(&config);
    let events = Events::new(store.clone(), context.clone());
    let dispatcher = Dispatcher::new(&url_policy, config.timing.a2a_response_header);
    App::new(Parts {
        provisioning: Provisioning::choose(&config).await,
        templates: Templates::discover(config.configs_dir.as_deref()),
        runtimes: Runtimes::load(config.manifest_path.as_deref()),
        inbound_secrets: InboundSecrets::default(),
        config,
        store,
        context,
        events,
        activity: Pending::default(),
        dispatcher,
        restarts: Restarts::default(),
        overrides: Overrides::default(),
        metrics: Metrics::default(),
        session,
        tasks: Tasks::default(),
        url_policy,
    })
}

/// Says aloud what an operator must know about this process.
fn announce(app: &App) {
    if !app.url_policy.allowed().is_empty() {
        let ranges: Vec<_> = app.url_policy.allowed().iter().map(ToString::to_string).collect();
        tracing::warn!("AGENT_ALLOWED_CIDRS: agents may also live in {}", ranges.join(", "));
    }
}

fn load_dotenv(env: &mut Environment) {
    let Some(path) = std::env::current_dir().ok().and_then(|folder| dotenv::find(&folder)) else { return };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let (loaded, kept) = env.merge_below(dotenv::parse(&text));
            tracing::info!(".env: {}, {loaded} loaded, {kept} already set", path.display());
        }
        Err(error) => tracing::warn!(%error, ".env: {} is not readable, continuing", path.display()),
    }
}

/// Opens and migrates the configured database, or an embedded one where that is allowed; the cluster
/// must be kept for as long as the store is used.
async fn open_store(config: &Config) -> Result<(Store, Option<Cluster>), BootError> {
    let (url, cluster) = match &config.database_url {
        Some(url) => (url.expose_secret().to_owned(), None),
        None => default_database(config).await?,
    };
    let org = config.org_id.as_deref();
    let mut store = Store::connect(&url, Cache::in_process(org)).await.map_err(BootError::Postgres)?;
    store.migrate().await?;
    store.cache = open_cache(config).await?;
    Ok((store, cluster))
}

/// Nobody named a database: the default address, else one of our own, for development only.
async fn default_database(config: &Config) -> Result<(String, Option<Cluster>), BootError> {
    let url = knobs::DATABASE_URL.default.expect("the knob has a default").to_owned();
    if config.is_tenant() || config.environment == DeployEnv::Production {
        return Ok((url, None));
    }
    let Err(error) = Store::probe(&url).await else { return Ok((url, None)) };
    let folder = config.dev_postgres_dir.clone().unwrap_or_else(embedded::default_folder);
    tracing::warn!(%error, "DATABASE_URL is not set and its default does not answer: \
        using an embedded Postgres in {}", folder.display());
    let cluster = Cluster::start(&Place::Kept(folder)).await?;
    cluster.ensure_database(EMBEDDED_DATABASE).await.map_err(BootError::Postgres)?;
    Ok((cluster.url(EMBEDDED_DATABASE), Some(cluster)))
}

async fn open_cache(config: &Config) -> Result<Cache, BootError> {
    let org = config.org_id.as_deref();
    let Some(url) = &config.redis_url else {
        tracing::warn!(
            "REDIS_URL is not set: liveness and caches stay in this process, run one replica only"
        );
        return Ok(Cache::in_process(org));
    };
    Cache::connect(url.expose_secret(), org).await.map_err(BootError::Redis)
}
