//! The edge's own answers, worded as production's edge words them.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Full};

use super::proxy::Body;

/// Why the edge answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// `Host` names no tenant.
    UnknownHost,
    /// The body is over the cap.
    TooLarge,
    /// The request has come through this edge before.
    Loop,
    /// The answer made no sense, or there was none.
    Unparsable,
    /// The origin refused the connection.
    Refused,
    /// Connecting took too long.
    ConnectTimeout,
    /// The route leads nowhere.
    NoRoute,
    /// The answer took too long.
    ReadTimeout,
    /// The origin's own 502 or 504.
    Masked(StatusCode),
    /// A firewall rule refused it.
    Blocked,
    /// A firewall rule wants a browser.
    Challenge,
    /// Too many requests; seconds until the next may come.
    RateLimited(u64),
    /// A scripted status.
    Scripted(StatusCode),
}

impl Page {
    /// The status of the page.
    pub(super) fn status(self) -> StatusCode {
        let code = match self {
            Self::Masked(status) | Self::Scripted(status) => return status,
            Self::UnknownHost => 404,
            Self::TooLarge => 413,
            Self::Loop | Self::Blocked | Self::Challenge => 403,
            Self::Unparsable => 520,
            Self::Refused => 521,
            Self::ConnectTimeout => 522,
            Self::NoRoute => 523,
            Self::ReadTimeout => 524,
            Self::RateLimited(_) => 429,
        };
        StatusCode::from_u16(code).expect("the codes above are valid")
    }

    /// Its text and the kind of text.
    pub(super) fn body(self) -> (String, &'static str) {
        let code = |code: u16| (format!("error code: {code}"), "text/plain; charset=UTF-8");
        match self {
            Self::UnknownHost => ("unknown host".into(), "text/plain; charset=UTF-8"),
            Self::TooLarge => (html("413 Payload Too Large"), "text/html"),
            Self::Challenge => (html("Just a moment..."), "text/html; charset=UTF-8"),
            Self::Loop => code(1000),
            Self::Blocked => code(1020),
            Self::RateLimited(_) => code(1015),
            other => code(other.status().as_u16()),
        }
    }

    /// The answer.
    pub(super) fn response(self) -> Response<Body> {
        let (body, kind) = self.body();
        let mut response =
            Response::new(Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        match self {
            Self::UnknownHost => {
                headers.insert("x-harness-edge", HeaderValue::from_static("unknown-host"));
            }
            Self::Challenge => {
                headers.insert("cf-mitigated", HeaderValue::from_static("challenge"));
            }
            Self::RateLimited(seconds) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            _ => {}
        }
        response
    }
}

fn html(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_has_its_code() {
        let pages = [
            (Page::Unparsable, 520),
            (Page::Refused, 521),
            (Page::ConnectTimeout, 522),
            (Page::NoRoute, 523),
            (Page::ReadTimeout, 524),
            (Page::UnknownHost, 404),
            (Page::TooLarge, 413),
        ];
        for (page, code) in pages {
            assert_eq!(page.response().status().as_u16(), code);
        }
    }
}
