//! Error numbers by name. The system's own are libuv's as well.

pub use libc::{
    EACCES, EADDRINUSE, EAFNOSUPPORT, EAGAIN, EBADF, EBUSY, ECONNABORTED, EEXIST, EINPROGRESS, EINVAL, EIO,
    EMFILE, EMSGSIZE, ENFILE, ENOBUFS, ENOENT, ENOTCONN, ENOTSUP,
};

/// As JS gets it.
pub const fn code_of(number: i32) -> i32 {
    -number
}
