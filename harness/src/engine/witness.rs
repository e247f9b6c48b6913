//! Brings a bug back before the first step.
//!
//! Compiled-in seams and environment belong to the start of the world; here is what can be done to a running
//! one.

use harness_model::replay::Cause;
use http::Method;

use super::action::{add_fault, agent_behaviour, edge_change};
use super::control::Control;
use super::scope::Scope;
use super::sql::Answer;
use super::trouble::Trouble;

/// How long a statement may take.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(30);

/// Applies what can be applied to a running world.
///
/// # Errors
/// When the bug cannot be brought back: the witness then proves nothing.
pub(crate) async fn apply(cause: &Cause, scope: &Scope<'_>) -> Result<(), Trouble> {
    let session = scope.session;
    match cause {
        Cause::Bug(_) | Cause::Env(_) => Ok(()),
        Cause::Client(seam) => {
            let control = Control::of(session.world, "agents")?;
            control.call(Method::PUT, &format!("/__agent/seams/{seam}"), None).await.map(drop)?;
            Ok(())
        }
        Cause::Stub(witness) => {
            let control = Control::of(session.world, "stub")?;
            let id = add_fault(&control, &witness.fault, scope).await?;
            session.witness_fault(id);
            Ok(())
        }
        Cause::Edge(change) => {
            let control = Control::of(session.world, "edge")?;
            edge_change(&control, change, scope).await.map(drop)
        }
        Cause::Agent(witness) => {
            let order = agent_behaviour(&witness.behaviour, scope).await?;
            let control = Control::of(session.world, "agents")?;
            control.call(Method::PUT, "/__agent/behaviour", Some(&order)).await?;
            Ok(())
        }
        Cause::Sql(witness) => {
            let database = session.database(&witness.on)?;
            match database
                .exec(&witness.exec, &[], WITHIN)
                .await
                .map_err(Trouble::of_database(&witness.on))?
            {
                Answer::Refused(refusal) => Err(Trouble::new(format!("witness: {}", refusal.message))),
                Answer::Rows(_) | Answer::Changed(_) => Ok(()),
            }
        }
    }
}
