//! Reads expressions. Total: any text gives an expression or one message.

use super::{Access, Expr, Op, PathExpr};
use crate::units::Time;

/// Deepest nesting of calls.
const DEPTH_MAX: usize = 16;

/// Parses what stands between `${` and `}`.
pub(super) fn expression(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { rest: text, depth: 0 };
    let expr = parser.sum()?;
    parser.blank();
    if parser.rest.is_empty() { Ok(expr) } else { Err(format!("`{}` is not expected here", parser.rest)) }
}

/// Where an expression that starts at `text` ends: the first `}` outside quotes.
pub(super) fn end_of_expression(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (None, '}') => return Some(at),
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            _ => {}
        }
    }
    None
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: char) -> bool {
        self.blank();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|char| !accept(char)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.term()?;
        loop {
            let op = if self.eat('+') {
                Op::Plus
            } else if self.eat('-') {
                Op::Minus
            } else {
                return Ok(left);
            };
            let right = self.term()?;
            left = Expr::Sum { left: Box::new(left), op, right: Box::new(right) };
        }
    }

    fn term(&mut self) -> Result<Expr, String> {
        self.blank();
        match self.rest.chars().next() {
            None => Err("an expression is missing".to_owned()),
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            Some(char) if char.is_ascii_digit() => self.number(),
            Some(char) if char.is_ascii_alphabetic() || char == '_' => self.path().map(Expr::Path),
            Some(char) => Err(format!("`{char}` does not start an expression")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Expr, String> {
        let inner = &self.rest[1..];
        let end = inner.find(quote).ok_or_else(|| format!("{quote} is never closed"))?;
        self.rest = &inner[end + 1..];
        Ok(Expr::Text(inner[..end].to_owned()))
    }

    fn number(&mut self) -> Result<Expr, String> {
        let written = self.take_while(|char| char.is_ascii_alphanumeric() || char == '.');
        if let Some(time) = Time::parse(written) {
            return Ok(Expr::Time(time));
        }
        match crate::yaml::plain_number(written) {
            Some(number) => Ok(Expr::Number(number)),
            None => Err(format!("`{written}` is neither a number nor a length of time")),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let name = self.take_while(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'));
        match name.chars().next() {
            Some(first) if !first.is_ascii_digit() || name.len() > 1 => Ok(name.to_owned()),
            Some(_) => Ok(name.to_owned()),
            None => Err("a name is missing".to_owned()),
        }
    }

    fn path(&mut self) -> Result<PathExpr, String> {
        let root = self.name()?;
        let mut access = Vec::new();
        loop {
            if self.rest.starts_with('.') {
                self.rest = &self.rest[1..];
                access.push(Access::Field(self.name()?));
            } else if self.rest.starts_with('[') {
                self.rest = &self.rest[1..];
                access.push(self.index()?);
            } else if self.rest.starts_with('(') {
                self.rest = &self.rest[1..];
                access.push(Access::Call(self.args()?));
            } else {
                return Ok(PathExpr { root, access });
            }
        }
    }

    fn index(&mut self) -> Result<Access, String> {
        self.blank();
        let access = if let Some(quote) = self.rest.chars().next().filter(|char| "'\"".contains(*char)) {
            match self.quoted(quote)? {
                Expr::Text(text) => Access::Field(text),
                _ => return Err("a key is missing".to_owned()),
            }
        } else {
            let written = self.take_while(|char| char.is_ascii_digit() || char == '-');
            Access::Index(written.parse().map_err(|_| format!("`{written}` is not an index"))?)
        };
        if self.eat(']') { Ok(access) } else { Err("`]` is missing".to_owned()) }
    }

    fn args(&mut self) -> Result<Vec<Expr>, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("calls are nested too deeply".to_owned());
        }
        let mut args = Vec::new();
        if !self.eat(')') {
            loop {
                args.push(self.sum()?);
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err("`)` is missing".to_owned());
                }
            }
        }
        self.depth -= 1;
        Ok(args)
    }
}
