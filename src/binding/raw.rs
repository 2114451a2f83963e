//! Node-API calls that napi-rs has no cheap or no safe wrapper for. All take an `env` that Node just
//! handed to a callback of ours, on its own thread: that is the invariant behind each `unsafe` here.

use napi::sys;
use std::ffi::{CString, c_void};
use std::ptr;

/// The arguments of a callback, at most `N`; missing ones are undefined.
pub(super) fn arguments<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> [sys::napi_value; N] {
    let mut values = [ptr::null_mut(); N];
    let mut count = N;
    // SAFETY: `values` has room for `count` values; this and data may be null.
    unsafe {
        sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), ptr::null_mut(), ptr::null_mut());
    }
    values
}

/// A number argument as an id; 0 (never an id) for anything else.
pub(super) fn id(env: sys::napi_env, value: sys::napi_value) -> u32 {
    let mut number = 0;
    // SAFETY: `value` comes from `arguments`; a wrong type is reported by the status and leaves 0.
    unsafe { sys::napi_get_value_uint32(env, value, &mut number) };
    number
}

/// A string argument, cut at 63 bytes: enough for every IP address with its zone.
pub(super) fn text(env: sys::napi_env, value: sys::napi_value) -> String {
    let mut buffer = [0_u8; 64];
    let mut length = 0;
    // SAFETY: at most 64 bytes are written, the NUL included; a non-string leaves 0.
    unsafe {
        sys::napi_get_value_string_utf8(env, value, buffer.as_mut_ptr().cast(), buffer.len(), &mut length)
    };
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// A number for JS.
pub(super) fn int(env: sys::napi_env, number: i32) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: writes one handle into the current scope.
    unsafe { sys::napi_create_int32(env, number, &mut value) };
    value
}

#[cfg(target_arch = "x86_64")]
thread_local! {
    static UNITS: std::cell::RefCell<Vec<u16>> = std::cell::RefCell::new(Vec::with_capacity(2048));
}

/// Hands a string as UTF-16 to `take`, which must not come back here; `None` for what is none.
#[cfg(target_arch = "x86_64")]
pub(super) fn utf16<T>(
    env: sys::napi_env,
    value: sys::napi_value,
    take: impl FnOnce(&[u16]) -> T,
) -> Option<T> {
    UNITS.with_borrow_mut(|units| {
        let mut length = 0;
        // SAFETY: at most as many units as there is room for are written, the NUL included; a non-string is
        // reported by the status.
        let status = unsafe {
            sys::napi_get_value_string_utf16(env, value, units.as_mut_ptr(), units.capacity(), &mut length)
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        if length + 1 == units.capacity() {
            // Perhaps it was cut off. SAFETY: with a null buffer only the whole length is written; then the same.
            unsafe {
                sys::napi_get_value_string_utf16(env, value, ptr::null_mut(), 0, &mut length);
                units.reserve(length + 1);
                let room = units.capacity();
                sys::napi_get_value_string_utf16(env, value, units.as_mut_ptr(), room, &mut length);
            }
        }
        // SAFETY: so many units were written. They are forgotten, not dropped, before the next string.
        unsafe { units.set_len(length) };
        let taken = take(units);
        units.clear();
        Some(taken)
    })
}

/// The memory of a Uint8Array (a Buffer too); `None` for anything else. A detached one has length 0.
pub(super) fn bytes<'a>(env: sys::napi_env, value: sys::napi_value) -> Option<&'a mut [u8]> {
    let mut kind = 0;
    let mut length = 0;
    let mut data = ptr::null_mut();
    // SAFETY: all out-pointers are live; buffer and offset are not asked for.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &mut kind,
            &mut length,
            &mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    if status != sys::Status::napi_ok || kind != sys::TypedarrayType::uint8_array {
        return None;
    }
    if length == 0 || data.is_null() {
        return Some(&mut []);
    }
    // SAFETY: V8 says that `length` bytes are there. The slice is used up before the native call
    // returns, and no JS runs meanwhile that could detach or write them.
    Some(unsafe { std::slice::from_raw_parts_mut(data.cast(), length) })
}

/// The elements of an array from `first` on, at most `most`.
pub(super) fn elements(
    env: sys::napi_env,
    array: sys::napi_value,
    first: u32,
    most: u32,
) -> Vec<sys::napi_value> {
    let mut length = 0;
    // SAFETY: a non-array is reported by the status and leaves 0.
    unsafe { sys::napi_get_array_length(env, array, &mut length) };
    (first..length.min(first.saturating_add(most)))
        .map(|index| {
            let mut value = ptr::null_mut();
            // SAFETY: `index` is below the length; holes give undefined.
            unsafe { sys::napi_get_element(env, array, index, &mut value) };
            value
        })
        .collect()
}

/// Throws an Error with a code.
pub(super) fn throw(env: sys::napi_env, code: &str, message: &str) {
    let code = CString::new(code).unwrap_or_default();
    let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
    // SAFETY: NUL-terminated strings that outlive the call.
    unsafe { sys::napi_throw_error(env, code.as_ptr(), message.as_ptr()) };
}

/// Adds a plain function to an object: a third of the price of a `#[napi]` call.
pub(super) fn add_function(
    env: sys::napi_env,
    object: sys::napi_value,
    name: &str,
    callback: sys::napi_callback,
) {
    let text = CString::new(name).unwrap_or_default();
    let mut function = ptr::null_mut();
    // SAFETY: `text` outlives both calls; `callback` is a plain function without data.
    unsafe {
        sys::napi_create_function(
            env,
            text.as_ptr(),
            name.len() as isize,
            callback,
            ptr::null_mut(),
            &mut function,
        );
        sys::napi_set_named_property(env, object, text.as_ptr(), function);
    }
}

/// Passes an exception to `process.on('uncaughtException')`, or to Node's way of dying of it.
pub(super) fn fatal(env: sys::napi_env, exception: sys::napi_value) {
    // SAFETY: `exception` is a live value of the current scope.
    unsafe { sys::napi_fatal_exception(env, exception) };
}

/// Reports a message as an uncaught exception.
pub(super) fn fatal_message(env: sys::napi_env, code: &str, message: &str) {
    in_scope(env, || {
        throw(env, code, message);
        report_pending(env);
    });
}

/// If an exception is pending: takes it and reports it as uncaught.
pub(super) fn report_pending(env: sys::napi_env) {
    let mut pending = false;
    // SAFETY: only writes the flag.
    unsafe { sys::napi_is_exception_pending(env, &mut pending) };
    if !pending {
        return;
    }
    let mut exception = ptr::null_mut();
    // SAFETY: with an exception pending this takes it and leaves a handle to it.
    let status = unsafe { sys::napi_get_and_clear_last_exception(env, &mut exception) };
    if status == sys::Status::napi_ok {
        fatal(env, exception);
    }
}

/// Runs `body` in a handle scope of its own, as libuv callbacks have none.
pub(super) fn in_scope(env: sys::napi_env, body: impl FnOnce()) {
    let mut scope = ptr::null_mut();
    // SAFETY: `scope` is written on success.
    if unsafe { sys::napi_open_handle_scope(env, &mut scope) } != sys::Status::napi_ok {
        return;
    }
    body();
    // SAFETY: opened above; scopes nest as the calls do.
    unsafe { sys::napi_close_handle_scope(env, scope) };
}

/// A JS value kept alive until dropped.
pub(super) struct Kept {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Kept {
    /// Keeps `value`.
    pub(super) fn new(env: sys::napi_env, value: sys::napi_value) -> Option<Kept> {
        let mut reference = ptr::null_mut();
        // SAFETY: `value` is a live object of the current scope.
        let status = unsafe { sys::napi_create_reference(env, value, 1, &mut reference) };
        (status == sys::Status::napi_ok).then_some(Kept { env, reference })
    }

    /// The value, in the current scope.
    pub(super) fn get(&self) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: the reference is strong and not deleted before Drop.
        unsafe { sys::napi_get_reference_value(self.env, self.reference, &mut value) };
        value
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: made in `new`, deleted once, on the environment's thread before it is gone: the
        // engine that holds it is dropped by the clean-up hook.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}

/// Memory that JS lent for good: an array that nothing but lib/engine/native.js can reach.
pub(super) struct Lent {
    data: *mut u8,
    length: usize,
    _kept: Kept,
}

impl Lent {
    /// Takes a typed array of any kind.
    pub(super) fn new(env: sys::napi_env, value: sys::napi_value) -> Option<Lent> {
        let mut data = ptr::null_mut::<c_void>();
        let mut array = ptr::null_mut();
        let mut length = 0;
        let mut kind = 0;
        // SAFETY: all out-pointers are live.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                env,
                value,
                &mut kind,
                &mut length,
                &mut data,
                &mut array,
                ptr::null_mut(),
            )
        };
        if status != sys::Status::napi_ok || data.is_null() {
            return None;
        }
        let size = if kind == sys::TypedarrayType::int32_array { 4 } else { 1 };
        Some(Lent { data: data.cast(), length: length * size, _kept: Kept::new(env, array)? })
    }

    /// The bytes.
    #[allow(clippy::mut_from_ref, reason = "JS owns the memory; see SAFETY")]
    pub(super) fn bytes(&self) -> &mut [u8] {
        // SAFETY: the array buffer is kept alive by `_kept` and never detached or resized, as no code
        // outside lib/engine/native.js has it. JS does not run while a native call uses the slice, and no
        // native call holds it twice: each takes it for one system call.
        unsafe { std::slice::from_raw_parts_mut(self.data, self.length) }
    }

    /// Stores 32-bit numbers from the start on.
    pub(super) fn store(&self, index: usize, number: i32) {
        let bytes = self.bytes();
        bytes[index * 4..index * 4 + 4].copy_from_slice(&number.to_ne_bytes());
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> usize {
        self.length
    }
}

/// Calls `function` as libuv callbacks do in core: with Node's tick queue drained after it, and an
/// exception that escapes it reported as uncaught.
pub(super) fn make_callback(env: sys::napi_env, function: &Kept, arguments: &[i32; 2]) {
    in_scope(env, || {
        let values = arguments.map(|number| int(env, number));
        let mut result = ptr::null_mut();
        // The function is its own receiver: Node's domains look for a `domain` property there, which the
        // global object may have for other reasons.
        let function = function.get();
        // SAFETY: handles of the current scope; a null async context stands for the root context, and
        // the JS side enters each socket's own.
        unsafe {
            sys::napi_make_callback(
                env,
                ptr::null_mut(),
                function,
                function,
                2,
                values.as_ptr(),
                &mut result,
            );
        }
        report_pending(env);
    });
}
