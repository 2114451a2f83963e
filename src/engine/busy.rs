//! Busy polling: just before Node's loop sleeps, the engine asks its sockets again for a bounded time,
//! which saves the wake-up when an answer is only microseconds away. Opt-in; `model::busy_poll` decides
//! whether it is worth another try.

use super::{Engine, Running};
use std::time::{Duration, Instant};

/// After so long with events coming in, the loop looks at its other handles, without sleeping.
const MAX_POLLING: Duration = Duration::from_micros(200);
/// An empty turn takes less than 1 us. In one that took so long, another process had the processor. A peer
/// that was woken on this very processor answers sooner and sleeps again.
const PREEMPTED: Duration = Duration::from_millis(1);

impl Engine {
    /// Polls for at most `limit` before each sleep of the loop; zero turns that off. False where the
    /// loop's phases are not to be had.
    pub fn set_busy_poll(&self, limit: Duration) -> bool {
        let Some(phases) = &self.phases else { return false };
        self.busy.borrow_mut().set_limit(limit);
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
        let Some(budget) = self.busy.borrow_mut().budget() else { return };
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
                self.busy.borrow_mut().preempted();
                break false;
            }
            last_turn = now;
            if !self.list.is_empty() {
                self.busy.borrow_mut().hit();
                self.deliver_row();
                last_turn = Instant::now();
                waiting_since = last_turn;
                if last_turn - start > MAX_POLLING || self.others_are_due() {
                    break true;
                }
            } else if now - waiting_since > budget {
                self.busy.borrow_mut().miss();
                break false;
            }
        };
        drop(running);
        if hot || !self.list.is_empty() {
            self.soon();
        }
    }
}
