//! Which endpoints failed lately: they are asked last for a while, and come back by themselves.
//!
//! Functions keep nothing between requests, so this is in the key-value store: one small value, read once a request
//! and written only when it changes. It is advice, not truth. A store that fails costs the advice and not the call,
//! and of two writers at once one may lose a mark, which the next failure sets again.

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::platform::Platform;

/// Where the marks are.
const KEY: &str = "rpc:health";
/// The pause after a first failure; it doubles with each failure that follows, until something is answered.
pub(super) const FIRST_PAUSE_MS: u64 = 5_000;
/// The longest pause.
pub(super) const LONGEST_PAUSE_MS: u64 = 5 * 60 * 1000;

/// What is known of one endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    /// Failures in a row.
    failures: u32,
    /// Asked last until then, milliseconds since 1970.
    until_ms: u64,
    /// It answers, but not with what the others know by now: an answer is no reason to trust it again.
    behind: bool,
    /// It was on another chain when it was last looked at: nobody asks it, but who looks again.
    #[serde(default)]
    foreign: bool,
}

/// The marks of all endpoints, by their position in the settings.
#[derive(Clone, Debug)]
pub(super) struct Health<P> {
    platform: P,
    count: usize,
    /// What the store had when it was first looked at.
    marks: Rc<RefCell<Option<Vec<Mark>>>>,
}

impl<P: Platform> Health<P> {
    pub(super) fn of(platform: &P, count: usize) -> Self {
        Self { platform: platform.clone(), count, marks: Rc::default() }
    }

    /// The endpoints in the order in which they are to be asked: as in the settings, but those that rest come last, the
    /// one first whose pause is over first, and those on another chain not at all. The second number says how many don't
    /// rest.
    pub(super) async fn order(&self) -> (Vec<usize>, usize) {
        let (marks, now) = (self.marks().await, self.platform.now_ms());
        let until = |position: usize| marks.get(position).map_or(0, |mark: &Mark| mark.until_ms);
        let ours = (0..self.count).filter(|&position| marks.get(position).is_none_or(|mark| !mark.foreign));
        let (awake, mut resting): (Vec<_>, Vec<_>) = ours.partition(|&position| until(position) <= now);
        resting.sort_unstable_by_key(|&position| (until(position), position));
        let count = awake.len();
        (awake.into_iter().chain(resting).collect(), count)
    }

    /// It gave no usable answer. That is counted once a pause, however many are asking.
    pub(super) async fn failed(&self, position: usize) {
        let now = self.platform.now_ms();
        self.change(position, |mark| {
            if now < mark.until_ms {
                return *mark;
            }
            let pause = FIRST_PAUSE_MS.saturating_mul(1 << mark.failures.min(16)).min(LONGEST_PAUSE_MS);
            let failures = mark.failures.saturating_add(1);
            Mark { failures, until_ms: now + pause, behind: false, foreign: mark.foreign }
        })
        .await;
    }

    /// It gave a usable answer.
    pub(super) async fn answered(&self, position: usize) {
        if self.is_marked(position).await {
            self.change(position, |mark| if mark.behind { *mark } else { Mark::default() }).await;
        }
    }

    /// It knows what the others know.
    pub(super) async fn is_up_to_date(&self, position: usize) {
        if self.is_marked(position).await {
            self.change(position, |_| Mark::default()).await;
        }
    }

    /// It answers, but is of no use until it has caught up; whoever finds that out looks again within the pause.
    pub(super) async fn is_behind(&self, position: usize) {
        self.is_useless(position, false).await;
    }

    /// It answers, but about another chain.
    pub(super) async fn is_foreign(&self, position: usize) {
        self.is_useless(position, true).await;
    }

    async fn is_useless(&self, position: usize, foreign: bool) {
        let now = self.platform.now_ms();
        self.change(position, |mark| {
            let is_fresh = mark.behind && mark.foreign == foreign && mark.until_ms > now + LONGEST_PAUSE_MS / 2;
            if is_fresh { *mark } else { Mark { failures: 1, until_ms: now + LONGEST_PAUSE_MS, behind: true, foreign } }
        })
        .await;
    }

    async fn is_marked(&self, position: usize) -> bool {
        self.marks().await.get(position).is_some_and(|mark| mark.failures > 0)
    }

    async fn marks(&self) -> Vec<Mark> {
        if let Some(marks) = self.marks.borrow().as_ref() {
            return marks.clone();
        }
        // With one endpoint there is nothing to choose.
        let marks = if self.count > 1 { self.read().await } else { Vec::new() };
        self.marks.replace(Some(marks.clone()));
        marks
    }

    async fn read(&self) -> Vec<Mark> {
        let bytes = self.platform.get(KEY).await.unwrap_or_else(|error| {
            self.platform.log(&format!("rpc: which endpoints failed lately is not known: {error}"));
            None
        });
        bytes.and_then(|bytes| crate::json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    async fn change(&self, position: usize, change: impl FnOnce(&Mark) -> Mark) {
        if self.count < 2 {
            return;
        }
        // Read anew: others may have set marks since.
        let mut marks = self.read().await;
        marks.resize(self.count, Mark::default());
        let changed = change(&marks[position]);
        let is_new = changed != marks[position];
        marks[position] = changed;
        if is_new
            && let Ok(bytes) = serde_json::to_vec(&marks)
            && let Err(error) = self.platform.set(KEY, &bytes).await
        {
            self.platform.log(&format!("rpc: which endpoints failed is not kept: {error}"));
        }
        self.marks.replace(Some(marks));
    }
}
