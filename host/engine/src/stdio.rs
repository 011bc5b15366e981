//! Turns what a component prints into log lines with its name.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tracing::info;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// A longer line is cut here, in bytes, and goes on as a new one.
const LINE_BYTES: usize = 4096;

/// A guest's standard output or standard error.
#[derive(Clone)]
pub(crate) struct GuestLog {
    pub(crate) component: Arc<str>,
    pub(crate) stream: &'static str,
}

impl IsTerminal for GuestLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for GuestLog {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        let log = self.clone();
        Box::new(Lines::new(move |line: &str| {
            info!(target: "guest", component = %log.component, stream = log.stream, "{line}");
        }))
    }
}

/// Collects bytes into lines of bounded length.
struct Lines<F: FnMut(&str)> {
    pending: Vec<u8>,
    emit: F,
}

impl<F: FnMut(&str)> Lines<F> {
    fn new(emit: F) -> Self {
        Self { pending: Vec::new(), emit }
    }

    fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = LINE_BYTES - self.pending.len();
            let reach = bytes.len().min(room);
            match bytes[..reach].iter().position(|&byte| byte == b'\n') {
                Some(end) => {
                    self.pending.extend_from_slice(&bytes[..end]);
                    self.flush_line();
                    bytes = &bytes[end + 1..];
                }
                None => {
                    self.pending.extend_from_slice(&bytes[..reach]);
                    bytes = &bytes[reach..];
                    if self.pending.len() == LINE_BYTES {
                        self.flush_line();
                    }
                }
            }
        }
    }

    fn flush_line(&mut self) {
        let line = String::from_utf8_lossy(&self.pending);
        let line = line.trim_end();
        if !line.is_empty() {
            (self.emit)(line);
        }
        self.pending.clear();
    }
}

impl<F: FnMut(&str)> Drop for Lines<F> {
    fn drop(&mut self) {
        self.flush_line();
    }
}

impl<F: FnMut(&str) + Unpin> AsyncWrite for Lines<F> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
        let mut seen = Vec::new();
        let mut lines = Lines::new(|line: &str| seen.push(line.to_owned()));
        for chunk in chunks {
            lines.push(chunk);
        }
        drop(lines);
        seen
    }

    #[test]
    fn lines_are_put_together_from_pieces_and_empty_ones_dropped() {
        assert_eq!(lines_of(&[b"one\ntw", b"o\n\n\nthr", b"ee"]), ["one", "two", "three"]);
    }

    #[test]
    fn a_line_without_end_is_cut_at_the_bound() {
        let long = vec![b'a'; LINE_BYTES * 2 + 3];
        let lines = lines_of(&[&long]);
        let lengths: Vec<usize> = lines.iter().map(String::len).collect();
        assert_eq!(lengths, [LINE_BYTES, LINE_BYTES, 3]);
    }

    #[test]
    fn bytes_that_are_not_text_do_not_stop_the_log() {
        assert_eq!(lines_of(&[b"\xff\xfeok\n"]), ["\u{fffd}\u{fffd}ok"]);
    }
}
