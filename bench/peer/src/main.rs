//! The fixed far end of the two-process benchmark cases.
//!
//! ```text
//! oxinet-bench-peer serve  echo|sink|source   --listen ADDRESS [--size BYTES]
//! oxinet-bench-peer connect ping|send|receive|duplex --target ADDRESS [--connections N] [--size BYTES] [--hello HEX]
//! oxinet-bench-peer load   --target ADDRESS --request HEX --answer BYTES [--connections N] [--depth N] [--reconnect 1]
//! oxinet-bench-peer relay  --listen ADDRESS [--size BYTES]   echo server, and a duplex client of the target on stdin
//! oxinet-bench-peer hold   --target ADDRESS [--size BYTES]   opens as many idle connections as each line of stdin says
//! ```
//!
//! `--hello` is what each connection writes first. `load` answers the lines `count` and `report` of its stdin.
//! A listening peer prints `{"port":N}` once it is bound. Every peer ends when its stdin does. `--spin 1` polls
//! without sleeping, for the cases that measure busy polling.

mod connection;
mod event_loop;
mod figures;
mod load;

use std::io::{self, BufRead, Read, Write};

use bench_io::{Address, Arguments, Listener, Stream, raise_descriptor_limit};

use connection::{Connection, Role};
use event_loop::EventLoop;
use load::{Load, Plan};

fn main() {
    if let Err(message) = run() {
        eprintln!("oxinet-bench-peer: {message}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::from_env()?;
    let size = arguments.value("size", 64 * 1024)?;
    let spin = arguments.value("spin", 0)? != 0;
    raise_descriptor_limit().map_err(text)?;
    match arguments.word(0) {
        "serve" => serve(&arguments, size, spin),
        "connect" => connect(&arguments, size, spin),
        "relay" => relay(&arguments, size),
        "hold" => hold(&arguments),
        "load" => load(&arguments),
        other => Err(format!("unknown mode '{other}'")),
    }
}

fn serve(arguments: &Arguments, size: usize, spin: bool) -> Result<(), String> {
    let role = match arguments.word(1) {
        "echo" => Role::Echo,
        "sink" => Role::Receive,
        "source" => Role::Send,
        other => return Err(format!("can't serve '{other}'")),
    };
    let listener = listen(arguments)?;
    end_with_stdin();
    EventLoop::new(spin)
        .and_then(|mut events| {
            events.listen(listener, role, size)?;
            events.run()
        })
        .map_err(text)
}

fn connect(arguments: &Arguments, size: usize, spin: bool) -> Result<(), String> {
    let role = match arguments.word(1) {
        "ping" => Role::Ping,
        "send" => Role::Send,
        "receive" => Role::Receive,
        "duplex" => Role::Duplex,
        other => return Err(format!("can't connect as '{other}'")),
    };
    let target = address(arguments, "target")?;
    let connections = arguments.value("connections", 1)?;
    let hello = bytes(arguments, "hello")?;
    end_with_stdin();
    let mut events = EventLoop::new(spin).map_err(text)?;
    for _ in 0..connections {
        let mut stream = Stream::connect(&target).map_err(text)?;
        stream.write_all(&hello).map_err(text)?;
        events.add(Connection::new(stream, role, size)).map_err(text)?;
    }
    events.run().map_err(text)
}

fn relay(arguments: &Arguments, size: usize) -> Result<(), String> {
    let listener = listen(arguments)?;
    let target = next_line()?.ok_or("stdin ended before it named a target")?;
    let target: Address = target.parse().map_err(|_| format!("'{target}' is no address"))?;
    end_with_stdin();
    let mut events = EventLoop::new(false).map_err(text)?;
    events.listen(listener, Role::Echo, size).map_err(text)?;
    let stream = Stream::connect(&target).map_err(text)?;
    events.add(Connection::new(stream, Role::Duplex, size)).map_err(text)?;
    events.run().map_err(text)
}

fn hold(arguments: &Arguments) -> Result<(), String> {
    let target = address(arguments, "target")?;
    let message = vec![b'x'; arguments.value("size", 0)?];
    let mut held = Vec::new();
    while let Some(line) = next_line()? {
        let count: usize = line.parse().map_err(|_| format!("'{line}' is no number"))?;
        for _ in 0..count {
            let mut stream = Stream::connect(&target).map_err(text)?;
            stream.reset_on_close().map_err(text)?;
            if !message.is_empty() {
                stream.write_all(&message).map_err(text)?;
            }
            held.push(stream);
        }
    }
    Ok(())
}

fn load(arguments: &Arguments) -> Result<(), String> {
    let Address::Tcp(target) = address(arguments, "target")? else {
        return Err("load needs a TCP address".to_owned());
    };
    let plan = Plan {
        target,
        request: bytes(arguments, "request")?,
        answer_bytes: arguments.value("answer", 0)?,
        depth: arguments.value("depth", 1)?,
        reconnect: arguments.value("reconnect", 0)? != 0,
    };
    if plan.request.is_empty() || plan.answer_bytes == 0 || plan.depth == 0 {
        return Err("load needs --request, --answer and a depth above 0".to_owned());
    }
    let connections = arguments.value("connections", 1)?;
    Load::new(plan, connections).and_then(|mut load| load.run()).map_err(text)
}

fn listen(arguments: &Arguments) -> Result<Listener, String> {
    let listener = Listener::bind(&address(arguments, "listen")?).map_err(text)?;
    println!("{{\"port\":{}}}", listener.port().map_err(text)?);
    Ok(listener)
}

fn address(arguments: &Arguments, name: &str) -> Result<Address, String> {
    let given = arguments.text(name).ok_or_else(|| format!("--{name} is missing"))?;
    given.parse().map_err(|_| format!("'{given}' is no address"))
}

/// The bytes that `--name` has in hexadecimal digits; none without it.
fn bytes(arguments: &Arguments, name: &str) -> Result<Vec<u8>, String> {
    let digits = arguments.text(name).unwrap_or("");
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("--{name} can't be '{digits}'"))
}

fn next_line() -> Result<Option<String>, String> {
    let mut line = String::new();
    let count = io::stdin().lock().read_line(&mut line).map_err(text)?;
    Ok(if count == 0 { None } else { Some(line.trim().to_owned()) })
}

/// Exits when the other side of stdin is gone, so that a case that dies leaves no peer behind.
fn end_with_stdin() {
    std::thread::spawn(|| {
        let mut rest = [0; 64];
        while matches!(io::stdin().lock().read(&mut rest), Ok(count) if count > 0) {}
        std::process::exit(0);
    });
}

fn text(error: io::Error) -> String {
    error.to_string()
}
