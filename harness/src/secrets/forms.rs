//! The encodings in which a secret may come back, as texts to look for.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// A base64 core shorter than this says nothing about the secret and would hit innocent text.
const BASE64_CORE_MIN: usize = 8;

/// The secret itself and its encodings.
///
/// Escapes that leave a choice to the writer are looked for in another way; those here are the usual ones.
pub(super) fn of(plain: &str) -> Vec<String> {
    let once = json_escaped(plain);
    let percent = utf8_percent_encode(plain, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let mut all = vec![
        plain.to_owned(),
        json_escaped(&once),
        once,
        percent.to_lowercase(),
        percent,
        form,
        hex::encode(plain),
        hex::encode_upper(plain),
    ];
    for offset in 0..3 {
        all.extend(base64_core(plain.as_bytes(), offset));
    }
    all.sort();
    all.dedup();
    all
}

/// Whether a writer has a choice of how to escape it.
pub(super) fn is_escapable(plain: &str) -> bool {
    !plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn json_escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The characters of a base64 text that depend on the secret alone when `offset` bytes (mod 3) stand
/// before it, in both alphabets. Padding and what shares bits with the neighbours is left standing.
fn base64_core(plain: &[u8], offset: usize) -> Vec<String> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(plain);
    let skip = (offset * 8).div_ceil(6);
    let keep = padded.len() * 8 / 6;
    [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)]
        .into_iter()
        .filter_map(|text| text.get(skip..keep).map(str::to_owned))
        .filter(|core| core.len() >= BASE64_CORE_MIN)
        .collect()
}
