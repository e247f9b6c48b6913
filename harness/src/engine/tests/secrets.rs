//! Fifty secrets, planted wherever one can come along, and every artifact of a run scanned for each of them byte
//! by byte, in every encoding.
//!
//! Artifacts are the reports, the run's log, snapshots, and what a world writes to a disk: its services' logs, and
//! the folder that a red case leaves.
//!
//! A secret that was never planted would be missing from every artifact, too. So each must be seen *masked*: its
//! label stands where it stood.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aho_corasick::AhoCorasick;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Path as InPath, State};
use axum::response::sse::{Event, Sse};
use axum::routing::{any, get};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use harness_model::event::{ReplayFinished, ReplayStarted, RunEvent, RunStarted, Stamped};
use harness_model::topology::{IdentitySpec, Text};
use harness_model::verdict::{CaseId, Ending, Named, Summary, Verdict};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Builder, Ran, play, run_play, server};
use crate::engine::testing::{serve, turn_clock};
use crate::report::terminal::Terminal;
use crate::report::view::RunView;
use crate::report::{Reporter as _, github, html, json as json_report, junit, log, tap};
use crate::world::{Endpoint, LogBook, Looked, Stream, World};

const COUNT: usize = 50;
/// Becomes one by a capture; the others are known from the start.
const CAPTURED: usize = 49;
/// What a lazy writer leaves standing in a URL.
const FEW: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');
/// What a careful one leaves standing.
const MANY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The value of a secret: no two are alike, and most hold characters that some encoding changes.
fn secret(number: usize) -> String {
    let odd = ["", "/", "+", "&=", " ", "\"", "'", "<b>", "%", "\\", "é", "~", "-_.", "#;", "{$}"];
    let number_text = format!("{:04x}", number * 7919 + 4097);
    format!("k{number_text}{}q{}Zz{number:02}x", odd[number % odd.len()], odd[(number / 3) % odd.len()])
}

/// Secrets that a stream also delivers in two frames.
const IN_HALVES: [usize; 2] = [29, 31];

/// A secret in two pieces that stand nowhere else.
fn halves(number: usize) -> [String; 2] {
    let plain = secret(number);
    let (first, rest) = plain.split_at(plain.floor_char_boundary(plain.len() / 2));
    [first.to_owned(), rest.to_owned()]
}

/// Every way a secret may be spelled, worked out without the code under test.
fn spellings(plain: &str) -> Vec<String> {
    let quoted = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let mut all = vec![plain.to_owned(), quoted(plain), quoted(&quoted(plain)), hex::encode(plain)];
    for set in [FEW, MANY, NON_ALPHANUMERIC] {
        let encoded = utf8_percent_encode(plain, set).to_string();
        all.extend([encoded.to_lowercase(), encoded.replace("%20", "+"), encoded]);
    }
    all.push(url::form_urlencoded::byte_serialize(plain.as_bytes()).collect());
    all.push(plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"));
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        for before in ["", "a", "ab"] {
            // The characters that depend on the secret alone, whatever comes before and after.
            let one = engine.encode(format!("{before}{plain}"));
            let start = (before.len() * 8).div_ceil(6);
            let end = (before.len() + plain.len()) * 8 / 6;
            all.push(one[start..end].to_owned());
        }
    }
    all
}

/// What a server says that echoes a secret in every encoding.
fn echoes(plain: &str) -> Value {
    let inner = json!({ "token": plain }).to_string();
    json!({
        "plain": format!("Bearer {plain}"),
        "in_json": inner,
        "twice": json!({ "inner": inner }).to_string(),
        "basic": STANDARD.encode(format!("u:{plain}")),
        "padded": URL_SAFE.encode(format!("user:{plain}!")),
        "bare": URL_SAFE_NO_PAD.encode(plain),
        "hex": hex::encode(plain),
        "lazy": format!("/x?t={}&u=1", utf8_percent_encode(plain, FEW)),
        "careful": format!("/x?t={}", utf8_percent_encode(plain, MANY)),
        "form": format!("t={}", url::form_urlencoded::byte_serialize(plain.as_bytes()).collect::<String>()),
        plain: "as a key",
    })
}

/// The server of the test writes what it answers into its log as well.
fn leaky(log: Arc<OnceLock<LogBook>>) -> Router {
    async fn leak(State(log): State<Arc<OnceLock<LogBook>>>, InPath(number): InPath<usize>) -> Json<Value> {
        let said = echoes(&secret(number));
        if let Some(log) = log.get() {
            log.push(Stream::Out, &format!("answering {said}"));
            log.push(Stream::Err, &format!("token {}", secret(number)));
        }
        Json(said)
    }
    let looks = Arc::new(AtomicU32::new(0));
    // Answers two looks; at the third one an hour is over.
    let hour = move |log: State<Arc<OnceLock<LogBook>>>, number: InPath<usize>| async move {
        if looks.fetch_add(1, Ordering::SeqCst) >= 2 {
            turn_clock(Duration::from_hours(1)).await;
            std::future::pending::<()>().await;
        }
        leak(log, number).await
    };
    let header = |number: usize| async move {
        [("x-token", secret(number)), ("x-b64", STANDARD.encode(secret(number)))]
    };
    let frames = |number: usize| {
        let [first, rest] = halves(number);
        let texts = [secret(number), echoes(&secret(number)).to_string(), first, rest];
        texts.map(|text| Ok::<_, Infallible>(Event::default().data(text)))
    };
    Router::new()
        .route("/leak/{number}", any(leak))
        .route("/hour/{number}", any(hour))
        .route("/header/{number}", get(move |InPath(number): InPath<usize>| header(number)))
        .route(
            "/text/{number}",
            get(|InPath(number): InPath<usize>| async move { format!("<p>{}</p>", secret(number)) }),
        )
        .route(
            "/sse/{number}",
            get(move |InPath(number): InPath<usize>| async move {
                Sse::new(futures_util::stream::iter(frames(number)))
            }),
        )
        .route(
            "/ws/{number}",
            get(|InPath(number): InPath<usize>, upgrade: WebSocketUpgrade| async move {
                upgrade.on_upgrade(move |mut socket| async move {
                    let _ = socket.send(Message::text(secret(number))).await;
                    let _ = socket.send(Message::text(echoes(&secret(number)).to_string())).await;
                    for half in halves(number) {
                        let _ = socket.send(Message::text(half)).await;
                    }
                })
            }),
        )
        .with_state(log)
        .merge(server())
}

/// A stub whose request log tells what it was asked, with a secret in it.
fn stub() -> Router {
    let seen = || async {
        let path = format!("/cp/x?token={}", utf8_percent_encode(&secret(46), MANY));
        Json(json!([{ "ts": "2999-01-01T00:00:00Z", "method": "GET", "path": path, "fault": secret(46) }]))
    };
    Router::new()
        .route("/__stub/requests", get(seen))
        .route("/__stub/state", get(|| async { Json(json!({ "leaked": secret(47) })) }))
        .route("/__agent/requests", get(|| async { Json(json!([])) }))
        .route(
            "/__agent/agents/{id}/behaviour",
            any(|body: String| async move { Json(json!({ "kept": body })) }),
        )
}

async fn world(root: &Path, logs: &Path) -> World {
    let log = Arc::new(OnceLock::new());
    let (url, stub) = (serve(leaky(Arc::clone(&log))).await, serve(stub()).await);
    // The last one is no secret of the environment: a step captures it.
    let env: Vec<_> =
        (0..COUNT - 1).map(|at| (format!("S{at:02}"), Looked::Secret(secret(at).into()))).collect();
    let env: Vec<_> = env.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let world = Builder::default()
        .logs_in(logs)
        .service("server", Endpoint::Http(url), &env)
        .service("cp-stub", Endpoint::Http(stub), &[])
        .with(|topology| {
            let to_server = || IdentitySpec { via: Some(Text::literal("server")), ..IdentitySpec::default() };
            topology.identities.insert("anyone".into(), to_server());
            let bearer = Text::parse("${server.env.S00}").ok();
            topology.identities.insert("admin".into(), IdentitySpec { bearer, ..to_server() });
            topology
                .roles
                .extend([("stub", "cp-stub"), ("agents", "cp-stub")].map(|(a, b)| (a.into(), b.into())));
        })
        .build();
    world.found_programs([("sh".to_owned(), "/bin/sh".into())].into_iter().collect());
    let _ = log.set(world.service("server").unwrap().logs().clone());
    assert!(root.is_dir());
    world
}

/// Replays that all go red, each with secrets in another place.
///
/// `«7»` stands for a quoted reference to the secret 7, `‹7›` for one inside a text.
fn families() -> Vec<String> {
    let text = include_str!("secrets.txt");
    let written = (0..COUNT).fold(text.to_owned(), |text, number| {
        let reference = format!("${{server.env.S{number:02}}}");
        text.replace(&format!("«{number}»"), &format!("\"{reference}\""))
            .replace(&format!("‹{number}›"), &reference)
    });
    written.split("\n\n").map(str::to_owned).collect()
}

async fn all_families(root: &Path) -> Vec<Ran> {
    let mut all = Vec::new();
    for (at, family) in families().into_iter().enumerate() {
        let (logs, left) = (root.join(format!("world-{at}")), root.join(format!("left-{at}")));
        let steps: String = family.lines().map(|line| format!("  {line}\n")).collect();
        let mut play = play(&format!("steps:\n{steps}"));
        play.root = root.to_owned();
        let world = world(root, &logs).await;
        all.push(run_play(&play, &world).await);
        crate::runner::artifacts::collect(&world, &left).await.unwrap();
    }
    all
}

/// The events of a run in which these were the cases.
fn run_of(families: &[Ran]) -> Vec<Stamped> {
    let id = |at: usize| CaseId(format!("replay::secrets::family-{at:02}"));
    let mut summary = Summary::default();
    let mut events = vec![RunEvent::RunStarted(RunStarted {
        run: "r".into(),
        started: "2026-06-14T09:00:00Z".parse().unwrap(),
        backend: "process".into(),
        seed: None,
        cases: (0..families.len()).map(id).collect(),
    })];
    for (at, ran) in families.iter().enumerate() {
        let (verdict, because) = match &ran.outcome.ending {
            Ending::Failed { steps } => (Verdict::Failed, steps[0].failure.signature()),
            Ending::Broken { failure, .. } => (Verdict::Broken, failure.signature()),
            other => panic!("family {at} is not red: {other:?}"),
        };
        events.push(RunEvent::ReplayStarted(ReplayStarted {
            case: id(at),
            title: "it holds".into(),
            file: "replays/test/x.yaml".into(),
            closes: Vec::new(),
            world: None,
            steps: 1,
        }));
        events.extend(ran.events.iter().map(|event| {
            let text = serde_json::to_string(event).unwrap().replace("replay::test::x", &id(at).0);
            serde_json::from_str(&text).unwrap()
        }));
        events.push(RunEvent::ReplayFinished(ReplayFinished {
            case: id(at),
            verdict,
            because: because.clone(),
            issue: None,
            took_ms: 1,
            checks_passed: 0,
            checks_failed: 1,
            reproduce: "cargo harness run".into(),
        }));
        summary.count(Named { case: id(at), verdict, issue: None, because });
    }
    events.push(RunEvent::RunFinished { took_ms: 1, summary });
    events.into_iter().map(|event| Stamped { at_ms: 1, event }).collect()
}

/// Everything that a run leaves for somebody to read, by name.
fn artifacts(families: &[Ran], root: &Path) -> Vec<(String, String)> {
    let events = run_of(families);
    let view = RunView::of(&events);
    let mut terminal = Terminal::plain(Vec::new());
    let mut file = log::RunLog::create(&root.join("run.jsonl")).unwrap();
    for event in &events {
        terminal.event(event).unwrap();
        file.event(event).unwrap();
    }
    file.finish().unwrap();
    let mut all = vec![
        ("terminal".to_owned(), String::from_utf8(terminal.into_inner()).unwrap()),
        ("junit".to_owned(), junit::render(&view).unwrap()),
        ("json".to_owned(), json_report::render(&view).unwrap()),
        ("tap".to_owned(), tap::render(&view).unwrap()),
        ("annotations".to_owned(), github::annotations(&view)),
        ("summary".to_owned(), github::summary(&view)),
        ("html".to_owned(), html::render(&events).unwrap()),
        ("outcomes".to_owned(), families.iter().map(|ran| format!("{:?}", ran.outcome)).collect()),
    ];
    for entry in walkdir::WalkDir::new(root).into_iter().flatten().filter(|entry| entry.file_type().is_file())
    {
        let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
        all.push((entry.path().display().to_string(), text));
    }
    all
}

/// Looks for every spelling of every secret in one pass over a text.
struct Scan {
    spellings: Vec<(usize, String)>,
    finder: AhoCorasick,
}

impl Scan {
    fn new() -> Self {
        let whole =
            (0..COUNT).flat_map(|number| spellings(&secret(number)).into_iter().map(move |it| (number, it)));
        let in_halves = IN_HALVES.iter().flat_map(|number| halves(*number).map(|half| (*number, half)));
        let spellings: Vec<_> = whole.chain(in_halves).collect();
        let finder = AhoCorasick::new(spellings.iter().map(|(_, spelling)| spelling)).unwrap();
        Self { spellings, finder }
    }

    /// The known spellings that stand in a text, as `where: which`.
    fn leaks(&self, name: &str, text: &str) -> Vec<String> {
        let found: BTreeSet<_> = self.finder.find_overlapping_iter(text).map(|at| at.pattern()).collect();
        let found = found.into_iter().map(|pattern| &self.spellings[pattern]);
        // Nobody could know that it is one when the service logged it: a step captured it from the answer.
        let found = found.filter(|(number, _)| *number != CAPTURED || !name.contains("/world-"));
        found.map(|(number, spelling)| format!("{name}: secret {number} as {spelling}")).collect()
    }
}

#[tokio::test]
async fn no_artifact_holds_one_of_fifty_secrets_in_any_encoding() {
    let root = tempfile::tempdir().unwrap();
    let families = all_families(root.path()).await;
    let artifacts = artifacts(&families, root.path());
    for (folder, file) in
        [("", ".snap"), ("/world-", "/server.log"), ("/left-", "/server.log"), ("/left-", "/states.json")]
    {
        let is_it = |name: &String| name.contains(folder) && name.contains(file);
        assert!(artifacts.iter().any(|(name, _)| is_it(name)), "{folder}…{file} was written");
    }
    let logged =
        artifacts.iter().filter(|(name, text)| name.contains("/world-") && text.contains("[secret "));
    assert!(logged.count() > 3, "services logged secrets");
    let scan = Scan::new();
    let found: Vec<_> = artifacts.iter().flat_map(|(name, text)| scan.leaks(name, text)).collect();
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), found.join("\n"));

    let log = &artifacts.iter().find(|(name, _)| name.ends_with("run.jsonl")).unwrap().1;
    let label = |number: usize| match number {
        CAPTURED => "[secret p]".to_owned(),
        _ => format!("[secret server.env.S{number:02}]"),
    };
    let never: BTreeSet<_> = (0..COUNT).filter(|number| !log.contains(&label(*number))).collect();
    assert!(never.is_empty(), "never planted, so nothing is known of them: {never:?}");
}

/// The scan itself must be able to find something.
#[test]
fn the_scan_finds_every_spelling_it_looks_for() {
    let scan = Scan::new();
    for number in 0..COUNT {
        let said = echoes(&secret(number)).to_string();
        assert!(scan.leaks("x", &said).len() > 8, "{number}: {said}");
        for spelling in spellings(&secret(number)) {
            assert!(!scan.leaks("x", &format!("…{spelling}…")).is_empty());
        }
    }
}
