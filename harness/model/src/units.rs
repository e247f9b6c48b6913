//! Lengths of time and numbers of bytes, as people write them.

use std::fmt;
use std::time::Duration;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::form::Form;
use crate::yaml::{Diagnostic, Diagnostics, Node};

/// A length of time: `200ms`, `10s`, `5m`, `2h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// So many milliseconds.
    pub const fn millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// So many seconds.
    pub const fn secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// As the standard library's type.
    pub const fn get(self) -> Duration {
        self.0
    }

    /// In whole milliseconds.
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }

    /// Reads `200ms`, `1.5s`, `5m`, `2h` or `1d`.
    pub fn parse(text: &str) -> Option<Self> {
        let unit_at = text.find(|char: char| char.is_ascii_alphabetic())?;
        let (number, unit) = text.split_at(unit_at);
        let millis = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        scaled(number, millis).map(Self::millis)
    }
}

/// `number * scale` for a number with at most three decimals.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    let thousandths = format!("{fraction:0<3}").parse::<u64>().ok()?.checked_mul(scale)?;
    whole.checked_add(thousandths / 1000)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.as_millis();
        for (unit, scale) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] {
            if millis >= scale && millis.is_multiple_of(scale) {
                return write!(f, "{}{unit}", millis / scale);
            }
        }
        write!(f, "{millis}ms")
    }
}

/// A number of bytes: `512`, `100KB` (1000), `64KiB` (1024), `101MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

const BYTE_UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1000),
    ("B", 1),
];

impl Bytes {
    /// Reads a number with a unit.
    pub fn parse(text: &str) -> Option<Self> {
        let (unit, scale) = BYTE_UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
        scaled(text.strip_suffix(unit)?.trim_end(), *scale).map(Self)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = BYTE_UNITS.iter().find(|(_, scale)| self.0 >= *scale && self.0.is_multiple_of(*scale));
        match exact {
            Some((unit, scale)) => write!(f, "{}{unit}", self.0 / scale),
            None => write!(f, "{}B", self.0),
        }
    }
}

/// A pace of bytes: `100KB/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BytesPerSecond(pub u64);

impl Form for Time {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        read(node, "a length of time such as 200ms, 10s or 5m", Self::parse, diagnostics)
    }

    fn write(&self) -> Node {
        Node::text(self.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^\d+(\.\d{1,3})?(ms|s|m|h|d)$" })
    }
}

impl Form for Bytes {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        if node.as_text().is_none() {
            return u64::read(node, diagnostics).map(Self);
        }
        read(node, "a number of bytes such as 512, 64KiB or 101MiB", Self::parse, diagnostics)
    }

    fn write(&self) -> Node {
        Node::text(self.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": r"^\d+(\.\d{1,3})? ?([KMG]i?)?B$" },
        ] })
    }
}

impl Form for BytesPerSecond {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let parse = |text: &str| Bytes::parse(text.strip_suffix("/s")?).map(|bytes| Self(bytes.0));
        read(node, "a pace such as 100KB/s", parse, diagnostics)
    }

    fn write(&self) -> Node {
        Node::text(format!("{}/s", Bytes(self.0)))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^\d+(\.\d{1,3})? ?([KMG]i?)?B/s$" })
    }
}

fn read<T>(
    node: &Node,
    wanted: &str,
    parse: impl Fn(&str) -> Option<T>,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let found = node.as_text().and_then(parse);
    if found.is_none() {
        let written = node.as_text().map_or_else(|| node.kind().to_owned(), |text| format!("`{text}`"));
        diagnostics.push(Diagnostic::error(node.span, format!("expected {wanted}, found {written}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_read_as_people_write_them() {
        for (text, millis) in
            [("200ms", 200), ("1.5s", 1500), ("10s", 10_000), ("5m", 300_000), ("1d", 86_400_000)]
        {
            assert_eq!(Time::parse(text).map(Time::as_millis), Some(millis), "{text}");
        }
        for (text, bytes) in [("512B", 512), ("64KiB", 65_536), ("100KB", 100_000), ("101MiB", 105_906_176)] {
            assert_eq!(Bytes::parse(text), Some(Bytes(bytes)), "{text}");
        }
        for text in ["", "s", "10", "-1s", "1.s", "1e3s", "10 s", "99999999999999999999d"] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    #[test]
    fn units_print_as_they_are_read() {
        for text in ["200ms", "1500ms", "90s", "5m", "2h", "1d"] {
            assert_eq!(Time::parse(text).expect("a time").to_string(), text);
        }
        for text in ["7B", "64KiB", "100KB", "101MiB"] {
            assert_eq!(Bytes::parse(text).expect("bytes").to_string(), text);
        }
    }
}
