//! `service`: a service as a process on a network.

use harness_model::replay::action::Service;
use harness_model::template::Template;

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;
use crate::world::Control;

pub(super) async fn run(service: &Service, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    match service {
        Service::Pause(act) => each(&act.services, Control::Pause, scope).await,
        Service::Resume(act) => each(&act.services, Control::Resume, scope).await,
        Service::Kill(act) => each(&act.services, Control::Kill, scope).await,
        Service::Heal(act) => each(&act.services, Control::Heal, scope).await,
        Service::CutOff(act) if act.from.is_empty() => each(&act.services, Control::CutOff, scope).await,
        Service::CutOff(_) => Err(Trouble::new("cutting off some callers only is not possible here")
            .help("leave `from` out, or declare the capability that the replay needs")),
        Service::Restart(act) => {
            if !act.env.is_empty() || act.refuses {
                return Err(Trouble::new("a restart with another environment is not possible here")
                    .help("use a variant of the topology"));
            }
            each(std::slice::from_ref(&act.service), Control::Restart, scope).await
        }
    }
}

async fn each(services: &[Template], control: Control, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    for name in services {
        let name = scope.text(name).await?;
        scope.session.world.service(&name)?.control(control).await?;
    }
    Ok(Observed::nothing())
}
