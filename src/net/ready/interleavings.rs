//! The list with wakers on other threads, in all orders that the memory model allows. The JS thread does what
//! `engine/row.rs` does.

use super::*;
use loom::sync::Condvar;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

/// How Node's loop is told: it runs the engine once for one ring or several.
#[derive(Default)]
struct Bell {
    rings: Mutex<usize>,
    rung: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rings.lock().unwrap() += 1;
        self.rung.notify_one();
    }

    fn wait(&self) {
        let mut rings = self.rings.lock().unwrap();
        while *rings == 0 {
            rings = self.rung.wait(rings).unwrap();
        }
        *rings = 0;
    }
}

fn event(id: u32) -> Event {
    Event { id, what: READABLE }
}

fn with_bell() -> (Arc<ReadyList>, Arc<Bell>) {
    let (list, bell) = (Arc::new(ReadyList::default()), Arc::new(Bell::default()));
    let ringer = bell.clone();
    list.set_notify(Some(Box::new(move || ringer.ring())));
    (list, bell)
}

fn ids(mut events: Vec<Event>) -> Vec<u32> {
    events.sort_by_key(|event| event.id);
    events.iter().map(|event| event.id).collect()
}

/// One that is lost leaves the JS thread waiting for ever, which loom reports.
#[test]
fn the_js_thread_hears_of_each_wake() {
    loom::model(|| {
        let (list, bell) = with_bell();
        let threads = [1, 2].map(|id| {
            let waker = waker(&list, event(id));
            thread::spawn(move || waker.wake())
        });
        let mut got = Vec::new();
        while got.len() < 2 {
            bell.wait();
            list.notification_taken();
            list.take(&mut got);
        }
        assert_eq!(ids(got), [1, 2]);
        threads.map(|thread| thread.join().unwrap());
    });
}

#[test]
fn what_the_js_thread_adds_itself_comes_with_the_rest() {
    loom::model(|| {
        let (list, bell) = with_bell();
        let waker = waker(&list, event(1));
        let thread = thread::spawn(move || waker.wake());
        list.push(event(2));
        let mut got = Vec::new();
        list.take(&mut got);
        while got.len() < 2 {
            bell.wait();
            list.take(&mut got);
        }
        assert_eq!(ids(got), [1, 2]);
        thread.join().unwrap();
    });
}

/// What the notifier calls is released right after (`Threaded::drop`).
#[test]
fn nobody_is_told_any_more_after_the_notifier_is_gone() {
    loom::model(|| {
        let list = Arc::new(ReadyList::default());
        let (released, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (is_released, called) = (released.clone(), calls.clone());
        list.set_notify(Some(Box::new(move || {
            called.fetch_add(1, Ordering::SeqCst);
            assert!(!is_released.load(Ordering::SeqCst), "called after the release");
            called.fetch_sub(1, Ordering::SeqCst);
        })));
        let waker = waker(&list, event(1));
        let thread = thread::spawn(move || waker.wake());
        list.set_notify(None);
        assert_eq!(calls.load(Ordering::SeqCst), 0, "a call goes on");
        released.store(true, Ordering::SeqCst);
        thread.join().unwrap();
        assert!(!list.is_empty());
    });
}
