//! Bytes in one direction.

use std::io::{self, Read, Write};

use bench_io::{Interest, Poller, READ_BUFFER_BYTES, Stream, would_block};

use crate::pair::Acceptor;
use crate::window::{Measured, Window};

const WRITER: usize = 0;
const READER: usize = 1;

/// The most that one send passes on, so that the reader finds it in the cache.
const SEND_BYTES: usize = 128 * 1024;

/// Writes that are copied into one buffer until it is worth a system call; a large one goes out as it is.
struct Gatherer {
    message: Vec<u8>,
    gathered: Vec<u8>,
    limit: usize,
    sent: usize,
}

impl Gatherer {
    fn new(size: usize, limit: usize) -> Self {
        Self { message: vec![b'x'; size], gathered: Vec::new(), limit: limit.max(size), sent: 0 }
    }

    /// Copies as many messages as fit, `most` at most.
    fn fill(&mut self, most: usize) {
        for _ in 0..most {
            if self.gathered.len() + self.message.len() > self.limit {
                return;
            }
            self.gathered.extend_from_slice(&self.message);
        }
    }

    /// One send of what is there, up to [`SEND_BYTES`]; a large message is filled once and sent again and again.
    fn send(&mut self, stream: &mut Stream) -> io::Result<()> {
        let end = self.gathered.len().min(self.sent + SEND_BYTES);
        match stream.write(&self.gathered[self.sent..end]) {
            Ok(count) => self.sent += count,
            Err(error) if would_block(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
        if self.sent == self.gathered.len() {
            self.sent = 0;
            if self.message.len() < self.limit {
                self.gathered.clear();
            }
        }
        Ok(())
    }
}

/// Reads all that is there: a queue that once grew would stay long, and its bytes would leave the cache.
fn drain(stream: &mut Stream, buffer: &mut [u8]) -> io::Result<usize> {
    let mut total = 0;
    loop {
        match stream.read(buffer) {
            // A short read has emptied the queue; asking again would only cost a system call.
            Ok(count) if count < buffer.len() => return Ok(total + count),
            Ok(count) => total += count,
            Err(error) if would_block(&error) => return Ok(total),
            Err(error) => return Err(error),
        }
    }
}

/// As fast as the reader takes them: one send a turn, and reads until nothing is left.
pub(crate) fn run_free(
    unix: Option<&str>,
    size: usize,
    gather: usize,
    mut window: Window,
) -> io::Result<Measured> {
    let (mut client, mut server) = Acceptor::new(unix)?.pair()?;
    let mut poller = Poller::new()?;
    poller.add(&client, WRITER, Interest::Write)?;
    poller.add(&server, READER, Interest::Read)?;
    let mut gatherer = Gatherer::new(size, gather);
    let mut buffer = vec![0; READ_BUFFER_BYTES];
    let mut ready = Vec::new();
    let mut bytes = 0;
    loop {
        poller.wait(true, &mut ready)?;
        for readiness in ready.drain(..) {
            if readiness.token == READER {
                bytes += drain(&mut server, &mut buffer)?;
            } else {
                gatherer.fill(usize::MAX);
                gatherer.send(&mut client)?;
            }
        }
        if let Some(measured) = window.is_over((bytes / size) as u64) {
            return Ok(measured);
        }
    }
}

/// A fixed number of writes a turn, sent together; a turn polls once, as an event loop with work to do does.
pub(crate) fn run_bursts(
    unix: Option<&str>,
    size: usize,
    writes: usize,
    mut window: Window,
) -> io::Result<Measured> {
    let (mut client, mut server) = Acceptor::new(unix)?.pair()?;
    let mut poller = Poller::new()?;
    poller.add(&server, READER, Interest::Read)?;
    let mut gatherer = Gatherer::new(size, writes * size + 1);
    let mut buffer = vec![0; READ_BUFFER_BYTES];
    let mut ready = Vec::new();
    let mut bytes = 0;
    loop {
        gatherer.fill(writes);
        gatherer.send(&mut client)?;
        poller.wait(false, &mut ready)?;
        for _ in ready.drain(..) {
            bytes += drain(&mut server, &mut buffer)?;
        }
        if let Some(measured) = window.is_over((bytes / size) as u64) {
            return Ok(measured);
        }
    }
}
