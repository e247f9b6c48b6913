//! `run`: a program of the project, run to its end.

use harness_model::event::Exchange;
use harness_model::replay::Facet;
use harness_model::replay::action::Run;
use harness_model::units::Time;

use super::WITHIN;
use crate::engine::observed::Observed;
use crate::engine::program::Invocation;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;

pub(super) async fn run(run: &Run, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let name = scope.text(&run.program).await?;
    let mut args = Vec::with_capacity(run.args.len());
    for arg in &run.args {
        args.push(scope.text(arg).await?);
    }
    let mut env = Vec::with_capacity(run.env.len());
    for (key, value) in run.env.iter() {
        env.push((key.to_owned(), scope.text(value).await?));
    }
    let invocation = Invocation {
        program: scope.session.world.program(&name)?,
        args,
        env,
        folder: scope.session.play.root.clone(),
        stdin: scope.maybe_text(run.stdin.as_ref()).await?,
        timeout: scope.maybe(run.timeout.as_ref()).await?.map_or(WITHIN, Time::get),
    };
    let ended = invocation.run().await?;
    let mask = |text: &str| scope.session.secrets.mask(text).into_owned();
    let exchange = Exchange::Program {
        command: std::iter::once(&name).chain(&invocation.args).map(|word| mask(word)).collect(),
        exit: ended.exit,
        stdout: mask(&ended.stdout),
        stderr: mask(&ended.stderr),
    };
    let parsed: Option<serde_json::Value> = serde_json::from_str(&ended.stdout).ok();
    Ok(Observed::nothing()
        .maybe(Facet::Exit, ended.exit)
        .with(Facet::Stdout, ended.stdout)
        .with(Facet::Stderr, ended.stderr)
        .maybe(Facet::Json, parsed)
        .seen_as(exchange))
}
