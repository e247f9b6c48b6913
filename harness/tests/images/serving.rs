//! Each image at work: it serves, as a user without rights, and says what it was built from.

use harness::edge::Config;
use harness::edge::nginx::{Site, conf};
use sqlx::Connection as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::running::{Running, With};

/// An image of this project, or an early end where no engine answers.
macro_rules! image {
    ($name:literal, $test:literal) => {{
        let Some(images) = super::images($test).await else { return };
        images.resolve($name).await.unwrap_or_else(|error| panic!("{error}"))
    }};
}

/// Ledger: HARN-015.
#[tokio::test]
async fn the_tenant_image_holds_its_program_and_what_it_loads_and_nothing_else() {
    let image =
        image!("workspace-server", "the_tenant_image_holds_its_program_and_what_it_loads_and_nothing_else");
    println!("the tenant image has {} MB", image.size_bytes / 1_000_000);
    let server = Running::start(&image, With { args: &["--version"], ..With::default() }).await;
    let said = server.end().await;
    assert!(said.contains(&image.programs["workspace-server"]), "{said}");
    assert_eq!(server.user().await, "1000:1000");
    let ours = [
        "usr/local/bin/workspace-server",
        "etc/passwd",
        "etc/group",
        "etc/nsswitch.conf",
        "etc/ssl/certs/ca-certificates.crt",
    ];
    let engines = [".dockerenv", "etc/hostname", "etc/hosts", "etc/resolv.conf", "dev/console"];
    let strangers: Vec<String> = server
        .files()
        .await
        .into_iter()
        .filter(|file| !ours.contains(&file.as_str()) && !engines.contains(&file.as_str()))
        .filter(|file| !file.contains(".so"))
        .collect();
    assert_eq!(strangers, Vec::<String>::new());
}

/// Ledger: HARN-015.
#[tokio::test]
async fn the_stub_reports_the_digest_of_its_sources() {
    let image = image!("cp-stub", "the_stub_reports_the_digest_of_its_sources");
    let env = ["CP_STUB_LISTEN=0.0.0.0:9090", "CP_STUB_SHARED_SECRET=a", "CP_STUB_ADMIN_API_TOKEN=b"];
    let stub = Running::start(&image, With { env: &env, ..With::default() }).await;
    let health = stub.json(9090, "/__stub/health").await;
    assert_eq!(health["build"], image.programs["cp-stub"]);
    assert_eq!(stub.user().await, "1000:1000");
}

/// Ledger: HARN-015.
#[tokio::test]
async fn the_agents_report_the_digest_of_their_sources_and_the_same_image_echoes() {
    let image = image!("agents", "the_agents_report_the_digest_of_their_sources_and_the_same_image_echoes");
    let agents = Running::start(&image, With::default()).await;
    assert_eq!(agents.json(8099, "/__agent/health").await["build"], image.programs["agent"]);
    let args = ["echo", "--listen", "0.0.0.0:3000", "--log", "/__canvas/requests"];
    let echo = Running::start(&image, With { args: &args, ..With::default() }).await;
    assert_eq!(echo.json(3000, "/some/page").await["path"], "/some/page");
    assert_eq!(echo.json(3000, "/__canvas/requests").await["requests"][0]["path"], "/some/page");
}

#[tokio::test]
async fn postgres_serves_the_user_and_the_database_it_was_told_of() {
    let image = image!("postgres", "postgres_serves_the_user_and_the_database_it_was_told_of");
    let env = ["POSTGRES_USER=dev", "POSTGRES_PASSWORD=a b", "POSTGRES_DB=molecule"];
    let memory = [("/var/lib/postgresql/data", "uid=999,gid=999,mode=700")];
    let args = ["-c", "fsync=off"];
    let postgres = Running::start(&image, With { env: &env, args: &args, memory: &memory, files: &[] }).await;
    postgres.says("ready to accept connections").await;
    let url = |user: &str, password: &str| {
        format!("postgres://{user}:{password}@{}/molecule", postgres.address(5432))
    };
    let mut connection = sqlx::PgConnection::connect(&url("dev", "a%20b")).await.unwrap();
    let (fsync,): (String,) = sqlx::query_as("show fsync").fetch_one(&mut connection).await.unwrap();
    assert_eq!(fsync, "off");
    sqlx::query("create database other template molecule").execute(&mut connection).await.unwrap();
    assert!(sqlx::PgConnection::connect(&url("dev", "wrong")).await.is_err());
    assert!(sqlx::PgConnection::connect(&url("postgres", "a%20b")).await.is_err());
}

#[tokio::test]
async fn redis_answers() {
    let image = image!("redis", "redis_answers");
    let redis =
        Running::start(&image, With { args: &["--notify-keyspace-events", "KEA"], ..With::default() }).await;
    redis.says("Ready to accept connections").await;
    let mut stream = tokio::net::TcpStream::connect(redis.address(6379)).await.unwrap();
    stream.write_all(b"PING\r\n").await.unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

/// Ledger: HARN-015.
#[tokio::test]
async fn nginx_serves_the_generated_rules_and_a_tenant_that_is_down_is_521() {
    let image = image!("nginx", "nginx_serves_the_generated_rules_and_a_tenant_that_is_down_is_521");
    // Nothing listens on that port of the container itself.
    let routes = [("alpha.localhost".to_owned(), "127.0.0.1:9".to_owned())];
    let mut config = Config::new(routes, Vec::new(), |_| None).unwrap();
    config.build.clone_from(&image.digest);
    let text = conf(&config, &Site::container(8080));
    let files = [("/etc/nginx/nginx.conf", text.as_str())];
    let edge = Running::start(&image, With { files: &files, ..With::default() }).await;
    assert_eq!(edge.json(8080, "/__edge/health").await["build"], image.digest);
    let client = reqwest::Client::new();
    let answer =
        client.get(edge.url(8080, "/x?secret=1")).header("host", "alpha.localhost").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 521);
    assert_eq!(answer.text().await.unwrap(), "error code: 521");
    edge.says("GET alpha.localhost /x -> 521").await;
    assert_eq!(edge.user().await, "101:101");
}
