//! This thread's engine: start, lookup, clean-up.

use super::guard;
use super::loop_waker::ThreadsafeWaker;
use super::raw::{self, Kept, Lent};
use crate::engine::driver::{Driver, Inline, Threaded};
use crate::engine::uv::{self, Uv};
use crate::engine::{Deliver, Due, Engine};
use crate::net::ready::{Event, ReadyList};
use napi::bindgen_prelude::*;
use napi::{JsValue, sys};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::io;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

thread_local! {
    static ENGINE: RefCell<Option<Rc<Engine>>> = const { RefCell::new(None) };
    static LENT: RefCell<Option<Rc<Buffers>>> = const { RefCell::new(None) };
}

/// The memory that JS and Rust share.
pub(super) struct Buffers {
    /// Where JS gathers small writes.
    pub(super) arena: Lent,
}

/// This thread's engine, if it was started.
pub(super) fn engine() -> Option<Rc<Engine>> {
    ENGINE.with_borrow(Clone::clone)
}

/// This thread's shared memory.
pub(super) fn buffers() -> Option<Rc<Buffers>> {
    LENT.with_borrow(Clone::clone)
}

struct ToJs {
    env: sys::napi_env,
    dispatch: Kept,
    events: Lent,
    closed: Rc<Cell<bool>>,
}

impl Deliver for ToJs {
    fn hand_over(&self, events: &[Event]) {
        for (index, event) in events.iter().enumerate() {
            self.events.store(index * 2, event.id as i32);
            self.events.store(index * 2 + 1, event.what as i32);
        }
    }

    fn deliver(&self, due: Due, count: usize) {
        if self.closed.get() {
            return;
        }
        let kind = match due {
            Due::Events => 0,
            Due::Completions => 1,
            Due::Closed => 2,
        };
        raw::make_callback(self.env, &self.dispatch, &[kind, count as i32]);
    }

    fn batch(&self) -> usize {
        self.events.len() / 8
    }

    fn panicked(&self, message: &str) {
        if !self.closed.get() {
            raw::fatal_message(self.env, "ERR_OXINET_PANIC", &guard::text(message));
        }
    }
}

/// What [`start`] found.
#[napi_derive::napi(object)]
#[derive(Debug)]
pub struct Started {
    /// `inline` or `threaded`.
    pub driver: String,
    /// Whether libuv's phases can be used; if not, JS takes immediates for them.
    pub phases: bool,
}

/// Starts this environment's engine. `dispatch(due, count)` is called with what is due; `events`
/// holds pairs of id and what became possible; `arena` is memory for small writes.
/// `threaded` forces the fallback driver.
#[napi_derive::napi(catch_unwind)]
pub fn start(
    env: Env,
    dispatch: Function<'_, FnArgs<(i32, i32)>, ()>,
    events: Int32ArraySlice<'_>,
    arena: Uint8ArraySlice<'_>,
    threaded: bool,
) -> Result<Started> {
    if engine().is_some() {
        return Err(Error::from_reason("oxinet: the engine of this thread is already started"));
    }
    let raw_env = env.raw();
    let lend = |value| Lent::new(raw_env, value).ok_or_else(|| Error::from_reason("oxinet: an empty array"));
    let closed = Rc::new(Cell::new(false));
    let to_js = ToJs {
        env: raw_env,
        dispatch: Kept::new(raw_env, dispatch.raw())
            .ok_or_else(|| Error::from_reason("oxinet: no function"))?,
        events: lend(events.raw())?,
        closed: closed.clone(),
    };
    let buffers = Buffers { arena: lend(arena.raw())? };
    let uv = event_loop(raw_env).and_then(Uv::find);
    let engine = Engine::start(uv, Box::new(to_js), |list, run| driver(raw_env, uv, threaded, list, run))
        .map_err(|error| Error::from_reason(format!("oxinet: no I/O driver: {error}")))?;
    let started = Started { driver: engine.driver_name().into(), phases: engine.has_phases() };
    ENGINE.set(Some(engine));
    LENT.set(Some(Rc::new(buffers)));
    on_cleanup(raw_env, CleanUp { uv, closed });
    Ok(started)
}

/// Polls for at most so many microseconds before each sleep of Node's loop; 0 turns that off, nothing leaves it to the
/// engine. False where the loop cannot be told to.
#[napi_derive::napi(catch_unwind)]
pub fn set_busy_poll(micros: Option<u32>) -> bool {
    let limit = micros.map(|micros| Duration::from_micros(micros.into()));
    engine().is_some_and(|engine| engine.set_busy_poll(limit))
}

fn driver(
    env: sys::napi_env,
    uv: Option<Uv>,
    threaded: bool,
    list: &Arc<ReadyList>,
    run: Box<dyn Fn()>,
) -> io::Result<Box<dyn Driver>> {
    let run = Rc::new(run);
    if let (false, Some(uv)) = (threaded, uv) {
        let run = run.clone();
        if let Some(inline) = Inline::start(uv, Box::new(move || run())) {
            return Ok(Box::new(inline));
        }
    }
    let waker = ThreadsafeWaker::new(env, Box::new(move || run()))
        .ok_or_else(|| io::Error::other("no threadsafe function"))?;
    Ok(Box::new(Threaded::start(list, Box::new(waker))?))
}

fn event_loop(env: sys::napi_env) -> Option<uv::Loop> {
    let mut event_loop = ptr::null_mut();
    // SAFETY: writes the pointer; where there is no libuv the status is an error.
    let status = unsafe { sys::napi_get_uv_event_loop(env, &mut event_loop) };
    if status != sys::Status::napi_ok { None } else { NonNull::new(event_loop.cast()) }
}

struct CleanUp {
    uv: Option<Uv>,
    closed: Rc<Cell<bool>>,
}

fn on_cleanup(env: sys::napi_env, clean_up: CleanUp) {
    let data = Box::into_raw(Box::new(clean_up)).cast();
    // SAFETY: `data` is freed by the hook, which Node runs once, on this thread.
    unsafe { sys::napi_add_async_cleanup_hook(env, Some(cleanup), data, ptr::null_mut()) };
}

unsafe extern "C" fn cleanup(handle: sys::napi_async_cleanup_hook_handle, data: *mut c_void) {
    // SAFETY: made by Box::into_raw in `on_cleanup`; Node runs the hook once.
    let clean_up = unsafe { Box::from_raw(data.cast::<CleanUp>()) };
    clean_up.closed.set(true);
    let dropped = std::panic::catch_unwind(|| {
        let engine = ENGINE.take();
        if let Some(engine) = engine {
            for descriptor in engine.table.borrow_mut().drain() {
                drop(descriptor.take());
                super::server::unlink(&descriptor);
            }
        }
        LENT.take();
    });
    let handle = handle as usize;
    // SAFETY: the handle that Node passed in, given back once.
    let done = move || unsafe {
        sys::napi_remove_async_cleanup_hook(handle as sys::napi_async_cleanup_hook_handle);
    };
    match clean_up.uv {
        // The engine's uv handles were just asked to close; their memory is freed in the loop's closing
        // phase, and Node runs the loop until the hook is removed.
        Some(uv) if dropped.is_ok() => uv::in_closing_phase(uv, Box::new(done)),
        _ => done(),
    }
}
