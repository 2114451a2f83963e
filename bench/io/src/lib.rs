//! Non-blocking sockets, epoll and argument parsing for the benchmark's native programs. Linux only.

mod arguments;
mod poller;
mod socket;
mod usage;

pub use arguments::Arguments;
pub use poller::{Interest, Poller, Readiness};
pub use socket::{Address, Listener, Stream, would_block};
pub use usage::{Usage, raise_descriptor_limit};

/// The size of the buffers that the programs read into.
pub const READ_BUFFER_BYTES: usize = 64 * 1024;
