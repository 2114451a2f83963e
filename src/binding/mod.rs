//! Node-API: functions over descriptors by id. Argument conversion only; results are numbers, negative ones are `-errno`.
//!
//! [`start`] makes an engine and the functions that belong to it. No other state is kept here, and none by thread.

mod call;
mod descriptor;
mod file;
mod flow;
mod gathered;
mod hot;
mod instance;
mod kept;
mod last_words;
#[cfg(unix)]
mod local;
mod loop_waker;
mod options;
mod proxy;
mod scope;
pub mod start;
mod stats;
#[cfg(target_arch = "x86_64")]
mod utf8;

use crate::sys;
use std::io;
use std::net::SocketAddr;

/// 0, or the error as JS gets it.
fn status(result: io::Result<()>) -> i32 {
    result.map_or_else(|error| sys::code(&error), |()| 0)
}

/// A count, or the error as JS gets it.
fn count(result: io::Result<usize>) -> i64 {
    result.map_or_else(|error| sys::code(&error).into(), |count| i64::try_from(count).unwrap_or(i64::MAX))
}

fn parse(ip: &str, port: u16) -> io::Result<SocketAddr> {
    crate::model::addr::parse_ip(ip, port, sys::socket::interface_index)
        .ok_or_else(|| io::Error::from_raw_os_error(sys::errno::EINVAL))
}
