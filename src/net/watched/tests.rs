//! Readiness that is used up and armed again.

use super::*;
use crate::net::descriptor::Descriptor;
use crate::net::stream;
use crate::sys::local;
use crate::sys::memory::{Source, Target};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use tokio::runtime::{Builder, Runtime};

/// Our end, watched for reading only, and the other one.
fn pair(runtime: &Runtime) -> (Descriptor, UnixStream, Arc<ReadyList>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let list = Arc::new(ReadyList::default());
    let descriptor = Descriptor::new(1, list.clone());
    descriptor.watched.set_open(ours.into(), FdKind::Unix);
    descriptor.wants.set_reading(true);
    let _context = runtime.enter();
    descriptor.watched.register(false, false).unwrap();
    assert_eq!(descriptor.watched.arm_read().unwrap(), Next::Reported);
    (descriptor, theirs, list)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_io().build().unwrap()
}

/// What a turn of the driver finds.
fn turn(runtime: &Runtime, list: &ReadyList) -> Vec<u32> {
    runtime.block_on(tokio::task::yield_now());
    let mut events = Vec::new();
    list.take(&mut events);
    events.iter().map(|event| event.what).collect()
}

#[test]
fn a_peer_that_reads_is_no_event() {
    let runtime = runtime();
    let (ours, mut theirs, list) = pair(&runtime);
    assert_eq!(ours.watched.arm_write().unwrap(), Next::Reported);
    assert_eq!(
        stream::write(&ours, Source::from(&b"hello"[..]), || unreachable!("it fits")).unwrap(),
        (5, None)
    );
    theirs.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(turn(&runtime, &list), []);
    theirs.write_all(b"!").unwrap();
    assert_eq!(turn(&runtime, &list), [READABLE]);
}

#[test]
fn room_after_a_short_write_is_an_event_and_reading_goes_on() {
    let runtime = runtime();
    let (ours, mut theirs, list) = pair(&runtime);
    let bytes = vec![1; 4 << 20];
    let watch = || {
        let _context = runtime.enter();
        ours.watched.register(true, true).map(|next| assert_eq!(next, Next::Reported))
    };
    let (taken, next) = stream::write(&ours, Source::from(&bytes[..]), watch).unwrap();
    assert!(taken < bytes.len() && ours.wants.write_event());
    assert_eq!(next, Some(Next::Reported));
    assert_eq!(turn(&runtime, &list), []);
    theirs.write_all(b"!").unwrap();
    assert_eq!(turn(&runtime, &list), [READABLE]);
    assert_eq!(stream::read(&ours, Target::from(&mut [0; 8][..]), || false).unwrap(), 1);
    theirs.read_exact(&mut vec![0; taken]).unwrap();
    assert_eq!(turn(&runtime, &list), [WRITABLE]);
}

/// One read after each event, until nothing is found any more.
fn read_all(runtime: &Runtime, ours: &Descriptor, list: &ReadyList) -> Vec<Vec<u8>> {
    let mut reads = Vec::new();
    while turn(runtime, list).contains(&READABLE) {
        ours.watched.read_event_taken();
        let mut buffer = [0; 100];
        match stream::read(ours, Target::from(&mut buffer[..]), || false) {
            Ok(count) => reads.push(buffer[..count].to_vec()),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
    reads
}

/// Our end of a connection over `fd`, as JS hands it in or as we have made it.
fn reader(runtime: &Runtime, fd: OwnedFd, adopted: bool) -> (Descriptor, Arc<ReadyList>) {
    use std::os::fd::IntoRawFd;
    let list = Arc::new(ReadyList::default());
    let ours = Descriptor::new(1, list.clone());
    let kind = fd::kind_of(fd.as_raw_fd()).unwrap();
    if adopted {
        ours.watched.adopt(fd.into_raw_fd()).unwrap();
    } else {
        ours.watched.set_open(fd, kind);
    }
    ours.wants.set_reading(true);
    let _context = runtime.enter();
    ours.watched.register(false, false).unwrap();
    ours.watched.arm_read().unwrap();
    (ours, list)
}

#[test]
fn a_read_that_urgent_data_cuts_is_followed_by_another() {
    let runtime = runtime();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let ours = listener.accept().unwrap().0;
    ours.set_nonblocking(true).unwrap();
    let theirs = socket2::Socket::from(theirs);
    theirs.send(b"abc").unwrap();
    theirs.send_out_of_band(b"!").unwrap();
    theirs.send(b"def").unwrap();
    let (ours, list) = reader(&runtime, ours.into(), false);
    assert_eq!(read_all(&runtime, &ours, &list).concat(), b"abcdef");
}

#[test]
fn packets_of_a_pipe_all_arrive() {
    let runtime = runtime();
    let (read, write) = fd::packet_pipe().unwrap();
    let mut write = std::fs::File::from(write);
    write.write_all(b"abc").unwrap();
    write.write_all(b"def").unwrap();
    let (ours, list) = reader(&runtime, read, true);
    assert_eq!(read_all(&runtime, &ours, &list), [b"abc", b"def"]);
}

#[test]
fn a_descriptor_that_comes_along_does_not_hide_what_follows() {
    for adopted in [false, true] {
        let runtime = runtime();
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let along = [theirs.try_clone().unwrap().into()];
        local::send_with(theirs.as_fd(), Source::from(&b"abc"[..]), &along).unwrap();
        theirs.write_all(b"def").unwrap();
        let (ours, list) = reader(&runtime, ours.into(), adopted);
        assert_eq!(read_all(&runtime, &ours, &list).concat(), b"abcdef");
    }
}

#[test]
fn a_number_that_is_ours_is_not_taken_over_again() {
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let number = ours.as_raw_fd();
    let first = Descriptor::new(1, Arc::default());
    first.watched.set_open(ours.into(), FdKind::Unix);
    let second = Descriptor::new(2, Arc::default());
    assert_eq!(second.watched.adopt(number).unwrap_err().raw_os_error(), Some(libc::EEXIST));
    assert_eq!(first.watched.adopt(number).unwrap_err().raw_os_error(), Some(libc::EBUSY));
    let fd = first.watched.take().unwrap();
    second.watched.adopt(number).unwrap();
    drop(second.watched.take());
    std::mem::forget(fd);
}

/// With the helper thread, room may be found anew after each short send: the peer reads all the while.
#[test]
fn a_write_that_is_cut_short_again_and_again_goes_on_later() {
    let runtime = runtime();
    let (ours, mut theirs, list) = pair(&runtime);
    theirs.set_nonblocking(true).unwrap();
    {
        let _context = runtime.enter();
        ours.watched.register(true, false).unwrap();
    }
    turn(&runtime, &list);
    let mut sends = 0;
    let next = ours.watched.write_until_short(|fd| {
        sends += 1;
        while sys_send(fd).is_ok() {}
        while theirs.read(&mut [0; 65536]).is_ok() {}
        runtime.block_on(tokio::task::yield_now());
        Ok(Sent::Part)
    });
    assert_eq!((next.unwrap(), sends), (Some(Next::Listed), MOST_TRIES));
    assert_eq!(turn(&runtime, &list), [WRITABLE]);
}

fn sys_send(fd: BorrowedFd<'_>) -> io::Result<usize> {
    socket::send(fd, Source::from(&[1; 65536][..]))
}

/// The kernel reports no end of a shortage of memory.
#[test]
fn a_write_without_memory_goes_on_later() {
    let runtime = runtime();
    let (ours, _theirs, list) = pair(&runtime);
    {
        let _context = runtime.enter();
        ours.watched.register(true, false).unwrap();
    }
    turn(&runtime, &list);
    let next = ours.watched.write_until_short(|_| Ok(Sent::Starved));
    assert_eq!(next.unwrap(), Some(Next::Listed));
    assert_eq!(turn(&runtime, &list), [WRITABLE]);
}
