//! When to start counting, when to stop, and what was counted.

use std::time::{Duration, Instant};

use bench_io::Usage;

/// A warm-up and the time measured after it. It begins with the first call of [`Window::is_over`].
pub(crate) struct Window {
    warmup: Duration,
    duration: Duration,
    started: Option<Instant>,
    measured: Option<Start>,
}

struct Start {
    at: Instant,
    cpu: Duration,
    units: u64,
}

/// The figures of one sample.
pub(crate) struct Measured {
    units: u64,
    elapsed: Duration,
    cpu: Duration,
    peak_rss: u64,
}

impl Window {
    pub(crate) fn new(warmup_millis: u64, duration_millis: u64) -> Self {
        Self {
            warmup: Duration::from_millis(warmup_millis),
            duration: Duration::from_millis(duration_millis),
            started: None,
            measured: None,
        }
    }

    /// Given the units done so far, returns the figures once the window has passed and wasn't empty.
    pub(crate) fn is_over(&mut self, units: u64) -> Option<Measured> {
        let now = Instant::now();
        let started = *self.started.get_or_insert(now);
        let Some(start) = &self.measured else {
            if now - started >= self.warmup && units > 0 {
                self.measured = Some(Start { at: now, cpu: Usage::now().cpu, units });
            }
            return None;
        };
        let elapsed = now - start.at;
        if elapsed < self.duration || units == start.units {
            return None;
        }
        let usage = Usage::now();
        Some(Measured {
            units: units - start.units,
            elapsed,
            cpu: usage.cpu - start.cpu,
            peak_rss: usage.peak_rss,
        })
    }
}

impl Measured {
    /// One line of JSON.
    pub(crate) fn to_json(&self, unit: &str) -> String {
        let seconds = self.elapsed.as_secs_f64();
        let cpu = self.cpu.as_micros();
        format!(
            "{{\"value\":{},\"unit\":\"{unit}/s\",\"units\":{},\"seconds\":{seconds},\"cpu\":{cpu},\"cpuPerUnit\":{},\"rss\":{}}}",
            self.units as f64 / seconds,
            self.units,
            cpu as f64 / self.units as f64,
            self.peak_rss,
        )
    }
}
