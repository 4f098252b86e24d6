use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Runs work that goes on when the client that asked for it has gone.
///
/// The listener drops a handler's future when its connection closes. A change that has begun must
/// come to its end all the same, with its audit event and the caches told. The shutdown waits for it.
#[derive(Clone, Default)]
pub struct Detached(Arc<Running>);

#[derive(Default)]
struct Running {
    count: AtomicUsize,
    ended: Notify,
}

impl Detached {
    /// Runs `work` as a task of its own and waits for it. Dropping the returned future leaves the
    /// task running; a panic of `work` is passed on.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let guard = Guard::new(Arc::clone(&self.0));
        let task = tokio::spawn(async move {
            let _guard = guard;
            work.await
        });
        match task.await {
            Ok(output) => output,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // Nobody holds the task to cancel it but a runtime that is going down, and this
                // future with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// How many tasks are running.
    pub fn running(&self) -> usize {
        self.0.count.load(Ordering::SeqCst)
    }

    /// Waits until no task is running.
    pub async fn finished(&self) {
        loop {
            let ended = self.0.ended.notified();
            tokio::pin!(ended);
            // Registered before the count is read, so that the last task's end is not missed.
            ended.as_mut().enable();
            if self.running() == 0 {
                return;
            }
            ended.await;
        }
    }
}

struct Guard(Arc<Running>);

impl Guard {
    fn new(running: Arc<Running>) -> Self {
        running.count.fetch_add(1, Ordering::SeqCst);
        Self(running)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_goes_on_without_its_caller() {
        let detached = Detached::default();
        let (release, held) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel();
        let caller = tokio::spawn({
            let detached = detached.clone();
            async move {
                detached
                    .run(async move {
                        held.await.unwrap();
                        done.send("written").unwrap();
                    })
                    .await;
            }
        });
        while detached.running() == 0 {
            tokio::task::yield_now().await;
        }
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(detached.running(), 1);
        release.send(()).unwrap();
        assert_eq!(ended.await.unwrap(), "written");
        detached.finished().await;
        assert_eq!(detached.running(), 0);
    }

    #[tokio::test]
    async fn a_panic_reaches_the_caller() {
        let detached = Detached::default();
        let caller = tokio::spawn({
            let detached = detached.clone();
            async move { detached.run(async { panic!("planted") }).await }
        });
        assert!(caller.await.unwrap_err().is_panic());
        detached.finished().await;
    }
}
