//! No Rust panic crosses into Node: every entry runs in here.

use crate::engine::panic_message;
use napi::sys;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static PANIC_NEXT: Cell<bool> = const { Cell::new(false) };
}

/// Runs the body of a native function; a panic becomes a JS exception with code `ERR_OXINET_PANIC`.
pub(super) fn guarded(env: sys::napi_env, body: impl FnOnce() -> sys::napi_value) -> sys::napi_value {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        super::raw::throw(env, "ERR_OXINET_PANIC", &text(panic_message(&*panic)));
        std::ptr::null_mut()
    })
}

/// What a panic is called in JS.
pub(super) fn text(message: &str) -> String {
    format!("oxinet: internal panic: {message}")
}

/// Makes the next read panic, so that a test can see what becomes of it.
#[napi_derive::napi]
pub fn panic_next() {
    PANIC_NEXT.set(true);
}

/// Panics if [`panic_next`] asked for it.
pub(super) fn panic_point() {
    assert!(!PANIC_NEXT.replace(false), "asked for by a test");
}
