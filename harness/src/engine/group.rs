//! Actions that consist of other steps: `parallel`, `repeat`, `use`.

use harness_model::replay::{Action, Step};

use super::action::{parallel, repeat, use_part};
use super::observed::Observed;
use super::scope::Scope;
use super::step::Flow;
use super::trouble::Trouble;

/// Runs the steps inside; what is observed of them as a whole is there when all held.
///
/// # Errors
/// When the group itself cannot be carried out.
pub(crate) async fn run(step: &Step, scope: &mut Scope<'_>) -> Result<(Flow, Observed), Trouble> {
    match &step.action {
        Action::Parallel(parallel) => parallel::run(parallel, scope).await,
        Action::Repeat(repeat) => repeat::run(repeat, scope).await,
        Action::Use(part) => use_part::run(part, scope).await,
        other => Err(Trouble::new(format!("`{}` has no steps inside", other.key()))),
    }
}
