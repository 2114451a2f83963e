//! Who runs tokio's I/O driver. Two drivers, one trait, chosen at start-up.

use super::uv::{Uv, Watch};
use crate::net::ready::{Notify as Notifier, ReadyList};
use crate::sys::os::AsFd;
use crate::sys::{epoll, pollable::Pollable};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;

/// A tokio runtime whose I/O driver collects readiness into a [`ReadyList`].
pub trait Driver {
    /// Its name, for diagnostics: `inline` or `threaded`.
    fn name(&self) -> &'static str;
    /// Why it is not the other, where that could have been.
    fn reason(&self) -> &str {
        ""
    }
    /// The runtime, for registering descriptors.
    fn handle(&self) -> Handle;
    /// Collects what is ready now, without sleeping. Must not nest.
    fn turn(&self);
    /// Whether a turn finds all that has become ready before it.
    fn finds_all(&self) -> bool;
    /// Whether it keeps Node's loop alive.
    fn set_ref(&self, on: bool);
}

/// The runtime on the JS thread, turned when Node's loop finds its epoll descriptor readable.
pub struct Inline {
    // Dropped first: libuv must let go of the epoll descriptor before the runtime closes it.
    watch: Watch,
    runtime: Runtime,
    _marker: Pollable,
}

impl Inline {
    /// # Errors
    /// tokio's epoll descriptor can't be had: the caller falls back to [`Threaded`].
    pub fn start(uv: Uv, on_ready: Box<dyn Fn()>) -> io::Result<Inline> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let marker = {
            let _context = runtime.enter();
            Pollable::register(epoll::marker()?, false).map_err(|(_, error)| error)?
        };
        let epoll = epoll::watching(marker.as_fd())?;
        let watch = Watch::new(uv, epoll, on_ready)
            .ok_or_else(|| io::Error::other("Node's loop can't watch an epoll instance"))?;
        watch.arm();
        Ok(Inline { watch, runtime, _marker: marker })
    }
}

impl Driver for Inline {
    fn name(&self) -> &'static str {
        "inline"
    }

    fn handle(&self) -> Handle {
        self.runtime.handle().clone()
    }

    fn turn(&self) {
        // A future that wakes itself and is pending once: tokio answers with exactly one
        // epoll_wait(0), which is all that a turn is.
        let mut turned = false;
        self.runtime.block_on(poll_fn(|context| {
            if std::mem::replace(&mut turned, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }));
    }

    fn finds_all(&self) -> bool {
        true
    }

    fn set_ref(&self, on: bool) {
        self.watch.set_ref(on);
    }
}

/// The runtime on a helper thread that only collects readiness and wakes Node's loop.
pub struct Threaded {
    handle: Handle,
    stop: Arc<Notify>,
    thread: RefCell<Option<std::thread::JoinHandle<()>>>,
    waker: Box<dyn LoopWaker>,
    list: Arc<ReadyList>,
    reason: String,
}

/// How another thread gets Node's loop to look at the ready list, and whether that waits.
pub trait LoopWaker {
    /// A function for the helper thread. It may be called any number of times.
    fn notifier(&self) -> Notifier;
    /// Whether it keeps Node's loop alive.
    fn set_ref(&self, on: bool);
}

impl Threaded {
    /// Starts the helper thread. `reason`: why there is no [`Inline`].
    ///
    /// # Errors
    /// Those of making an epoll instance or a thread.
    pub fn start(list: &Arc<ReadyList>, waker: Box<dyn LoopWaker>, reason: String) -> io::Result<Threaded> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let handle = runtime.handle().clone();
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let thread = std::thread::Builder::new()
            .name("oxinet-driver".into())
            .spawn(move || runtime.block_on(stopped.notified()))?;
        list.set_notify(Some(waker.notifier()));
        Ok(Threaded { handle, stop, thread: RefCell::new(Some(thread)), waker, list: list.clone(), reason })
    }
}

impl Driver for Threaded {
    fn name(&self) -> &'static str {
        "threaded"
    }

    fn reason(&self) -> &str {
        &self.reason
    }

    fn handle(&self) -> Handle {
        self.handle.clone()
    }

    fn turn(&self) {
        // The helper thread collects by itself.
    }

    fn finds_all(&self) -> bool {
        false
    }

    fn set_ref(&self, on: bool) {
        self.waker.set_ref(on);
    }
}

impl Drop for Threaded {
    fn drop(&mut self) {
        self.list.set_notify(None);
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            // The thread only waits for `stop`, so this is short; its panic would change nothing here.
            let _outcome = thread.join();
        }
    }
}

/// Finds nothing: for tests that fill the ready list themselves.
#[cfg(test)]
pub(super) struct Idle;

#[cfg(test)]
impl Driver for Idle {
    fn name(&self) -> &'static str {
        "idle"
    }
    fn handle(&self) -> tokio::runtime::Handle {
        unreachable!("nothing is registered")
    }
    fn turn(&self) {}
    fn finds_all(&self) -> bool {
        true
    }
    fn set_ref(&self, _on: bool) {}
}
