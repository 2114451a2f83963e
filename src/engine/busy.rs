//! Busy polling: just before Node's loop would sleep, it is asked for a bounded time whether it has anything ready, which
//! saves the wake-up when an answer is only microseconds away. `model::backoff` decides whether it is worth another try.

use super::Engine;
use crate::model::backoff::Backoff;
use crate::net::patience::{from_now, poll_for};
use crate::net::ready::READABLE;
use crate::sys::fd::HAS_NUMBERS;
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// What a connection gets unasked that exchanges small messages, alone: less than being woken takes on most machines.
const UNASKED: Duration = Duration::from_micros(50);

/// The engine's busy polling; its phase is armed unless it was switched off.
#[derive(Debug, Default)]
pub(super) struct Busy {
    /// What was asked for.
    limit: Cell<Option<Duration>>,
    /// Over the sleeps of the loop.
    tries: RefCell<Backoff>,
}

impl Busy {
    /// Whether nothing is ever to wait for its bytes.
    pub(super) fn is_off(&self) -> bool {
        self.limit.get().is_some_and(|limit| limit.is_zero())
    }
}

impl Engine {
    /// Polls for at most `limit` before each sleep of the loop; zero turns that off, `None` leaves it to the engine. False
    /// where the loop's phases are not to be had.
    pub fn set_busy_poll(&self, limit: Option<Duration>) -> bool {
        self.busy.limit.set(limit);
        self.busy.tries.take();
        let Some(phases) = self.phases.as_ref().filter(|_| HAS_NUMBERS) else { return false };
        if self.busy.is_off() {
            phases.before_sleep.disarm();
        } else {
            phases.before_sleep.arm();
        }
        true
    }

    /// Called by Node's loop just before it polls; it sleeps there unless something of its own is due.
    pub(super) fn on_before_sleep(&self) {
        let Some(phases) = &self.phases else { return };
        let limit = self.busy.limit.get().unwrap_or_else(|| self.unasked());
        if limit.is_zero() || self.alive.get() == 0 || self.connects_wait() {
            return;
        }
        let sleep = phases.uv.sleep_time();
        if sleep == 0 {
            return;
        }
        // -1: no timer.
        let until_timer = u64::try_from(sleep).map_or(limit, Duration::from_millis);
        let mut tries = self.busy.tries.borrow_mut();
        poll_for(limit.min(until_timer), from_now(), &mut tries, || phases.uv.is_ready().then_some(()));
        // Timers must not count the time again that was spent here.
        phases.uv.update_time();
    }

    /// How long to poll where nobody said: only for the answer to what was written to a socket that alone has had anything
    /// to do lately. Not for large streams, which gain from finding more at a time.
    fn unasked(&self) -> Duration {
        let only = if self.only_again.replace(false) { self.only.get() } else { None };
        let reader = only.filter(|event| event.what == READABLE).and_then(|event| self.get(event.id));
        if reader.is_some_and(|reader| reader.habits.take_wrote() && !reader.habits.reads_much()) {
            UNASKED
        } else {
            Duration::ZERO
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::driver::Idle;
    use crate::engine::{Deliver, Due};
    use crate::net::descriptor::Descriptor;
    use crate::net::ready::{Event, WRITABLE};
    use std::rc::Rc;

    /// Delivers nothing.
    struct Nobody;

    impl Deliver for Nobody {
        fn hand_over(&self, _events: &[Event]) {}
        fn deliver(&self, _due: Due, _count: usize) {}
        fn batch(&self) -> usize {
            16
        }
        fn keep(&self, _needed: bool) {}
        fn panicked(&self, message: &str) {
            panic!("{message}");
        }
    }

    fn engine() -> Rc<Engine> {
        Engine::start(None, Box::new(Nobody), |_, _| Ok(Box::new(Idle))).unwrap()
    }

    fn socket(engine: &Engine) -> Rc<Descriptor> {
        let socket = engine.insert().unwrap();
        socket.wants.set_reading(true);
        socket
    }

    /// A turn of the loop in which `events` came and something was written in reply to each.
    fn round(engine: &Engine, events: &[(&Descriptor, u32)]) -> Duration {
        for &(socket, what) in events {
            socket.wants.set_write_event(what == WRITABLE);
            engine.list.push(Event { id: socket.id(), what });
            socket.habits.pretend(true, socket.habits.reads_much());
        }
        engine.run();
        engine.unasked()
    }

    #[test]
    fn one_socket_alone_is_polled_for_its_next_answer_once() {
        let engine = engine();
        let socket = socket(&engine);
        assert_eq!(round(&engine, &[(&socket, READABLE)]), Duration::ZERO);
        assert_eq!(round(&engine, &[(&socket, READABLE)]), UNASKED);
        assert_eq!(engine.unasked(), Duration::ZERO, "nothing came since");
        assert_eq!(round(&engine, &[(&socket, READABLE)]), UNASKED);
    }

    #[test]
    fn nothing_is_polled_for_unasked_while_several_are_active() {
        let engine = engine();
        let (one, other) = (socket(&engine), socket(&engine));
        for _ in 0..3 {
            assert_eq!(round(&engine, &[(&one, READABLE), (&other, READABLE)]), Duration::ZERO);
        }
        for _ in 0..3 {
            assert_eq!(round(&engine, &[(&one, READABLE)]), Duration::ZERO);
            assert_eq!(round(&engine, &[(&other, READABLE)]), Duration::ZERO);
        }
    }

    #[test]
    fn only_an_answer_is_polled_for_unasked() {
        let engine = engine();
        let socket = socket(&engine);
        round(&engine, &[(&socket, READABLE)]);
        assert_eq!(round(&engine, &[(&socket, READABLE)]), UNASKED);
        engine.list.push(Event { id: socket.id(), what: READABLE });
        engine.run();
        assert_eq!(engine.unasked(), Duration::ZERO, "nothing was written");
        socket.habits.pretend(false, true);
        assert_eq!(round(&engine, &[(&socket, READABLE)]), Duration::ZERO);
        socket.habits.pretend(false, false);
        round(&engine, &[(&socket, WRITABLE)]);
        assert_eq!(round(&engine, &[(&socket, WRITABLE)]), Duration::ZERO);
    }
}
