//! Pure logic: no I/O, no clock, no unsafe code, no Node-API.
#![forbid(unsafe_code)]

pub mod addr;
pub mod backoff;
pub mod count;
pub mod id;
pub mod proxy_header;
pub mod socket_option;
pub mod tcp_info;
