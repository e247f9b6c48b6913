//! One case per golden file.

use std::io;

use harness_model::verdict::CaseId;

use super::{Case, Project, Subject, files, folders, stem};

pub(super) fn find(project: &Project) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for folder in folders(&project.goldens())? {
        let family = stem(&folder);
        for file in files(&folder, "json")? {
            let id = CaseId(format!("golden::{family}::{}", stem(&file)));
            let subject = Subject::Golden { family: family.clone() };
            cases.push(Case { id, tags: vec!["golden".into()], file, subject });
        }
    }
    Ok(cases)
}
