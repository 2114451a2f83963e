//! Streams: moving bytes, and what a short count means.

use super::congestion;
use super::descriptor::{Descriptor, Wait};
use super::wait::{from_now, poll_for};
use crate::sys::memory::{Source, Target};
use crate::sys::{self, fd::FdKind};
use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Starts to connect to an IP address; true when it stands at once.
///
/// # Errors
/// Those of connect(2).
pub fn connect(fd: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<bool> {
    congestion::prepare(fd, address);
    sys::socket::connect_ip(fd, address)
}

/// After a read of this size the next one is worth a try at once, even if the kernel had no more at that moment.
const BULK: usize = 64 * 1024;

/// How long to wait for more of a stream that has just been sending much: what it takes to sleep and be woken.
const WAIT: Duration = Duration::from_micros(50);

/// Reads into `buffer`; 0 is the end of the stream. After bytes the next event is asked for.
/// `may_wait`: nothing else is due, so that a large read may wait some microseconds for its bytes.
///
/// # Errors
/// `WouldBlock` when there is nothing yet (an event will come), else those of recv(2).
pub fn read(stream: &Descriptor, buffer: Target<'_>, may_wait: impl FnOnce() -> bool) -> io::Result<usize> {
    read_by(from_now, stream, buffer, may_wait)
}

/// The same by a clock that `start` starts.
fn read_by<Clock: FnMut() -> Duration>(
    start: impl FnOnce() -> Clock,
    stream: &Descriptor,
    mut buffer: Target<'_>,
    may_wait: impl FnOnce() -> bool,
) -> io::Result<usize> {
    let room = buffer.len();
    stream.streaming.set(room >= BULK);
    let tried = stream
        .try_read(|fd| receive(stream, fd, &mut buffer), |&count| count > 0 && count < room && count < BULK);
    let count = match tried {
        Err(error)
            if error.kind() == io::ErrorKind::WouldBlock
                && room >= BULK
                && !stream.waiting_write.get()
                && may_wait() =>
        {
            wait_for_bytes(stream, &mut buffer, start())?
        }
        tried => tried?,
    };
    if count > 0 && stream.reading.get() {
        stream.arm_read()?;
    }
    Ok(count)
}

/// Asks for them a little longer, where that has paid before.
fn wait_for_bytes(
    stream: &Descriptor,
    buffer: &mut Target<'_>,
    elapsed: impl FnMut() -> Duration,
) -> io::Result<usize> {
    let mut waits = stream.waits.get();
    let read = poll_for(WAIT, elapsed, &mut waits, || {
        let read = stream.with_fd(|fd| receive(stream, fd, buffer));
        if would_block(&read) { None } else { Some(read) }
    });
    stream.waits.set(waits);
    read.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
}

fn would_block(result: &io::Result<usize>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

fn receive(stream: &Descriptor, fd: BorrowedFd<'_>, buffer: &mut Target<'_>) -> io::Result<usize> {
    match stream.kind.get() {
        FdKind::Tcp | FdKind::Unix => sys::socket::recv(fd, buffer),
        FdKind::Fifo | FdKind::Other => sys::fd::read(fd, buffer),
    }
}

/// Writes up to this size nearly always fit, so they go out before tokio is asked.
const SMALL_WRITE: usize = 16 * 1024;

/// Hands `bytes` to the kernel; returns how many it took. Fewer than all of them means that a write
/// event will come when there is room; `watch_writes` is called when nobody watches for that yet.
///
/// # Errors
/// Those of send(2); never `WouldBlock`.
pub fn write(
    stream: &Descriptor,
    bytes: Source<'_>,
    watch_writes: impl FnOnce() -> io::Result<()>,
) -> io::Result<usize> {
    let mut taken = 0;
    stream.wrote.set(true);
    if bytes.len() > SMALL_WRITE {
        begin_bulk(stream);
    }
    if bytes.len() <= SMALL_WRITE || !stream.watches_writes() {
        taken = ready_or_zero(stream.with_fd(|fd| send(stream, fd, bytes)))?;
        if taken == bytes.len() {
            return Ok(taken);
        }
        watch_writes()?;
    }
    let wait = stream.write_until_short(|fd| {
        let count = ready_or_zero(send(stream, fd, bytes.after(taken)))?;
        taken += count;
        Ok(taken == bytes.len())
    })?;
    stream.waiting_write.set(wait == Wait::Armed);
    Ok(taken)
}

/// What pays only for connections that send much.
fn begin_bulk(stream: &Descriptor) {
    if !stream.bulk.replace(true) && stream.kind.get() == FdKind::Tcp {
        let _closed = stream.with_fd(|fd| {
            congestion::begin_bulk(fd);
            Ok(())
        });
    }
}

fn send(stream: &Descriptor, fd: BorrowedFd<'_>, bytes: Source<'_>) -> io::Result<usize> {
    match stream.kind.get() {
        FdKind::Tcp | FdKind::Unix => sys::socket::send(fd, bytes),
        FdKind::Fifo | FdKind::Other => sys::fd::write(fd, bytes),
    }
}

fn ready_or_zero(result: io::Result<usize>) -> io::Result<usize> {
    if would_block(&result) { Ok(0) } else { result }
}

/// Several pieces in one call, otherwise as [`write`]; a short count is reported without a second
/// try when the rest is left to [`write`].
///
/// # Errors
/// As [`write`], and `WouldBlock` when nothing was taken.
pub fn write_vectored(stream: &Descriptor, pieces: &[Source<'_>]) -> io::Result<usize> {
    if pieces.iter().map(Source::len).sum::<usize>() > SMALL_WRITE {
        begin_bulk(stream);
    }
    stream.wrote.set(true);
    stream.with_fd(|fd| match stream.kind.get() {
        FdKind::Tcp | FdKind::Unix => sys::socket::send_vectored(fd, pieces),
        FdKind::Fifo | FdKind::Other => match pieces.iter().find(|piece| !piece.is_empty()) {
            Some(piece) => sys::fd::write(fd, *piece),
            None => Ok(0),
        },
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;

    /// A connection made by [`connect`], and the listener that keeps it alive.
    fn connection() -> (Descriptor, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let fd = sys::socket::tcp(&address).unwrap();
        connect(fd.as_fd(), &address).unwrap();
        let stream = Descriptor::new(1, Arc::default());
        stream.set_open(fd, FdKind::Tcp);
        (stream, listener)
    }

    /// Two ends; ours is registered, but no turn of the driver has found anything to read.
    fn fresh_pair(runtime: &tokio::runtime::Runtime) -> (Descriptor, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let stream = Descriptor::new(1, Arc::default());
        stream.set_open(ours.into(), FdKind::Unix);
        let _context = runtime.enter();
        stream.register(false).unwrap();
        (stream, theirs)
    }

    #[test]
    fn a_large_read_that_may_wait_needs_no_event() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let (stream, mut theirs) = fresh_pair(&runtime);
        theirs.write_all(b"more").unwrap();
        let mut buffer = vec![0; BULK];
        assert!(would_block(&read(&stream, Target::from(&mut buffer[..]), || false)));
        assert!(would_block(&read(&stream, Target::from(&mut buffer[1..]), || true)));
        assert_eq!(read(&stream, Target::from(&mut buffer[..]), || true).unwrap(), 4);
    }

    #[test]
    fn waiting_in_vain_lets_the_next_occasion_pass() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let (stream, mut theirs) = fresh_pair(&runtime);
        let mut buffer = vec![0; BULK];
        let mut attempt = || {
            let mut now = Duration::ZERO;
            let clock = || {
                move || {
                    now += WAIT / 10;
                    now
                }
            };
            read_by(clock, &stream, Target::from(&mut buffer[..]), || true)
        };
        assert!(would_block(&attempt()));
        theirs.write_all(b"late").unwrap();
        assert!(would_block(&attempt()));
        assert_eq!(attempt().unwrap(), 4);
    }

    #[test]
    fn a_loopback_connection_begins_without_pacing() {
        let (stream, _listener) = connection();
        let name = stream.with_fd(sys::options::congestion).unwrap();
        assert!(!name.starts_with(b"bbr"), "it is {}", String::from_utf8_lossy(&name));
    }

    #[test]
    fn a_large_write_ends_pacing_and_a_small_one_does_not() {
        let (stream, _listener) = connection();
        if let Err(error) = stream.with_fd(|fd| sys::options::set_congestion(fd, b"bbr")) {
            println!("skipped: bbr can't be chosen here: {error}");
            return;
        }
        assert_eq!(write(&stream, Source::from(&[1; SMALL_WRITE][..]), || Ok(())).unwrap(), SMALL_WRITE);
        assert_eq!(stream.with_fd(sys::options::congestion).unwrap(), b"bbr");
        assert_eq!(
            write(&stream, Source::from(&[1; SMALL_WRITE + 1][..]), || Ok(())).unwrap(),
            SMALL_WRITE + 1
        );
        assert_eq!(stream.with_fd(sys::options::congestion).unwrap(), b"reno");
    }
}
