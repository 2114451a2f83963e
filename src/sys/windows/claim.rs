//! Nobody can hand in a SOCKET that is ours: JS never sees the number of one that is not given away.

use super::os::RawFd;

/// The socket is ours until this is dropped.
#[derive(Debug)]
pub struct Claim;

impl Claim {
    /// For a socket that the system has just given us.
    pub fn new(_socket: RawFd) -> Claim {
        Claim
    }
}
