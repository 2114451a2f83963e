use super::*;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// A flow between two Unix sockets, and the far ends of both.
struct Setting {
    runtime: Runtime,
    flow: Flow,
    carriers: Carriers,
    near: UnixStream,
    far: UnixStream,
}

fn descriptor(id: u32) -> (Rc<Descriptor>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    theirs.set_nonblocking(true).unwrap();
    let descriptor = Descriptor::new(id, Arc::default());
    descriptor.watched.set_open(ours.into(), FdKind::Unix);
    (Rc::new(descriptor), theirs)
}

impl Setting {
    fn new() -> Setting {
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let (from, near) = descriptor(1);
        let (to, far) = descriptor(2);
        {
            let _context = runtime.enter();
            from.watched.register(false, false).unwrap();
        }
        let entry = Rc::new(Descriptor::new(3, Arc::default()));
        let flow = Flow::new(entry, from, to);
        Setting { runtime, flow, carriers: Carriers::default(), near, far }
    }

    /// What a turn of the driver and one of the flow give.
    fn turn(&mut self) -> Pumped {
        self.runtime.block_on(tokio::task::yield_now());
        let _context = self.runtime.enter();
        let to = self.flow.to().clone();
        self.flow.pump(&mut self.carriers, || to.watched.register(true, false).map(|_| ()))
    }

    fn received(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let end = self.far.read_to_end(&mut bytes);
        assert!(end.is_ok() || end.is_err_and(|error| would_block(&error)));
        bytes
    }
}

#[test]
fn bytes_pass_and_then_the_end() {
    for splices in [true, false] {
        let mut setting = Setting::new();
        setting.flow.splices.set(splices);
        assert_eq!(setting.turn(), Pumped::Idle);
        setting.near.write_all(b"some").unwrap();
        assert_eq!(setting.turn(), Pumped::Idle);
        assert_eq!(setting.received(), b"some");
        assert_eq!((setting.flow.taken(), setting.flow.sent()), (4, 4));
        assert!(setting.flow.carrier.borrow().is_none(), "an idle flow carries nothing");
        setting.near.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(setting.turn(), Pumped::Ended(End::Eof));
    }
}

#[test]
fn without_room_nothing_more_is_taken() {
    for splices in [true, false] {
        let mut setting = Setting::new();
        setting.flow.splices.set(splices);
        let (mut sent, mut received) = (0, 0);
        // Both sockets fill up.
        loop {
            match setting.near.write(&[7; 100_000]) {
                Ok(count) => sent += count,
                Err(_) if matches!(setting.turn(), Pumped::Blocked(_)) => break,
                Err(_) => {}
            }
        }
        let held = setting.flow.taken() - setting.flow.sent();
        assert!(held > 0 && held <= MOST as u64, "{held}");
        let taken = setting.flow.taken();
        assert!(matches!(setting.turn(), Pumped::Blocked(_)));
        assert_eq!(setting.flow.taken(), taken);
        setting.near.shutdown(std::net::Shutdown::Write).unwrap();
        loop {
            received += setting.received().len();
            if setting.turn() == Pumped::Ended(End::Eof) {
                break;
            }
        }
        received += setting.received().len();
        assert_eq!((received, setting.flow.sent()), (sent, sent as u64));
    }
}

#[test]
fn a_pipe_that_is_refused_in_the_middle_gives_its_bytes_back() {
    let mut setting = Setting::new();
    setting.near.write_all(b"in a pipe").unwrap();
    // Taken, but not sent yet.
    setting.runtime.block_on(tokio::task::yield_now());
    setting.flow.take(&mut setting.carriers).unwrap();
    let carrier = setting.flow.carrier.take().unwrap();
    assert!(matches!(carrier, Carrier::Pipe(_, 9)));
    let memory = carrier.into_memory();
    assert_eq!(memory.held(), 9);
    setting.carriers.pipe_is_gone();
    setting.flow.carrier.replace(Some(memory));
    setting.flow.splices.set(false);
    setting.near.write_all(b" and not").unwrap();
    assert_eq!(setting.turn(), Pumped::Idle);
    assert_eq!(setting.received(), b"in a pipe and not");
}

#[test]
fn errors_of_either_side_end_it() {
    let mut setting = Setting::new();
    let far = std::mem::replace(&mut setting.far, UnixStream::pair().unwrap().0);
    drop(far);
    setting.near.write_all(b"to nobody").unwrap();
    assert_eq!(setting.turn(), Pumped::Ended(End::Write(errno::code_of(libc::EPIPE))));
    assert!(setting.flow.carrier.borrow().is_none());
    let setting = &mut Setting::new();
    drop(setting.flow.from().watched.take());
    assert_eq!(setting.turn(), Pumped::Ended(End::Read(errno::code_of(errno::EBADF))));
}

#[test]
fn one_turn_moves_so_much_and_no_more() {
    let mut setting = Setting::new();
    let writer = std::thread::spawn({
        let mut near = setting.near.try_clone().unwrap();
        move || {
            near.set_nonblocking(false).unwrap();
            near.write_all(&vec![1; 3 * MOST]).unwrap();
            near.shutdown(std::net::Shutdown::Write).unwrap();
        }
    });
    let reader = std::thread::spawn({
        let mut far = setting.far.try_clone().unwrap();
        move || {
            far.set_nonblocking(false).unwrap();
            let mut bytes = vec![0; 3 * MOST];
            far.read_exact(&mut bytes).unwrap();
        }
    });
    loop {
        let before = setting.flow.taken();
        let pumped = setting.turn();
        assert!(setting.flow.taken() - before < 2 * MOST as u64);
        if pumped == Pumped::Ended(End::Eof) {
            break;
        }
    }
    writer.join().unwrap();
    reader.join().unwrap();
}

#[test]
fn few_carriers_are_kept() {
    let mut carriers = Carriers::default();
    let taken: Vec<_> = (0..200).map(|_| carriers.take(true)).collect();
    let pipes = taken.iter().filter(|carrier| matches!(carrier, Carrier::Pipe(..))).count();
    assert!(pipes <= 128, "{pipes}");
    assert!(taken.iter().all(|carrier| carrier.held() == 0 && carrier.is_whole()));
    taken.into_iter().for_each(|carrier| carriers.give_back(carrier));
    carriers.clear();
    let again: Vec<_> = (0..3).map(|_| carriers.take(false)).collect();
    assert!(again.iter().all(|carrier| matches!(carrier, Carrier::Memory(..))));
}
