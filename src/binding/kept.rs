//! What outlives a callback: the environment, JS values, memory that JS lent for good.

use super::scope::{Scope, Value};
use crate::sys::memory::Source;
use napi::sys;
use std::cell::Cell;
use std::ptr;

/// The environment of an instance. All that holds one is dropped by the clean-up hook, before the environment ends.
#[derive(Clone, Copy)]
pub(super) struct Environment(sys::napi_env);

impl Environment {
    /// # Safety
    /// It is not used once the clean-up hooks of the environment have run.
    pub(super) unsafe fn of(scope: &Scope<'_>) -> Environment {
        Environment(scope.env())
    }

    /// For Node-API.
    pub(super) fn raw(self) -> sys::napi_env {
        self.0
    }

    /// Runs `body` in a handle scope of its own, as libuv callbacks have none.
    pub(super) fn enter(self, body: impl FnOnce(Scope<'_>)) {
        let mut scope = ptr::null_mut();
        // SAFETY: the environment is alive (see `of`), and this is its thread, as `self` cannot leave it.
        if unsafe { sys::napi_open_handle_scope(self.0, &mut scope) } != sys::Status::napi_ok {
            return;
        }
        // SAFETY: opened just now.
        body(unsafe { Scope::new(self.0) });
        // SAFETY: opened above; scopes nest as the calls do.
        unsafe { sys::napi_close_handle_scope(self.0, scope) };
    }
}

/// A JS value that is found again: kept alive, or only watched until nobody else holds it.
pub(super) struct Kept {
    env: Environment,
    reference: sys::napi_ref,
    strong: Cell<bool>,
}

impl Kept {
    /// Keeps `value` alive.
    pub(super) fn new(env: Environment, value: Value<'_>) -> Option<Kept> {
        let mut reference = ptr::null_mut();
        // SAFETY: `value` is a live object of the current scope.
        let status = unsafe { sys::napi_create_reference(env.0, value.raw(), 1, &mut reference) };
        (status == sys::Status::napi_ok).then_some(Kept { env, reference, strong: Cell::new(true) })
    }

    /// Whether to keep it alive from now on.
    pub(super) fn keep(&self, strong: bool) {
        if self.strong.replace(strong) == strong {
            return;
        }
        let mut count = 0;
        // SAFETY: made in `new`, deleted by Drop only; the count goes between 0 and 1.
        unsafe {
            if strong {
                sys::napi_reference_ref(self.env.0, self.reference, &mut count);
            } else {
                sys::napi_reference_unref(self.env.0, self.reference, &mut count);
            }
        }
    }

    /// The value, if it is still there.
    pub(super) fn get<'a>(&self, scope: &Scope<'a>) -> Option<Value<'a>> {
        let mut raw = ptr::null_mut();
        // SAFETY: the reference is deleted by Drop only; what it gives is a handle of the scope, or null.
        unsafe {
            sys::napi_get_reference_value(self.env.0, self.reference, &mut raw);
            (!raw.is_null()).then(|| scope.value(raw))
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: made in `new`, deleted once, while the environment is alive (see `Environment`).
        unsafe { sys::napi_delete_reference(self.env.0, self.reference) };
    }
}

/// Memory that JS lent for good: an array that nothing but lib/engine/native.js can reach, so that it is never detached,
/// resized or shared.
pub(super) struct Lent {
    data: *mut u8,
    /// In bytes.
    length: usize,
    _kept: Kept,
}

impl Lent {
    /// Takes an Int32Array or a Uint8Array.
    ///
    /// # Safety
    /// JS keeps to what the type says; and hands in each array once.
    pub(super) unsafe fn new<'a>(scope: &Scope<'a>, env: Environment, value: Value<'a>) -> Option<Lent> {
        let array = scope.typed_array(value).filter(|array| array.length > 0)?;
        let size = if array.kind == sys::TypedarrayType::int32_array { 4 } else { 1 };
        Some(Lent { data: array.data, length: array.length * size, _kept: Kept::new(env, array.buffer)? })
    }

    /// A part of the bytes, for system calls; `None` if it is not within them.
    pub(super) fn source(&self, start: usize, length: usize) -> Option<Source<'_>> {
        let room = self.length.checked_sub(start)?;
        // SAFETY: within the memory, which `_kept` keeps alive.
        (length <= room).then(|| unsafe { Source::new(self.data.add(start), length) })
    }

    /// The bytes from `start` on.
    pub(super) fn bytes_mut(&mut self, start: usize) -> Option<&mut [u8]> {
        let room = self.length.checked_sub(start)?;
        // SAFETY: the memory is kept alive by `_kept` and never detached or resized (see `new`). JS runs on this thread
        // only, and not while a native call uses the slice; no other Rust reference to it exists, as this is the only
        // place that makes one, from an exclusive borrow of the only owner.
        Some(unsafe { std::slice::from_raw_parts_mut(self.data.add(start), room) })
    }

    /// Stores a 32-bit number in the place `index`.
    pub(super) fn store(&mut self, index: usize, number: i32) {
        let bytes = self.bytes_mut(index * 4).and_then(|bytes| bytes.get_mut(..4));
        bytes.expect("a batch fits into the array").copy_from_slice(&number.to_ne_bytes());
    }

    /// The 32-bit number in the place `index`, if there is one.
    pub(super) fn load(&mut self, index: usize) -> Option<i32> {
        let bytes = self.bytes_mut(index * 4)?.first_chunk::<4>()?;
        Some(i32::from_ne_bytes(*bytes))
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> usize {
        self.length
    }
}
