//! Both ends of a connection in one process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bench_io::{Address, Listener, Stream};

/// A listener on a Unix path, or on a free port of the loopback.
pub(crate) struct Acceptor {
    listener: Listener,
    address: Address,
}

impl Acceptor {
    pub(crate) fn new(unix: Option<&str>) -> io::Result<Self> {
        if let Some(path) = unix {
            let address = Address::Unix(path.into());
            return Ok(Self { listener: Listener::bind(&address)?, address });
        }
        let any = Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let listener = Listener::bind(&any)?;
        let port = listener.port()?;
        Ok(Self { listener, address: Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port))) })
    }

    /// The client's and the server's end of a new connection. The kernel connects to the backlog, so that the
    /// waiting connect needs nobody to accept.
    pub(crate) fn pair(&self) -> io::Result<(Stream, Stream)> {
        let client = Stream::connect(&self.address)?;
        let server = self.listener.accept()?;
        client.do_not_pace()?;
        server.do_not_pace()?;
        Ok((client, server))
    }
}
