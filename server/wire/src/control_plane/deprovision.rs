//! `DELETE /cp/workspaces/{id}?instance_id=i-...`: stops the machine of one workspace.
//!
//! A refused stop must be loud: a swallowed one left machines running with no row pointing at them.

/// Longest body excerpt an error carries.
pub const STOP_EXCERPT_BYTES_MAX: usize = 512;

/// Path of the call, without its query.
#[must_use]
pub fn deprovision_path(workspace_id: &str) -> String {
    format!("/cp/workspaces/{workspace_id}")
}

/// A stop the control plane did not accept. For logs, never for a public answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cp provisioner: stop {workspace_id}: unexpected {status}: {excerpt}")]
pub struct StopRefused {
    /// The workspace that was to stop.
    pub workspace_id: String,
    /// Status of the answer.
    pub status: u16,
    /// First bytes of the answer.
    pub excerpt: String,
}

/// Judges an answer: any 2xx means the machine is gone or certainly going.
///
/// # Errors
/// [`StopRefused`] on any other status.
pub fn decode_stop(workspace_id: &str, status: u16, body: &[u8]) -> Result<(), StopRefused> {
    if (200..300).contains(&status) {
        return Ok(());
    }
    Err(StopRefused { workspace_id: workspace_id.to_owned(), status, excerpt: excerpt(body) })
}

/// At most [`STOP_EXCERPT_BYTES_MAX`] bytes of text on one line, cut on a character boundary.
fn excerpt(body: &[u8]) -> String {
    let mut end = body.len().min(STOP_EXCERPT_BYTES_MAX);
    while end > 0 && end < body.len() && body[end] & 0b1100_0000 == 0b1000_0000 {
        end -= 1;
    }
    let text = String::from_utf8_lossy(&body[..end]);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_2xx_is_a_stop_and_everything_else_says_why_within_512_bytes() {
        for status in [200, 202, 204] {
            assert_eq!(decode_stop("w", status, b""), Ok(()));
        }
        let refused = decode_stop("w", 502, b"upstream\ngone").unwrap_err();
        assert_eq!(refused.to_string(), "cp provisioner: stop w: unexpected 502: upstream gone");
        let long = decode_stop("w", 500, "é".repeat(1000).as_bytes()).unwrap_err();
        assert_eq!(long.excerpt.len(), 512);
        let odd = decode_stop("w", 500, format!("a{}", "é".repeat(1000)).as_bytes()).unwrap_err();
        assert_eq!(odd.excerpt.len(), 511, "cut before the character that does not fit");
    }
}
