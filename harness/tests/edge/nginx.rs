//! The machine's own nginx, with the generated configuration.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use harness::edge::Config;
use harness::edge::nginx::{Site, UnknownName, conf};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::process::{Child, Command};
use tokio::task::AbortHandle;

const PROGRAM: &str = "/usr/sbin/nginx";
const MODULES: &str = "/usr/lib/nginx/modules";

/// Whether this machine has nginx and the module the edge needs; else says which test is not judged.
pub(crate) fn is_here(test: &str) -> bool {
    let module = Path::new(MODULES).join("ngx_http_headers_more_filter_module.so");
    let here = Path::new(PROGRAM).exists() && module.exists();
    if !here {
        eprintln!(
            "SKIPPED  {test} on nginx\n  fix: apt-get install nginx-light libnginx-mod-http-headers-more-filter"
        );
    }
    here
}

/// A running nginx; it ends when dropped.
pub(crate) struct Nginx {
    pub(crate) address: SocketAddr,
    _child: Child,
    _folder: tempfile::TempDir,
    names: AbortHandle,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.names.abort();
    }
}

impl Nginx {
    /// Starts one and waits until it serves. A port that somebody else was faster to take is given up.
    pub(crate) async fn start(config: &Config, tell: impl Fn(&str) + Clone + Send + 'static) -> Self {
        loop {
            if let Some(nginx) = Self::try_start(config, tell.clone()).await {
                return nginx;
            }
        }
    }

    async fn try_start(config: &Config, tell: impl Fn(&str) + Send + 'static) -> Option<Self> {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (resolver, names) = unknowing().await;
        let site = Site {
            listen: vec![address.to_string()],
            master: false,
            folder: folder.path().to_string_lossy().into_owned(),
            modules: MODULES.into(),
            resolver: Some(resolver.to_string()),
            unknown_name: UnknownName::NoRoute,
        };
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, conf(config, &site)).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["-e", "stderr", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                tell(&line);
            }
        });
        while TcpStream::connect(address).await.is_err() {
            if child.try_wait().unwrap().is_some() {
                let text = std::fs::read_to_string(&file).unwrap();
                let taken = TcpListener::bind(address).await.is_err();
                assert!(taken, "nginx refuses its configuration:\n{text}");
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Some(Self { address, _child: child, _folder: folder, names })
    }
}

/// A name server that knows no name.
async fn unknowing() -> (SocketAddr, AbortHandle) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question).await {
            // An answer, recursion available, no such name.
            question[2..4].copy_from_slice(&[0x81, 0x83]);
            let _ = socket.send_to(&question[..length], from).await;
        }
    });
    (address, task.abort_handle())
}
