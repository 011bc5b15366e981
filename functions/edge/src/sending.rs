//! Counts what is on its way to the queue.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::task::{Poll, Waker};

/// Messages on their way.
#[derive(Default)]
pub(crate) struct Sending {
    begun: Cell<usize>,
    ended: Cell<usize>,
    waiting: RefCell<Option<Waker>>,
}

impl Sending {
    /// Sends one message.
    pub(crate) async fn send<T>(&self, sending: impl Future<Output = T>) -> T {
        self.begun.set(self.begun.get() + 1);
        let result = sending.await;
        self.ended.set(self.ended.get() + 1);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
        result
    }

    /// Waits until messages were sent and none is on its way. Jobs of one webhook are begun together, so none of them
    /// is still to come then.
    pub(crate) async fn sent(&self) {
        poll_fn(|context| {
            if self.begun.get() > 0 && self.begun.get() == self.ended.get() {
                return Poll::Ready(());
            }
            self.waiting.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
