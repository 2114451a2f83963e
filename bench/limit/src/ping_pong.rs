//! Messages to and fro on every connection at once.

use std::io::{self, Read, Write};

use bench_io::{Interest, Poller, READ_BUFFER_BYTES};

use crate::pair::Acceptor;
use crate::window::{Measured, Window};

/// Even tokens are clients, odd ones servers. Messages are small enough to be written in one piece.
pub(crate) fn run(
    unix: Option<&str>,
    connections: usize,
    size: usize,
    mut window: Window,
) -> io::Result<Measured> {
    let acceptor = Acceptor::new(unix)?;
    let mut poller = Poller::new()?;
    let message = vec![b'x'; size];
    let mut buffer = vec![0; READ_BUFFER_BYTES];
    let mut sockets = Vec::with_capacity(2 * connections);
    for index in 0..connections {
        let (mut client, server) = acceptor.pair()?;
        poller.add(&client, 2 * index, Interest::Read)?;
        poller.add(&server, 2 * index + 1, Interest::Read)?;
        client.write_all(&message)?;
        sockets.push(client);
        sockets.push(server);
    }
    let mut missing = vec![size; connections];
    let mut ready = Vec::new();
    let mut round_trips = 0;
    loop {
        poller.wait(true, &mut ready)?;
        for readiness in ready.drain(..) {
            let socket = &mut sockets[readiness.token];
            let count = socket.read(&mut buffer)?;
            if readiness.token % 2 == 1 {
                socket.write_all(&buffer[..count])?;
                continue;
            }
            let missing = &mut missing[readiness.token / 2];
            *missing -= count;
            if *missing == 0 {
                *missing = size;
                round_trips += 1;
                socket.write_all(&message)?;
            }
        }
        if let Some(measured) = window.is_over(round_trips) {
            return Ok(measured);
        }
    }
}
