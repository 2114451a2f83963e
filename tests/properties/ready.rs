//! The ready list against a plain vector, one thread (`src/net/ready/interleavings.rs` has several).

use super::cases::config;
use oxinet::net::ready::{Event, READABLE, ReadyList, WRITABLE, waker};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, Clone)]
enum Step {
    Push(u32, bool),
    Wake(u32, bool),
    /// Whether there is a way to tell the JS thread.
    SetNotify(bool),
    Notify,
    NotificationTaken,
    Take,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (1..5_u32, any::<bool>()).prop_map(|(id, read)| Step::Push(id, read)),
        3 => (1..5_u32, any::<bool>()).prop_map(|(id, read)| Step::Wake(id, read)),
        1 => any::<bool>().prop_map(Step::SetNotify),
        1 => Just(Step::Notify),
        1 => Just(Step::NotificationTaken),
        2 => Just(Step::Take),
    ]
}

fn event(id: u32, read: bool) -> Event {
    Event { id, what: if read { READABLE } else { WRITABLE } }
}

#[derive(Default)]
struct Model {
    events: Vec<Event>,
    can_notify: bool,
    notified: bool,
    calls: usize,
}

impl Model {
    fn notify(&mut self) -> bool {
        if self.can_notify && !std::mem::replace(&mut self.notified, true) {
            self.calls += 1;
        }
        self.can_notify
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_event_is_lost_and_a_burst_notifies_once(steps in proptest::collection::vec(any_step(), 1..200)) {
        let (list, calls) = (Arc::new(ReadyList::default()), Arc::new(AtomicUsize::new(0)));
        let mut model = Model::default();
        // What was there before must stay.
        let mut taken = vec![event(9, true)];
        for step in steps {
            match step {
                Step::Push(id, read) => {
                    list.push(event(id, read));
                    model.events.push(event(id, read));
                }
                Step::Wake(id, read) => {
                    waker(&list, event(id, read)).wake();
                    model.events.push(event(id, read));
                    model.notify();
                }
                Step::SetNotify(on) => {
                    let calls = calls.clone();
                    list.set_notify(on.then(|| -> oxinet::net::ready::Notify {
                        Box::new(move || { calls.fetch_add(1, Ordering::SeqCst); })
                    }));
                    model.can_notify = on;
                }
                Step::Notify => prop_assert_eq!(list.notify(), model.notify()),
                Step::NotificationTaken => {
                    list.notification_taken();
                    model.notified = false;
                }
                Step::Take => {
                    let mut expected = taken.clone();
                    expected.append(&mut model.events);
                    list.take(&mut taken);
                    prop_assert_eq!(&taken, &expected);
                    taken.truncate(1);
                    model.notified = false;
                }
            }
            prop_assert_eq!(list.is_empty(), model.events.is_empty());
            prop_assert_eq!(list.is_notified(), model.notified);
            prop_assert_eq!(calls.load(Ordering::SeqCst), model.calls);
        }
    }
}
