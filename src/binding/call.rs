//! Native functions: plain ones, a third of the price of a `#[napi]` call. Each is bound to the instance that it was made
//! for, and lets no panic out.

use super::instance::Instance;
use super::scope::{Scope, Value};
use crate::engine::{Engine, panic_message};
use crate::net::descriptor::Descriptor;
use crate::sys::errno;
use napi::sys;
use std::ffi::{CString, c_void};
use std::io;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::rc::Rc;

/// One call of a native function: the [`Scope`] to read its arguments in, and whose it is.
pub(super) struct Call<'a> {
    scope: Scope<'a>,
    /// The instance that the function was made for.
    pub(super) instance: &'a Instance,
}

impl<'a> Deref for Call<'a> {
    type Target = Scope<'a>;

    fn deref(&self) -> &Scope<'a> {
        &self.scope
    }
}

impl<'a> DerefMut for Call<'a> {
    fn deref_mut(&mut self) -> &mut Scope<'a> {
        &mut self.scope
    }
}

impl<'a> Call<'a> {
    /// Runs `run` on the descriptor of an id.
    pub(super) fn on<T>(
        &self,
        id: Value<'a>,
        run: impl FnOnce(&Rc<Engine>, &Rc<Descriptor>) -> io::Result<T>,
    ) -> io::Result<T> {
        let engine = self.instance.engine().ok_or_else(bad_descriptor)?;
        let descriptor = engine.get(self.small(id)).ok_or_else(bad_descriptor)?;
        run(&engine, &descriptor)
    }
}

fn bad_descriptor() -> io::Error {
    io::Error::from_raw_os_error(errno::EBADF)
}

/// What a native function answers.
pub(super) trait Answer {
    /// As JS gets it.
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a>;
}

impl Answer for i32 {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        scope.int(self)
    }
}

impl Answer for i64 {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        scope.number(self)
    }
}

impl Answer for bool {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        scope.boolean(self)
    }
}

/// Adds a function to an object of ours. `function` is a function item, and takes its first `N` arguments; missing ones are
/// undefined.
pub(super) fn add_function<'a, A: Answer, const N: usize, F>(
    scope: &Scope<'a>,
    object: Value<'a>,
    instance: &Rc<Instance>,
    name: &str,
    function: F,
) where
    F: for<'c> Fn(&mut Call<'c>, [Value<'c>; N]) -> A + Copy + 'static,
{
    const { assert!(size_of::<F>() == 0, "a function item, that captures nothing") };
    let _its_type_is_all = function;
    let text = CString::new(name).unwrap_or_default();
    let data = Rc::into_raw(instance.clone()).cast_mut().cast();
    let mut made = ptr::null_mut();
    // SAFETY: `text` outlives the calls. `data` is what `entry` takes it for, and lives until `released`, which is called
    // when nobody can call the function any more.
    unsafe {
        let (env, length) = (scope.env(), name.len() as isize);
        let callback = Some(entry::<A, N, F> as unsafe extern "C" fn(_, _) -> _);
        sys::napi_create_function(env, text.as_ptr(), length, callback, data, &mut made);
        sys::napi_add_finalizer(env, made, data, Some(released), ptr::null_mut(), ptr::null_mut());
        scope.set(object, &text, scope.value(made));
    }
}

unsafe extern "C" fn entry<A: Answer, const N: usize, F>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value
where
    F: for<'a> Fn(&mut Call<'a>, [Value<'a>; N]) -> A + Copy + 'static,
{
    let mut values = [ptr::null_mut(); N];
    let mut count = N;
    let mut data = ptr::null_mut();
    // SAFETY: `values` has room for `count` values; `this` may be null.
    unsafe {
        sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), ptr::null_mut(), &mut data);
    }
    // SAFETY: `add_function` made this function with an instance for its data, which lives as long as it.
    let instance = unsafe { &*data.cast::<Instance>() };
    // SAFETY: of a type without size, of which `add_function` had a value.
    let function = unsafe { NonNull::<F>::dangling().read() };
    // SAFETY: Node calls us on the thread of `env`, in a handle scope of this call.
    let mut call = Call { scope: unsafe { Scope::new(env) }, instance };
    let answer = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: handles that Node has just written, or null where it has not.
        let values = values.map(|raw| unsafe { call.scope.value(raw) });
        function(&mut call, values).to_js(&call.scope).raw()
    }));
    answer.unwrap_or_else(|panic| {
        call.throw_panic(panic_message(&*panic));
        ptr::null_mut()
    })
}

unsafe extern "C" fn released(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by Rc::into_raw in `add_function`; Node finalizes a function once.
    let instance = unsafe { Rc::from_raw(data.cast_const().cast::<Instance>()) };
    // The last one takes the engine with it, whose panic must not reach Node.
    let _reported = catch_unwind(AssertUnwindSafe(move || drop(instance)));
}
