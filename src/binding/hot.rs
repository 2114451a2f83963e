//! The calls that every read, write, accept and close makes: plain functions by id, 21-43 ns each
//! where a `#[napi]` method costs 88-138 ns (docs/DESIGN.md).

use super::guard::guarded;
use super::socket::start_connect;
use super::{count, env, guard, on, parse, raw, status};
use crate::net::descriptor::Descriptor;
use crate::net::{listener, stream};
use crate::sys::fd::FdKind;
use napi::bindgen_prelude::*;
use napi::{JsValue, sys};
use std::io;

/// Pieces that one sendmsg(2) may take: Linux's UIO_MAXIOV is 1024.
const MOST_PIECES: u32 = 1024;

/// The hot calls as an object of functions. Numbers in, numbers out; negative results are `-errno`.
#[napi_derive::napi(ts_return_type = "Record<string, (...args: any[]) => number>")]
pub fn hot_calls(env: Env) -> Result<Object<'static>> {
    let object = Object::new(&env)?;
    let (raw_env, target) = (env.raw(), object.raw());
    let calls: [(&str, sys::napi_callback); 19] = [
        ("accept", Some(accept)),
        ("close", Some(close)),
        ("closedDue", Some(closed_due)),
        ("completionsDone", Some(completions_done)),
        ("completionsDue", Some(completions_due)),
        ("connect", Some(connect)),
        ("create", Some(create)),
        ("fatal", Some(fatal)),
        ("mayWait", Some(may_wait)),
        ("nextBatch", Some(next_batch)),
        ("pageOffset", Some(page_offset)),
        ("read", Some(read)),
        ("readStart", Some(read_start)),
        ("readStop", Some(read_stop)),
        ("send", Some(send)),
        ("sendArena", Some(send_arena)),
        ("sendMany", Some(send_many)),
        ("shutdown", Some(shutdown)),
        ("takeError", Some(take_error)),
    ];
    for (name, callback) in calls {
        raw::add_function(raw_env, target, name, callback);
    }
    #[cfg(target_arch = "x86_64")]
    if super::utf8::is_supported() {
        raw::add_function(raw_env, target, "encode", Some(encode));
    }
    Ok(Object::from_raw(raw_env, target))
}

type Info = sys::napi_callback_info;

/// `accept(listener)`: the new socket's id, or `-EAGAIN` when no connection is pending.
unsafe extern "C" fn accept(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [listener] = raw::arguments::<1>(env, info).map(|value| raw::id(env, value));
        let accepted = on(listener, |engine, listening| {
            let fd = listener::accept(listening, &mut engine.reserve.borrow_mut())?;
            let socket = engine.insert().ok_or_else(|| io::Error::from_raw_os_error(libc::EMFILE))?;
            socket.set_open(fd, listening.kind.get());
            Ok(socket.id as usize)
        });
        raw::int(env, count(accepted))
    })
}

/// `close(id)`: closes the descriptor, and unlinks a listener's path.
unsafe extern "C" fn close(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id] = raw::arguments::<1>(env, info).map(|value| raw::id(env, value));
        if let Some((descriptor, fd)) = env::engine().and_then(|engine| engine.remove(id)) {
            super::server::unlink(&descriptor);
            drop(fd);
        }
        raw::int(env, 0)
    })
}

/// `create()`: the id of a socket with nothing opened yet.
unsafe extern "C" fn create(env: sys::napi_env, _info: Info) -> sys::napi_value {
    guarded(env, || {
        let made = env::engine().and_then(|engine| engine.insert());
        raw::int(env, made.map_or(-libc::EMFILE, |socket| socket.id as i32))
    })
}

/// `connect(id, address, port)`: connect(2) to an IP address; a write event tells the end.
unsafe extern "C" fn connect(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id, address, port] = raw::arguments::<3>(env, info);
        let port = u16::try_from(raw::id(env, port)).unwrap_or(0);
        let started = on(raw::id(env, id), |engine, socket| {
            let address = parse(&raw::text(env, address), port)?;
            let delayed = socket.delayed_error.get();
            if delayed != 0 {
                return Err(io::Error::from_raw_os_error(-delayed));
            }
            if !socket.is_open() {
                socket.set_open(crate::sys::socket::tcp(&address)?, FdKind::Tcp);
            }
            start_connect(engine, socket, |fd| stream::connect(fd, &address))
        });
        raw::int(env, status(started))
    })
}

/// `takeError(id)`: what became of a connect, 0 or its error (`SO_ERROR`).
unsafe extern "C" fn take_error(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id] = raw::arguments::<1>(env, info).map(|value| raw::id(env, value));
        raw::int(env, status(on(id, |_, socket| socket.with_fd(crate::sys::socket::take_error))))
    })
}

/// `shutdown(id)`: sends FIN (shutdown(2)).
unsafe extern "C" fn shutdown(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id] = raw::arguments::<1>(env, info).map(|value| raw::id(env, value));
        let ended = on(id, |_, socket| match socket.kind.get() {
            FdKind::Tcp | FdKind::Unix => socket.with_fd(crate::sys::socket::shutdown_write),
            FdKind::Fifo | FdKind::Other => Ok(()),
        });
        raw::int(env, status(ended))
    })
}

/// `encode(text, offset)`: writes the text as UTF-8 into the arena, where it needs three bytes for each unit and 16
/// more; the byte count. Only where the processor can do it faster than V8.
#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn encode(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [text, offset] = raw::arguments::<2>(env, info);
        let Some(buffers) = env::buffers() else { return raw::int(env, -libc::EBADF) };
        let into = buffers.arena.bytes().get_mut(raw::id(env, offset) as usize..);
        let size = into.and_then(|into| raw::utf16(env, text, |units| super::utf8::encode(units, into))?);
        raw::int(env, size.map_or(-libc::ENOBUFS, |size| size as i32))
    })
}

unsafe extern "C" fn closed_due(env: sys::napi_env, _info: Info) -> sys::napi_value {
    guarded(env, || {
        if let Some(engine) = env::engine() {
            engine.closed_due();
        }
        raw::int(env, 0)
    })
}

unsafe extern "C" fn completions_done(env: sys::napi_env, _info: Info) -> sys::napi_value {
    guarded(env, || {
        if let Some(engine) = env::engine() {
            engine.completions_done();
        }
        raw::int(env, 0)
    })
}

unsafe extern "C" fn completions_due(env: sys::napi_env, _info: Info) -> sys::napi_value {
    guarded(env, || {
        if let Some(engine) = env::engine() {
            engine.completions_due();
        }
        raw::int(env, 0)
    })
}

/// `fatal(error)`: an exception that a handler threw, reported as uncaught.
unsafe extern "C" fn fatal(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [error] = raw::arguments::<1>(env, info);
        raw::fatal(env, error);
        raw::int(env, 0)
    })
}

/// `mayWait()`: 1 when a large [`read`] that finds nothing would wait for its bytes, if that has paid before; else 0.
unsafe extern "C" fn may_wait(env: sys::napi_env, _info: Info) -> sys::napi_value {
    guarded(env, || raw::int(env, env::engine().is_some_and(|engine| engine.may_wait()).into()))
}

/// `nextBatch()`: how many more events there are, in the memory given to `start`; 0: the row of turns is over.
unsafe extern "C" fn next_batch(env: sys::napi_env, _info: Info) -> sys::napi_value {
    guarded(env, || {
        let count = env::engine().map_or(0, |engine| engine.next_batch());
        raw::int(env, count as i32)
    })
}

/// `read(id, buffer, offset, most)`: reads at most `most` bytes into a buffer from `offset` on; the byte
/// count, 0 at the end of the stream.
unsafe extern "C" fn read(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        guard::panic_point();
        let [id, buffer, offset, most] = raw::arguments::<4>(env, info);
        let (start, most) = (raw::id(env, offset) as usize, raw::id(env, most) as usize);
        let bytes = raw::bytes(env, buffer).and_then(|bytes| bytes.get_mut(start..));
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return raw::int(env, -libc::ENOBUFS);
        };
        let most = most.min(bytes.len());
        let bytes = &mut bytes[..most];
        let taken = on(raw::id(env, id), |engine, socket| stream::read(socket, bytes, || engine.may_wait()));
        raw::int(env, count(taken))
    })
}

/// `pageOffset(buffer)`: where in its 4 KiB page the memory begins, for [`read`]s that the kernel can copy fast.
unsafe extern "C" fn page_offset(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [buffer] = raw::arguments::<1>(env, info);
        let start = raw::bytes(env, buffer).map_or(0, |bytes| bytes.as_ptr().addr());
        raw::int(env, (start % 4096) as i32)
    })
}

/// `readStart(id)`: events come from now on.
unsafe extern "C" fn read_start(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id] = raw::arguments::<1>(env, info).map(|value| raw::id(env, value));
        raw::int(env, status(on(id, |engine, socket| engine.start_reading(socket))))
    })
}

/// `readStop(id)`: no more events.
unsafe extern "C" fn read_stop(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id] = raw::arguments::<1>(env, info).map(|value| raw::id(env, value));
        let stopped = on(id, |engine, socket| {
            engine.stop_reading(socket);
            Ok(())
        });
        raw::int(env, status(stopped))
    })
}

/// `send(id, buffer, start, end)`: hands that part of a buffer to the kernel; how many bytes it took.
/// Fewer than all: a write event will come.
unsafe extern "C" fn send(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id, buffer, start, end] = raw::arguments::<4>(env, info);
        let part = raw::id(env, start) as usize..raw::id(env, end) as usize;
        let Some(bytes) = raw::bytes(env, buffer).and_then(|bytes| bytes.get(part)) else {
            return raw::int(env, -libc::EINVAL);
        };
        raw::int(env, write(raw::id(env, id), bytes))
    })
}

/// `sendArena(id, offset, length)`: the same for a piece of the arena.
unsafe extern "C" fn send_arena(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id, offset, length] = raw::arguments::<3>(env, info).map(|value| raw::id(env, value));
        let Some(buffers) = env::buffers() else { return raw::int(env, -libc::EBADF) };
        let start = offset as usize;
        match buffers.arena.bytes().get(start..start + length as usize) {
            Some(bytes) => raw::int(env, write(id, bytes)),
            None => raw::int(env, -libc::EINVAL),
        }
    })
}

/// `sendMany(id, buffers, first, offset)`: several buffers in one call, the first from `offset` on.
/// Fewer bytes than all: the caller sends the rest with `send`.
unsafe extern "C" fn send_many(env: sys::napi_env, info: Info) -> sys::napi_value {
    guarded(env, || {
        let [id, array, first, offset] = raw::arguments::<4>(env, info);
        let mut skip = raw::id(env, offset) as usize;
        let mut pieces = Vec::new();
        for value in raw::elements(env, array, raw::id(env, first), MOST_PIECES) {
            let Some(bytes) = raw::bytes(env, value) else { return raw::int(env, -libc::EINVAL) };
            pieces.push(io::IoSlice::new(bytes.get(std::mem::take(&mut skip)..).unwrap_or(&[])));
        }
        let sent = on(raw::id(env, id), |_, socket| stream::write_vectored(socket, &pieces));
        raw::int(env, count(sent))
    })
}

fn write(id: u32, bytes: &[u8]) -> i32 {
    count(on(id, |engine, socket: &std::rc::Rc<Descriptor>| {
        let taken = stream::write(socket, bytes, || engine.register(socket, true));
        engine.count(socket);
        taken
    }))
}
