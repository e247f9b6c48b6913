//! `GET /buildinfo`: the commit this binary was built from.
//!
//! Baked in at build: a variable of that name at run time would let a stale image claim a fresh
//! commit (D-03). An unset build says `dev` and so fails every expectation of a commit.

use axum::Json;
use serde::Serialize;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};

use crate::build_info;

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    git_sha: &'static str,
}

pub(super) async fn handler() -> Json<Reply> {
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::BuildinfoDev) {
        return Json(Reply { git_sha: "dev" });
    }
    Json(Reply { git_sha: build_info::GIT_SHA })
}
