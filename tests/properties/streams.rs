//! Readiness that is used up and armed again, with a real kernel at the other end: whatever reads, writes, pauses and turns come
//! in which order, each byte arrives, for there is an event as long as there is something to do.

use super::cases::config;
use oxinet::net::descriptor::Descriptor;
use oxinet::net::ready::{Event, READABLE, ReadyList};
use oxinet::net::stream;
use oxinet::net::watched::Next;
use oxinet::sys::kind::FdKind;
use oxinet::sys::memory::{Source, Target};
use proptest::prelude::*;
use proptest::test_runner::Config;
use socket2::{SockRef, Socket};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

#[derive(Debug, Clone)]
enum Step {
    Write(usize),
    Pause,
    Resume,
    Turn,
    PeerWrites(usize),
    PeerReads(usize),
    PeerEnds,
}

fn any_size() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 1..200_usize, 2 => 1000..20_000_usize, 1 => 60_000..150_000_usize]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any_size().prop_map(Step::Write),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        6 => Just(Step::Turn),
        4 => any_size().prop_map(Step::PeerWrites),
        4 => any_size().prop_map(Step::PeerReads),
        // Nearly at the end of most runs.
        1 => (0..8_u8).prop_map(|chance| if chance == 0 { Step::PeerEnds } else { Step::Turn }),
    ]
}

/// JS sends its queue chunk by chunk.
const MOST_AT_ONCE: usize = 100_000;

/// The byte at that place of the one direction or the other.
fn byte(place: usize) -> u8 {
    (place.wrapping_mul(31) ^ (place >> 8)) as u8
}

fn bytes(from: usize, count: usize) -> Vec<u8> {
    (from..from + count).map(byte).collect()
}

fn is_right(found: &[u8], from: usize) -> bool {
    found.iter().enumerate().all(|(at, found)| *found == byte(from + at))
}

struct Run {
    runtime: Runtime,
    list: Arc<ReadyList>,
    ours: Descriptor,
    theirs: Socket,
    /// Sizes of reads, in turn.
    rooms: Vec<usize>,
    reads: usize,
    accepted: usize,
    taken: usize,
    peer_got: usize,
    peer_sent: usize,
    got: usize,
    peer_ended: bool,
    seen_end: bool,
}

fn pair(is_tcp: bool) -> (OwnedFd, Socket) {
    if !is_tcp {
        let (ours, theirs) = UnixStream::pair().unwrap();
        return (ours.into(), theirs.into());
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0.into(), theirs.into())
}

impl Run {
    fn new(is_tcp: bool, small_buffers: bool, rooms: Vec<usize>) -> Run {
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let (ours, theirs) = pair(is_tcp);
        for socket in [SockRef::from(&ours), SockRef::from(&theirs)] {
            socket.set_nonblocking(true).unwrap();
            // TCP with windows as small goes on by its timers.
            if small_buffers && !is_tcp {
                socket.set_send_buffer_size(1).unwrap();
                socket.set_recv_buffer_size(1).unwrap();
            }
        }
        let list = Arc::new(ReadyList::default());
        let descriptor = Descriptor::new(1, list.clone());
        descriptor.watched.set_open(ours, if is_tcp { FdKind::Tcp } else { FdKind::Unix });
        descriptor.wants.set_reading(true);
        {
            let _context = runtime.enter();
            descriptor.watched.register(false, false).unwrap();
        }
        descriptor.watched.arm_read().unwrap();
        let zero = (0, 0, 0, 0, 0, 0);
        let (reads, accepted, taken, peer_got, peer_sent, got) = zero;
        let (peer_ended, seen_end) = (false, false);
        Run {
            runtime,
            list,
            ours: descriptor,
            theirs,
            rooms,
            reads,
            accepted,
            taken,
            peer_got,
            peer_sent,
            got,
            peer_ended,
            seen_end,
        }
    }

    /// What JS has accepted goes to the kernel, unless it waits for room there.
    fn push(&mut self) -> io::Result<()> {
        while self.taken < self.accepted && !self.ours.wants.write_event() {
            let rest = bytes(self.taken, (self.accepted - self.taken).min(MOST_AT_ONCE));
            let watch = || {
                let _context = self.runtime.enter();
                self.ours.watched.register(true, self.ours.wants.reading()).map(drop)
            };
            let (count, next) = stream::write(&self.ours, Source::from(&rest[..]), watch)?;
            assert_eq!(next.is_none(), count == rest.len(), "an event comes if and only if there is a rest");
            self.taken += count;
            // As the engine does: where there is room by now the kernel has nothing more to tell.
            if next == Some(Next::Reported) && self.ours.watched.has_room() {
                self.ours.watched.list_write();
            }
        }
        Ok(())
    }

    fn read(&mut self) -> io::Result<()> {
        let room = self.rooms[self.reads % self.rooms.len()];
        self.reads += 1;
        let mut buffer = vec![0; room];
        match stream::read(&self.ours, Target::from(&mut buffer[..]), || false) {
            Ok(0) => {
                self.seen_end = true;
                self.ours.wants.set_reading(false);
            }
            Ok(count) => {
                assert!(is_right(&buffer[..count], self.got), "bytes in order");
                self.got += count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// A turn of the driver, and what JS does about the events; whether there were any.
    fn turn(&mut self) -> io::Result<bool> {
        self.runtime.block_on(tokio::task::yield_now());
        let mut events = Vec::new();
        self.list.take(&mut events);
        for Event { what, .. } in &events {
            if *what == READABLE {
                self.ours.watched.read_event_taken();
                if self.ours.wants.reading() {
                    self.read()?;
                }
            } else if self.ours.wants.take_write_event() {
                self.push()?;
            }
        }
        Ok(!events.is_empty())
    }

    fn resume(&mut self) -> io::Result<()> {
        if !self.seen_end {
            self.ours.wants.set_reading(true);
            self.ours.watched.arm_read()?;
        }
        Ok(())
    }

    fn peer_writes(&mut self, size: usize) {
        if self.peer_ended {
            return;
        }
        if let Ok(count) = (&self.theirs).write(&bytes(self.peer_sent, size)) {
            self.peer_sent += count;
        }
    }

    fn peer_reads(&mut self, size: usize) -> usize {
        let mut buffer = vec![0; size];
        let count = (&self.theirs).read(&mut buffer).unwrap_or(0);
        assert!(is_right(&buffer[..count], self.peer_got), "bytes in order");
        self.peer_got += count;
        count
    }

    fn step(&mut self, step: Step) -> io::Result<()> {
        match step {
            Step::Write(size) => {
                self.accepted += size;
                self.push()?;
            }
            Step::Pause => self.ours.wants.set_reading(false),
            Step::Resume => self.resume()?,
            Step::Turn => drop(self.turn()?),
            Step::PeerWrites(size) => self.peer_writes(size),
            Step::PeerReads(size) => drop(self.peer_reads(size)),
            Step::PeerEnds => {
                self.theirs.shutdown(Shutdown::Write)?;
                self.peer_ended = true;
            }
        }
        Ok(())
    }

    fn is_through(&self) -> bool {
        let has_read_all = self.got == self.peer_sent && self.seen_end == self.peer_ended;
        has_read_all && self.peer_got == self.accepted
    }

    /// With both ends reading, all that was written arrives. Of TCP the kernel may take its time: it is waited for as long as
    /// nothing is certain, which only a fault makes long.
    fn settle(&mut self) -> io::Result<()> {
        self.resume()?;
        // A byte at a time would take too long.
        self.rooms.push(20_000);
        self.rooms.retain(|room| *room > 200);
        for round in 0.. {
            while self.peer_reads(65_536) > 0 {}
            if self.is_through() {
                return Ok(());
            }
            if !self.turn()? {
                if round > 20 {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                assert!(round < 2000, "no event comes although there is something to do: {:?}", self.state());
            }
        }
        Ok(())
    }

    fn state(&self) -> String {
        format!(
            "of {} accepted bytes the kernel took {}, the peer has {}; of {} of its bytes we have {}; end {} seen {}",
            self.accepted,
            self.taken,
            self.peer_got,
            self.peer_sent,
            self.got,
            self.peer_ended,
            self.seen_end
        )
    }
}

proptest! {
    #![proptest_config(Config { cases: config().cases.div_ceil(4), max_shrink_iters: 200, ..config() })]

    #[test]
    fn each_byte_arrives_in_any_order_of_steps(
        // TCP lets a full window wait for its timers now and then.
        is_tcp in (0..8_u8).prop_map(|one| one == 0),
        small_buffers: bool,
        rooms in proptest::collection::vec(any_size(), 1..4),
        steps in proptest::collection::vec(any_step(), 1..60),
    ) {
        let mut run = Run::new(is_tcp, small_buffers, rooms);
        for step in steps {
            run.step(step).unwrap();
        }
        run.settle().unwrap();
        prop_assert_eq!(run.taken, run.accepted);
        prop_assert!(!run.ours.wants.write_event());
    }
}
