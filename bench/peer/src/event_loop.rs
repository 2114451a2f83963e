//! One thread, one epoll instance, one listener at most.

use std::io;

use bench_io::{Interest, Listener, Poller, READ_BUFFER_BYTES, Readiness, would_block};

use crate::connection::{Connection, Role};

const LISTENER_TOKEN: usize = usize::MAX;

/// A listener, and what the connections that it accepts do.
struct Acceptor {
    listener: Listener,
    role: Role,
    size: usize,
}

/// The connections of a peer.
pub(crate) struct EventLoop {
    poller: Poller,
    acceptor: Option<Acceptor>,
    /// A token is an index; a closed connection leaves `None` and its token isn't used again.
    connections: Vec<Option<Connection>>,
    open: usize,
    spin: bool,
    buffer: Vec<u8>,
}

impl EventLoop {
    pub(crate) fn new(spin: bool) -> io::Result<Self> {
        Ok(Self {
            poller: Poller::new()?,
            acceptor: None,
            connections: Vec::new(),
            open: 0,
            spin,
            buffer: vec![0; READ_BUFFER_BYTES],
        })
    }

    pub(crate) fn listen(&mut self, listener: Listener, role: Role, size: usize) -> io::Result<()> {
        self.poller.add(&listener, LISTENER_TOKEN, Interest::Read)?;
        self.acceptor = Some(Acceptor { listener, role, size });
        Ok(())
    }

    pub(crate) fn add(&mut self, mut connection: Connection) -> io::Result<()> {
        connection.start()?;
        let token = self.connections.len();
        self.poller.add(connection.stream(), token, connection.interest())?;
        self.connections.push(Some(connection));
        self.open += 1;
        Ok(())
    }

    /// Serves until the last connection is closed; with a listener, without end.
    pub(crate) fn run(&mut self) -> io::Result<()> {
        let mut ready = Vec::new();
        while self.open > 0 || self.acceptor.is_some() {
            self.poller.wait(!self.spin, &mut ready)?;
            for readiness in ready.drain(..) {
                if readiness.token == LISTENER_TOKEN {
                    self.accept()?;
                } else {
                    self.serve(readiness)?;
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let Some(acceptor) = &self.acceptor else {
                return Ok(());
            };
            let (role, size) = (acceptor.role, acceptor.size);
            match acceptor.listener.accept() {
                Ok(stream) => self.add(Connection::new(stream, role, size))?,
                Err(error) if would_block(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn serve(&mut self, readiness: Readiness) -> io::Result<()> {
        let Some(connection) = &mut self.connections[readiness.token] else {
            return Ok(());
        };
        let before = connection.interest();
        match connection.serve(readiness, &mut self.buffer) {
            Ok(true) => {
                let after = connection.interest();
                if after != before {
                    self.poller.change(connection.stream(), readiness.token, after)?;
                }
            }
            // The implementation under test ends its connections as it likes: an error here is an end too.
            Ok(false) | Err(_) => {
                self.connections[readiness.token] = None;
                self.open -= 1;
            }
        }
        Ok(())
    }
}
