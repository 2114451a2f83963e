//! Connections that are made and ended at once, some at a time.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};

use bench_io::{Address, Interest, Listener, Poller, Stream, would_block};

use crate::window::{Measured, Window};

/// Several listeners, so that ports in TIME_WAIT don't run out.
const LISTENERS: usize = 4;

struct Work {
    poller: Poller,
    listeners: Vec<Listener>,
    targets: Vec<SocketAddr>,
    /// A token is an index plus `LISTENERS`.
    sockets: Vec<Option<Socket>>,
    free: Vec<usize>,
    started: usize,
    closed: u64,
}

enum Socket {
    Connecting(Stream),
    /// The client sent FIN and waits for the server's.
    Ending(Stream),
    /// The server's end.
    Accepted(Stream),
}

/// The client sends FIN once it is connected, the server closes on reading it, the client closes on reading the end.
pub(crate) fn run(at_once: usize, mut window: Window) -> io::Result<Measured> {
    let mut work = Work::new()?;
    for _ in 0..at_once {
        work.connect()?;
    }
    let mut ready = Vec::new();
    loop {
        work.poller.wait(true, &mut ready)?;
        for readiness in ready.drain(..) {
            if readiness.token < LISTENERS {
                work.accept(readiness.token)?;
            } else {
                work.advance(readiness.token)?;
            }
        }
        if let Some(measured) = window.is_over(work.closed) {
            return Ok(measured);
        }
    }
}

impl Work {
    fn new() -> io::Result<Self> {
        let poller = Poller::new()?;
        let mut listeners = Vec::new();
        let mut targets = Vec::new();
        for token in 0..LISTENERS {
            let any = Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
            let listener = Listener::bind(&any)?;
            poller.add(&listener, token, Interest::Read)?;
            targets.push(SocketAddr::from((Ipv4Addr::LOCALHOST, listener.port()?)));
            listeners.push(listener);
        }
        let (sockets, free) = (Vec::new(), Vec::new());
        Ok(Self { poller, listeners, targets, sockets, free, started: 0, closed: 0 })
    }

    fn connect(&mut self) -> io::Result<()> {
        let target = self.targets[self.started % LISTENERS];
        self.started += 1;
        let stream = Stream::start_connect(target)?;
        self.watch(Socket::Connecting(stream), Interest::Write)
    }

    fn accept(&mut self, listener: usize) -> io::Result<()> {
        loop {
            match self.listeners[listener].accept() {
                Ok(stream) => self.watch(Socket::Accepted(stream), Interest::Read)?,
                Err(error) if would_block(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn watch(&mut self, socket: Socket, interest: Interest) -> io::Result<()> {
        let index = self.free.pop().unwrap_or_else(|| {
            self.sockets.push(None);
            self.sockets.len() - 1
        });
        let (Socket::Connecting(stream) | Socket::Ending(stream) | Socket::Accepted(stream)) = &socket;
        self.poller.add(stream, index + LISTENERS, interest)?;
        self.sockets[index] = Some(socket);
        Ok(())
    }

    fn advance(&mut self, token: usize) -> io::Result<()> {
        let index = token - LISTENERS;
        match self.sockets[index].take() {
            None => Ok(()),
            Some(Socket::Connecting(stream)) => {
                stream.finish()?;
                self.poller.change(&stream, token, Interest::Read)?;
                self.sockets[index] = Some(Socket::Ending(stream));
                Ok(())
            }
            Some(Socket::Accepted(stream)) => self.close(index, stream),
            Some(Socket::Ending(stream)) => {
                self.close(index, stream)?;
                self.closed += 1;
                self.connect()
            }
        }
    }

    /// Reads the end of the stream; the close is the drop.
    fn close(&mut self, index: usize, mut stream: Stream) -> io::Result<()> {
        let count = stream.read(&mut [0; 16])?;
        if count != 0 {
            return Err(io::Error::other("a connection without data brought some"));
        }
        self.free.push(index);
        Ok(())
    }
}
