//! Counters of the HTTP edge, in the Prometheus text format.
//!
//! Labels are route templates, never concrete ids: the number of series stays bounded by the routes.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

type Series = (String, String, u16);

/// Counters of this process.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    requests: Mutex<BTreeMap<Series, Sum>>,
    websockets: AtomicI64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u64,
    seconds: f64,
}

impl Metrics {
    /// Counts one answered request; `path` is the route template or `unmatched`.
    pub fn answered(&self, method: &str, path: &str, status: u16, took: Duration) {
        let mut requests = self.0.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = requests.entry((method.to_owned(), path.to_owned(), status)).or_default();
        sum.count += 1;
        sum.seconds += took.as_secs_f64();
    }

    /// Counts an open `/ws` connection until the guard is dropped, exactly once.
    #[must_use = "the connection counts as closed when this is dropped"]
    pub fn websocket_opened(&self) -> WebsocketOpen {
        self.0.websockets.fetch_add(1, Ordering::Relaxed);
        WebsocketOpen(self.clone())
    }

    /// Every series as text.
    pub fn render(&self) -> String {
        let requests = self.0.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, value: &dyn Fn(&Sum) -> String| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for ((method, path, status), sum) in &requests {
                let labels = format!(r#"method="{method}",path="{path}",status="{status}""#);
                let _ = writeln!(text, "{name}{{{labels}}} {}", value(sum));
            }
        };
        family("molecule_http_requests_total", "counter", "Requests answered.", &|sum| sum.count.to_string());
        family("molecule_http_request_duration_seconds_total", "counter", "Summed time to answer.", &|sum| {
            format!("{:.6}", sum.seconds)
        });
        let name = "molecule_websocket_connections_active";
        let open = self.0.websockets.load(Ordering::Relaxed);
        let _ = writeln!(text, "# HELP {name} Open /ws connections.\n# TYPE {name} gauge\n{name} {open}");
        text
    }
}

/// An open `/ws` connection.
#[derive(Debug)]
pub struct WebsocketOpen(Metrics);

impl Drop for WebsocketOpen {
    fn drop(&mut self) {
        self.0.0.websockets.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_summed_per_series() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/workspaces/:id", 200, Duration::from_millis(250));
        metrics.answered("GET", "/workspaces/:id", 200, Duration::from_millis(250));
        metrics.answered("GET", "unmatched", 404, Duration::ZERO);
        let text = metrics.render();
        let labels = r#"{method="GET",path="/workspaces/:id",status="200"}"#;
        assert!(text.contains(&format!("molecule_http_requests_total{labels} 2\n")), "{text}");
        assert!(
            text.contains(&format!("molecule_http_request_duration_seconds_total{labels} 0.5")),
            "{text}"
        );
        assert!(text.contains(r#"path="unmatched",status="404"} 1"#), "{text}");
    }

    #[test]
    fn a_websocket_counts_until_it_is_dropped() {
        let metrics = Metrics::default();
        let (one, two) = (metrics.websocket_opened(), metrics.websocket_opened());
        assert!(metrics.render().contains("connections_active 2\n"));
        drop((one, two));
        assert!(metrics.render().contains("connections_active 0\n"));
    }
}
