//! A handle on a world that another process holds.

use std::sync::Arc;

use super::order;
use super::remote::Remote;
use super::state::State;
use crate::world::{LogBook, Options, Service, World, WorldError};

/// The world that `up` left running in this project, if there is one.
///
/// Its services can be controlled; its logs are read from their files. Ending the handle does
/// not end the world: that is what [`down`](super::down) is for.
///
/// # Errors
/// When the state file is of another version, or a log cannot be read.
pub async fn attach(options: &Options) -> Result<Option<World>, WorldError> {
    let Some(state) = State::read(&options.root)? else { return Ok(None) };
    let topology = order::topology(&state.topology_path, &state.topology_text)?;
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    let http = http.map_err(|error| WorldError::Usage(format!("no HTTP client: {error}")))?;
    let service = |name: &String, service: &super::state::ServiceState| {
        let logs = match &service.log {
            Some(path) => LogBook::follow(path),
            None => LogBook::in_memory(),
        };
        let remote = Remote { service: name.clone(), socket: state.socket.clone() };
        Service::new(name.clone(), service.endpoint(), service.environment(), logs, Arc::new(remote))
    };
    let services = state.services.iter().map(|(name, found)| (name.clone(), service(name, found))).collect();
    let nothing = Box::new(|| -> futures_util::future::BoxFuture<'static, Result<(), WorldError>> {
        Box::pin(async { Ok(()) })
    });
    Ok(Some(World::new(state.world.clone(), topology, state.variables.clone(), services, http, nothing)))
}
