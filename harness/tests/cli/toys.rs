//! Servers that stand beside a case of `fixtures/failing` and do nothing but what it tells: a container engine with a
//! table of answers, and a Redis that goes away in the middle.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

/// A server of one case. Its threads end with the process, as those of every server of these tests.
pub(crate) struct Toy {
    wrong: Arc<Mutex<Vec<String>>>,
}

impl Toy {
    /// The toy of this name, for a project in this folder. It listens when this returns, or as soon as it is told where.
    pub(crate) fn of(name: &str, project: &Path) -> Self {
        let toy = Self { wrong: Arc::default() };
        match name {
            "engine" => {
                let listener = UnixListener::bind(project.join("engine.sock")).unwrap();
                let answers = Answers::read(&std::fs::read_to_string(project.join("engine")).unwrap());
                let wrong = Arc::clone(&toy.wrong);
                std::thread::spawn(move || engine(&listener, &answers, &wrong));
            }
            "redis" => {
                let asked = project.join("redis.asked");
                mkfifo(&asked, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
                std::thread::spawn(move || redis(&asked));
            }
            other => panic!("there is no toy {other}"),
        }
        toy
    }

    /// What it was asked for and has no answer to is a mistake of the case.
    pub(crate) fn end(self) {
        assert_eq!(*self.wrong.lock().unwrap(), Vec::<String>::new(), "asked for, and not told by the case");
    }
}

/// What a container engine answers: lines `METHOD PATH STATUS BODY`, the path without its version and query.
struct Answers(Vec<(String, String)>);

impl Answers {
    fn read(text: &str) -> Self {
        let line = |line: &str| {
            let mut words = line.splitn(4, ' ');
            let mut word = || words.next().unwrap_or_default().to_owned();
            let (asked, status) = (format!("{} {}", word(), word()), word());
            // Several objects are lines, as an engine tells its progress.
            let body = word().replace("}{", "}\r\n{");
            (asked, format!("HTTP/1.1 {status} x\r\n{}", closing(&body)))
        };
        Self(text.lines().filter(|line| !line.is_empty()).map(line).collect())
    }

    /// The answer to the first line of a request.
    fn to(&self, first: &str) -> Result<&str, String> {
        let mut words = first.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = target.split('?').next().unwrap_or_default();
        let version =
            |part: &str| part.starts_with('v') && part[1..].starts_with(|c: char| c.is_ascii_digit());
        let path = match path[1..].split_once('/') {
            Some((first, rest)) if version(first) => format!("/{rest}"),
            _ => path.to_owned(),
        };
        let asked = format!("{method} {path}");
        let told = |(line, _): &&(String, String)| match line.strip_suffix('*') {
            Some(start) => asked.starts_with(start),
            None => *line == asked,
        };
        self.0.iter().find(told).map(|(_, answer)| answer.as_str()).ok_or(asked)
    }
}

/// The head of an answer after which the connection ends, and its body.
fn closing(body: &str) -> String {
    let length = body.len();
    format!("content-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn engine(listener: &UnixListener, answers: &Answers, wrong: &Mutex<Vec<String>>) {
    for stream in listener.incoming() {
        let mut input = BufReader::new(stream.unwrap());
        let Some(first) = request(&mut input) else { continue };
        let answer = answers.to(&first).map_or_else(
            |asked| {
                wrong.lock().unwrap().push(asked);
                format!("HTTP/1.1 501 x\r\n{}", closing("{\"message\":\"unknown\"}"))
            },
            str::to_owned,
        );
        let _ = input.into_inner().write_all(answer.as_bytes());
    }
}

/// The first line of a request that was read to its end; none when nobody asks.
fn request(input: &mut impl BufRead) -> Option<String> {
    let (mut first, mut length) = (String::new(), 0);
    input.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        input.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim().to_ascii_lowercase();
        assert!(!line.starts_with("transfer-encoding"), "the toy reads no chunks");
        if let Some(told) = line.strip_prefix("content-length:") {
            length = told.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    std::io::copy(&mut input.take(length), &mut std::io::sink()).ok()?;
    Some(first)
}

/// Listens where the `redis-server` of the project was told to, which tells it through a pipe, and hangs up at the first
/// command that is no greeting.
fn redis(asked: &Path) {
    let told = std::fs::read_to_string(asked).unwrap();
    let port = told.split_whitespace().skip_while(|word| *word != "--port").nth(1).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse().unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut output = stream.unwrap();
        let mut input = BufReader::new(output.try_clone().unwrap());
        std::thread::spawn(move || {
            while let Some(words) = command(&mut input) {
                let answer = match words[0].as_str() {
                    "PING" => "+PONG\r\n",
                    "CLIENT" | "SELECT" => "+OK\r\n",
                    _ => return,
                };
                if output.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        });
    }
}

/// One command; none at the end.
fn command(input: &mut impl BufRead) -> Option<Vec<String>> {
    let mut line = || {
        let mut line = String::new();
        input.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let count: usize = line()?.strip_prefix('*')?.parse().ok()?;
    // Each word stands behind a line with its length; none of a greeting holds a line break.
    let words: Option<Vec<_>> = (0..count).map(|_| line().and_then(|_| line())).collect();
    words.filter(|words| !words.is_empty())
}
