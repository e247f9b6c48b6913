//! Names and values while a replay runs, and how templates become values.
//!
//! A template may ask for a value that the world has to fetch (`agents.token(ws)`), while rendering is
//! synchronous. So rendering is tried, what was missing is fetched, and rendering is tried again.
//! Every secret that passes through here is made known to the mask before it can reach a text.

use std::cell::RefCell;
use std::collections::HashMap;

use harness_model::event::{Phase, StepRef};
use harness_model::form::Form;
use harness_model::replay::IdentityRef;
use harness_model::template::{self, Dyn, Generator, RenderError, Template, TemplateValue, as_text};
use harness_model::yaml::Source;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::session::Session;
use super::trouble::Trouble;
use crate::world::{Caller, Looked};

/// More rounds of fetching than any sensible template nests calls.
const ROUNDS_MAX: usize = 8;

/// What the steps of one branch see.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    /// What all branches share.
    pub(crate) session: &'a Session<'a>,
    /// The file whose steps run: the replay's or a part's.
    pub(crate) source: Source,
    variables: HashMap<String, Value>,
    phase: Phase,
    index: u32,
    inside: Vec<String>,
}

impl<'a> Scope<'a> {
    /// The scope of a replay's first step.
    pub(crate) fn new(session: &'a Session<'a>) -> Self {
        let variables = session.play.row.iter().cloned().collect();
        let source = session.play.source.clone();
        Self { session, source, variables, phase: Phase::Given, index: 0, inside: Vec::new() }
    }

    /// Keeps a value under a name.
    pub(crate) fn set(&mut self, name: impl Into<String>, value: Value) {
        self.variables.insert(name.into(), value);
    }

    /// The value under a name.
    #[must_use]
    pub(crate) fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    /// Takes over every name that `other` has changed or added.
    pub(crate) fn adopt(&mut self, other: Self) {
        self.variables.extend(other.variables);
    }

    /// The same scope with other variables only: what a part sees.
    #[must_use]
    pub(crate) fn isolated(&self, source: Source, variables: HashMap<String, Value>) -> Self {
        Self { source, variables, ..self.clone() }
    }

    /// Says which top-level step runs.
    pub(crate) fn at(&mut self, phase: Phase, index: usize) {
        self.phase = phase;
        self.index = u32::try_from(index).unwrap_or(u32::MAX);
    }

    /// The same scope one level deeper, as in `path=/events`.
    #[must_use]
    pub(crate) fn inner(&self, label: impl Into<String>) -> Self {
        let mut inner = self.clone();
        inner.inside.push(label.into());
        inner
    }

    /// How many levels deep it is.
    #[must_use]
    pub(crate) fn depth(&self) -> usize {
        self.inside.len()
    }

    /// The name of a step in events.
    #[must_use]
    pub(crate) fn step_ref(&self, name: String) -> StepRef {
        StepRef { phase: self.phase, index: self.index, name, inside: self.inside.clone() }
    }

    /// The text of a template.
    ///
    /// # Errors
    /// When a name in it has no value.
    pub(crate) async fn text(&self, template: &Template) -> Result<String, Trouble> {
        match template.as_literal() {
            Some(text) => Ok(text.to_owned()),
            None => self.render(|view| template.render_text(view)).await,
        }
    }

    /// The text of a template that may be left out.
    ///
    /// # Errors
    /// When a name in it has no value.
    pub(crate) async fn maybe_text(&self, template: Option<&Template>) -> Result<Option<String>, Trouble> {
        match template {
            Some(template) => self.text(template).await.map(Some),
            None => Ok(None),
        }
    }

    /// A value with templates in it.
    ///
    /// # Errors
    /// When a name in it has no value or a file cannot be read.
    pub(crate) async fn value(&self, value: &TemplateValue) -> Result<Value, Trouble> {
        self.render(|view| value.render(view)).await
    }

    /// A typed field.
    ///
    /// # Errors
    /// When a name has no value or the value is not of the type.
    pub(crate) async fn typed<T: Form + Clone + Send + Sync>(&self, field: &Dyn<T>) -> Result<T, Trouble> {
        match field.known() {
            Some(value) => Ok(value.clone()),
            None => self.render(|view| field.resolve(view)).await,
        }
    }

    /// A typed field that may be left out.
    ///
    /// # Errors
    /// As [`Scope::typed`].
    pub(crate) async fn maybe<T: Form + Clone + Send + Sync>(
        &self,
        field: Option<&Dyn<T>>,
    ) -> Result<Option<T>, Trouble> {
        match field {
            Some(field) => self.typed(field).await.map(Some),
            None => Ok(None),
        }
    }

    /// Who acts.
    ///
    /// # Errors
    /// When the identity is unknown or something it needs has no value.
    pub(crate) async fn caller(&self, identity: &IdentityRef) -> Result<Caller, Trouble> {
        let name = self.text(&identity.name).await?;
        let mut args = Map::new();
        for (key, value) in &identity.args {
            args.insert(key.clone(), self.value(value).await?);
        }
        let caller = self.session.world.caller(&name, &args).await?;
        for field in caller.headers.iter().filter(|field| field.secret) {
            let bare = field.expose().strip_prefix("Bearer ").unwrap_or(field.expose());
            self.session.secrets.add(&format!("{name}.{}", field.name), &SecretString::from(bare));
        }
        Ok(caller)
    }

    /// Anything that is rendered in a scope.
    ///
    /// # Errors
    /// When a name in it has no value.
    pub(crate) async fn render<T>(
        &self,
        work: impl Fn(&dyn template::Scope) -> Result<T, RenderError>,
    ) -> Result<T, Trouble> {
        let mut answered = Answered::default();
        for _ in 0..ROUNDS_MAX {
            let (result, wanted) = {
                let view = View { scope: self, answered: &answered, wanted: RefCell::default() };
                (work(&view), view.wanted.into_inner())
            };
            match result {
                Ok(value) => return Ok(value),
                Err(error) if wanted.is_empty() => return Err(error.into()),
                Err(_) => self.fetch(wanted, &mut answered).await?,
            }
        }
        Err(Trouble::new("a template asks for values without end"))
    }

    async fn fetch(&self, wanted: Vec<Question>, answered: &mut Answered) -> Result<(), Trouble> {
        for (name, args) in wanted {
            let looked = self.session.world.ask(&name, args.clone()).await?;
            let value = self.session.known(&name, &looked);
            answered.insert((name, args), value);
        }
        Ok(())
    }
}

type Question = (String, Vec<String>);
type Answered = HashMap<Question, Value>;

/// A scope as templates see it during one attempt.
struct View<'s> {
    scope: &'s Scope<'s>,
    answered: &'s Answered,
    wanted: RefCell<Vec<Question>>,
}

impl template::Scope for View<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.scope.variables.get(name).cloned()
    }

    fn world(&self, dotted: &str) -> Option<Value> {
        let looked: Looked = self.scope.session.world.lookup(dotted).ok()?;
        Some(self.scope.session.known(dotted, &looked))
    }

    fn call(&self, dotted: &str, args: &[Value]) -> Result<Value, String> {
        let question = (dotted.to_owned(), args.iter().map(as_text).collect::<Vec<_>>());
        if let Some(value) = self.answered.get(&question) {
            return Ok(value.clone());
        }
        self.wanted.borrow_mut().push(question);
        Err(format!("`{dotted}(…)` has not been asked for yet"))
    }

    fn generate(&self, what: Generator) -> Value {
        self.scope.session.generate(what)
    }

    fn file(&self, path: &str) -> Result<Value, String> {
        let file = self.scope.session.play.root.join(path);
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{path}: {e}"))?;
        serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))
    }
}
