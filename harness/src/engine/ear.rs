//! Which names a template asked for, and what they were: what a judge needs to bind it again later.

use std::cell::RefCell;

use harness_model::event::Bound;
use harness_model::template::{Generator, Scope};
use serde_json::Value;

/// A scope that remembers what it was asked.
pub(crate) struct Ear<'s> {
    scope: &'s dyn Scope,
    heard: RefCell<Bound>,
}

impl<'s> Ear<'s> {
    /// Listens to what a scope is asked from now on.
    pub(crate) fn on(scope: &'s dyn Scope) -> Self {
        Self { scope, heard: RefCell::default() }
    }

    /// Everything that was asked for and had a value.
    pub(crate) fn heard(self) -> Bound {
        self.heard.into_inner()
    }

    fn note(&self, name: impl Into<String>, value: &Value) {
        self.heard.borrow_mut().0.insert(name.into(), value.clone());
    }
}

impl Scope for Ear<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.scope.variable(name).inspect(|value| self.note(name, value))
    }

    fn world(&self, dotted: &str) -> Option<Value> {
        self.scope.world(dotted).inspect(|value| self.note(dotted, value))
    }

    fn call(&self, dotted: &str, args: &[Value]) -> Result<Value, String> {
        let answered = self.scope.call(dotted, args);
        answered.inspect(|value| self.note(Bound::call(dotted, args), value))
    }

    fn generate(&self, what: Generator) -> Value {
        let value = self.scope.generate(what);
        let made = Bound([(format!("{what}()"), Value::from(vec![value.clone()]))].into_iter().collect());
        self.heard.borrow_mut().adopt(made);
        value
    }

    fn file(&self, path: &str) -> Result<Value, String> {
        // A file is read again: today's content counts.
        self.scope.file(path)
    }
}

#[cfg(test)]
mod tests {
    use harness_model::form::Form as _;
    use harness_model::template::TemplateValue;
    use harness_model::yaml::{self, Diagnostics, Source};
    use serde_json::json;

    use super::*;

    struct World;

    impl Scope for World {
        fn variable(&self, name: &str) -> Option<Value> {
            (name == "ws").then(|| json!({ "id": "ws-1" }))
        }

        fn world(&self, dotted: &str) -> Option<Value> {
            (dotted == "tenant.env.PORT").then(|| json!("80"))
        }

        fn call(&self, dotted: &str, args: &[Value]) -> Result<Value, String> {
            Ok(json!(format!("{dotted} of {}", args.len())))
        }

        fn generate(&self, _: Generator) -> Value {
            json!("new")
        }
    }

    #[test]
    fn every_name_that_is_asked_for_is_heard_and_no_other() {
        let text = "[\"${ws.id}\", \"${tenant.env.PORT}\", \"${agents.token(ws.id)}\", \"${now}-${now}\"]";
        let mut findings = Diagnostics::new(Source::new("x.yaml", text));
        let node = yaml::parse(&mut findings).unwrap();
        let value = TemplateValue::read(&node, &mut findings).unwrap();
        let ear = Ear::on(&World);
        value.render(&ear).unwrap();
        assert_eq!(
            Value::Object(ear.heard().0),
            json!({
                "ws": { "id": "ws-1" }, "tenant.env.PORT": "80",
                "agents.token(ws-1)": "agents.token of 1", "now()": ["new", "new"]
            })
        );
    }
}
