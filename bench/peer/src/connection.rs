//! What a connection does with its bytes.

use std::io::{self, Read, Write};

use bench_io::{Interest, Readiness, Stream, would_block};

/// The work of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Writes a message, waits until as many bytes came back, writes the next.
    Ping,
    /// Writes without end.
    Send,
    /// Reads without end.
    Receive,
    /// Writes and reads without end.
    Duplex,
    /// Writes back what it reads, and reads no more before that is written.
    Echo,
}

impl Role {
    fn writes_freely(self) -> bool {
        matches!(self, Self::Send | Self::Duplex)
    }
}

/// A socket and its state.
pub(crate) struct Connection {
    stream: Stream,
    role: Role,
    message: Vec<u8>,
    /// Ping: how much of the answer is still to come.
    missing: usize,
    /// Ping and Echo: bytes that the kernel had no room for.
    unsent: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: Stream, role: Role, size: usize) -> Self {
        let message = if role == Role::Ping || role.writes_freely() { vec![b'x'; size] } else { Vec::new() };
        Self { stream, role, missing: message.len(), message, unsent: Vec::new() }
    }

    pub(crate) fn stream(&self) -> &Stream {
        &self.stream
    }

    /// What the poller has to watch now.
    pub(crate) fn interest(&self) -> Interest {
        match self.role {
            _ if !self.unsent.is_empty() => Interest::Write,
            Role::Duplex | Role::Send => Interest::Both,
            Role::Ping | Role::Receive | Role::Echo => Interest::Read,
        }
    }

    /// The first message of a pinging connection.
    pub(crate) fn start(&mut self) -> io::Result<()> {
        if self.role == Role::Ping { self.send_message() } else { Ok(()) }
    }

    /// Does what is possible now. Returns whether the connection is still open.
    pub(crate) fn serve(&mut self, readiness: Readiness, buffer: &mut [u8]) -> io::Result<bool> {
        if readiness.writable && !self.unsent.is_empty() {
            let unsent = std::mem::take(&mut self.unsent);
            self.send(&unsent)?;
        } else if readiness.writable && self.role.writes_freely() {
            // A partial write is no loss: these bytes mean nothing.
            ignore_would_block(self.stream.write(&self.message))?;
        }
        if readiness.readable { self.read(buffer) } else { Ok(true) }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        let count = match self.stream.read(buffer) {
            Ok(0) => return Ok(false),
            Ok(count) => count,
            Err(error) if would_block(&error) => return Ok(true),
            Err(error) => return Err(error),
        };
        match self.role {
            Role::Echo => self.send(&buffer[..count])?,
            Role::Ping => {
                self.missing = self.missing.saturating_sub(count);
                if self.missing == 0 {
                    self.missing = self.message.len();
                    self.send_message()?;
                }
            }
            Role::Send | Role::Receive | Role::Duplex => {}
        }
        Ok(true)
    }

    fn send_message(&mut self) -> io::Result<()> {
        let sent = ignore_would_block(self.stream.write(&self.message))?;
        self.unsent.extend_from_slice(&self.message[sent..]);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = ignore_would_block(self.stream.write(bytes))?;
        self.unsent.extend_from_slice(&bytes[sent..]);
        Ok(())
    }
}

fn ignore_would_block(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if would_block(&error) => Ok(0),
        other => other,
    }
}
