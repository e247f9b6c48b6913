//! Templates to values.

use serde_json::{Map, Value};
use thiserror::Error;

use super::{Access, Expr, FileRef, Op, Part, PathExpr, Template, TemplateValue, functions};
use crate::path::JsonPath;

/// Where values come from. Everything has a default, so that a test can answer only what it needs.
pub trait Scope {
    /// The value of a variable: a capture, a matrix key, a loop counter, an input.
    fn variable(&self, name: &str) -> Option<Value>;

    /// A value of the running world by dotted path, such as `tenant-alpha.env.ADMIN_TOKEN`.
    fn world(&self, _dotted: &str) -> Option<Value> {
        None
    }

    /// A value that the world must ask for, such as `agents.token(ws)`.
    ///
    /// # Errors
    /// A message for the report.
    fn call(&self, dotted: &str, _args: &[Value]) -> Result<Value, String> {
        Err(format!("nothing answers `{dotted}(…)` here"))
    }

    /// A value that is new each time.
    fn generate(&self, what: Generator) -> Value;

    /// The JSON content of a file of the project.
    ///
    /// # Errors
    /// A message for the report.
    fn file(&self, path: &str) -> Result<Value, String> {
        Err(format!("no files here: `{path}`"))
    }
}

crate::words! {
    /// What `${…}` can make: the names are reserved.
    pub enum Generator in "a generator" {
        /// A short text that no other replay on this machine has.
        Unique = "unique",
        /// A random UUID.
        Uuid = "uuid",
        /// The present instant as RFC 3339 with microseconds, in UTC.
        Now = "now",
    }
}

/// Why a template has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{template}: {message}")]
pub struct RenderError {
    /// The template as it is written.
    pub template: String,
    /// What is wrong.
    pub message: String,
}

impl RenderError {
    pub(super) fn new(template: &Template, message: impl Into<String>) -> Self {
        Self { template: template.to_string(), message: message.into() }
    }
}

impl Template {
    /// The value in a scope: of any type when the template is one expression, else a text.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn render(&self, scope: &dyn Scope) -> Result<Value, RenderError> {
        let wrap = |message| RenderError::new(self, message);
        if let Some(expr) = self.as_whole() {
            return evaluate(expr, scope).map_err(wrap);
        }
        let mut out = String::new();
        for part in self.parts() {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expr(expr) => out.push_str(&as_text(&evaluate(expr, scope).map_err(wrap)?)),
            }
        }
        Ok(Value::String(out))
    }

    /// The value in a scope, written as a text.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn render_text(&self, scope: &dyn Scope) -> Result<String, RenderError> {
        self.render(scope).map(|value| as_text(&value))
    }
}

impl TemplateValue {
    /// The value in a scope.
    ///
    /// # Errors
    /// When a name has no value or a file cannot be read.
    pub fn render(&self, scope: &dyn Scope) -> Result<Value, RenderError> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(value) => Value::Number(value.clone()),
            Self::Text(text) => text.render(scope)?,
            Self::List(items) => {
                Value::Array(items.iter().map(|item| item.render(scope)).collect::<Result<_, _>>()?)
            }
            Self::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(key.render_text(scope)?, value.render(scope)?);
                }
                Value::Object(map)
            }
            Self::File(file) => file.render(scope)?,
        })
    }
}

impl FileRef {
    fn render(&self, scope: &dyn Scope) -> Result<Value, RenderError> {
        let wrap = |message| RenderError::new(&self.path, message);
        let mut value = scope.file(&self.path.render_text(scope)?).map_err(wrap)?;
        if let Value::Object(map) = &mut value {
            map.retain(|key, _| !key.starts_with('_'));
        }
        for change in &self.set {
            let path = JsonPath::parse(&change.at).map_err(wrap)?;
            path.put(&mut value, &change.to.render(scope)?).map_err(wrap)?;
        }
        for unset in &self.unset {
            JsonPath::parse(unset).and_then(|path| path.remove(&mut value)).map_err(wrap)?;
        }
        Ok(value)
    }
}

/// A value inside a text: texts as they are, everything else as JSON.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn evaluate(expr: &Expr, scope: &dyn Scope) -> Result<Value, String> {
    match expr {
        Expr::Number(number) => Ok(Value::Number(number.clone())),
        Expr::Text(text) => Ok(Value::String(text.clone())),
        Expr::Time(time) => Ok(Value::String(time.to_string())),
        Expr::Path(path) => evaluate_path(path, scope),
        Expr::Sum { left, op, right } => {
            let left = evaluate(left, scope)?;
            let right = evaluate(right, scope)?;
            functions::sum(&left, *op == Op::Minus, &right)
        }
    }
}

fn evaluate_path(path: &PathExpr, scope: &dyn Scope) -> Result<Value, String> {
    if let [Access::Call(args), rest @ ..] = path.access.as_slice() {
        let args = evaluate_all(args, scope)?;
        let value = match (path.root.as_str(), args.as_slice()) {
            ("world", [Value::String(dotted)]) => of_world(dotted, scope)?,
            (name, args) => functions::call(name, args)?,
        };
        return follow(value, rest, &path.root);
    }
    if let Some(value) = scope.variable(&path.root) {
        return follow(value, &path.access, &path.root);
    }
    if let Some(generator) = Generator::from_word(&path.root) {
        return follow(scope.generate(generator), &path.access, &path.root);
    }
    let dotted = path.dotted();
    if let Some(args) = path.call_args() {
        return scope.call(&dotted, &evaluate_all(args, scope)?);
    }
    of_world(&dotted, scope)
}

fn of_world(dotted: &str, scope: &dyn Scope) -> Result<Value, String> {
    scope.world(dotted).ok_or_else(|| format!("`{dotted}` has no value"))
}

fn evaluate_all(args: &[Expr], scope: &dyn Scope) -> Result<Vec<Value>, String> {
    args.iter().map(|arg| evaluate(arg, scope)).collect()
}

/// Walks into a value; a field or index that is not there is an error, never a silent nothing.
fn follow(value: Value, access: &[Access], root: &str) -> Result<Value, String> {
    let mut value = value;
    for access in access {
        value = match (access, value) {
            (Access::Field(name), Value::Object(mut map)) => {
                map.swap_remove(name).ok_or_else(|| format!("`{root}` has no field `{name}`"))?
            }
            (Access::Index(index), Value::Array(mut items)) => {
                let at = functions::position(*index, items.len());
                let at = at.ok_or_else(|| format!("`{root}` has no item {index}"))?;
                items.swap_remove(at)
            }
            (Access::Field(name), _) => {
                return Err(format!("`{root}`: `.{name}` of something without fields"));
            }
            (Access::Index(index), _) => {
                return Err(format!("`{root}`: `[{index}]` of something that is no list"));
            }
            (Access::Call(_), _) => return Err(format!("`{root}` cannot be called")),
        };
    }
    Ok(value)
}
