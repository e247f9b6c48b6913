//! One relayed request: same method, path, query and body, another host.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, Response, StatusCode, Uri, Version, header, uri::PathAndQuery},
};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use server_app::{App, clients::tls};
use url::Url;

/// Headers between two neighbours only; they never cross a proxy.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A relay to one origin; keeps its connections.
#[derive(Clone)]
pub(super) struct Forward {
    scheme: http::uri::Scheme,
    authority: http::uri::Authority,
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

/// Why a request could not be relayed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ForwardError {
    #[error("the path cannot be relayed")]
    Uri(#[from] http::Error),
    #[error("the upstream did not answer")]
    Upstream(#[from] hyper_util::client::legacy::Error),
}

impl Forward {
    /// A relay to the origin of `upstream`; a base path in it is ignored.
    pub(super) fn new(upstream: &Url) -> Self {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls::config())
            .https_or_http()
            .enable_http1()
            .build();
        let host = upstream.host_str().expect("a proxy address has a host, checked at boot");
        let authority = upstream.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Self {
            scheme: upstream.scheme().parse().expect("http or https, checked at boot"),
            authority: authority.parse().expect("a checked address has a valid authority"),
            client: Client::builder(TokioExecutor::new()).build(connector),
        }
    }

    /// Sends the request on and returns the answer as it begins; a 101 is tunnelled from then on.
    pub(super) async fn send(&self, app: &App, mut request: Request) -> Result<Response<Body>, ForwardError> {
        let upgrade = upgrade_of(request.headers());
        let downstream = upgrade.is_some().then(|| hyper::upgrade::on(&mut request));
        strip_hop_by_hop(request.headers_mut());
        request.headers_mut().remove(header::HOST);
        if let Some(protocol) = upgrade {
            request.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("upgrade"));
            request.headers_mut().insert(header::UPGRADE, protocol);
        }
        *request.uri_mut() = self.target(request.uri().path_and_query())?;
        *request.version_mut() = Version::HTTP_11;

        let mut response = self.client.request(request).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            if let Some(downstream) = downstream {
                tunnel(app, downstream, hyper::upgrade::on(&mut response));
            }
        } else {
            strip_hop_by_hop(response.headers_mut());
        }
        Ok(response.map(Body::new))
    }

    fn target(&self, path: Option<&PathAndQuery>) -> Result<Uri, http::Error> {
        let path = path.cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
    }
}

fn upgrade_of(headers: &HeaderMap) -> Option<header::HeaderValue> {
    let connection = headers.get(header::CONNECTION)?.to_str().ok()?;
    let asks = connection.split(',').any(|token| token.trim().eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| asks).cloned()
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    named.iter().for_each(|name| drop(headers.remove(name)));
    HOP_BY_HOP.iter().for_each(|name| drop(headers.remove(*name)));
}

/// Copies both ways until either side closes or the server stops.
fn tunnel(app: &App, downstream: hyper::upgrade::OnUpgrade, upstream: hyper::upgrade::OnUpgrade) {
    let stop = app.context.stop.clone();
    app.context.spawn(async move {
        let copied = stop.run_until_cancelled(async {
            let (down, up) = tokio::try_join!(downstream, upstream)?;
            let (mut down, mut up) = (TokioIo::new(down), TokioIo::new(up));
            // A peer that hangs up without ceremony is how tunnels end.
            let _ = tokio::io::copy_bidirectional(&mut down, &mut up).await;
            Ok::<_, hyper::Error>(())
        });
        if let Some(Err(error)) = copied.await {
            tracing::warn!(%error, "proxy: upgrade failed");
        }
    });
}
