//! Tree to text: block style with short leaves in flow style, always read back as the same tree.

use std::fmt::Write;

use super::{Entry, Node, Tree, scalar};

/// Widest line that a flow collection may make.
const WIDTH: usize = 100;

/// The node as a YAML document.
pub fn emit(node: &Node) -> String {
    let mut out = String::new();
    block(&mut out, node, 0);
    out.push('\n');
    out
}

/// Writes a node that starts at the current position, in block style where it has children.
fn block(out: &mut String, node: &Node, indent: usize) {
    let line = flow(node);
    match &node.tree {
        Tree::Map(entries) if !entries.is_empty() && (indent == 0 || !fits(&line, indent)) => {
            mapping(out, entries, indent);
        }
        Tree::List(items) if !items.is_empty() && (indent == 0 || !fits(&line, indent)) => {
            list(out, items, indent);
        }
        _ => out.push_str(&line),
    }
}

fn fits(line: &str, indent: usize) -> bool {
    line.len() + indent <= WIDTH
}

fn mapping(out: &mut String, entries: &[Entry], indent: usize) {
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            newline(out, indent);
        }
        out.push_str(&quoted(&entry.key.text));
        out.push(':');
        if is_block(&entry.value, indent + 2) {
            newline(out, indent + 2);
        } else {
            out.push(' ');
        }
        block(out, &entry.value, indent + 2);
    }
}

fn list(out: &mut String, items: &[Node], indent: usize) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            newline(out, indent);
        }
        out.push_str("- ");
        block(out, item, indent + 2);
    }
}

fn is_block(node: &Node, indent: usize) -> bool {
    let children = match &node.tree {
        Tree::Map(entries) => entries.len(),
        Tree::List(items) => items.len(),
        _ => 0,
    };
    children > 0 && !fits(&flow(node), indent)
}

fn newline(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// The node on one line.
fn flow(node: &Node) -> String {
    match &node.tree {
        Tree::Null => "null".to_owned(),
        Tree::Bool(value) => value.to_string(),
        Tree::Number(value) => value.to_string(),
        Tree::Text(text) => quoted(text),
        Tree::List(items) => {
            let items: Vec<_> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Tree::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Tree::Map(entries) => {
            let pair = |entry: &Entry| format!("{}: {}", quoted(&entry.key.text), flow(&entry.value));
            let pairs: Vec<_> = entries.iter().map(pair).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

/// A scalar that reads back as exactly this text, without quotes where that is safe.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'.' | b'-' | b' ');
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'/');
    let safe = starts && !text.ends_with(' ') && text.bytes().all(plain);
    if safe && matches!(scalar::resolve(text), Tree::Text(_)) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if needs_escape(char) => {
                // Writing into a String cannot fail.
                let _ = write!(out, "\\U{:08x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

fn needs_escape(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
