//! Requests against a server that does nothing: what the engine itself costs, beside Hurl.

use super::super::sample;
use super::super::scratch::{HURL, NO_HURL, Scratch, has_hurl};
use super::super::site::Site;
use super::super::{Peer, Plan};
use super::Figures;

pub(super) async fn thousand(plan: &Plan) -> Figures {
    one_file(plan, 1000).await
}

pub(super) async fn one(plan: &Plan) -> Figures {
    one_file(plan, 1).await
}

async fn one_file(plan: &Plan, times: usize) -> Figures {
    let (site, scratch) = (Site::open().await?, Scratch::new(&plan.program)?);
    scratch.replay("asks", &site.url("/"), times)?;
    scratch.hurl("asks", &site.url("/"), times)?;
    beside_hurl(plan, &scratch, &["asks.hurl".to_owned()]).await
}

pub(super) async fn hundred(plan: &Plan) -> Figures {
    let (site, scratch) = (Site::open().await?, Scratch::new(&plan.program)?);
    let names: Vec<_> = (0..100).map(|number| format!("asks-{number:03}")).collect();
    for name in &names {
        scratch.replay(name, &site.url("/slow"), 1)?;
        scratch.hurl(name, &site.url("/slow"), 1)?;
    }
    let files: Vec<_> = names.iter().map(|name| format!("{name}.hurl")).collect();
    beside_hurl(plan, &scratch, &files).await
}

async fn beside_hurl(plan: &Plan, scratch: &Scratch, files: &[String]) -> Figures {
    let ours = || scratch.harness(&["run"]);
    if !has_hurl().await {
        return Ok((sample::alone(plan.rounds, ours).await?, Peer::Missing(NO_HURL)));
    }
    let theirs = || scratch.peer(&["--test"], files);
    sample::in_turns(plan.rounds, ours, HURL, theirs).await
}
