//! What an id stands for: a descriptor, what JS wants of it, and what is remembered about it.

use super::bound::Bound;
use super::habits::Habits;
#[cfg(unix)]
use super::passing::Passing;
use super::ready::ReadyList;
use super::wants::Wants;
use super::watched::Watched;
use crate::model::socket_option::{OptionValue, SocketOption};
use crate::sys::{self, os::OwnedFd};
use std::sync::Arc;

/// See the module. Each part keeps its own facts.
#[derive(Debug)]
pub struct Descriptor {
    /// The descriptor, and who is told when it is ready.
    pub watched: Watched,
    /// What JS wants of it, and whether that keeps the loop alive.
    pub wants: Wants,
    /// What is remembered about a stream, to serve it well.
    pub habits: Habits,
    /// What is remembered of bind(2).
    pub bound: Bound,
    /// Descriptors on their way through it.
    #[cfg(unix)]
    pub passing: Passing,
    id: u32,
}

impl Descriptor {
    /// An entry with nothing opened.
    pub fn new(id: u32, list: Arc<ReadyList>) -> Descriptor {
        Descriptor {
            watched: Watched::new(id, list),
            wants: Wants::new(),
            habits: Habits::default(),
            bound: Bound::default(),
            #[cfg(unix)]
            passing: Passing::default(),
            id,
        }
    }

    /// Takes the descriptor out, for closing or for handing it over: neither close(2) nor who gets it is to wait.
    pub fn take(&self) -> Option<OwnedFd> {
        if self.habits.lingers.take() {
            let _as_well = self
                .watched
                .with_fd(|fd| sys::sockopt::set(fd, SocketOption::Linger, &OptionValue::Linger(None)));
        }
        self.watched.take()
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.id
    }
}
