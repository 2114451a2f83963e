//! One copy of the library in one environment: its engine, and what it shares with its JS. A thread may hold several, as
//! test runners load a library again and again; none knows of the others. Every native function of a copy holds its
//! instance, so it ends with the last of them, or when the environment does.

use super::gathered::Gathered;
use super::kept::{Environment, Kept, Lent};
use super::loop_waker::ThreadsafeWaker;
use super::scope::{Scope, Value};
use crate::engine::driver::{Driver, Inline, Threaded};
use crate::engine::uv::{self, Uv};
use crate::engine::{Deliver, Due, Engine};
use crate::net::ready::{Event, ReadyList};
use crate::sys::errno;
use napi::sys;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// See the module.
pub(super) struct Instance {
    /// `None` once the environment has ended.
    engine: RefCell<Option<Rc<Engine>>>,
    /// Small writes that JS has gathered.
    pub(super) gathered: RefCell<Option<Gathered>>,
    /// Memory for text on its way.
    #[cfg(target_arch = "x86_64")]
    pub(super) units: RefCell<Vec<u16>>,
    /// A test wants the next read to panic.
    pub(super) panic_next: Cell<bool>,
    clean_up: Cell<Option<CleanUpHook>>,
}

/// What JS gives to an instance.
pub(super) struct Given<'a> {
    /// Called with what is due, and how much.
    pub(super) dispatch: Value<'a>,
    /// An Int32Array for pairs of an id and what became possible.
    pub(super) events: Value<'a>,
    /// A Uint8Array for small writes.
    pub(super) arena: Value<'a>,
    /// An Int32Array that says whose they are.
    pub(super) pending: Value<'a>,
    /// Whether the driver is to be the threaded one even where the other works.
    pub(super) threaded: bool,
    /// Whether the functions of libuv are what their names say.
    pub(super) has_libuv: bool,
}

impl Instance {
    /// Starts its engine.
    ///
    /// # Safety
    /// The arrays are what [`Lent::new`] asks for; libuv is what [`Given::has_libuv`] says.
    pub(super) unsafe fn start<'a>(scope: &Scope<'a>, given: &Given<'a>) -> io::Result<Rc<Instance>> {
        let unusable = || io::Error::from_raw_os_error(errno::EINVAL);
        // SAFETY: the engine has it, which the clean-up hook drops.
        let env = unsafe { Environment::of(scope) };
        // SAFETY: the caller promises it.
        let lend = |value| unsafe { Lent::new(scope, env, value) }.ok_or_else(unusable);
        let ended = Rc::new(Cell::new(false));
        let to_js = ToJs {
            env,
            dispatch: Kept::new(env, given.dispatch).ok_or_else(unusable)?,
            events: RefCell::new(lend(given.events)?),
            ended: ended.clone(),
        };
        let gathered = Gathered::new(lend(given.arena)?, lend(given.pending)?);
        let uv = if given.has_libuv { libuv(env) } else { None };
        let make_driver = |list: &_, run| driver(env, uv, given.threaded, list, run);
        let engine = Engine::start(uv, Box::new(to_js), make_driver)?;
        let instance = Rc::new(Instance {
            engine: RefCell::new(Some(engine)),
            gathered: RefCell::new(Some(gathered)),
            #[cfg(target_arch = "x86_64")]
            units: RefCell::default(),
            panic_next: Cell::new(false),
            clean_up: Cell::new(None),
        });
        instance
            .clean_up
            .set(Some(CleanUpHook::add(env, CleanUp { uv, ended, instance: Rc::downgrade(&instance) })));
        Ok(instance)
    }

    /// Its engine; `None` when the environment has ended.
    pub(super) fn engine(&self) -> Option<Rc<Engine>> {
        self.engine.borrow().clone()
    }

    /// Takes another arena for gathered writes, with the same contents; false: it is none.
    pub(super) fn set_arena<'a>(&self, scope: &Scope<'a>, arena: Value<'a>) -> bool {
        // SAFETY: lib/engine/native.js, the only caller of `setArena`, makes the array, lets nobody else have it and hands it in
        // once. The clean-up hook drops `gathered`.
        let arena = unsafe { Lent::new(scope, Environment::of(scope), arena) };
        match (self.gathered.borrow_mut().as_mut(), arena) {
            (Some(gathered), Some(arena)) => gathered.set_arena(arena),
            _ => return false,
        }
        true
    }

    /// Panics if a test asked for it.
    pub(super) fn panic_point(&self) {
        assert!(!self.panic_next.replace(false), "asked for by a test");
    }

    /// Sends what JS has gathered, closes all descriptors and lets go of the loop and of JS.
    fn end(&self) {
        let gathered = self.gathered.take();
        if let Some(engine) = self.engine.take() {
            if let Some(mut gathered) = gathered {
                gathered.send_all(&engine);
            }
            engine.close_all();
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(hook) = self.clean_up.take() {
            hook.remove();
            self.end();
        }
    }
}

struct ToJs {
    env: Environment,
    dispatch: Kept,
    events: RefCell<Lent>,
    ended: Rc<Cell<bool>>,
}

impl Deliver for ToJs {
    fn hand_over(&self, events: &[Event]) {
        let mut into = self.events.borrow_mut();
        for (index, event) in events.iter().enumerate() {
            into.store(index * 2, event.id as i32);
            into.store(index * 2 + 1, event.what as i32);
        }
    }

    fn deliver(&self, due: Due, count: usize) {
        if self.ended.get() {
            return;
        }
        let kind = match due {
            Due::Events => 0,
            Due::Completions => 1,
            Due::Closed => 2,
        };
        self.env.enter(|mut scope| {
            if let Some(dispatch) = self.dispatch.get(&scope) {
                let arguments = [scope.int(kind), scope.int(count as i32)];
                scope.call_back(dispatch, arguments);
            }
        });
    }

    fn batch(&self) -> usize {
        self.events.borrow().len() / 8
    }

    fn keep(&self, needed: bool) {
        self.dispatch.keep(needed);
    }

    fn panicked(&self, message: &str) {
        if !self.ended.get() {
            self.env.enter(|mut scope| {
                scope.throw_panic(message);
                scope.report_pending();
            });
        }
    }
}

fn driver(
    env: Environment,
    uv: Option<Uv>,
    threaded: bool,
    list: &Arc<ReadyList>,
    run: Box<dyn Fn()>,
) -> io::Result<Box<dyn Driver>> {
    let run = Rc::new(run);
    let mut reason = String::new();
    if let (false, Some(uv)) = (threaded, uv) {
        let run = run.clone();
        match Inline::start(uv, Box::new(move || run())) {
            Ok(inline) => return Ok(Box::new(inline)),
            Err(error) => reason = error.to_string(),
        }
    }
    let waker = ThreadsafeWaker::new(env.raw(), Box::new(move || run()))
        .ok_or_else(|| io::Error::other("no threadsafe function"))?;
    Ok(Box::new(Threaded::start(list, Box::new(waker), reason)?))
}

fn libuv(env: Environment) -> Option<Uv> {
    let mut event_loop = ptr::null_mut();
    // SAFETY: writes the pointer; where there is no libuv the status is an error.
    let status = unsafe { sys::napi_get_uv_event_loop(env.raw(), &mut event_loop) };
    let event_loop = NonNull::new(event_loop.cast()).filter(|_| status == sys::Status::napi_ok)?;
    // SAFETY: the environment's loop, of its libuv, on its thread; the engine is gone before the loop.
    unsafe { Uv::find(event_loop) }
}

struct CleanUp {
    uv: Option<Uv>,
    ended: Rc<Cell<bool>>,
    instance: Weak<Instance>,
}

impl CleanUp {
    /// Ends the instance; false when that panicked.
    fn run(self) -> bool {
        self.ended.set(true);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if let Some(instance) = self.instance.upgrade() {
                instance.clean_up.take();
                instance.end();
            }
        }));
        ended.is_ok()
    }
}

/// Node is to call one of these when the environment ends.
enum CleanUpHook {
    /// [`cleanup_later`]: libuv's handles have to be closed before the environment's loop goes.
    Later(sys::napi_async_cleanup_hook_handle, *mut CleanUp),
    /// [`cleanup_now`], where there is no libuv. Deno frees the other kind of hook by itself, too, while it is removed.
    Now(Environment, *mut CleanUp),
}

impl CleanUpHook {
    fn add(env: Environment, clean_up: CleanUp) -> CleanUpHook {
        let has_libuv = clean_up.uv.is_some();
        let data = Box::into_raw(Box::new(clean_up));
        let mut handle = ptr::null_mut();
        // SAFETY: `data` is freed by the hook, which Node runs once, on this thread, or by `remove`.
        unsafe {
            if has_libuv {
                sys::napi_add_async_cleanup_hook(env.raw(), Some(cleanup_later), data.cast(), &mut handle);
                CleanUpHook::Later(handle, data)
            } else {
                sys::napi_add_env_cleanup_hook(env.raw(), Some(cleanup_now), data.cast());
                CleanUpHook::Now(env, data)
            }
        }
    }

    /// The instance ends before the environment.
    fn remove(self) {
        // SAFETY: the hook has not run: it takes itself out of the instance first. `data` is what it was added with.
        unsafe {
            let (CleanUpHook::Later(_, data) | CleanUpHook::Now(_, data)) = self;
            match self {
                CleanUpHook::Later(handle, _) => sys::napi_remove_async_cleanup_hook(handle),
                CleanUpHook::Now(env, _) => {
                    sys::napi_remove_env_cleanup_hook(env.raw(), Some(cleanup_now), data.cast())
                }
            };
            drop(Box::from_raw(data));
        }
    }
}

unsafe extern "C" fn cleanup_later(handle: sys::napi_async_cleanup_hook_handle, data: *mut c_void) {
    // SAFETY: made by Box::into_raw in `CleanUpHook::add`; Node runs the hook once, and not after `remove`.
    let clean_up = unsafe { Box::from_raw(data.cast::<CleanUp>()) };
    let uv = clean_up.uv;
    let ended = clean_up.run();
    let handle = handle as usize;
    // SAFETY: the handle that Node passed in, given back once.
    let done = move || unsafe {
        sys::napi_remove_async_cleanup_hook(handle as sys::napi_async_cleanup_hook_handle);
    };
    match uv {
        // The engine's uv handles were just asked to close; their memory is freed in the loop's closing
        // phase, and Node runs the loop until the hook is removed.
        Some(uv) if ended => uv::in_closing_phase(uv, Box::new(done)),
        _ => done(),
    }
}

unsafe extern "C" fn cleanup_now(data: *mut c_void) {
    // SAFETY: as in `cleanup_later`.
    let clean_up = unsafe { Box::from_raw(data.cast::<CleanUp>()) };
    let _reported = clean_up.run();
}
