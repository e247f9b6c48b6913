//! A world of a Postgres and, where the machine has one, a Redis.

use std::sync::Arc;
use std::time::Duration;

use harness::engine::redis::Server;
use harness::engine::sql::Database;
use harness::world::{Options, Stage, World, WorldSpec};
use harness_model::topology::{Kind, PostgresSpec, RedisSpec, ServiceSpec, Topology};
use secrecy::ExposeSecret as _;

/// The longest anything here may take.
pub(crate) const WITHIN: Duration = Duration::from_secs(60);

/// A world for one test.
pub(crate) struct Ground {
    stage: Arc<Stage>,
    pub(crate) world: World,
}

impl Ground {
    pub(crate) async fn open() -> Self {
        harness::install_tls();
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut options = Options::from_env(root).unwrap();
        options.keeper = env!("CARGO_BIN_EXE_harness").into();
        let topology = Arc::new(topology());
        let stage = Stage::open(options, Arc::clone(&topology)).await.unwrap();
        let world = stage.world(&WorldSpec::of(topology)).await.unwrap();
        Self { stage, world }
    }

    pub(crate) fn database(&self) -> Database {
        let service = self.world.database("db").unwrap();
        Database::at(service.postgres_url().unwrap().expose_secret())
    }

    /// None on a machine without Redis, which is said.
    pub(crate) fn redis(&self) -> Option<Server> {
        let url = self.world.services().find_map(|service| service.redis_url().cloned());
        if url.is_none() {
            eprintln!("not run: this machine has no redis-server");
        }
        url.map(|url| Server::at(url.expose_secret()))
    }

    pub(crate) async fn close(self) {
        self.world.down().await.unwrap();
        self.stage.close().await.unwrap();
    }
}

fn topology() -> Topology {
    let service = |kind, optional| ServiceSpec {
        kind,
        optional,
        address_env: None,
        port: None,
        needs: Vec::new(),
        env: indexmap::IndexMap::new(),
        ready: Vec::new(),
    };
    let mut topology = Topology { name: "clients".into(), ..Topology::default() };
    topology.services.insert("postgres".into(), service(Kind::Postgres(PostgresSpec::default()), false));
    topology.services.insert("redis".into(), service(Kind::Redis(RedisSpec::default()), true));
    topology.databases.insert("db".into(), "postgres".into());
    topology
}
