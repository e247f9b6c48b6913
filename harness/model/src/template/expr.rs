//! What stands between `${` and `}`.

use std::fmt;

use serde_json::Number;

use crate::units::Time;

/// An expression: a path, a call, a literal, or a sum.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// `name.field[0].call(args)`.
    Path(PathExpr),
    /// A number.
    Number(Number),
    /// A text in single or double quotes.
    Text(String),
    /// A length of time, such as `5m`.
    Time(Time),
    /// `left + right` or `left - right`.
    Sum {
        /// Left side.
        left: Box<Expr>,
        /// Which of the two.
        op: Op,
        /// Right side.
        right: Box<Expr>,
    },
}

/// The two operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `+`.
    Plus,
    /// `-`.
    Minus,
}

/// A name and the way from there.
#[derive(Debug, Clone, PartialEq)]
pub struct PathExpr {
    /// The variable, matrix key, generator, function or service that it starts from.
    pub root: String,
    /// What follows.
    pub access: Vec<Access>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// `.name`.
    Field(String),
    /// `[3]`; negative counts from the end.
    Index(i64),
    /// `(a, b)`.
    Call(Vec<Expr>),
}

impl PathExpr {
    /// `root.field.field` up to the first index or call.
    pub fn dotted(&self) -> String {
        let fields = self.access.iter().map_while(|access| match access {
            Access::Field(name) => Some(name.as_str()),
            _ => None,
        });
        std::iter::once(self.root.as_str()).chain(fields).collect::<Vec<_>>().join(".")
    }

    /// Whether the root itself is called, as in `upper(x)`.
    pub fn is_function(&self) -> bool {
        matches!(self.access.first(), Some(Access::Call(_)))
    }

    /// The arguments when the path ends in a call, as in `agents.token(ws)`.
    pub fn call_args(&self) -> Option<&[Expr]> {
        match self.access.last() {
            Some(Access::Call(args)) => Some(args),
            _ => None,
        }
    }
}

impl Expr {
    /// Every path in the expression, arguments included.
    pub fn paths<'a>(&'a self, visit: &mut dyn FnMut(&'a PathExpr)) {
        match self {
            Self::Path(path) => {
                visit(path);
                for access in &path.access {
                    if let Access::Call(args) = access {
                        args.iter().for_each(|arg| arg.paths(visit));
                    }
                }
            }
            Self::Sum { left, right, .. } => {
                left.paths(visit);
                right.paths(visit);
            }
            Self::Number(_) | Self::Text(_) | Self::Time(_) => {}
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) if text.contains('\'') => write!(f, "\"{text}\""),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Time(time) => time.fmt(f),
            Self::Sum { left, op, right } => {
                let op = if *op == Op::Plus { '+' } else { '-' };
                write!(f, "{left} {op} {right}")
            }
        }
    }
}

impl fmt::Display for PathExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        for access in &self.access {
            match access {
                Access::Field(name) => write!(f, ".{name}")?,
                Access::Index(index) => write!(f, "[{index}]")?,
                Access::Call(args) => {
                    let args: Vec<_> = args.iter().map(ToString::to_string).collect();
                    write!(f, "({})", args.join(", "))?;
                }
            }
        }
        Ok(())
    }
}
