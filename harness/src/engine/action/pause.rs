//! `pause`: a wait that no condition can replace.

use harness_model::replay::action::Pause;

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;

pub(super) async fn run(pause: &Pause, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    tokio::time::sleep(scope.typed(&pause.during).await?.get()).await;
    Ok(Observed::nothing())
}
