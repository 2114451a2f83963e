//! The header of the PROXY protocol that a connection begins with: looked at where it lies, and taken when it is whole, with
//! not one byte of what follows.

use super::watched::Watched;
use crate::model::proxy_header::{self, MOST, Outcome};
use crate::sys;
use crate::sys::memory::Target;
use crate::sys::os::BorrowedFd;
use std::io;

/// What a connection begins with.
#[derive(Debug, PartialEq, Eq)]
pub enum Beginning {
    /// A header, which was taken, or what is none.
    Parsed(Outcome),
    /// The peer has ended before that could be told; whether it had begun with a header.
    Ended(bool),
}

/// Looks for a header; one that is whole is in `bytes` then, and no longer in the kernel. `is_last`: whatever the driver has
/// reported, and it is not asked for another event.
///
/// # Errors
/// `WouldBlock` while more bytes would tell (an event will come, unless it was the last look), else those of recv(2).
pub fn take_header(stream: &Watched, bytes: &mut Vec<u8>, is_last: bool) -> io::Result<Beginning> {
    bytes.resize(MOST, 0);
    // Asked before the look at the bytes: what came before the end is seen then.
    let has_ended = stream.is_hung_up();
    let look = |fd: BorrowedFd<'_>| {
        let count = sys::socket::peek(fd, &mut Target::from(&mut bytes[..]))?;
        match proxy_header::parse(&bytes[..count]) {
            Outcome::Incomplete if has_ended || count == 0 => {
                Ok(Beginning::Ended(proxy_header::has_begun(&bytes[..count])))
            }
            // Edge-triggered: the next event comes with the next bytes, although there are some.
            Outcome::Incomplete => Err(io::ErrorKind::WouldBlock.into()),
            outcome => Ok(Beginning::Parsed(outcome)),
        }
    };
    let beginning = if is_last { stream.with_fd(look)? } else { stream.try_read(look, |_| false)? };
    if let Beginning::Parsed(Outcome::Header(header)) = &beginning {
        bytes.truncate(header.size);
        stream.with_fd(|fd| take(fd, bytes))?;
    }
    Ok(beginning)
}

/// How often bytes that have just been seen may be said not to be there.
const MOST_TRIES: u32 = 100;

/// Takes as many bytes as fit, which are there.
fn take(fd: BorrowedFd<'_>, bytes: &mut [u8]) -> io::Result<()> {
    let (mut taken, mut tries) = (0, 0);
    while taken < bytes.len() {
        match sys::socket::recv(fd, &mut Target::from(&mut bytes[taken..])) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => taken += count,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(_) if tries == MOST_TRIES => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(_) => tries += 1,
        }
    }
    Ok(())
}
