//! `/cp/auth/...`: sessions, as browsers and the session verifier ask for them.

pub(super) mod accept_terms;
pub(super) mod login;
pub(super) mod me;
pub(super) mod signup;
pub(super) mod tenant_member;
pub(super) mod terms_status;
