//! Waits for several futures at once. They are few, so all are asked whenever one may have got further; what the
//! `futures` crate does for many, one by one, takes several times as much of a Worker for each kind of future.

use std::future::{Future, poll_fn};
use std::iter::Peekable;
use std::pin::Pin;
use std::task::Poll;

/// What each gives, in their order.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut is_done = true;
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(given) => *output = Some(given),
                Poll::Pending => is_done = false,
            }
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

/// Lets one future get as far as it can, then computes, then waits for it: its request is under way meanwhile.
pub(crate) async fn meanwhile<F: Future, T>(future: F, compute: impl Future<Output = T>) -> (F::Output, T) {
    let (mut future, mut begun) = (Box::pin(future), None);
    poll_fn(|context| {
        if let Poll::Ready(given) = future.as_mut().poll(context) {
            begun = Some(given);
        }
        Poll::Ready(())
    })
    .await;
    let computed = compute.await;
    let given = match begun {
        Some(given) => given,
        None => future.await,
    };
    (given, computed)
}

/// Does the same with all items, with as many at the same time as there is room for. What weighs more than all the room
/// has it alone.
pub(crate) async fn for_each<'a, T, F: Future<Output = ()> + 'a>(
    items: &'a [T],
    room: usize,
    weight: fn(&T) -> usize,
    work: impl Fn(&'a T) -> F,
) {
    let tasks = items.iter().map(|item| -> (usize, Task<'a>) { (weight(item), Box::pin(work(item))) });
    each_in_turn(room, (&mut { tasks } as &mut dyn Iterator<Item = _>).peekable()).await;
}

/// One of many, boxed: so there is only one kind of them to wait for.
type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
/// Tasks to come, with what they weigh.
type Tasks<'t, 'a> = Peekable<&'t mut dyn Iterator<Item = (usize, Task<'a>)>>;

async fn each_in_turn(room: usize, mut tasks: Tasks<'_, '_>) {
    let mut running: Vec<(usize, Task<'_>)> = Vec::new();
    poll_fn(|context| {
        loop {
            let mut taken: usize = running.iter().map(|(weight, _)| weight).sum();
            while let Some(task) = tasks.next_if(|(weight, _)| running.is_empty() || taken + weight <= room) {
                taken += task.0;
                running.push(task);
            }
            let before = running.len();
            running.retain_mut(|(_, task)| task.as_mut().poll(context).is_pending());
            match running.len() {
                0 if before == 0 => return Poll::Ready(()),
                left if left == before => return Poll::Pending,
                _ => {}
            }
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::block_on;
    use std::cell::{Cell, RefCell};

    /// Comes back as often as it is told before it is done.
    async fn after(mut times: u32) {
        poll_fn(|context| {
            if times == 0 {
                return Poll::Ready(());
            }
            times -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    #[test]
    fn all_are_under_way_together_and_answer_in_their_order() {
        let begun = Cell::new(0);
        let futures = [3, 0, 2, 1].map(|times| {
            let begun = &begun;
            async move {
                begun.set(begun.get() + 1);
                after(times).await;
                (times, begun.get())
            }
        });
        // The second is done at once, when only the first has begun before it.
        assert_eq!(block_on(join_all(futures)), [(3, 4), (0, 2), (2, 4), (1, 4)]);
        assert_eq!(block_on(join_all(Vec::<std::future::Ready<()>>::new())), []);
    }

    #[test]
    fn what_was_begun_is_under_way_while_something_else_is_computed() {
        for times in 0..3 {
            let begun = Cell::new(false);
            let future = async {
                begun.set(true);
                after(times).await;
                times
            };
            let compute = async {
                assert!(begun.get());
                after(1).await;
                "computed"
            };
            assert_eq!(block_on(meanwhile(future, compute)), (times, "computed"));
        }
    }

    #[test]
    fn each_is_done_once_and_no_more_than_so_many_at_the_same_time() {
        let (running, most, done) = (Cell::new(0), Cell::new(0), RefCell::new(Vec::new()));
        block_on(for_each(
            &(0..20u32).collect::<Vec<_>>(),
            3,
            |_| 1,
            |&item| {
                let (running, most, done) = (&running, &most, &done);
                async move {
                    running.set(running.get() + 1);
                    most.set(most.get().max(running.get()));
                    after(item % 4).await;
                    running.set(running.get() - 1);
                    done.borrow_mut().push(item);
                }
            },
        ));
        let mut done = done.into_inner();
        done.sort_unstable();
        assert_eq!(done, (0..20).collect::<Vec<_>>());
        assert_eq!(most.get(), 3);
    }

    #[test]
    fn what_weighs_more_has_more_of_the_room_and_what_weighs_too_much_is_alone() {
        let (running, most, done) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let weights = [1, 1, 3, 2, 9, 1, 2, 2, 9, 9, 4];
        block_on(for_each(
            &weights,
            4,
            |weight| *weight,
            |&weight| {
                let (running, most, done) = (&running, &most, &done);
                async move {
                    assert!(running.get() == 0 || running.get() + weight <= 4, "{weight} beside {}", running.get());
                    running.set(running.get() + weight);
                    most.set(most.get().max(running.get()));
                    after(2).await;
                    running.set(running.get() - weight);
                    done.set(done.get() + 1);
                }
            },
        ));
        assert_eq!((done.get(), most.get()), (weights.len(), 9));
    }
}
