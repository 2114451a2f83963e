//! Node-API, as far as napi-rs has no cheap wrapper for it. Everything hangs on a [`Scope`], which only callbacks of Node's
//! are given: who has one is on the JS thread, in a callback, with a handle scope open. That is the invariant behind each
//! `unsafe` here.

use crate::sys::memory::{Source, Target};
use napi::sys;
use std::ffi::{CStr, CString, c_void};
use std::marker::PhantomData;
use std::ptr;

/// A JS value; it lives as long as the callback `'a`.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    raw: sys::napi_value,
    life: PhantomData<*mut &'a ()>,
}

impl Value<'_> {
    /// For Node-API.
    pub(super) fn raw(self) -> sys::napi_value {
        self.raw
    }
}

/// The right to call Node-API: see the module. What may run JS takes it exclusively, as JS may detach the memory of a
/// [`Source`] or [`Target`], which borrow it.
pub(super) struct Scope<'a> {
    env: sys::napi_env,
    life: PhantomData<*mut &'a ()>,
}

impl<'a> Scope<'a> {
    /// # Safety
    /// Node has just called back on the JS thread of `env`, with a handle scope open for as long as `'a`.
    pub(super) unsafe fn new(env: sys::napi_env) -> Scope<'a> {
        Scope { env, life: PhantomData }
    }

    /// For Node-API.
    pub(super) fn env(&self) -> sys::napi_env {
        self.env
    }

    /// # Safety
    /// `raw` is a live handle of this scope, or null for undefined.
    pub(super) unsafe fn value(&self, raw: sys::napi_value) -> Value<'a> {
        Value { raw, life: PhantomData }
    }

    // Values for JS.

    /// What a function that answers nothing answers.
    pub(super) fn undefined(&self) -> Value<'a> {
        Value { raw: ptr::null_mut(), life: PhantomData }
    }

    /// A number.
    pub(super) fn int(&self, number: i32) -> Value<'a> {
        let mut raw = ptr::null_mut();
        // SAFETY: writes one handle into the current scope; so do the following.
        unsafe {
            sys::napi_create_int32(self.env, number, &mut raw);
            self.value(raw)
        }
    }

    /// A number that may be above 32 bits.
    pub(super) fn number(&self, number: i64) -> Value<'a> {
        if let Ok(small) = i32::try_from(number) {
            return self.int(small);
        }
        let mut raw = ptr::null_mut();
        // SAFETY: as in `int`.
        unsafe {
            sys::napi_create_double(self.env, number as f64, &mut raw);
            self.value(raw)
        }
    }

    /// What stands for what there is not.
    pub(super) fn null(&self) -> Value<'a> {
        let mut raw = ptr::null_mut();
        // SAFETY: as in `int`.
        unsafe {
            sys::napi_get_null(self.env, &mut raw);
            self.value(raw)
        }
    }

    /// A boolean.
    pub(super) fn boolean(&self, yes: bool) -> Value<'a> {
        let mut raw = ptr::null_mut();
        // SAFETY: as in `int`.
        unsafe {
            sys::napi_get_boolean(self.env, yes, &mut raw);
            self.value(raw)
        }
    }

    /// A string.
    pub(super) fn string(&self, text: &str) -> Value<'a> {
        let mut raw = ptr::null_mut();
        // SAFETY: as in `int`; the text has so many bytes.
        unsafe {
            sys::napi_create_string_utf8(self.env, text.as_ptr().cast(), text.len() as isize, &mut raw);
            self.value(raw)
        }
    }

    /// A Buffer with a copy of the bytes.
    pub(super) fn buffer(&self, bytes: &[u8]) -> Value<'a> {
        let mut raw = ptr::null_mut();
        let (start, length) = (bytes.as_ptr().cast(), bytes.len());
        // SAFETY: as in `int`; so many bytes are there. Undefined where there is no memory.
        unsafe {
            sys::napi_create_buffer_copy(self.env, length, start, ptr::null_mut(), &mut raw);
            self.value(raw)
        }
    }

    /// An object.
    pub(super) fn object(&self, properties: &[(&CStr, Value<'a>)]) -> Value<'a> {
        let mut raw = ptr::null_mut();
        // SAFETY: as in `int`.
        let object = unsafe {
            sys::napi_create_object(self.env, &mut raw);
            self.value(raw)
        };
        for (name, value) in properties {
            self.set(object, name, *value);
        }
        object
    }

    /// An array.
    #[cfg(unix)]
    pub(super) fn array(&self, elements: &[Value<'a>]) -> Value<'a> {
        let mut raw = ptr::null_mut();
        // SAFETY: as in `int`; live handles, and an array of ours without setters, so no JS runs.
        unsafe {
            sys::napi_create_array_with_length(self.env, elements.len(), &mut raw);
            for (index, element) in elements.iter().enumerate() {
                sys::napi_set_element(self.env, raw, index as u32, element.raw);
            }
            self.value(raw)
        }
    }

    /// Gives an object of ours a property.
    pub(super) fn set(&self, object: Value<'a>, name: &CStr, value: Value<'a>) {
        // SAFETY: live handles; a plain object without setters, so no JS runs.
        unsafe { sys::napi_set_named_property(self.env, object.raw, name.as_ptr(), value.raw) };
    }

    // Values from JS. None of these runs JS: they look at a value and convert nothing.

    /// A small number, such as an id or a port; 0, which is never an id, for anything else.
    pub(super) fn small(&self, value: Value<'a>) -> u32 {
        let mut number = 0;
        // SAFETY: a wrong type is reported by the status and leaves 0.
        unsafe { sys::napi_get_value_uint32(self.env, value.raw, &mut number) };
        number
    }

    /// The same with a sign.
    pub(super) fn signed(&self, value: Value<'a>) -> i32 {
        let mut number = 0;
        // SAFETY: a wrong type is reported by the status and leaves 0.
        unsafe { sys::napi_get_value_int32(self.env, value.raw, &mut number) };
        number
    }

    /// A number of bytes, of any size; 0 for anything else, and the largest for a negative one.
    pub(super) fn size(&self, value: Value<'a>) -> usize {
        let mut number = 0_i64;
        // SAFETY: a wrong type is reported by the status and leaves 0.
        unsafe { sys::napi_get_value_int64(self.env, value.raw, &mut number) };
        usize::try_from(number).unwrap_or(usize::MAX)
    }

    /// Whether it is true.
    pub(super) fn is_true(&self, value: Value<'a>) -> bool {
        let mut yes = false;
        // SAFETY: anything but a boolean is reported by the status and leaves false.
        unsafe { sys::napi_get_value_bool(self.env, value.raw, &mut yes) };
        yes
    }

    /// A string, cut at 63 bytes: enough for every IP address with its zone.
    pub(super) fn short_text(&self, value: Value<'a>) -> String {
        let mut buffer = [0_u8; 64];
        let mut length = 0;
        // SAFETY: at most 64 bytes are written, the NUL included; a non-string leaves 0.
        unsafe {
            let into = buffer.as_mut_ptr().cast();
            sys::napi_get_value_string_utf8(self.env, value.raw, into, buffer.len(), &mut length)
        };
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// A string as UTF-16, in `units`; false for what is none.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn utf16(&self, value: Value<'a>, units: &mut Vec<u16>) -> bool {
        units.clear();
        let (env, text) = (self.env, value.raw);
        let mut length = 0;
        units.reserve(1024);
        // SAFETY: at most as many units as there is room for are written, the NUL included; a non-string is
        // reported by the status.
        let status = unsafe {
            sys::napi_get_value_string_utf16(env, text, units.as_mut_ptr(), units.capacity(), &mut length)
        };
        if status != sys::Status::napi_ok {
            return false;
        }
        if length + 1 == units.capacity() {
            // Perhaps it was cut off. SAFETY: with a null buffer only the whole length is written; then the same.
            unsafe {
                sys::napi_get_value_string_utf16(env, text, ptr::null_mut(), 0, &mut length);
                units.reserve(length + 1);
                let room = units.capacity();
                sys::napi_get_value_string_utf16(env, text, units.as_mut_ptr(), room, &mut length);
            }
        }
        // SAFETY: so many units were written.
        unsafe { units.set_len(length) };
        true
    }

    /// The bytes of a Uint8Array (a Buffer too), to be read; `None` for anything else. A detached one has none.
    pub(super) fn source(&self, value: Value<'a>) -> Option<Source<'_>> {
        let array = self.typed_array(value).filter(|array| array.kind == sys::TypedarrayType::uint8_array)?;
        // SAFETY: V8 says that so many bytes are there, and they stay until JS runs: for that `self` would be needed
        // exclusively.
        Some(unsafe { Source::new(array.data, array.length) })
    }

    /// The same to be written.
    pub(super) fn target(&self, value: Value<'a>) -> Option<Target<'_>> {
        let array = self.typed_array(value).filter(|array| array.kind == sys::TypedarrayType::uint8_array)?;
        // SAFETY: as in `source`. Rust has no references to memory that JS hands in, only sources and targets.
        Some(unsafe { Target::new(array.data, array.length) })
    }

    /// A copy of the bytes of a Uint8Array; none for anything else.
    pub(super) fn copy_of(&self, value: Value<'a>) -> Vec<u8> {
        self.source(value).map_or_else(Vec::new, Source::to_vec)
    }

    /// Looks at a typed array.
    pub(super) fn typed_array(&self, value: Value<'a>) -> Option<TypedArray<'a>> {
        let (mut kind, mut length, mut data, mut buffer) = (0, 0, ptr::null_mut::<c_void>(), ptr::null_mut());
        // SAFETY: all out-pointers are live; the offset is not asked for.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                value.raw,
                &mut kind,
                &mut length,
                &mut data,
                &mut buffer,
                ptr::null_mut(),
            )
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        // Where there are no bytes, there may be no pointer either, which system calls would not mind, but Rust.
        let data = if data.is_null() { ptr::NonNull::dangling().as_ptr() } else { data.cast() };
        // SAFETY: the handle was just written.
        Some(TypedArray { kind, length, data, buffer: unsafe { self.value(buffer) } })
    }

    // What may run JS.

    /// The elements of an array from `first` on, at most `most`. A getter among them may run.
    pub(super) fn elements(&mut self, array: Value<'a>, first: u32, most: u32) -> Vec<Value<'a>> {
        let mut length = 0;
        // SAFETY: a non-array is reported by the status and leaves 0.
        unsafe { sys::napi_get_array_length(self.env, array.raw, &mut length) };
        (first..length.min(first.saturating_add(most)))
            .map(|index| {
                let mut raw = ptr::null_mut();
                // SAFETY: `index` is below the length; holes give undefined.
                unsafe {
                    sys::napi_get_element(self.env, array.raw, index, &mut raw);
                    self.value(raw)
                }
            })
            .collect()
    }

    /// Throws an Error with a code when the callback returns.
    pub(super) fn throw(&mut self, code: &str, message: &str) {
        let code = CString::new(code).unwrap_or_default();
        let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
        // SAFETY: NUL-terminated strings that outlive the call.
        unsafe { sys::napi_throw_error(self.env, code.as_ptr(), message.as_ptr()) };
    }

    /// Passes an exception to `process.on('uncaughtException')`, or to Node's way of dying of it.
    pub(super) fn fatal(&mut self, exception: Value<'a>) {
        // SAFETY: `exception` is a live value of the current scope.
        unsafe { sys::napi_fatal_exception(self.env, exception.raw) };
    }

    /// Calls `function` as libuv callbacks do in core: with Node's tick queue drained after it, and an
    /// exception that escapes it reported as uncaught.
    pub(super) fn call_back<const N: usize>(&mut self, function: Value<'a>, arguments: [Value<'a>; N]) {
        let values = arguments.map(Value::raw);
        let mut result = ptr::null_mut();
        // The function is its own receiver: Node's domains look for a `domain` property there, which the
        // global object may have for other reasons.
        // SAFETY: handles of the current scope; a null async context stands for the root context, and
        // the JS side enters each socket's own.
        unsafe {
            sys::napi_make_callback(
                self.env,
                ptr::null_mut(),
                function.raw,
                function.raw,
                N,
                values.as_ptr(),
                &mut result,
            );
        }
        self.report_pending();
    }

    /// Throws what a panic is in JS.
    pub(super) fn throw_panic(&mut self, message: &str) {
        self.throw("ERR_OXINET_PANIC", &format!("oxinet: internal panic: {message}"));
    }

    /// If an exception is pending: takes it and reports it as uncaught.
    pub(super) fn report_pending(&mut self) {
        let mut pending = false;
        // SAFETY: only writes the flag.
        unsafe { sys::napi_is_exception_pending(self.env, &mut pending) };
        if !pending {
            return;
        }
        let mut raw = ptr::null_mut();
        // SAFETY: with an exception pending this takes it and leaves a handle to it.
        unsafe {
            if sys::napi_get_and_clear_last_exception(self.env, &mut raw) == sys::Status::napi_ok {
                self.fatal(self.value(raw));
            }
        }
    }
}

/// Where a typed array has its bytes.
pub(super) struct TypedArray<'a> {
    /// Of `sys::TypedarrayType`.
    pub(super) kind: i32,
    /// In bytes if the elements are bytes, else in elements.
    pub(super) length: usize,
    pub(super) data: *mut u8,
    /// Its ArrayBuffer.
    pub(super) buffer: Value<'a>,
}
