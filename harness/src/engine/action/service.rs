//! `service`: a service as a process on a network.

use harness_model::event::Exchange;
use harness_model::replay::Facet;
use harness_model::replay::action::{Restart, Service};
use harness_model::template::Template;
use indexmap::IndexMap;

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;
use crate::world::{Boot, Control, Flow, LastWords, Reboot};

pub(super) async fn run(service: &Service, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    match service {
        Service::Pause(act) => each(&act.services, Control::Pause, scope).await,
        Service::Resume(act) => each(&act.services, Control::Resume, scope).await,
        Service::Kill(act) => each(&act.services, Control::Kill, scope).await,
        Service::Heal(act) => each(&act.services, Control::Heal, scope).await,
        Service::CutOff(act) if act.from.is_empty() => each(&act.services, Control::CutOff, scope).await,
        Service::CutOff(act) => ways(&act.services, &act.from, Flow::Cut, scope).await,
        Service::Slow(act) => {
            let by = scope.typed(&act.by).await?;
            ways(&act.services, &act.from, Flow::Slow(by.get()), scope).await
        }
        Service::Restart(act) if act.env.is_empty() && !act.refuses => {
            each(std::slice::from_ref(&act.service), Control::Restart, scope).await
        }
        Service::Restart(act) => reboot(act, scope).await,
    }
}

async fn each(services: &[Template], control: Control, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    for name in services {
        let name = scope.text(name).await?;
        scope.session.world.service(&name)?.control(control).await?;
    }
    Ok(Observed::nothing())
}

/// Disturbs the way to every service from every caller; all others reach it as before.
async fn ways(
    services: &[Template],
    from: &[Template],
    flow: Flow,
    scope: &Scope<'_>,
) -> Result<Observed, Trouble> {
    for name in services {
        let name = scope.text(name).await?;
        for caller in from {
            let caller = scope.text(caller).await?;
            scope.session.world.service(&name)?.way(&caller, flow).await?;
        }
    }
    Ok(Observed::nothing())
}

async fn reboot(act: &Restart, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let name = scope.text(&act.service).await?;
    let mut env = IndexMap::new();
    for (variable, value) in act.env.iter() {
        let value = scope.text(value).await?;
        env.insert(variable.to_owned(), (!value.is_empty()).then_some(value));
    }
    let command = command(&name, &env);
    let reboot = Reboot { env, refuses: act.refuses };
    let boot = scope.session.world.service(&name)?.reboot(&reboot).await?;
    if !act.refuses {
        return Ok(Observed::nothing());
    }
    let mask = |text: &str| scope.session.secrets.mask(text).into_owned();
    let exchange = |words: &LastWords| Exchange::Program {
        command: command.iter().map(|word| mask(word)).collect(),
        exit: words.code,
        stdout: mask(&words.stdout),
        stderr: mask(&words.stderr),
    };
    Ok(refused(boot, exchange))
}

/// What a report shows of the start.
fn command(service: &str, env: &IndexMap<String, Option<String>>) -> Vec<String> {
    let changes = env.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or_default()));
    ["restart", service].map(str::to_owned).into_iter().chain(changes).collect()
}

/// An end with an error is a refusal. Whatever else came of the start is an error, which is red unless the step
/// expects it.
fn refused(boot: Boot, exchange: impl Fn(&LastWords) -> Exchange) -> Observed {
    let words = match boot {
        Boot::Ready => return Observed::nothing().with(Facet::Error, "it is up: it did not refuse"),
        Boot::Neither => {
            return Observed::nothing().with(Facet::Error, "it neither refused nor was it ready in time");
        }
        Boot::Ended(words) => words,
    };
    let exchange = exchange(&words);
    let refused = words.code.is_some_and(|code| code != 0);
    let error = (!refused).then(|| format!("it ended with {}, which is no refusal", words.how));
    Observed::nothing()
        .maybe(Facet::Exit, words.code)
        .with(Facet::Stdout, words.stdout)
        .with(Facet::Stderr, words.stderr)
        .maybe(Facet::Error, error)
        .seen_as(exchange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(code: Option<i32>, how: &str) -> Observed {
        let words =
            LastWords { code, how: how.to_owned(), stdout: "no key\n".to_owned(), stderr: String::new() };
        refused(Boot::Ended(words), |words| Exchange::Program {
            command: Vec::new(),
            exit: words.code,
            stdout: words.stdout.clone(),
            stderr: String::new(),
        })
    }

    #[test]
    fn only_an_end_with_an_error_is_a_refusal() {
        let refusal = ended(Some(1), "exit code 1");
        assert_eq!(refusal.facet(Facet::Exit), Some(&1.into()));
        assert_eq!(refusal.facet(Facet::Stdout), Some(&"no key\n".into()));
        assert_eq!(refusal.facet(Facet::Error), None);
        let none = Exchange::Program {
            command: Vec::new(),
            exit: None,
            stdout: String::new(),
            stderr: String::new(),
        };
        for other in [
            ended(Some(0), "exit code 0"),
            ended(None, "signal SIGSEGV"),
            refused(Boot::Ready, |_| none.clone()),
            refused(Boot::Neither, |_| none.clone()),
        ] {
            assert!(other.facet(Facet::Error).is_some());
        }
    }
}
