//! The life of an instance: made when a request needs it, given requests one after the other,
//! ended when it is out of time.
//!
//! wasmtime's `ProxyHandler` drives an instance as a *worker* and asks three questions, which
//! this file answers: how to make an instance ([`Factory`]), whether it takes another request
//! ([`Shift`]), and whether its time is up ([`Lifetime`]).
//!
//! An instance never has two requests at once, and none is given to it while work of an earlier
//! one goes on after its response. So a trap or a time-out ends one request's work only.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Sleep, sleep_until, timeout};
use tracing::{debug, warn};
use wasmtime::component::GuestTaskId;
use wasmtime::{Store, StoreContextMut, error::format_err};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, ProxyPre, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

use crate::state::State;
use crate::{Limits, Reach};

/// Ticks of the engine's epoch clock that a guest may compute for before it lets others run.
const TICKS_PER_TURN: u64 = 1;
/// How long an instance waits for a request while enough others wait: long enough for a client that
/// answers at once, too short for what a burst leaves to add up.
const SPARE_TIME: Duration = Duration::from_millis(50);

/// What travels with a request into the instance that serves it.
pub(crate) struct Ticket {
    /// Held until the guest's handler has returned or was given up.
    pub(crate) place: Arc<OwnedSemaphorePermit>,
    pub(crate) deadline: Instant,
    pub(crate) depth: u8,
    /// Set when the instance is ended by force: a response's body that then ends is cut short.
    pub(crate) cut: Arc<AtomicBool>,
}

/// How many instances have work at the moment, over all components.
#[derive(Clone)]
pub(crate) struct Busy(Arc<watch::Sender<usize>>);

impl Busy {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    fn change(&self, from: bool, to: bool) {
        match (from, to) {
            (false, true) => self.0.send_modify(|count| *count += 1),
            (true, false) => self.0.send_modify(|count| *count -= 1),
            _ => {}
        }
    }

    /// Resolves as soon as no instance has work.
    pub(crate) async fn none(&self) {
        // An error means that the sender is gone; `self` holds it.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// Makes instances of one component.
pub(crate) struct Factory {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) pre: ProxyPre<State>,
    pub(crate) name: Arc<str>,
    pub(crate) reach: Arc<Reach>,
    pub(crate) limits: Limits,
    pub(crate) busy: Busy,
    /// How many instances wait for a request.
    pub(crate) idle: Arc<AtomicUsize>,
}

impl Factory {
    fn store(&self) -> Store<State> {
        let state = State::new(&self.reach, &self.name, self.limits.memory_bytes);
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.allowance);
        store.set_epoch_deadline(TICKS_PER_TURN);
        store.epoch_deadline_async_yield_and_update(TICKS_PER_TURN);
        store
    }

    /// Makes an instance and drops it; gives the time that making it took.
    pub(crate) async fn time_instantiation(&self) -> wasmtime::Result<Duration> {
        let started = Instant::now();
        let mut store = self.store();
        let _proxy = self.pre.instantiate_async(&mut store).await?;
        Ok(started.elapsed())
    }
}

impl HandlerState for Factory {
    type StoreData = State;
    type WorkerExpiration = Lifetime;
    type WorkerState = Shift;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Lifetime, Shift>> {
        let started = Instant::now();
        let mut store = self.store();
        let proxy = timeout(self.limits.request_time, self.pre.instantiate_async(&mut store))
            .await
            .map_err(|_| format_err!("the component's start did not end in time"))??;
        (self.reach.on_instantiated)(started.elapsed());
        let pulse = Arc::new(Pulse::default());
        Ok(Instance {
            store,
            proxy,
            view: State::http,
            expiration: Lifetime::new(self, &pulse),
            state: Shift { name: Arc::clone(&self.name), requests: self.limits.requests_per_instance, pulse },
        })
    }
}

/// What an instance's [`Shift`] and [`Lifetime`] tell each other.
#[derive(Default)]
struct Pulse {
    /// A request, or work after its response, goes on.
    at_work: AtomicBool,
    /// A request got no response in time: the instance must go.
    expired: AtomicBool,
    served: AtomicUsize,
    /// The last request's mark of this name, see [`Ticket`].
    cut: Mutex<Option<Arc<AtomicBool>>>,
}

impl Pulse {
    /// The mark of the last request. A panic elsewhere can't leave it half written.
    fn cut(&self) -> MutexGuard<'_, Option<Arc<AtomicBool>>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides whether an instance takes another request.
pub(crate) struct Shift {
    name: Arc<str>,
    requests: usize,
    pulse: Arc<Pulse>,
}

impl WorkerState for Shift {
    type StoreData = State;
    type RequestData = Ticket;

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.requests {
            ShouldAccept::Never
        } else if concurrent > 0 || self.pulse.at_work.load(Ordering::Relaxed) {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        mut store: StoreContextMut<'_, State>,
        ticket: Ticket,
        _task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        self.pulse.at_work.store(true, Ordering::Relaxed);
        self.pulse.served.fetch_add(1, Ordering::Relaxed);
        *self.pulse.cut() = Some(Arc::clone(&ticket.cut));
        store.data_mut().begin(ticket.depth);
        let pulse = Arc::clone(&self.pulse);
        Box::pin(async move {
            let Ticket { place: _place, deadline, .. } = ticket;
            sleep_until(deadline.into()).await;
            pulse.expired.store(true, Ordering::Relaxed);
        })
    }

    fn drop(&self, store: Store<State>, result: wasmtime::Result<()>) {
        let requests = self.pulse.served.load(Ordering::Relaxed);
        let component = &*self.name;
        if store.data().allowance.refused {
            warn!(component, "an instance asked for more memory than --max-memory allows");
        }
        match result {
            Ok(()) => debug!(component, requests, "an instance has ended"),
            // The process ends, and with it an instance that only waited for a next request.
            Err(_) if !self.pulse.at_work.load(Ordering::Relaxed) => {}
            Err(error) => {
                // Before the store goes, and with it the writing end of the body.
                if let Some(cut) = self.pulse.cut().take() {
                    cut.store(true, Ordering::Relaxed);
                }
                warn!(component, requests, error = %format!("{error:#}"), "an instance was ended");
            }
        }
    }
}

/// Decides when an instance's time is up. Polled from outside the instance, so that it also
/// ends one that computes without end.
pub(crate) struct Lifetime {
    limits: Limits,
    pulse: Arc<Pulse>,
    busy: Busy,
    idle: Arc<AtomicUsize>,
    /// What this instance is counted as, in `busy` or in `idle`.
    counted: Option<Counted>,
    alarm: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Busy,
    Idle,
}

impl Lifetime {
    fn new(factory: &Factory, pulse: &Arc<Pulse>) -> Self {
        Self {
            limits: factory.limits.clone(),
            pulse: Arc::clone(pulse),
            busy: factory.busy.clone(),
            idle: Arc::clone(&factory.idle),
            counted: None,
            alarm: Box::pin(sleep_until((Instant::now() + factory.limits.idle_time).into())),
        }
    }

    fn count(&mut self, counted: Option<Counted>) {
        self.busy.change(self.counted == Some(Counted::Busy), counted == Some(Counted::Busy));
        match (self.counted == Some(Counted::Idle), counted == Some(Counted::Idle)) {
            (false, true) => drop(self.idle.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(self.idle.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
        self.counted = counted;
    }

    /// How long this instance may wait for a request: long only if few others wait.
    fn idle_time(&self) -> Duration {
        let is_spare = self.idle.load(Ordering::Relaxed) > self.limits.idle_instances;
        if is_spare { SPARE_TIME.min(self.limits.idle_time) } else { self.limits.idle_time }
    }

    /// Whether an instance whose wait since `start` is over goes. Of several spare ones that ask at once, no more
    /// go than are too many.
    fn leaves(&mut self, start: Instant) -> bool {
        if start.elapsed() >= self.limits.idle_time {
            return true;
        }
        let kept = self.limits.idle_instances;
        let one_less = |idle: usize| (idle > kept).then(|| idle - 1);
        let is_spare = self.idle.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
        if is_spare {
            self.counted = None;
        }
        is_spare
    }
}

impl WorkerExpiration for Lifetime {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        let at_work = status != WorkerStatus::Idle;
        self.count(Some(if at_work { Counted::Busy } else { Counted::Idle }));
        let span = match status {
            WorkerStatus::Idle => self.idle_time(),
            // A little later than the request's own deadline, which gives the better error.
            WorkerStatus::Requests => self.limits.request_time + Duration::from_millis(50),
            WorkerStatus::PostReturn if self.pulse.expired.load(Ordering::Relaxed) => {
                return Poll::Ready(());
            }
            WorkerStatus::PostReturn => self.limits.background_time,
        };
        if !at_work && self.pulse.at_work.swap(false, Ordering::Relaxed) {
            // The worker refused requests until now: let it ask `Shift` again.
            cx.waker().wake_by_ref();
        }
        let end = (start + span).into();
        if self.alarm.deadline() != end {
            self.alarm.as_mut().reset(end);
        }
        let over = self.alarm.as_mut().poll(cx);
        if over.is_pending() || at_work || self.leaves(start) {
            return over;
        }
        let end = start + self.limits.idle_time;
        self.alarm.as_mut().reset(end.into());
        self.alarm.as_mut().poll(cx)
    }
}

impl Drop for Lifetime {
    fn drop(&mut self) {
        self.count(None);
    }
}
