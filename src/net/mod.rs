//! Descriptors with their readiness, by id: streams and listeners.

pub mod descriptor;
pub mod listener;
pub mod ready;
pub mod stream;
