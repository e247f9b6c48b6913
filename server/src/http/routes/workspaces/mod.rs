//! Workspaces: create, read, change, delete, and what is told of them.

mod bootstrap_failed;
mod budget;
mod console;
mod create;
mod delete;
mod get;
mod list;
mod patch;
mod state;
mod stream;
mod view;

use crate::http::table::{AuthClass, Table};

/// Routes of workspaces.
pub(super) fn routes() -> Table {
    Table::new()
        .post("/workspaces", AuthClass::Admin, create::handler)
        .get("/workspaces", AuthClass::Admin, list::handler)
        .get("/workspaces/{id}", AuthClass::None, get::handler)
        .patch("/workspaces/{id}", AuthClass::Workspace, patch::handler)
        .delete("/workspaces/{id}", AuthClass::Admin, delete::handler)
        .get("/workspaces/{id}/state", AuthClass::Workspace, state::handler)
        .get("/workspaces/{id}/budget", AuthClass::Workspace, budget::get)
        .patch("/workspaces/{id}/budget", AuthClass::Admin, budget::patch)
        .get("/workspaces/{id}/console", AuthClass::Admin, console::handler)
        .get("/workspaces/{id}/events/stream", AuthClass::Workspace, stream::handler)
        .post("/admin/workspaces/{id}/bootstrap-failed", AuthClass::Admin, bootstrap_failed::handler)
}
