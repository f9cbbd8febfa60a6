//! What a person's request has done to the database so far, and a way to end it while nothing is kept.
//!
//! Slack waits three seconds, and whoever gets no answer must not be told "it goes on" of something that never was
//! stored. So a request runs as an errand: at its deadline it is cut off if it waits for the database and nothing of
//! it has been committed. From then on none of it can be: a commit that comes later is refused.
//!
//! ```text
//! open ──commit begins──▶ committing ──▶ kept ──(another commit begins)──▶ committing
//!   └──deadline──▶ cut
//! ```

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

const OPEN: u8 = 0;
const COMMITTING: u8 = 1;
const KEPT: u8 = 2;
const CUT: u8 = 3;

tokio::task_local! {
    static ERRAND: Arc<Errand>;
}

#[derive(Default)]
struct Errand {
    state: AtomicU8,
    /// How many connections it holds or waits for.
    asking: AtomicU32,
}

/// How an errand stood when its time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// It waited for the database, and nothing of it is kept nor will be.
    #[error("the database did not answer in time, and nothing was kept")]
    NothingKept,
    /// A commit was under way: it may be kept or not.
    #[error("the database did not say in time whether it kept what it was given")]
    InDoubt,
}

/// Does some work, which is cut off after `patience` if it waits for the database then. Work that waits for something
/// else, or that has been kept already, goes on to its end.
///
/// # Errors
/// It was cut off.
pub async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Result<T, Cut> {
    let errand = Arc::new(Errand::default());
    let mut work = pin!(ERRAND.scope(Arc::clone(&errand), work));
    if let Ok(done) = tokio::time::timeout(patience, &mut work).await {
        return Ok(done);
    }
    match errand.cut() {
        Some(cut) => Err(cut),
        None => Ok(work.await),
    }
}

impl Errand {
    fn cut(&self) -> Option<Cut> {
        if self.asking.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let order = Ordering::SeqCst;
        match self.state.compare_exchange(OPEN, CUT, order, order) {
            Ok(_) => Some(Cut::NothingKept),
            Err(COMMITTING) => Some(Cut::InDoubt),
            Err(_) => None,
        }
    }
}

/// Says, as long as it lives, that the errand waits for the database.
pub(super) struct Asking(Option<Arc<Errand>>);

impl Asking {
    pub(super) fn begin() -> Self {
        let errand = ERRAND.try_with(Arc::clone).ok();
        if let Some(errand) = &errand {
            errand.asking.fetch_add(1, Ordering::SeqCst);
        }
        Self(errand)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(errand) = &self.0 {
            errand.asking.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// A commit of this errand, from before the database is asked until it has answered.
pub(super) struct Commit {
    asking: Asking,
    before: u8,
}

impl Commit {
    /// # Errors
    /// The errand was cut off: whoever it is for has been told that nothing was kept.
    pub(super) fn begin() -> Result<Self, Cut> {
        let asking = Asking::begin();
        let before = match &asking.0 {
            Some(errand) => errand
                .state
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |state| {
                    (state != CUT).then_some(COMMITTING)
                })
                .map_err(|_| Cut::NothingKept)?,
            None => OPEN,
        };
        Ok(Self { asking, before })
    }

    /// The database has answered, and this is whether it keeps what it was given.
    pub(super) fn end(self, kept: bool) {
        if let Some(errand) = &self.asking.0 {
            let state = if kept { KEPT } else { self.before };
            errand.state.store(state, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    const AT_ONCE: Duration = Duration::ZERO;

    #[tokio::test]
    async fn what_was_cut_off_depends_on_how_far_it_was() {
        // Done in time.
        assert_eq!(within(Duration::from_secs(60), async { 1 }).await, Ok(1));
        // It waits for the database, and nothing is kept.
        let asks = async {
            let _asking = Asking::begin();
            pending::<()>().await;
        };
        assert_eq!(within(AT_ONCE, asks).await, Err(Cut::NothingKept));
        // It waits while something is being committed.
        let commits = async {
            let _asking = Asking::begin();
            let _commit = Commit::begin().unwrap();
            pending::<()>().await;
        };
        assert_eq!(within(AT_ONCE, commits).await, Err(Cut::InDoubt));
        // A commit that failed leaves things as they were.
        let fails = async {
            let _asking = Asking::begin();
            Commit::begin().unwrap().end(false);
            pending::<()>().await;
        };
        assert_eq!(within(AT_ONCE, fails).await, Err(Cut::NothingKept));
    }

    #[tokio::test]
    async fn what_is_kept_or_waits_for_others_goes_on() {
        let kept = async {
            let _asking = Asking::begin();
            Commit::begin().unwrap().end(true);
            tokio::task::yield_now().await;
            1
        };
        assert_eq!(within(AT_ONCE, kept).await, Ok(1));
        // A form with two orders, of which the second failed.
        let partly_kept = async {
            let _asking = Asking::begin();
            Commit::begin().unwrap().end(true);
            Commit::begin().unwrap().end(false);
            tokio::task::yield_now().await;
            3
        };
        assert_eq!(within(AT_ONCE, partly_kept).await, Ok(3));
        let waits_for_slack = async {
            drop(Asking::begin());
            tokio::task::yield_now().await;
            2
        };
        assert_eq!(within(AT_ONCE, waits_for_slack).await, Ok(2));
    }

    #[tokio::test]
    async fn after_the_cut_nothing_is_committed() {
        let errand = Arc::new(Errand::default());
        let late = ERRAND.scope(Arc::clone(&errand), async {
            let _asking = Asking::begin();
            assert_eq!(errand.cut(), Some(Cut::NothingKept));
            Commit::begin().err()
        });
        assert_eq!(late.await, Some(Cut::NothingKept));
    }
}
