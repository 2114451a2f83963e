//! oxinet: the TCP and Unix-socket layer of Node.js, in Rust.
//!
//! Layers, each of which may use only those below it:
//!
//! - [`binding`]: Node-API. Converts arguments; the hot calls and the call back into JS live here.
//! - [`engine`]: one per environment. Turns tokio's I/O driver on the JS thread, collects readiness,
//!   hands batches of it to JS, keeps Node's loop alive.
//! - [`net`]: descriptors with their readiness: streams and listeners, by id.
//! - [`sys`]: system calls, one a function.
//! - [`model`]: pure logic without I/O, clock or unsafe code.
//!
//! `docs/ARCHITECTURE.md` tells the life of a connection and of a byte.

pub mod binding;
pub mod engine;
pub mod model;
pub mod net;
pub mod sys;

/// How many inputs the properties are tried with; the same file serves tests/properties. Here only those of `binding::utf8` and
/// `sys::epoll` ask, which not every machine has.
#[cfg(all(test, any(target_arch = "x86_64", target_os = "linux")))]
#[path = "../tests/properties/cases.rs"]
mod cases;
