//! The few libuv functions that tie the engine to Node's loop, looked up at run time: nothing is
//! linked, `cargo test` needs no Node, and where they are missing (Bun, Deno) the engine uses its
//! threaded driver.

use crate::sys::{fd, os};
use std::alloc::Layout;
use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ptr::NonNull;

/// A `uv_loop_t`, opaque.
pub type Loop = NonNull<c_void>;
type Handle = *mut c_void;
type HandleCallback = unsafe extern "C" fn(Handle);
type PollCallback = unsafe extern "C" fn(Handle, c_int, c_int);

const UV_READABLE: c_int = 1;
/// `uv_handle_type` numbers; part of libuv's ABI since 1.0.
const UV_CHECK: c_uint = 2;
const UV_IDLE: c_uint = 6;
const UV_POLL: c_uint = 8;
const UV_PREPARE: c_uint = 9;

/// The functions.
#[derive(Debug, Clone, Copy)]
pub struct Uv {
    event_loop: Loop,
    poll_init: unsafe extern "C" fn(Loop, Handle, c_int) -> c_int,
    poll_start: unsafe extern "C" fn(Handle, c_int, PollCallback) -> c_int,
    poll_stop: unsafe extern "C" fn(Handle) -> c_int,
    idle_init: unsafe extern "C" fn(Loop, Handle) -> c_int,
    idle_start: unsafe extern "C" fn(Handle, HandleCallback) -> c_int,
    idle_stop: unsafe extern "C" fn(Handle) -> c_int,
    check_init: unsafe extern "C" fn(Loop, Handle) -> c_int,
    check_start: unsafe extern "C" fn(Handle, HandleCallback) -> c_int,
    check_stop: unsafe extern "C" fn(Handle) -> c_int,
    prepare_init: unsafe extern "C" fn(Loop, Handle) -> c_int,
    prepare_start: unsafe extern "C" fn(Handle, HandleCallback) -> c_int,
    prepare_stop: unsafe extern "C" fn(Handle) -> c_int,
    close: unsafe extern "C" fn(Handle, Option<HandleCallback>),
    reference: unsafe extern "C" fn(Handle),
    unreference: unsafe extern "C" fn(Handle),
    handle_size: unsafe extern "C" fn(c_uint) -> usize,
    backend_timeout: unsafe extern "C" fn(Loop) -> c_int,
    update_time: unsafe extern "C" fn(Loop),
    backend_fd: unsafe extern "C" fn(Loop) -> c_int,
}

/// # Safety
/// `T` is the type of the function pointer that the process has under this name, if it has one.
unsafe fn symbol<T: Copy>(name: &CStr) -> Option<T> {
    const { assert!(size_of::<T>() == size_of::<*mut c_void>()) };
    let found = os::symbol(name);
    if found.is_null() {
        return None;
    }
    // SAFETY: T is a function pointer of the right type, as the caller promises, and has the size of a data pointer
    // (asserted above), as POSIX requires for dlsym and Windows for GetProcAddress.
    Some(unsafe { std::mem::transmute_copy::<*mut c_void, T>(&found) })
}

impl Uv {
    /// Finds the functions in this process. `None` when one is missing.
    ///
    /// # Safety
    /// `event_loop` is a live loop of this thread, and outlives the result and all that is made with it. What the process
    /// has under libuv's names are libuv's functions.
    pub unsafe fn find(event_loop: Loop) -> Option<Uv> {
        // SAFETY: the types are those of uv.h.
        Some(unsafe {
            Uv {
                event_loop,
                poll_init: symbol(c"uv_poll_init")?,
                poll_start: symbol(c"uv_poll_start")?,
                poll_stop: symbol(c"uv_poll_stop")?,
                idle_init: symbol(c"uv_idle_init")?,
                idle_start: symbol(c"uv_idle_start")?,
                idle_stop: symbol(c"uv_idle_stop")?,
                check_init: symbol(c"uv_check_init")?,
                check_start: symbol(c"uv_check_start")?,
                check_stop: symbol(c"uv_check_stop")?,
                prepare_init: symbol(c"uv_prepare_init")?,
                prepare_start: symbol(c"uv_prepare_start")?,
                prepare_stop: symbol(c"uv_prepare_stop")?,
                close: symbol(c"uv_close")?,
                reference: symbol(c"uv_ref")?,
                unreference: symbol(c"uv_unref")?,
                handle_size: symbol(c"uv_handle_size")?,
                backend_timeout: symbol(c"uv_backend_timeout")?,
                update_time: symbol(c"uv_update_time")?,
                backend_fd: symbol(c"uv_backend_fd")?,
            }
        })
    }

    /// How long the loop would sleep: 0 when something else of Node's is due (an immediate, a
    /// closing handle, a timer), -1 for ever, else milliseconds.
    pub fn sleep_time(&self) -> i32 {
        // SAFETY: the loop lives as long as its environment, and the engine that holds this struct is
        // closed by the environment's clean-up hook.
        unsafe { (self.backend_timeout)(self.event_loop) }
    }

    /// Whether the loop would find something ready if it polled now. False where nobody can ask.
    pub fn is_ready(&self) -> bool {
        // SAFETY: as in `sleep_time`.
        let number = unsafe { (self.backend_fd)(self.event_loop) };
        // SAFETY: where there are such numbers, the loop has this descriptor for as long as it lives.
        unsafe { fd::is_number_readable(number) }
    }

    /// Has the loop look at the clock again.
    pub fn update_time(&self) {
        // SAFETY: as in `sleep_time`.
        unsafe { (self.update_time)(self.event_loop) }
    }

    /// Zeroed memory for a handle of that kind, with the callback before it.
    fn handle(&self, kind: c_uint, on_event: Box<dyn Fn()>) -> Handle {
        // SAFETY: uv_handle_size has no precondition for a valid type.
        let size = unsafe { (self.handle_size)(kind) };
        let (layout, offset) = Layout::new::<Callback>()
            .extend(Layout::from_size_align(size, HANDLE_ALIGN).expect("a small size"))
            .expect("a small size");
        // SAFETY: the size is not zero; the memory is freed in `freed`.
        let start = unsafe { std::alloc::alloc_zeroed(layout) };
        if start.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        assert_eq!(offset, BEFORE_HANDLE, "the alignment decides");
        // SAFETY: the memory is aligned for both; the callback ends where the handle begins, or before.
        unsafe {
            start.cast::<Callback>().write(Callback { on_event, layout });
            start.add(offset).cast()
        }
    }

    fn close_handle(&self, handle: Handle) {
        // SAFETY: each wrapper below closes its initialised handle once, from its Drop.
        unsafe { (self.close)(handle, Some(freed)) };
    }
}

/// What stands before each handle in the memory that [`Uv::handle`] makes.
struct Callback {
    on_event: Box<dyn Fn()>,
    layout: Layout,
}

/// As malloc(3) aligns.
const HANDLE_ALIGN: usize = 16;
const BEFORE_HANDLE: usize = size_of::<Callback>().next_multiple_of(HANDLE_ALIGN);

/// # Safety
/// [`Uv::handle`] made it, and it is not freed.
unsafe fn callback_of(handle: Handle) -> NonNull<Callback> {
    // SAFETY: the callback stands so many bytes before the handle.
    unsafe { NonNull::new_unchecked(handle.cast::<u8>().sub(BEFORE_HANDLE).cast()) }
}

unsafe extern "C" fn on_poll(handle: Handle, _status: c_int, _events: c_int) {
    run(handle);
}

unsafe extern "C" fn on_phase(handle: Handle) {
    run(handle);
}

fn run(handle: Handle) {
    // A panic must not unwind into libuv. The callbacks report their own (see `calling` in engine/mod.rs);
    // one that escapes even that is dropped here, and the process goes on.
    let _reported = std::panic::catch_unwind(|| {
        // SAFETY: libuv hands us a handle that `Uv::handle` made; it lives until `freed`, which comes after the last callback.
        let callback = unsafe { callback_of(handle).as_ref() };
        (callback.on_event)();
    });
}

unsafe extern "C" fn freed(handle: Handle) {
    // SAFETY: `Uv::handle` made it; this is called once, as the last use. What the callback held is dropped with it.
    let start = unsafe { callback_of(handle) };
    // SAFETY: as above: read out once, and the memory given back as it was got.
    let callback = unsafe {
        let callback = start.read();
        std::alloc::dealloc(start.as_ptr().cast(), callback.layout);
        callback
    };
    let _reported = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || drop(callback.on_event)));
}

/// Watches a descriptor for readability (uv_poll_t) while it is armed. Not counted as alive until
/// [`Watch::set_ref`].
#[derive(Debug)]
pub struct Watch {
    uv: Uv,
    handle: Handle,
}

impl Watch {
    /// Will call `on_ready` whenever `fd` is readable. `None` when libuv refuses the descriptor.
    pub fn new(uv: Uv, fd: c_int, on_ready: Box<dyn Fn()>) -> Option<Watch> {
        let handle = uv.handle(UV_POLL, on_ready);
        // SAFETY: `handle` is zeroed memory of uv_poll_t's size; the loop is alive.
        if unsafe { (uv.poll_init)(uv.event_loop, handle, fd) } != 0 {
            // SAFETY: never initialised, so libuv does not know it: freeing is ours.
            unsafe { freed(handle) };
            return None;
        }
        let watch = Watch { uv, handle };
        watch.set_ref(false);
        Some(watch)
    }

    /// Starts it: the kernel is asked from the loop's next poll on.
    pub fn arm(&self) {
        // SAFETY: initialised in `new`, closed only by Drop.
        unsafe { (self.uv.poll_start)(self.handle, UV_READABLE, on_poll) };
    }

    /// Stops it.
    pub fn disarm(&self) {
        // SAFETY: as in `arm`.
        unsafe { (self.uv.poll_stop)(self.handle) };
    }

    /// Whether it keeps the loop alive.
    pub fn set_ref(&self, on: bool) {
        let function = if on { self.uv.reference } else { self.uv.unreference };
        // SAFETY: the handle is initialised and not closed before Drop.
        unsafe { function(self.handle) };
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.uv.close_handle(self.handle);
    }
}

/// A callback in a phase of the loop's next round, for as long as it is armed.
#[derive(Debug)]
pub struct Phase {
    uv: Uv,
    handle: Handle,
    start: unsafe extern "C" fn(Handle, HandleCallback) -> c_int,
    stop: unsafe extern "C" fn(Handle) -> c_int,
}

impl Phase {
    /// Before polling, with no sleep (uv_idle_t).
    pub fn before_poll(uv: Uv, on_phase: Box<dyn Fn()>) -> Phase {
        let handle = uv.handle(UV_IDLE, on_phase);
        // SAFETY: zeroed memory of uv_idle_t's size; init of an idle handle cannot fail.
        unsafe { (uv.idle_init)(uv.event_loop, handle) };
        Phase { uv, handle, start: uv.idle_start, stop: uv.idle_stop }
    }

    /// After polling and before Node's immediates (uv_check_t: the newest runs first).
    pub fn after_poll(uv: Uv, on_phase: Box<dyn Fn()>) -> Phase {
        let handle = uv.handle(UV_CHECK, on_phase);
        // SAFETY: zeroed memory of uv_check_t's size; init of a check handle cannot fail.
        unsafe { (uv.check_init)(uv.event_loop, handle) };
        Phase { uv, handle, start: uv.check_start, stop: uv.check_stop }
    }

    /// Just before polling, in every round, whether it will sleep or not (uv_prepare_t). Does not keep
    /// the loop alive.
    pub fn before_sleep(uv: Uv, on_phase: Box<dyn Fn()>) -> Phase {
        let handle = uv.handle(UV_PREPARE, on_phase);
        // SAFETY: zeroed memory of uv_prepare_t's size; init of a prepare handle cannot fail.
        unsafe { (uv.prepare_init)(uv.event_loop, handle) };
        Phase { uv, handle, start: uv.prepare_start, stop: uv.prepare_stop }.unreferenced()
    }

    /// Does not keep the loop alive.
    pub fn unreferenced(self) -> Phase {
        // SAFETY: initialised in the constructor, closed only by Drop.
        unsafe { (self.uv.unreference)(self.handle) };
        self
    }

    /// Starts it; starting twice is the same as once.
    pub fn arm(&self) {
        // SAFETY: initialised in the constructor, closed only by Drop; `start` is of the same type.
        unsafe { (self.start)(self.handle, on_phase) };
    }

    /// Stops it.
    pub fn disarm(&self) {
        // SAFETY: as in `arm`.
        unsafe { (self.stop)(self.handle) };
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        self.uv.close_handle(self.handle);
    }
}

/// Calls `then` once in this round's closing phase, where libuv runs close callbacks: the place in
/// the order of events at which core's sockets emit 'close'.
pub fn in_closing_phase(uv: Uv, then: Box<dyn Fn()>) {
    let handle = uv.handle(UV_IDLE, then);
    // SAFETY: zeroed memory of uv_idle_t's size.
    unsafe { (uv.idle_init)(uv.event_loop, handle) };
    // SAFETY: initialised; closed once. The callback runs the closure, then frees.
    unsafe { (uv.close)(handle, Some(closed)) };
}

unsafe extern "C" fn closed(handle: Handle) {
    run(handle);
    // SAFETY: the last use of a handle from `in_closing_phase`.
    unsafe { freed(handle) };
}
