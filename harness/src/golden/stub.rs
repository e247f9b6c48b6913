//! A stub of one's own for one pair: started from its program, gone with its handle.

use std::{io, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::cp::ControlPlane;

/// Line that tells the port.
const LISTENING: &str = "cp-stub listening on :";
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running stub. Dropping it kills the program.
#[derive(Debug)]
pub struct StubProcess {
    plane: ControlPlane,
    _child: Child,
}

impl StubProcess {
    /// Starts the program with the orgs and credentials of the pairs and nothing else.
    ///
    /// # Errors
    /// When it does not start, or does not say in time where it listens.
    pub async fn start(program: &Path) -> io::Result<Self> {
        let mut plane = ControlPlane {
            url: String::new(),
            shared_secret: "golden-shared-secret".into(),
            admin_api_token: "golden-admin-api-token".into(),
            alpha_admin_token: "golden-alpha-admin-token".into(),
            beta_admin_token: "golden-beta-admin-token".into(),
            session_cookie: "session=golden".into(),
        };
        let orgs = format!(
            "harness-org-alpha:harness-tenant-alpha:{},harness-org-beta:harness-tenant-beta:{}",
            plane.alpha_admin_token, plane.beta_admin_token
        );
        let mut child = Command::new(program)
            .env_clear()
            .env("CP_STUB_LISTEN", "127.0.0.1:0")
            .env("CP_STUB_ORGS", orgs)
            .env("CP_STUB_SHARED_SECRET", &plane.shared_secret)
            .env("CP_STUB_ADMIN_API_TOKEN", &plane.admin_api_token)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let port =
            tokio::time::timeout(START_TIMEOUT, port(&mut child)).await.map_err(io::Error::other)??;
        plane.url = format!("http://127.0.0.1:{port}");
        Ok(Self { plane, _child: child })
    }

    /// Where it is and what it knows.
    #[must_use]
    pub fn plane(&self) -> &ControlPlane {
        &self.plane
    }
}

/// Reads the log up to the line with the port, and goes on reading so that the log never fills up.
async fn port(child: &mut Child) -> io::Result<u16> {
    let stdout = child.stdout.take().ok_or_else(|| io::Error::other("the stub has no output"))?;
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once(LISTENING) {
            let port = port.trim().parse().map_err(io::Error::other)?;
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
    }
    Err(io::Error::other("the stub ended before it listened"))
}
