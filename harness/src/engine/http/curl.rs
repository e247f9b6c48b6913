//! A request as a `curl` line: what someone pastes into a shell to see the failure with own eyes.

use std::fmt::Write as _;

use super::body::Content;
use super::multipart::{Part, PartContent};
use super::request::Request;
use crate::secrets::Secrets;

/// A body longer than this is not spelled out.
const BODY_CHARS_MAX: usize = 2000;

/// The request as a shell command.
///
/// Every part is masked before it is quoted or cut: neither a quote inside a secret nor the end of a long body
/// may hide one from the mask.
#[must_use]
pub fn as_curl(request: &Request, secrets: &Secrets) -> String {
    let quoted = |text: &str| quoted(&secrets.mask(text));
    let mut line = format!("curl -i -X {}", request.method);
    if request.target.contains("/.") {
        line.push_str(" --path-as-is");
    }
    for (name, value) in &request.headers {
        if name == "content-length" || (name == "content-type" && is_form(request)) {
            continue;
        }
        let _ =
            write!(line, " -H {}", quoted(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))));
    }
    if let Some(rate) = request.body.bytes_per_second {
        let _ = write!(line, " --limit-rate {rate}");
    }
    match &request.body.content {
        Content::Empty => {}
        Content::Bytes(bytes) => {
            let _ = write!(line, " --data-binary {}", quoted(&shown(bytes, secrets)));
        }
        Content::Generated(len) => {
            let _ = write!(line, " --data-binary @file-of-{len}-bytes");
        }
        Content::Multipart(form) => {
            for part in form.parts() {
                let _ = write!(line, " -F {}", quoted(&field(part, secrets)));
            }
        }
    }
    let _ = write!(line, " {}", quoted(&request.url()));
    line
}

fn is_form(request: &Request) -> bool {
    matches!(request.body.content, Content::Multipart(_))
}

fn shown(bytes: &[u8], secrets: &Secrets) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = secrets.mask(&text);
    if text.chars().count() <= BODY_CHARS_MAX {
        return text.into_owned();
    }
    let start: String = text.chars().take(BODY_CHARS_MAX).collect();
    format!("{start}…({} bytes)", bytes.len())
}

fn field(part: &Part, secrets: &Secrets) -> String {
    let mut field = match &part.content {
        PartContent::Bytes(bytes) if part.file_name.is_none() => {
            format!("{}={}", part.name, shown(bytes, secrets))
        }
        content => format!("{}=@file-of-{}-bytes", part.name, content.len()),
    };
    if let Some(file_name) = &part.file_name {
        let _ = write!(field, ";filename={file_name}");
    }
    if let Some(content_type) = &part.content_type {
        let _ = write!(field, ";type={content_type}");
    }
    field
}

/// Single quotes keep everything but themselves.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
