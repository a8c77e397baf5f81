//! A web server in this process, for a few requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server says to a request.
pub(crate) enum Answer {
    /// 200, with this body.
    Json(String),
    /// Another status, with a body of text.
    Status(u16),
    /// These bytes and nothing else.
    Raw(Vec<u8>),
    /// Nothing, until the client goes away.
    Silence,
}

/// A server on a port of its own, as long as the process lives.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that answers as `answer` says to the path and query of a request.
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let (requests, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let noted = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                thread::spawn(move || {
                    let Some(path) = path_of(&stream) else { return };
                    noted.lock().expect("nobody panicked").push(path.clone());
                    give(stream, answer(&path));
                });
            }
        });
        Server { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The paths of all requests so far, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("nobody panicked").clone()
    }
}

/// Reads the head of a request.
fn path_of(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    first.split(' ').nth(1).map(str::to_owned)
}

/// Whether the client is still there to hear it is its own affair.
fn give(mut stream: TcpStream, answer: Answer) {
    let with = |status: &str, body: &str| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    let bytes = match answer {
        Answer::Json(body) => with("200 OK", &body),
        Answer::Status(status) => with(&format!("{status} No"), "no"),
        Answer::Raw(bytes) => bytes,
        Answer::Silence => {
            let _ = stream.read(&mut [0]);
            return;
        }
    };
    let _ = stream.write_all(&bytes);
}
