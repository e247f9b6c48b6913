//! Giving a service its address, so that others can refer to it before it runs.

use std::net::{Ipv4Addr, SocketAddr};

use harness_model::topology::Kind;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::{Slot, World};
use crate::backend::base;
use crate::backend::link::Link;
use crate::backend::links::Links;
use crate::backend::process::ground;
use crate::world::{Endpoint, WorldError};

/// The place of a service; none when it is missing here and may be.
pub(super) async fn of(world: &mut World<'_>, name: &str) -> Result<Option<Slot>, WorldError> {
    let kind = world.services[name].kind.clone();
    base::make(&world.folder.join(name))?;
    let log = world.log(name)?;
    let Some((address, listener)) = address(world, name, &kind).await? else { return Ok(None) };
    let all = match world.spec.disturbs.contains(name) {
        true => Some(Link::open(leased(world)?, world.spec.latency).await?),
        false => None,
    };
    let reached = all.as_ref().map_or_else(|| address.clone(), |link| link.address().to_string());
    let endpoint = endpoint(world, name, &kind, &reached).await?;
    let mut links = Links::open(world, name, &endpoint, leased).await?;
    links.all = all;
    links.aim(&address);
    world.facts.endpoints.insert(name.to_owned(), endpoint);
    world.facts.listens.insert(name.to_owned(), Endpoint::Http(format!("http://{address}")));
    Ok(Some(Slot { log, links, address, listener: Mutex::new(listener) }))
}

/// Where a service listens itself; a task of this process listens from now on.
async fn address(
    world: &mut World<'_>,
    name: &str,
    kind: &Kind,
) -> Result<Option<(String, Option<TcpListener>)>, WorldError> {
    Ok(match kind {
        Kind::Postgres(_) => Some((world.ground.cluster(name).await?.address(), None)),
        Kind::Redis(_) => world.ground.redis().map(|url| (ground::address(url), None)),
        Kind::Program { .. } => Some((format!("127.0.0.1:{}", world.port(name)?), None)),
        Kind::Edge(_) | Kind::Agents | Kind::Echo(_) => {
            let bound = TcpListener::bind(("127.0.0.1", world.port(name)?)).await;
            let bound = bound.map_err(WorldError::io(format!("listen for `{name}`")))?;
            let address = bound.local_addr().map_err(WorldError::io("read an address"))?;
            Some((address.to_string(), Some(bound)))
        }
    })
}

/// A place for a link to listen at.
fn leased(world: &mut World<'_>) -> Result<SocketAddr, WorldError> {
    Ok((Ipv4Addr::LOCALHOST, world.cleanup.get_mut().port()?).into())
}

async fn endpoint(
    world: &mut World<'_>,
    name: &str,
    kind: &Kind,
    reached: &str,
) -> Result<Endpoint, WorldError> {
    Ok(match kind {
        Kind::Postgres(_) => {
            let port = reached.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            let cluster = world.ground.cluster(name).await?;
            Endpoint::Postgres(cluster.database_url(&world.database(name), port))
        }
        Kind::Redis(_) => {
            let number = world.ground.base.keeper.take_redis_database().await?;
            world.cleanup.get_mut().redis(name, number);
            Endpoint::Redis(format!("redis://{reached}/{number}").into())
        }
        Kind::Program { .. } | Kind::Edge(_) | Kind::Agents | Kind::Echo(_) => {
            Endpoint::Http(format!("http://{reached}"))
        }
    })
}
