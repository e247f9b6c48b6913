//! The test-token route: it mints the first bearer, so no bearer of a workspace can guard it.

use super::{Credentials, Refused, lookup};
use crate::{App, config::DeployEnv};

/// Decides whether the caller may have a test token.
///
/// # Errors
/// 404 where the route is off; 401 whenever `ADMIN_TOKEN` is set and is not the bearer: org tokens,
/// workspace tokens and cookies do not count (#112).
pub fn authenticate(app: &App, shown: &Credentials) -> Result<(), Refused> {
    if app.config.environment == DeployEnv::Production && !app.config.test_tokens_forced {
        return Err(Refused::NotFound);
    }
    let open = app.config.admin_token.is_none();
    let admin = || shown.bearer.as_ref().is_some_and(|bearer| lookup::is_admin(app, bearer));
    (open || admin()).then_some(()).ok_or(Refused::AdminRequired)
}
