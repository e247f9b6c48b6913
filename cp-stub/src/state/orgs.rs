//! The orgs, found by id, slug, credential or by what they own.

use super::{Instance, Org};
use crate::config::OrgConfig;

/// All orgs in the order they were made known.
pub(crate) struct Orgs(Vec<Org>);

impl Orgs {
    pub(crate) fn new(known: &[OrgConfig], shared_secret: &str) -> Self {
        let org = |org: &OrgConfig| {
            Org::new(org.id.clone(), org.slug.clone(), org.admin_token.clone(), shared_secret.to_owned())
        };
        Self(known.iter().map(org).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Org> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Org> {
        self.0.iter_mut()
    }

    pub(crate) fn add(&mut self, org: Org) -> &Org {
        self.0.push(org);
        self.0.last().expect("an org was just pushed")
    }

    pub(crate) fn remove(&mut self, slug: &str) -> Option<Org> {
        let index = self.0.iter().position(|org| org.slug == slug)?;
        Some(self.0.remove(index))
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Org> {
        self.0.iter().find(|org| org.id == id)
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Org> {
        self.0.iter_mut().find(|org| org.id == id)
    }

    pub(crate) fn by_slug(&self, slug: &str) -> Option<&Org> {
        self.0.iter().find(|org| org.slug == slug)
    }

    pub(crate) fn by_admin_token(&self, token: &str) -> Option<&Org> {
        self.0.iter().find(|org| org.admin_token == token)
    }

    /// The org that owns the machines of a workspace. With the same workspace id in two orgs the
    /// presented admin token tells them apart; it can only choose, not add.
    pub(crate) fn owner_of(&self, workspace_id: &str, admin_token: Option<&str>) -> Option<&Org> {
        let mut owners = self.0.iter().filter(|org| org.newest_of(workspace_id).is_some());
        let first = owners.next()?;
        let chosen = std::iter::once(first)
            .chain(owners)
            .find(|org| admin_token.is_some_and(|token| token == org.admin_token));
        Some(chosen.unwrap_or(first))
    }

    pub(crate) fn instance_mut(&mut self, instance_id: &str) -> Option<&mut Instance> {
        self.0.iter_mut().flat_map(|org| &mut org.instances).find(|i| i.instance_id == instance_id)
    }

    pub(crate) fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.0.iter().flat_map(|org| &org.instances)
    }
}
