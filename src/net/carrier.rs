//! What carries the bytes of a flow from one socket to the other: a pipe in the kernel or, where those can't be had, memory.
//! A flow has one only while bytes are on their way, so few serve many flows.

use crate::sys::splice::Pipe;

/// How many pipes the flows of an engine have at most, with two descriptors each; the others copy.
const MOST_PIPES: usize = 128;
/// How many of them are large. What a user without privileges has in all pipes is bounded (64 MiB in `/proc/sys/fs/pipe-user-pages-soft`),
/// beyond which new ones of every program hold two pages: half of that is left.
const LARGE_PIPES: usize = 24;
/// How many of each kind are kept for whoever comes next.
const KEPT: usize = 8;
/// How often none is asked for after one was refused.
const PAUSE: u32 = 1024;
/// What is copied at a time.
pub const BUFFER: usize = 64 * 1024;

/// What carries bytes, and those that are in it.
#[derive(Debug)]
pub enum Carrier {
    /// A pipe and how many bytes it has.
    Pipe(Pipe, usize),
    /// Memory, and which part of it has bytes that are not sent yet.
    Memory(Vec<u8>, std::ops::Range<usize>),
}

impl Carrier {
    /// How many bytes are on their way in it.
    pub fn held(&self) -> usize {
        match self {
            Carrier::Pipe(_, held) => *held,
            Carrier::Memory(_, range) => range.len(),
        }
    }

    /// Whether it can take as much as the others of its kind.
    pub fn is_whole(&self) -> bool {
        match self {
            Carrier::Pipe(..) => true,
            Carrier::Memory(memory, _) => memory.len() == BUFFER,
        }
    }

    /// Memory with the bytes that are in it, however they were carried. Of a pipe whose bytes can't be had it is empty.
    pub fn into_memory(self) -> Carrier {
        match self {
            Carrier::Pipe(pipe, held) => {
                let bytes = pipe.take_out(held).unwrap_or_default();
                let range = 0..bytes.len();
                Carrier::Memory(bytes, range)
            }
            memory @ Carrier::Memory(..) => memory,
        }
    }
}

/// The carriers of an engine that nobody uses at the moment.
#[derive(Debug, Default)]
pub struct Carriers {
    pipes: Vec<Pipe>,
    memory: Vec<Vec<u8>>,
    /// How many pipes there are, the ones in use included.
    open: usize,
    /// A pipe was refused, or was too small: for so many times none is asked for.
    refused: u32,
}

impl Carriers {
    /// An empty one: a pipe if the flow can use that, and one can be had.
    pub fn take(&mut self, splices: bool) -> Carrier {
        let pipe = if splices { self.take_pipe() } else { None };
        match pipe {
            Some(pipe) => Carrier::Pipe(pipe, 0),
            None => Carrier::Memory(self.memory.pop().unwrap_or_else(|| vec![0; BUFFER]), 0..0),
        }
    }

    fn take_pipe(&mut self) -> Option<Pipe> {
        if let Some(pipe) = self.pipes.pop() {
            return Some(pipe);
        }
        if self.open >= MOST_PIPES {
            return None;
        }
        if self.refused > 0 {
            self.refused -= 1;
            return None;
        }
        match Pipe::new(self.open < LARGE_PIPES) {
            Ok(pipe) => {
                self.open += 1;
                Some(pipe)
            }
            // Out of descriptors, or of what the system lets this user have in pipes.
            Err(_) => {
                self.refused = PAUSE;
                None
            }
        }
    }

    /// Takes one back. Bytes that are left in it are lost.
    pub fn give_back(&mut self, carrier: Carrier) {
        match carrier {
            Carrier::Pipe(pipe, 0) => self.keep(pipe),
            Carrier::Pipe(..) => self.open -= 1,
            Carrier::Memory(memory, _) if self.memory.len() < KEPT && memory.len() == BUFFER => {
                self.memory.push(memory);
            }
            Carrier::Memory(..) => {}
        }
    }

    /// The larger ones are the last, as those are taken first and kept the longest.
    fn keep(&mut self, pipe: Pipe) {
        let place = self.pipes.partition_point(|kept| kept.size() < pipe.size());
        self.pipes.insert(place, pipe);
        if self.pipes.len() > KEPT {
            self.open -= 1;
            self.pipes.remove(0);
        }
    }

    /// A pipe was turned into memory.
    pub(super) fn pipe_is_gone(&mut self) {
        self.open -= 1;
    }

    /// Nobody needs any for now.
    pub fn clear(&mut self) {
        self.open -= self.pipes.len();
        self.pipes.clear();
        self.memory.clear();
    }
}
