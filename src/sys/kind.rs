//! Kinds of descriptors.

/// What kind of thing a descriptor is, in the words that Node uses for its handle types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FdKind {
    /// An IPv4 or IPv6 stream socket.
    Tcp,
    /// A Unix stream socket.
    Unix,
    /// A pipe or FIFO: read(2) and write(2) only.
    Fifo,
    /// Anything else: a file, a terminal, a datagram socket.
    Other,
}
