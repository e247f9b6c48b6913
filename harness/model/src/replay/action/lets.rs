//! `let`: names for values.

use schemars::{Schema, SchemaGenerator};

use crate::form::{Form, Map, NameVisitor};
use crate::replay::capture::name_fits;
use crate::template::TemplateValue;
use crate::yaml::{Diagnostics, Node};

/// Names and values; a name may be given a new value. The observation is the object of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Lets {
    /// Names and values in order.
    pub values: Map<TemplateValue>,
}

impl Form for Lets {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let values = Map::read(node, diagnostics)?;
        let fits: Vec<_> = values
            .spanned()
            .map(|(name, span, _): (_, _, &TemplateValue)| name_fits(name, span, diagnostics))
            .collect();
        fits.into_iter().collect::<Option<Vec<()>>>()?;
        Some(Self { values })
    }

    fn write(&self) -> Node {
        self.values.write()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        Map::<TemplateValue>::schema(generator)
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.values.names(visit);
    }
}
