//! What Windows has of its own. A descriptor is a SOCKET, and nothing else: named pipes are core's (lib/core/pipe.js), and
//! so is what Node calls a descriptor number, which names a file of the C library. So nothing but TCP is ever opened here;
//! what only makes sense for other kinds fails with `ENOTSUP`.

pub(super) mod calls;
pub mod claim;
pub mod errno;
pub mod fd;
pub mod os;
pub mod pollable;
pub mod sockopt;

use std::io;

/// There is no such thing here.
fn unsupported<T>() -> io::Result<T> {
    Err(io::Error::from_raw_os_error(errno::ENOTSUP))
}
