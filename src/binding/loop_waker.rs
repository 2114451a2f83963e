//! Waking Node's loop from the threaded driver's helper thread: a Node-API threadsafe function.

use crate::engine::driver::LoopWaker;
use crate::net::ready::Notify;
use napi::sys;
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

/// See the module.
pub(super) struct ThreadsafeWaker {
    env: sys::napi_env,
    function: sys::napi_threadsafe_function,
    refd: Cell<bool>,
}

/// The function may be called from any thread (that is what it is for).
#[derive(Clone, Copy)]
struct Callable(sys::napi_threadsafe_function);

// SAFETY: napi_call_threadsafe_function is thread-safe; the handle is opaque to us.
unsafe impl Send for Callable {}
// SAFETY: as above.
unsafe impl Sync for Callable {}

impl Callable {
    fn call(self) {
        // SAFETY: `Threaded::drop` clears the notifier that holds this before the waker releases the
        // function. Without a queue limit the call fails only while the environment closes.
        unsafe {
            sys::napi_call_threadsafe_function(
                self.0,
                ptr::null_mut(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            );
        }
    }
}

impl ThreadsafeWaker {
    /// Has `on_wake` called on the JS thread for each notification.
    pub(super) fn new(env: sys::napi_env, on_wake: Box<dyn Fn()>) -> Option<ThreadsafeWaker> {
        let context = Box::into_raw(Box::new(on_wake));
        let mut name = ptr::null_mut();
        let mut function = ptr::null_mut();
        // SAFETY: no JS function and no resource are given, but a native callback; `context` is freed
        // by `finalize`, which Node calls after the last callback.
        let status = unsafe {
            sys::napi_create_string_utf8(env, c"oxinet".as_ptr(), 6, &mut name);
            sys::napi_create_threadsafe_function(
                env,
                ptr::null_mut(),
                ptr::null_mut(),
                name,
                0,
                1,
                context.cast(),
                Some(finalize),
                context.cast(),
                Some(woken),
                &mut function,
            )
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        // SAFETY: just made. Not alive until `set_ref`.
        unsafe { sys::napi_unref_threadsafe_function(env, function) };
        Some(ThreadsafeWaker { env, function, refd: Cell::new(false) })
    }
}

impl LoopWaker for ThreadsafeWaker {
    fn notifier(&self) -> Notify {
        let callable = Callable(self.function);
        Box::new(move || callable.call())
    }

    fn set_ref(&self, on: bool) {
        if self.refd.replace(on) == on {
            return;
        }
        // SAFETY: the function is released only by Drop.
        unsafe {
            if on {
                sys::napi_ref_threadsafe_function(self.env, self.function);
            } else {
                sys::napi_unref_threadsafe_function(self.env, self.function);
            }
        }
    }
}

impl Drop for ThreadsafeWaker {
    fn drop(&mut self) {
        // SAFETY: the last use; the helper thread is joined and the notifier cleared.
        unsafe {
            sys::napi_release_threadsafe_function(self.function, sys::ThreadsafeFunctionReleaseMode::abort);
        }
    }
}

unsafe extern "C" fn woken(
    env: sys::napi_env,
    _function: sys::napi_value,
    context: *mut c_void,
    _data: *mut c_void,
) {
    // Node calls with a null env for what is still queued while the environment closes.
    if env.is_null() {
        return;
    }
    // SAFETY: the boxed closure of `new`, alive until `finalize`. The engine's callbacks let no panic out.
    let on_wake = unsafe { &*context.cast::<Box<dyn Fn()>>() };
    on_wake();
}

unsafe extern "C" fn finalize(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by Box::into_raw in `new`; finalize is called once, after the last callback.
    drop(unsafe { Box::from_raw(data.cast::<Box<dyn Fn()>>()) });
}
