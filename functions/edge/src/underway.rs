//! Counts what goes on after the response, and what of it is on its way to the queue.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::task::{Poll, Waker};

/// What is under way.
#[derive(Default)]
pub(crate) struct Underway {
    work: Count,
    messages: Count,
    waiting: RefCell<Option<Waker>>,
}

#[derive(Default)]
struct Count {
    begun: Cell<usize>,
    ended: Cell<usize>,
}

impl Count {
    fn is_over(&self) -> bool {
        self.begun.get() > 0 && self.begun.get() == self.ended.get()
    }
}

impl Underway {
    /// Notes that something is done after the response.
    pub(crate) fn begin(&self) {
        self.work.begun.set(self.work.begun.get() + 1);
    }

    /// Notes that one of these is done.
    pub(crate) fn end(&self) {
        self.ended(&self.work);
    }

    /// Whether anything was begun.
    pub(crate) fn is_any(&self) -> bool {
        self.work.begun.get() > 0
    }

    /// Sends one message.
    pub(crate) async fn send<T>(&self, sending: impl Future<Output = T>) -> T {
        self.messages.begun.set(self.messages.begun.get() + 1);
        let result = sending.await;
        self.ended(&self.messages);
        result
    }

    /// Waits until all that was begun is done, or messages were sent and none is on its way: jobs of one webhook are begun
    /// together, so none of their messages is still to come then.
    pub(crate) async fn settled(&self) {
        poll_fn(|context| {
            if self.work.is_over() || self.messages.is_over() {
                return Poll::Ready(());
            }
            self.waiting.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    fn ended(&self, count: &Count) {
        count.ended.set(count.ended.get() + 1);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}
