//! A server of files, as whoever keeps ONNX files for a deployment has one.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Files by their path, which are there as long as the test runs.
#[derive(Clone, Default)]
pub struct Files(Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl Files {
    /// Serves on a port of its own, and gives where.
    pub fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let files = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let files = files.clone();
                // Whoever hangs up early has had what it wanted.
                std::thread::spawn(move || files.answer(stream).ok());
            }
        });
        url
    }

    /// Puts a file there.
    pub fn put(&self, path: &str, content: &[u8]) {
        self.0.lock().unwrap().insert(path.to_owned(), content.to_owned());
    }

    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        lines.map_while(Result::ok).find(|line| line.is_empty());
        let content = self.0.lock().unwrap().get(first.split(' ').nth(1).unwrap_or_default()).cloned();
        let status = if content.is_some() { "200 OK" } else { "404 Not Found" };
        let content = content.unwrap_or_default();
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", content.len())?;
        stream.write_all(&content)
    }
}
