//! A world that another process keeps, and which replays it may serve.

use std::sync::Arc;

use super::remote::Remote;
use super::state::{ServiceState, State};
use crate::backend::base;
use crate::backend::process::programs;
use crate::secrets::Secrets;
use crate::world::{Backend, LogBook, Options, Service, World, WorldError, WorldSpec};

/// A world that another process keeps.
pub struct Kept {
    /// The handle. Ending it does not end the world: that is what [`down`](super::down) is for.
    pub world: World,
    /// What carries it.
    pub backend: Backend,
    /// What its machine and backend lack: capability and reason.
    pub missing: Vec<(String, String)>,
    state: State,
    spec: WorldSpec,
}

/// The world that `up` or a run with `KEEP_UP=1` keeps in this project, if there is one.
///
/// Its services can be controlled; its logs are read from their files.
///
/// # Errors
/// When the state file is of another version, or a log cannot be read.
pub async fn attach(options: &Options) -> Result<Option<Kept>, WorldError> {
    let Some(state) = State::read(&options.root)? else { return Ok(None) };
    let spec = state.spec.spec()?;
    let secrets = Secrets::default();
    for (name, found) in &state.services {
        secrets.add_environment(name, &found.environment());
        found.endpoint().tell(name, &secrets);
    }
    let services = state.services.iter();
    let services =
        services.map(|(name, found)| (name.clone(), service(&state, name, found, &secrets))).collect();
    let nothing = Box::new(|| -> futures_util::future::BoxFuture<'static, Result<(), WorldError>> {
        Box::pin(async { Ok(()) })
    });
    let (id, topology, variables) = (state.world.clone(), spec.topology.clone(), state.variables.clone());
    let world = World::new(id, topology, variables, services, base::client()?, nothing);
    world.found_programs(state.files.clone());
    Ok(Some(Kept { world, backend: state.backend(), missing: state.missing.clone(), state, spec }))
}

fn service(state: &State, name: &str, found: &ServiceState, secrets: &Secrets) -> Service {
    let logs = match &found.log {
        Some(path) => LogBook::follow(path, secrets),
        None => LogBook::in_memory(),
    };
    let remote = Remote { service: name.to_owned(), socket: state.socket.clone() };
    let (endpoint, env) = (found.endpoint(), found.environment());
    Service::new(name.to_owned(), endpoint, env, logs, Arc::new(remote)).known_as(found.authority.clone())
}

impl Kept {
    /// Refuses a world that is no longer what the working tree says: other programs, another topology.
    ///
    /// # Errors
    /// [`WorldError::Stale`] naming the program, or what else differs; each says its fix.
    pub fn check_fresh(&self, options: &Options) -> Result<(), WorldError> {
        let fix = || "harness down, then harness up".to_owned();
        let path = options.root.join(self.state.spec.topology_path());
        let text =
            std::fs::read_to_string(&path).map_err(WorldError::io(format!("read {}", path.display())))?;
        if !self.state.spec.is_of(&text) {
            let what = format!("{} has changed since the world was made", self.state.spec.topology_path());
            return Err(WorldError::Prerequisite { what, fix: fix() });
        }
        for (name, made) in &self.state.programs {
            let Some(program) = self.spec.topology.programs.get(name) else { continue };
            let tree = programs::sources(&options.root, program)?;
            if tree != made.digest {
                let (program, built) = (name.clone(), made.digest.clone());
                return Err(WorldError::Stale { program, built, tree, fix: fix() });
            }
        }
        Ok(())
    }

    /// Why a replay that asks for a world needs one of its own; none when this one is just that.
    #[must_use]
    pub fn refuses(&self, wanted: &WorldSpec) -> Option<String> {
        refusal(&self.spec, wanted)
    }
}

fn refusal(kept: &WorldSpec, wanted: &WorldSpec) -> Option<String> {
    if wanted.topology.name != kept.topology.name {
        return Some(format!("it is of topology {}", wanted.topology.name));
    }
    if wanted.variants != kept.variants {
        let variants = wanted.variants.join("+");
        let asked = if variants.is_empty() { "no variant".into() } else { format!("variant {variants}") };
        return Some(format!("it asks for {asked}"));
    }
    if wanted.env != kept.env || wanted.bugs != kept.bugs || wanted.latency != kept.latency {
        return Some("its services are started otherwise".into());
    }
    if let Some(way) = wanted.ways.difference(&kept.ways).next() {
        return Some(format!("it disturbs the way from {} to {}", way.from, way.to));
    }
    let beyond: Vec<&str> = wanted.disturbs.difference(&kept.disturbs).map(String::as_str).collect();
    (!beyond.is_empty()).then(|| format!("it disturbs {}", beyond.join(", ")))
}

#[cfg(test)]
mod tests {
    use harness_model::topology::Topology;

    use super::*;

    #[test]
    fn a_kept_world_serves_only_who_asks_for_just_that_world() {
        let kept = WorldSpec::of(Arc::new(Topology { name: "one".into(), ..Topology::default() }));
        assert_eq!(refusal(&kept, &kept), None);
        let other = WorldSpec::of(Arc::new(Topology { name: "two".into(), ..Topology::default() }));
        assert_eq!(refusal(&kept, &other).as_deref(), Some("it is of topology two"));
        let varied = WorldSpec { variants: vec!["short-idle".into()], ..kept.clone() };
        assert_eq!(refusal(&kept, &varied).as_deref(), Some("it asks for variant short-idle"));
        assert_eq!(refusal(&varied, &kept).as_deref(), Some("it asks for no variant"));
        let rough = WorldSpec { disturbs: ["redis".to_owned()].into(), ..kept.clone() };
        assert_eq!(refusal(&kept, &rough).as_deref(), Some("it disturbs redis"));
        assert_eq!(refusal(&rough, &kept), None, "who disturbs nothing is served by who may");
        let mut bugged = kept.clone();
        bugged.bugs.insert("seam".into(), Vec::new());
        assert_eq!(refusal(&bugged, &kept).as_deref(), Some("its services are started otherwise"));
    }
}
