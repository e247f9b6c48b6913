//! A database per test, cloned from one migrated template.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use server::embedded::{Cluster, Place};
use server_store::{Cache, Store, admin};
use tokio::sync::OnceCell;

static NEXT: AtomicU32 = AtomicU32::new(0);
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

/// The cluster's maintenance address and the name of the migrated template in it.
struct Template {
    maintenance_url: String,
    name: String,
    /// Lives as long as the process; the keeper behind it notices the end and clears up.
    _cluster: Option<Cluster>,
}

/// One test's database.
pub(crate) struct Database {
    url: String,
    maintenance_url: String,
    name: String,
}

impl Database {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// A fresh database with the current schema.
pub(super) async fn fresh() -> Database {
    let template = TEMPLATE.get_or_init(prepare).await;
    let name = format!("{}_{}", template.name, NEXT.fetch_add(1, Ordering::Relaxed));
    admin::clone_database(&template.maintenance_url, &template.name, &name)
        .await
        .expect("the template clones");
    Database {
        url: database_url(&template.maintenance_url, &name),
        maintenance_url: template.maintenance_url.clone(),
        name,
    }
}

async fn prepare() -> Template {
    let (maintenance_url, cluster) = cluster().await;
    drop_stale(&maintenance_url).await;
    let name = format!("servertest_{}", std::process::id());
    admin::drop_database(&maintenance_url, &name).await.expect("a name of our own");
    admin::ensure_database(&maintenance_url, &name).await.expect("databases can be created");
    let url = database_url(&maintenance_url, &name);
    let store = Store::connect(&url, Cache::in_process(None)).await.expect("the template answers");
    store.migrate().await.expect("the schema applies");
    store.db.close().await;
    Template { maintenance_url, name, _cluster: cluster }
}

#[allow(clippy::disallowed_methods, reason = "the one place where tests learn about their machine")]
async fn cluster() -> (String, Option<Cluster>) {
    if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
        return (url, None);
    }
    let folder = std::env::temp_dir().join(format!("servertest-pg-{}", std::process::id()));
    let cluster = Cluster::start(&Place::Temporary(folder)).await.expect("a Postgres for tests");
    (cluster.url("postgres"), Some(cluster))
}

/// Databases of test processes that are gone.
async fn drop_stale(maintenance_url: &str) {
    for name in admin::databases(maintenance_url, "servertest_").await.expect("a list of databases") {
        let process = name.split('_').nth(1).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            admin::drop_database(maintenance_url, &name).await.expect("nobody uses it");
        }
    }
}

/// The address of another database of the same cluster.
fn database_url(maintenance_url: &str, name: &str) -> String {
    let mut url = url::Url::parse(maintenance_url).expect("a database address");
    url.set_path(name);
    url.into()
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.maintenance_url.clone(), self.name.clone());
        // A runtime of its own: the test's may be the one that is going away.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(admin::drop_database(&url, &name)).map_err(std::io::Error::other)
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("test database {} is left behind: {error}", self.name);
        }
    }
}
