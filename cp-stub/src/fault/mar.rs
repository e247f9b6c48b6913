//! Spoils an honest answer on its way out.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};

use super::Script;

/// A small pause before a connection is cut, so that what was written leaves first.
const CUT_AFTER: Duration = Duration::from_millis(20);
const OVERSIZE_CHUNK_BYTES: usize = 16 * 1024;

/// The connection ends here without an answer.
#[derive(Debug, thiserror::Error)]
#[error("connection dropped on purpose")]
pub(crate) struct Dropped;

/// Applies the actions that need the honest answer; the others have been applied before the route.
pub(crate) async fn mar(response: Response, script: &Script) -> Result<Response, Dropped> {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Dropped)?;
    let body = match script {
        Script::CloseAfter { bytes: kept } => {
            let kept = (*kept).min(bytes.len().saturating_sub(1));
            if bytes.is_empty() {
                return Err(Dropped);
            }
            parts.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
            cut_off(bytes.slice(..kept))
        }
        Script::MalformedJson => {
            ensure_body_allowed(&mut parts.status);
            let half =
                if bytes.len() > 1 { bytes.slice(..bytes.len() - 1) } else { Bytes::from_static(b"{") };
            parts.headers.remove(header::CONTENT_LENGTH);
            Body::from(half)
        }
        Script::Oversize { bytes: size } => {
            ensure_body_allowed(&mut parts.status);
            parts.headers.remove(header::CONTENT_LENGTH);
            oversized(*size)
        }
        Script::WrongContentType(name) => {
            if let Ok(name) = HeaderValue::from_str(name) {
                parts.headers.insert(header::CONTENT_TYPE, name);
            }
            Body::from(bytes)
        }
        Script::SlowBody { chunk_bytes, gap_ms } => {
            slowly(bytes, *chunk_bytes, Duration::from_millis(*gap_ms))
        }
        _ => Body::from(bytes),
    };
    Ok(Response::from_parts(parts, body))
}

/// 204 may not have a body; the nearest status that may is 200.
fn ensure_body_allowed(status: &mut StatusCode) {
    if *status == StatusCode::NO_CONTENT {
        *status = StatusCode::OK;
    }
}

fn cut_off(kept: Bytes) -> Body {
    let cut = stream::once(async {
        tokio::time::sleep(CUT_AFTER).await;
        Err(Dropped)
    });
    Body::from_stream(stream::iter([Ok(kept)]).chain(cut))
}

/// A JSON string that goes on for longer than a client reads.
fn oversized(size: usize) -> Body {
    let chunks = size / OVERSIZE_CHUNK_BYTES + 1;
    let filler = Bytes::from(vec![b'x'; OVERSIZE_CHUNK_BYTES]);
    let start = stream::iter([Bytes::from_static(b"{\"padding\":\"")]);
    let middle = stream::iter(std::iter::repeat_n(filler, chunks));
    let end = stream::iter([Bytes::from_static(b"\"}")]);
    Body::from_stream(start.chain(middle).chain(end).map(Ok::<_, Dropped>))
}

fn slowly(bytes: Bytes, chunk_bytes: usize, gap: Duration) -> Body {
    let rest = stream::unfold(bytes, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(gap).await;
        let chunk = left.split_to(chunk_bytes.min(left.len()));
        Some((Ok::<_, Dropped>(chunk), left))
    });
    Body::from_stream(rest)
}
