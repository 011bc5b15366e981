//! Stands between two programs that speak HTTP: passes requests on, notes when they came, and can treat them as a bad
//! network does.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often a held answer looks whether it may go on.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What becomes of what comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It is passed on at once.
    Open,
    /// Every connection is cut; the server hears nothing.
    Cut,
    /// Each piece of a request is passed on after a pause.
    Slow(Duration),
    /// Requests are passed on; where an answer should come, the connection is cut.
    AnswersLost,
    /// Requests are passed on; answers don't come, and the connection stays open.
    AnswersHeld,
}

/// A relay on a free port of this machine.
pub struct Relay {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    target: Mutex<Option<SocketAddr>>,
    passage: Mutex<Passage>,
    seen: Mutex<Vec<(Instant, Vec<u8>)>>,
    needle: Option<&'static [u8]>,
}

impl Relay {
    /// A relay that notes nothing.
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// A relay that notes each piece of a request in which `needle` stands.
    pub fn noting(needle: &'static str) -> Self {
        Self::listen(Some(needle.as_bytes()))
    }

    /// The target is named later, since the server that a relay stands before may not run yet.
    fn listen(needle: Option<&'static [u8]>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (target, passage, seen) = (Mutex::new(None), Mutex::new(Passage::Open), Mutex::default());
        let state = Arc::new(State { target, passage, seen, needle });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || state.pass(client));
            }
        });
        Self { address, state }
    }

    /// Names the server (`http://127.0.0.1:PORT`) that requests go on to.
    pub fn to(&self, url: &str) {
        *self.state.target.lock().unwrap() = Some(url.trim_start_matches("http://").parse().unwrap());
    }

    /// Where the relay listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, connections that are open included.
    pub fn set(&self, passage: Passage) {
        *self.state.passage.lock().unwrap() = passage;
    }

    /// When pieces with the needle came, and what they were.
    pub fn seen(&self) -> Vec<(Instant, Vec<u8>)> {
        self.state.seen.lock().unwrap().clone()
    }
}

impl State {
    fn passage(&self) -> Passage {
        *self.passage.lock().unwrap()
    }

    fn pass(&self, client: TcpStream) {
        let Some(target) = *self.target.lock().unwrap() else { return };
        let Ok(server) = TcpStream::connect(target) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(back_from), Ok(back_to)) = (server.try_clone(), client.try_clone()) else { return };
        std::thread::scope(|scope| {
            scope.spawn(|| copy(back_from, back_to, |_| self.lets_answer_through()));
            copy(client, server, |piece| self.lets_request_through(piece));
        });
    }

    fn lets_request_through(&self, piece: &[u8]) -> bool {
        let passage = self.passage();
        if let Passage::Slow(pause) = passage {
            std::thread::sleep(pause);
        }
        let is_noted = self.needle.is_some_and(|needle| piece.windows(needle.len()).any(|window| window == needle));
        if is_noted && passage != Passage::Cut {
            self.seen.lock().unwrap().push((Instant::now(), piece.to_vec()));
        }
        passage != Passage::Cut
    }

    /// An answer that was held is lost in the end: the caller has long given it up.
    fn lets_answer_through(&self) -> bool {
        let came = self.passage();
        while came == Passage::AnswersHeld && self.passage() == came {
            std::thread::sleep(LOOK_AGAIN);
        }
        matches!(came, Passage::Open | Passage::Slow(_))
    }
}

/// Copies pieces until one side ends or a piece isn't let through; then both sides are closed.
fn copy(mut from: TcpStream, mut to: TcpStream, lets_through: impl Fn(&[u8]) -> bool) {
    let mut piece = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if !lets_through(&piece[..length]) || to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
