//! Streams: moving bytes, and what a short count means.

use super::congestion;
use super::descriptor::Descriptor;
#[cfg(unix)]
use super::passing;
use super::patience::{from_now, poll_for};
use super::watched::{Next, Sent};
use crate::sys::memory::{Source, Target};
use crate::sys::os::BorrowedFd;
use crate::sys::{self, errno, kind::FdKind};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Starts to connect to an IP address; true when it stands at once.
///
/// # Errors
/// Those of connect(2).
pub fn connect(stream: &Descriptor, fd: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<bool> {
    if !stream.habits.keeps_congestion.get() {
        congestion::prepare(fd, address);
    }
    sys::socket::connect_ip(fd, address)
}

/// A large read. After one the next is worth a try at once, even if the kernel had no more at that moment; JS, which chooses the
/// sizes, is told.
pub const LARGE_READ: usize = 64 * 1024;

/// For how long to ask for more of a stream that has just been sending much: what it takes to sleep and be woken.
const LONGEST_POLL: Duration = Duration::from_micros(50);

/// Reads into `buffer`; 0 is the end of the stream. After bytes the next event is asked for.
/// `may_poll`: nothing else is due, so that a large read may ask for its bytes for some microseconds.
///
/// # Errors
/// `WouldBlock` when there is nothing yet (an event will come), else those of recv(2).
pub fn read(stream: &Descriptor, buffer: Target<'_>, may_poll: impl FnOnce() -> bool) -> io::Result<usize> {
    read_by(from_now, stream, buffer, may_poll)
}

/// The same by a clock that `start` starts.
fn read_by<Clock: FnMut() -> Duration>(
    start: impl FnOnce() -> Clock,
    stream: &Descriptor,
    mut buffer: Target<'_>,
    may_poll: impl FnOnce() -> bool,
) -> io::Result<usize> {
    let (watched, room) = (&stream.watched, buffer.len());
    stream.habits.reads_much.set(room >= LARGE_READ);
    let is_short = |&(count, is_cut): &(usize, bool)| !is_cut && count > 0 && count < room.min(LARGE_READ);
    let tried = watched.try_read(|fd| receive_for(stream, fd, &mut buffer), is_short);
    let (count, _) = if would_block(&tried) && room >= LARGE_READ && !stream.wants.write_event() && may_poll()
    {
        poll_for_bytes(stream, &mut buffer, start())?
    } else {
        tried?
    };
    if count > 0 && stream.wants.reading() {
        watched.arm_read()?;
    }
    Ok(count)
}

/// Reads what is there, whatever is known of the readiness, and asks for no event: of a connection that is known to be broken.
///
/// # Errors
/// `WouldBlock` when there is nothing, else those of recv(2).
pub fn read_left(stream: &Descriptor, mut buffer: Target<'_>) -> io::Result<usize> {
    stream.watched.with_fd(|fd| receive_for(stream, fd, &mut buffer)).map(|(count, _)| count)
}

/// Asks for them a little longer, where that has paid before.
fn poll_for_bytes(
    stream: &Descriptor,
    buffer: &mut Target<'_>,
    elapsed: impl FnMut() -> Duration,
) -> io::Result<(usize, bool)> {
    let mut patience = stream.habits.patience.get();
    let read = poll_for(LONGEST_POLL, elapsed, &mut patience, || {
        let read = stream.watched.with_fd(|fd| receive_for(stream, fd, buffer));
        if would_block(&read) { None } else { Some(read) }
    });
    stream.habits.patience.set(patience);
    read.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
}

fn would_block<T>(result: &io::Result<T>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// As [`receive`], with what comes along where that is wanted.
fn receive_for(
    stream: &Descriptor,
    fd: BorrowedFd<'_>,
    buffer: &mut Target<'_>,
) -> io::Result<(usize, bool)> {
    let kind = stream.watched.kind();
    #[cfg(unix)]
    if kind == FdKind::Unix {
        return stream.passing.receive(fd, buffer);
    }
    receive(kind, fd, buffer)
}

/// The number of bytes, and whether they are known to be fewer than there are.
pub(super) fn receive(
    kind: FdKind,
    fd: BorrowedFd<'_>,
    buffer: &mut Target<'_>,
) -> io::Result<(usize, bool)> {
    match kind {
        FdKind::Tcp => sys::socket::recv(fd, buffer).map(|count| (count, false)),
        FdKind::Unix => sys::socket::recv_alone(fd, buffer),
        FdKind::Fifo | FdKind::Other => sys::fd::read(fd, buffer).map(|count| (count, false)),
    }
}

/// Writes up to this size nearly always fit, so they go out before tokio is asked.
const SMALL_WRITE: usize = 16 * 1024;

/// Hands `bytes` to the kernel; returns how many it took, and if those are not all, when the write event comes that is to
/// go on. `watch_writes` is called when nobody watches for room yet.
///
/// # Errors
/// Those of send(2); never `WouldBlock`, nor `ENOBUFS`, which passes.
pub fn write(
    stream: &Descriptor,
    bytes: Source<'_>,
    watch_writes: impl FnOnce() -> io::Result<()>,
) -> io::Result<(usize, Option<Next>)> {
    write_by(|fd, rest| send(stream.watched.kind(), fd, rest), stream, bytes, watch_writes)
}

/// The same with the descriptors that are kept under `ticket`: they go along with the first byte. Without a byte they stay.
///
/// # Errors
/// As [`write`], after which they are closed.
#[cfg(unix)]
pub fn write_with(
    stream: &Descriptor,
    bytes: Source<'_>,
    ticket: u32,
    watch_writes: impl FnOnce() -> io::Result<()>,
) -> io::Result<(usize, Option<Next>)> {
    let mut along = stream.passing.take(ticket);
    let written =
        write_by(|fd, rest| passing::send_along(fd, rest, &mut along), stream, bytes, watch_writes)?;
    if let Some(copies) = along {
        stream.passing.put_back(ticket, copies);
    }
    Ok(written)
}

/// The same by another system call.
fn write_by(
    mut call: impl FnMut(BorrowedFd<'_>, Source<'_>) -> io::Result<usize>,
    stream: &Descriptor,
    bytes: Source<'_>,
    watch_writes: impl FnOnce() -> io::Result<()>,
) -> io::Result<(usize, Option<Next>)> {
    let mut taken = 0;
    let mut send_rest = |fd: BorrowedFd<'_>| {
        match call(fd, bytes.after(taken)) {
            Ok(count) => taken += count,
            // Or of a connect that was to take the first bytes along, and could not.
            Err(error)
                if error.kind() == io::ErrorKind::WouldBlock
                    || error.raw_os_error() == Some(errno::EINPROGRESS) => {}
            Err(error) if error.raw_os_error() == Some(errno::ENOBUFS) => return Ok(Sent::Starved),
            Err(error) => return Err(error),
        }
        Ok(if taken == bytes.len() { Sent::All } else { Sent::Part })
    };
    stream.habits.wrote.set(true);
    if bytes.len() > SMALL_WRITE {
        begin_bulk(stream);
    }
    if bytes.len() <= SMALL_WRITE || !stream.watched.watches_writes() {
        if stream.watched.with_fd(&mut send_rest)? == Sent::All {
            return Ok((taken, None));
        }
        watch_writes()?;
    }
    let next = stream.watched.write_until_short(send_rest)?;
    stream.wants.set_write_event(next.is_some());
    Ok((taken, next))
}

/// Calls `call`, which sends, until it has sent all (`None`), or until a write event is sure to come. `watch_writes` is called
/// when nobody watches for room yet.
///
/// # Errors
/// Those of `call`.
pub(super) fn hand_over(
    stream: &Descriptor,
    watch_writes: impl FnOnce() -> io::Result<()>,
    mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<Sent>,
) -> io::Result<Option<Next>> {
    stream.habits.wrote.set(true);
    if !stream.watched.watches_writes() {
        if stream.watched.with_fd(&mut call)? == Sent::All {
            return Ok(None);
        }
        watch_writes()?;
    }
    stream.watched.write_until_short(call)
}

/// The same as for a [`write`] of so many bytes.
pub(super) fn begin_bulk_of(stream: &Descriptor, size: usize) {
    if size > SMALL_WRITE {
        begin_bulk(stream);
    }
}

/// What pays only for connections that send much.
fn begin_bulk(stream: &Descriptor) {
    if !stream.habits.sent_much.replace(true)
        && stream.watched.kind() == FdKind::Tcp
        && !stream.habits.keeps_congestion.get()
    {
        let _closed = stream.watched.with_fd(|fd| {
            congestion::begin_bulk(fd);
            Ok(())
        });
    }
}

pub(super) fn send(kind: FdKind, fd: BorrowedFd<'_>, bytes: Source<'_>) -> io::Result<usize> {
    match kind {
        FdKind::Tcp | FdKind::Unix => sys::socket::send(fd, bytes),
        FdKind::Fifo | FdKind::Other => sys::fd::write(fd, bytes),
    }
}

/// Several pieces in one call; how many bytes the kernel took. Of fewer than all, [`write`] must follow: this arranges for no
/// event.
///
/// # Errors
/// As [`write`].
pub fn write_vectored(stream: &Descriptor, pieces: &[Source<'_>]) -> io::Result<usize> {
    if pieces.iter().map(Source::len).sum::<usize>() > SMALL_WRITE {
        begin_bulk(stream);
    }
    stream.habits.wrote.set(true);
    let sent = stream.watched.with_fd(|fd| match stream.watched.kind() {
        FdKind::Tcp | FdKind::Unix => sys::socket::send_vectored(fd, pieces),
        FdKind::Fifo | FdKind::Other => match pieces.iter().find(|piece| !piece.is_empty()) {
            Some(piece) => sys::fd::write(fd, *piece),
            None => Ok(0),
        },
    });
    match sent {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) if matches!(error.raw_os_error(), Some(errno::ENOBUFS | errno::EINPROGRESS)) => Ok(0),
        sent => sent,
    }
}

/// Ends the sending direction. shutdown(2), where there is such a thing.
///
/// # Errors
/// Those of the call.
pub fn shutdown(stream: &Descriptor) -> io::Result<()> {
    match stream.watched.kind() {
        FdKind::Tcp | FdKind::Unix => stream.watched.with_fd(sys::socket::shutdown_write),
        FdKind::Fifo | FdKind::Other => Ok(()),
    }
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
        let stream = Descriptor::new(1, Arc::default());
        connect(&stream, fd.as_fd(), &address).unwrap();
        stream.watched.set_open(fd, FdKind::Tcp);
        (stream, listener)
    }

    /// Two ends; ours is registered, but no turn of the driver has found anything to read.
    fn fresh_pair(runtime: &tokio::runtime::Runtime) -> (Descriptor, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let stream = Descriptor::new(1, Arc::default());
        stream.watched.set_open(ours.into(), FdKind::Unix);
        let _context = runtime.enter();
        stream.watched.register(false, false).unwrap();
        (stream, theirs)
    }

    #[test]
    fn a_large_read_that_may_wait_needs_no_event() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let (stream, mut theirs) = fresh_pair(&runtime);
        theirs.write_all(b"more").unwrap();
        let mut buffer = vec![0; LARGE_READ];
        assert!(would_block(&read(&stream, Target::from(&mut buffer[..]), || false)));
        assert!(would_block(&read(&stream, Target::from(&mut buffer[1..]), || true)));
        assert_eq!(read(&stream, Target::from(&mut buffer[..]), || true).unwrap(), 4);
    }

    #[test]
    fn waiting_in_vain_lets_the_next_occasion_pass() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let (stream, mut theirs) = fresh_pair(&runtime);
        let mut buffer = vec![0; LARGE_READ];
        let mut attempt = || {
            let mut now = Duration::ZERO;
            let clock = || {
                move || {
                    now += LONGEST_POLL / 10;
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
    fn what_is_left_is_read_without_an_event() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let (stream, mut theirs) = fresh_pair(&runtime);
        let mut buffer = [0; 8];
        assert!(would_block(&read_left(&stream, Target::from(&mut buffer[..]))));
        theirs.write_all(b"last words").unwrap();
        drop(theirs);
        assert!(would_block(&read(&stream, Target::from(&mut buffer[..]), || false)));
        assert_eq!(read_left(&stream, Target::from(&mut buffer[..])).unwrap(), 8);
        assert_eq!(read_left(&stream, Target::from(&mut buffer[..])).unwrap(), 2);
        assert_eq!(read_left(&stream, Target::from(&mut buffer[..])).unwrap(), 0);
    }

    #[test]
    fn a_loopback_connection_begins_without_pacing() {
        let (stream, _listener) = connection();
        let name = stream.watched.with_fd(sys::options::congestion).unwrap();
        assert!(!name.starts_with(b"bbr"), "it is {}", String::from_utf8_lossy(&name));
    }

    #[test]
    fn a_large_write_ends_pacing_and_a_small_one_does_not() {
        let (stream, _listener) = connection();
        if let Err(error) = stream.watched.with_fd(|fd| sys::options::set_congestion(fd, b"bbr")) {
            println!("skipped: bbr can't be chosen here: {error}");
            return;
        }
        assert_eq!(
            write(&stream, Source::from(&[1; SMALL_WRITE][..]), || Ok(())).unwrap(),
            (SMALL_WRITE, None)
        );
        assert_eq!(stream.watched.with_fd(sys::options::congestion).unwrap(), b"bbr");
        assert_eq!(
            write(&stream, Source::from(&[1; SMALL_WRITE + 1][..]), || Ok(())).unwrap(),
            (SMALL_WRITE + 1, None)
        );
        assert_eq!(stream.watched.with_fd(sys::options::congestion).unwrap(), b"reno");
    }
}
