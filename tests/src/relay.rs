//! Stands between the functions and a server: passes requests on, notes when they came, can be down for a while.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A relay on a free port of this machine.
pub struct Relay {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    target: Mutex<Option<SocketAddr>>,
    down: AtomicBool,
    seen: Mutex<Vec<(Instant, Vec<u8>)>>,
    needle: &'static [u8],
}

impl Relay {
    /// A relay that notes each piece of a request in which `needle` stands. Its target is named later, since the
    /// server that it stands before may not run yet.
    pub fn noting(needle: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            target: Mutex::new(None),
            down: AtomicBool::new(false),
            seen: Mutex::new(Vec::new()),
            needle: needle.as_bytes(),
        });
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

    /// From now on every connection is cut, or passed on again.
    pub fn set_down(&self, down: bool) {
        self.state.down.store(down, Ordering::SeqCst);
    }

    /// When pieces with the needle came, and what they were.
    pub fn seen(&self) -> Vec<(Instant, Vec<u8>)> {
        self.state.seen.lock().unwrap().clone()
    }
}

impl State {
    fn pass(&self, client: TcpStream) {
        let Some(target) = *self.target.lock().unwrap() else { return };
        let Ok(server) = TcpStream::connect(target) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(back_from), Ok(back_to)) = (server.try_clone(), client.try_clone()) else { return };
        std::thread::scope(|scope| {
            scope.spawn(|| self.copy(back_from, back_to, false));
            self.copy(client, server, true);
        });
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream, note: bool) {
        let mut piece = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if self.down.load(Ordering::SeqCst) {
                break;
            }
            if note && piece[..length].windows(self.needle.len()).any(|window| window == self.needle) {
                self.seen.lock().unwrap().push((Instant::now(), piece[..length].to_vec()));
            }
            if to.write_all(&piece[..length]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(std::net::Shutdown::Both), to.shutdown(std::net::Shutdown::Both));
    }
}
