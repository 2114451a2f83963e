//! What the add-on exports: how an engine is started, and what needs none.

use super::instance::{Given, Instance};
use super::scope::Scope;
use super::{descriptor, file, flow, hot, last_words, options, proxy, stats};
use crate::net::stream::LARGE_READ;
use crate::sys::{self, kind::FdKind};
use napi::bindgen_prelude::*;
use napi::{Error, JsValue, Result};

/// Starts an engine. The functions that belong to it, by name, with `driver` (`inline` or `threaded`), `driverReason` (what kept
/// it from being `inline`, if that was tried) and `phases` (whether libuv's phases can be used; if not, JS takes immediates for them) and `largeRead`, the size of a large read.
///
/// `dispatch(due, count)` is called with what is due; `events` holds pairs of id and what became possible; `arena` is memory
/// for small writes, and `pending` says whose are there (see `gathered`). Nobody else may have these arrays. `dispatch` lives as long as there is something to report, or
/// somebody else holds it. `threaded` forces the fallback driver; `hasLibuv`: the process has the functions of libuv.
///
/// A negative error number where the system gives it no I/O driver, for want of descriptors or threads.
#[napi_derive::napi(catch_unwind, ts_return_type = "Record<string, any> | number")]
pub fn start(
    env: Env,
    dispatch: Function<'_, FnArgs<(i32, i32)>, ()>,
    events: Int32ArraySlice<'_>,
    arena: Uint8ArraySlice<'_>,
    pending: Int32ArraySlice<'_>,
    threaded: bool,
    has_libuv: bool,
) -> Result<Either<Object<'static>, i32>> {
    // SAFETY: Node called us just now, in a scope that outlives this function.
    let scope = unsafe { Scope::new(env.raw()) };
    // SAFETY: arguments of this call.
    let [dispatch, events, arena, pending] =
        [dispatch.raw(), events.raw(), arena.raw(), pending.raw()].map(|raw| unsafe { scope.value(raw) });
    let given = Given { dispatch, events, arena, pending, threaded, has_libuv };
    // SAFETY: lib/engine/native.js, the only caller, makes the arrays and knows the runtimes with libuv.
    let instance = match unsafe { Instance::start(&scope, &given) } {
        Ok(instance) => instance,
        Err(error) => return Ok(Either::B(sys::code(&error))),
    };
    let engine = instance.engine().ok_or_else(|| Error::from_reason("oxinet: the environment has ended"))?;
    let calls = scope.object(&[
        (c"driver", scope.string(engine.driver_name())),
        (c"driverReason", scope.string(engine.driver_reason())),
        (c"phases", scope.boolean(engine.has_phases())),
        (c"largeRead", scope.int(LARGE_READ as i32)),
    ]);
    hot::add(&scope, calls, &instance);
    descriptor::add(&scope, calls, &instance);
    options::add(&scope, calls, &instance);
    file::add(&scope, calls, &instance);
    flow::add(&scope, calls, &instance);
    last_words::add(&scope, calls, &instance);
    stats::add(&scope, calls, &instance);
    proxy::add(&scope, calls, &instance);
    #[cfg(unix)]
    super::local::add(&scope, calls, &instance);
    Ok(Either::A(Object::from_raw(env.raw(), calls.raw())))
}

/// The version of the crate, which package.json has as well.
#[napi_derive::napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// What kind of thing a descriptor is: `TCP`, `PIPE` (Unix sockets and FIFOs), `OTHER`, or `INVALID`.
#[napi_derive::napi(catch_unwind)]
pub fn descriptor_kind(fd: i32) -> &'static str {
    match sys::fd::kind_of(fd) {
        Ok(FdKind::Tcp) => "TCP",
        Ok(FdKind::Unix | FdKind::Fifo) => "PIPE",
        Ok(FdKind::Other) => "OTHER",
        Err(_) => "INVALID",
    }
}

/// What may be done with a descriptor: `r`, `w`, `rw`, or nothing where that can't be told.
#[napi_derive::napi(catch_unwind)]
pub fn descriptor_access(fd: i32) -> &'static str {
    match sys::fd::access_of(fd) {
        Ok((true, true)) => "rw",
        Ok((true, false)) => "r",
        Ok((false, true)) => "w",
        _ => "",
    }
}

/// Whether IPv6 sockets can be opened here.
#[napi_derive::napi(catch_unwind)]
pub fn has_ipv6() -> bool {
    sys::socket::has_ipv6()
}
