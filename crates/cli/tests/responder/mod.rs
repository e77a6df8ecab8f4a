//! A server of a few fixed answers, that remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) what: String,
    pub(crate) query: String,
    /// Lower-case names.
    pub(crate) headers: BTreeMap<String, String>,
}

type Answers = BTreeMap<&'static str, Vec<(u16, String)>>;

/// Listens on a free port until it is asked what came.
pub(crate) struct Responder {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Responder {
    /// Answers by method and path; several answers of one path are given one after the other, the last for good.
    pub(crate) fn start(answers: &[(&'static str, u16, &str)]) -> Self {
        let mut table = Answers::new();
        for (what, status, body) in answers {
            table.entry(*what).or_default().push((*status, (*body).to_owned()));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, stopped) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                serve(stream.expect("a connection"), &mut table, &seen);
            }
        });
        Self { url, asked, stop, thread }
    }

    /// Ends it and tells what it was asked.
    pub(crate) fn asked(self) -> Vec<Asked> {
        self.stop.store(true, Ordering::SeqCst);
        TcpStream::connect(self.url.trim_start_matches("http://")).expect("it still listens");
        self.thread.join().expect("it served without trouble");
        self.asked.lock().expect("not poisoned").clone()
    }
}

fn serve(stream: TcpStream, answers: &mut Answers, seen: &Mutex<Vec<Asked>>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request line");
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().expect("a method"), words.next().expect("a target"));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let what = format!("{method} {path}");
    let (status, body) = match answers.get_mut(what.as_str()) {
        Some(rest) if rest.len() > 1 => rest.remove(0),
        Some(rest) => rest[0].clone(),
        None => (404, format!("{{\"code\": -5000, \"msg\": \"Path {path}, Method {method} is invalid\"}}")),
    };
    seen.lock().expect("not poisoned").push(Asked { what, query: query.to_owned(), headers });
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    reader.get_mut().write_all((head + &body).as_bytes()).expect("a listener");
}
