//! Busy polling: just before Node's loop sleeps, the engine asks its sockets again for a bounded time,
//! which saves the wake-up when an answer is only microseconds away. Opt-in; `model::backoff` decides
//! whether it is worth another try.

use super::{Engine, Running};
use crate::model::backoff::{Backoff, PREEMPTED};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// After so long with events coming in, the loop looks at its other handles, without sleeping.
const MAX_POLLING: Duration = Duration::from_micros(200);

/// The engine's busy polling; its phase is armed while the limit is not zero.
#[derive(Debug, Default)]
pub(super) struct Busy {
    limit: Cell<Duration>,
    /// Over the sleeps of the loop.
    tries: RefCell<Backoff>,
}

impl Engine {
    /// Polls for at most `limit` before each sleep of the loop; zero turns that off. False where the
    /// loop's phases are not to be had.
    pub fn set_busy_poll(&self, limit: Duration) -> bool {
        let Some(phases) = &self.phases else { return false };
        self.busy.limit.set(limit);
        self.busy.tries.take();
        if limit.is_zero() {
            phases.before_sleep.disarm();
        } else {
            phases.before_sleep.arm();
        }
        true
    }

    /// Called by Node's loop just before it polls; it sleeps there unless something of its own is due.
    pub(super) fn on_before_sleep(&self) {
        let Some(phases) = &self.phases else { return };
        let sleep = phases.uv.sleep_time();
        if sleep == 0 || self.alive.get() == 0 || self.running.get() || self.connects_wait() {
            return;
        }
        if !self.busy.tries.borrow_mut().is_due() {
            return;
        }
        let budget = self.busy.limit.get();
        // -1: no timer.
        let until_timer = u64::try_from(sleep).map_or(budget, Duration::from_millis);
        self.poll_busily(budget.min(until_timer));
        // Timers must not count the time again that was spent here.
        phases.uv.update_time();
    }

    fn poll_busily(&self, budget: Duration) {
        self.running.set(true);
        let running = Running(&self.running);
        let start = Instant::now();
        let (mut waiting_since, mut last_turn) = (start, start);
        let hot = loop {
            self.driver.turn();
            let now = Instant::now();
            if now - last_turn > PREEMPTED {
                self.busy.tries.borrow_mut().preempted();
                break false;
            }
            last_turn = now;
            if !self.list.is_empty() {
                self.busy.tries.borrow_mut().hit();
                self.deliver_row();
                last_turn = Instant::now();
                waiting_since = last_turn;
                if last_turn - start > MAX_POLLING || self.others_are_due() {
                    break true;
                }
            } else if now - waiting_since > budget {
                self.busy.tries.borrow_mut().miss();
                break false;
            }
        };
        drop(running);
        if hot || !self.list.is_empty() {
            self.soon();
        }
    }
}
