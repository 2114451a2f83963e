//! Descriptors with their readiness, by id: streams and listeners.

pub mod congestion;
pub mod descriptor;
pub mod listener;
pub mod ready;
pub mod stream;
pub mod wait;
