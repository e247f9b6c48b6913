//! What runs in test containers: built alone, statically, and put into an image without anything else.
//!
//! `GET /env` shows its environment, `GET /booted` the token it found when it began, `GET /file/<path>` a
//! file as it is now.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
};

fn main() {
    let booted = fs::read_to_string("/configs/.auth_token").unwrap_or_default();
    let listener = TcpListener::bind("0.0.0.0:8000").expect("the agent's port");
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let mut line = String::new();
        let mut reader = BufReader::new(&stream);
        if reader.read_line(&mut line).is_err() {
            continue;
        }
        // The rest of the head is read so that closing the connection resets nothing.
        let mut rest = String::new();
        while reader.read_line(&mut rest).is_ok_and(|bytes| bytes > 2) {
            rest.clear();
        }
        let path = line.split(' ').nth(1).unwrap_or_default();
        let body = match path.strip_prefix("/file") {
            Some(file) => fs::read_to_string(file).unwrap_or_else(|error| format!("error: {error}")),
            None if path == "/env" => std::env::vars().map(|(name, value)| format!("{name}={value}\n")).collect(),
            None => booted.clone(),
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
    }
}
