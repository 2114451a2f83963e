//! Descriptors with their readiness, by id: streams and listeners.

pub mod bound;
pub mod carrier;
pub mod congestion;
pub mod descriptor;
pub mod file;
pub mod flow;
pub mod habits;
pub mod listener;
#[cfg(unix)]
pub mod named;
pub mod options;
#[cfg(unix)]
pub mod passing;
pub mod patience;
pub mod proxy;
pub mod ready;
pub mod stream;
pub mod wants;
pub mod watched;
