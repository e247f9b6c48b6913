//! `sql`: one statement on a database.

use crate::form::Many;
use crate::template::{Dyn, Template, TemplateValue};
use crate::units::Time;
use crate::{choice, record};

record! {
    /// A statement with bound arguments.
    pub struct Sql in "sql" {
        /// The database, by its name in the topology; there is no default.
        on: Template = required("on"),
        /// What is executed.
        act: SqlAct = group,
        /// Arguments for `$1`, `$2`, …
        args: Vec<TemplateValue> = default("args"),
        /// How long it may take; 30 s when left out.
        timeout: Option<Dyn<Time>> = optional("timeout"),
    }
}

choice! {
    /// What is wanted of a statement.
    pub enum SqlAct in "sql" {
        /// Exactly one row: its only column as `value`, or the row as an object.
        One(Template) = "one",
        /// Any number of rows as objects, in `rows`.
        Rows(Template) = "rows",
        /// An effect: one statement or several in one transaction; `affected` counts rows.
        Exec(Many<Template>) = "exec",
    }
}

impl Sql {
    /// Whether the statement may be repeated: `one` and `rows` that start like a query.
    pub fn is_read(&self) -> bool {
        let text = match &self.act {
            SqlAct::One(text) | SqlAct::Rows(text) => text.to_string(),
            SqlAct::Exec(_) => return false,
        };
        let lower = text.trim_start().to_lowercase();
        let starts = ["select", "show", "explain", "with", "values", "table"];
        let writes = ["insert ", "update ", "delete ", "nextval("];
        starts.iter().any(|start| lower.starts_with(start)) && !writes.iter().any(|word| lower.contains(word))
    }
}
