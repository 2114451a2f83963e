//! The ready list: which descriptor can do what, collected by tokio's driver through wakers.

#[cfg(oxinet_loom)]
use loom::sync::{Mutex, MutexGuard, atomic::AtomicBool, atomic::Ordering};
use std::sync::{Arc, PoisonError};
#[cfg(not(oxinet_loom))]
use std::sync::{Mutex, MutexGuard, atomic::AtomicBool, atomic::Ordering};
use std::task::{Wake, Waker};

/// Reading (on a listener: accepting) is worth a try.
pub const READABLE: u32 = 1;
/// Writing is worth a try, or a connect has ended.
pub const WRITABLE: u32 = 2;

/// One thing that became possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The descriptor's id.
    pub id: u32,
    /// [`READABLE`] or [`WRITABLE`].
    pub what: u32,
}

/// Tells the JS thread to look at the list.
pub type Notify = Box<dyn Fn() + Send + Sync>;

/// The list. Wakers push to it, on the JS thread (inline driver) or on the helper thread
/// (threaded driver); the JS thread takes all of it at once.
#[derive(Default)]
pub struct ReadyList {
    events: Mutex<Vec<Event>>,
    /// Set while a notification is on its way, so that a burst of wakes sends one only.
    notified: AtomicBool,
    /// How the threaded driver tells the JS thread. Unset in the inline driver, which turns on the
    /// JS thread and looks at the list itself.
    notify: Mutex<Option<Notify>>,
}

impl ReadyList {
    /// Sets how the JS thread is told of a first event; `None` before what it calls goes away.
    pub fn set_notify(&self, notify: Option<Notify>) {
        *self.notify.lock().unwrap_or_else(PoisonError::into_inner) = notify;
    }

    /// Has the JS thread look at the list soon. False when there is no way to tell it.
    pub fn notify(&self) -> bool {
        let notify = self.notify.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(notify) = &*notify else { return false };
        if !self.notified.swap(true, Ordering::AcqRel) {
            notify();
        }
        true
    }

    /// Adds an event without telling anybody: the caller is on the JS thread.
    pub fn push(&self, event: Event) {
        self.lock().push(event);
    }

    /// Whether the JS thread has been told to look at the list, and has not come to it yet.
    pub fn is_notified(&self) -> bool {
        self.notified.load(Ordering::Acquire)
    }

    /// The JS thread has come to it.
    pub fn notification_taken(&self) {
        self.notified.store(false, Ordering::Release);
    }

    /// Moves all events to the end of `into`.
    pub fn take(&self, into: &mut Vec<Event>) {
        let mut events = self.lock();
        self.notification_taken();
        into.append(&mut events);
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Nobody sees the event before it is sure whether the JS thread is told of it.
    fn wake(&self, event: Event) {
        let notify = self.notify.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = self.lock();
        events.push(event);
        let Some(notify) = &*notify else { return };
        let is_first = !self.notified.swap(true, Ordering::AcqRel);
        drop(events);
        if is_first {
            notify();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        // A panic while it is held cannot leave a Vec half-pushed, so a poisoned list is still good.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for ReadyList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadyList").field("notified", &self.notified).finish_non_exhaustive()
    }
}

struct Signal {
    list: Arc<ReadyList>,
    event: Event,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.list.wake(self.event);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.list.wake(self.event);
    }
}

/// A waker that puts `event` on `list`.
pub fn waker(list: &Arc<ReadyList>, event: Event) -> Waker {
    Waker::from(Arc::new(Signal { list: list.clone(), event }))
}

/// All orders in which threads can come upon the list: `npm run test:loom`.
#[cfg(all(test, oxinet_loom))]
mod interleavings;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn a_burst_of_wakes_notifies_once_until_taken() {
        let list = Arc::new(ReadyList::default());
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        list.set_notify(Some(Box::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        })));
        let waker = waker(&list, Event { id: 7, what: READABLE });
        waker.wake_by_ref();
        waker.wake_by_ref();
        assert_eq!(count.load(Ordering::SeqCst), 1);
        let mut events = Vec::new();
        list.take(&mut events);
        assert_eq!(events, [Event { id: 7, what: READABLE }; 2]);
        assert!(list.is_empty());
        waker.wake();
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_notification_is_on_its_way_until_it_is_taken_or_the_events_are() {
        let list = Arc::new(ReadyList::default());
        let waker = waker(&list, Event { id: 7, what: READABLE });
        waker.wake_by_ref();
        assert!(!list.is_notified(), "nobody is to be told");
        list.set_notify(Some(Box::new(|| {})));
        waker.wake_by_ref();
        assert!(list.is_notified());
        list.notification_taken();
        assert!(!list.is_notified() && !list.is_empty());
        waker.wake_by_ref();
        assert!(list.is_notified());
        list.take(&mut Vec::new());
        assert!(!list.is_notified());
    }
}
