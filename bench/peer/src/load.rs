//! A client that sends requests and times the answers: on some connections at once, each with a number of requests under
//! way, or with a connection for each request. Lines on stdin ask for its figures.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use bench_io::{Interest, Poller, READ_BUFFER_BYTES, Readiness, Stream, would_block};

use crate::figures::Figures;

const STDIN_TOKEN: usize = usize::MAX;

/// What each connection does.
pub(crate) struct Plan {
    pub(crate) target: SocketAddr,
    pub(crate) request: Vec<u8>,
    /// The bytes of an answer; all answers are of one length.
    pub(crate) answer_bytes: usize,
    /// Requests under way on a connection.
    pub(crate) depth: usize,
    /// A connection for each request, which the far end closes after its answer.
    pub(crate) reconnect: bool,
}

/// A connection and the requests under way on it.
struct Caller {
    stream: Stream,
    started: Instant,
    connected: bool,
    unsent: Vec<u8>,
    asked: VecDeque<Instant>,
    /// Bytes of the answer that is coming.
    received: usize,
}

/// All connections, on one thread.
pub(crate) struct Load {
    plan: Plan,
    poller: Poller,
    callers: Vec<Caller>,
    figures: Figures,
    buffer: Vec<u8>,
}

impl Load {
    pub(crate) fn new(plan: Plan, connections: usize) -> io::Result<Self> {
        let poller = Poller::new()?;
        poller.add(&io::stdin(), STDIN_TOKEN, Interest::Read)?;
        let figures = Figures::new(connections);
        let buffer = vec![0; READ_BUFFER_BYTES];
        let mut load = Self { plan, poller, callers: Vec::with_capacity(connections), figures, buffer };
        for token in 0..connections {
            let caller = load.connect(token)?;
            load.callers.push(caller);
        }
        Ok(load)
    }

    /// Runs until stdin ends.
    pub(crate) fn run(&mut self) -> io::Result<()> {
        let mut ready = Vec::new();
        loop {
            self.poller.wait(true, &mut ready)?;
            for readiness in ready.drain(..) {
                if readiness.token != STDIN_TOKEN {
                    self.serve(readiness)?;
                } else if !self.obey()? {
                    return Ok(());
                }
            }
        }
    }

    fn connect(&self, token: usize) -> io::Result<Caller> {
        let stream = Stream::start_connect(self.plan.target)?;
        self.poller.add(&stream, token, Interest::Write)?;
        Ok(Caller {
            stream,
            started: Instant::now(),
            connected: false,
            unsent: Vec::new(),
            asked: VecDeque::new(),
            received: 0,
        })
    }

    /// Answers a line of stdin: `count` with the answers so far, `report` with all figures since the last report.
    fn obey(&mut self) -> io::Result<bool> {
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(false);
        }
        match line.trim() {
            "count" => println!("{{\"count\":{}}}", self.figures.total()),
            "report" => {
                let waits = self.callers.iter().map(|caller| {
                    caller.asked.front().filter(|_| !self.plan.reconnect).unwrap_or(&caller.started).elapsed()
                });
                println!("{}", self.figures.report(waits));
            }
            other => return Err(io::Error::other(format!("'{other}' is no question"))),
        }
        Ok(true)
    }

    fn serve(&mut self, readiness: Readiness) -> io::Result<()> {
        let token = readiness.token;
        if readiness.writable {
            if !self.callers[token].connected {
                self.callers[token].connected = true;
                for _ in 0..self.plan.depth {
                    self.ask(token);
                }
            }
            self.send(token)?;
        }
        if readiness.readable { self.read(token) } else { Ok(()) }
    }

    fn ask(&mut self, token: usize) {
        let caller = &mut self.callers[token];
        caller.asked.push_back(Instant::now());
        caller.unsent.extend_from_slice(&self.plan.request);
    }

    fn send(&mut self, token: usize) -> io::Result<()> {
        let caller = &mut self.callers[token];
        if !caller.unsent.is_empty() {
            let sent = match caller.stream.write(&caller.unsent) {
                Ok(sent) => sent,
                Err(error) if would_block(&error) => 0,
                Err(error) => return Err(error),
            };
            caller.unsent.drain(..sent);
        }
        let interest = if caller.unsent.is_empty() { Interest::Read } else { Interest::Both };
        self.poller.change(&caller.stream, token, interest)
    }

    fn read(&mut self, token: usize) -> io::Result<()> {
        match self.callers[token].stream.read(&mut self.buffer) {
            Ok(0) => self.ended(token),
            Ok(count) => self.answered(token, count),
            Err(error) if would_block(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn answered(&mut self, token: usize, count: usize) -> io::Result<()> {
        self.callers[token].received += count;
        while self.callers[token].received >= self.plan.answer_bytes {
            self.count_answer(token)?;
            if !self.plan.reconnect {
                self.ask(token);
            }
        }
        if self.callers[token].unsent.is_empty() {
            return Ok(());
        }
        self.send_now(token)
    }

    fn count_answer(&mut self, token: usize) -> io::Result<()> {
        let caller = &mut self.callers[token];
        caller.received -= self.plan.answer_bytes;
        let asked = caller.asked.pop_front().ok_or_else(|| io::Error::other("an answer to nothing"))?;
        // A connection for each request: the wait for the connection is part of it.
        let since = if self.plan.reconnect { caller.started } else { asked };
        self.figures.add(token, since.elapsed(), caller.started.elapsed());
        Ok(())
    }

    /// Sends without a change of what is watched, unless the kernel is full.
    fn send_now(&mut self, token: usize) -> io::Result<()> {
        let caller = &mut self.callers[token];
        match caller.stream.write(&caller.unsent) {
            Ok(sent) if sent == caller.unsent.len() => {
                caller.unsent.clear();
                Ok(())
            }
            Ok(sent) => {
                caller.unsent.drain(..sent);
                self.poller.change(&caller.stream, token, Interest::Both)
            }
            Err(error) if would_block(&error) => self.poller.change(&caller.stream, token, Interest::Both),
            Err(error) => Err(error),
        }
    }

    fn ended(&mut self, token: usize) -> io::Result<()> {
        if !self.plan.reconnect || !self.callers[token].asked.is_empty() {
            return Err(io::Error::other("the far end closed a connection before its answer"));
        }
        self.callers[token] = self.connect(token)?;
        Ok(())
    }
}
