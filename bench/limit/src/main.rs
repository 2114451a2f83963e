//! The physical limit of the one-process cases: the same work by plain system calls on one thread, without JavaScript.
//!
//! ```text
//! oxinet-bench-limit ping-pong     [--connections N] [--size BYTES]
//! oxinet-bench-limit stream        [--size BYTES] [--gather BYTES]
//! oxinet-bench-limit burst         [--size BYTES] [--writes N]
//! oxinet-bench-limit connect-close [--connections N]
//! ```
//!
//! All take `--warmup` and `--duration` (milliseconds) and, except connect-close, `--unix PATH`; each prints one line
//! of JSON in the shape that the scripts of `cases/` print.

mod connect_close;
mod pair;
mod ping_pong;
mod stream;
mod window;

use std::io;

use bench_io::{Arguments, raise_descriptor_limit};

use window::Window;

fn main() {
    if let Err(message) = run() {
        eprintln!("oxinet-bench-limit: {message}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::from_env()?;
    raise_descriptor_limit().map_err(text)?;
    let size = arguments.value("size", 64)?;
    let connections = arguments.value("connections", 1)?;
    let unix = arguments.text("unix");
    let window = Window::new(arguments.value("warmup", 100)?, arguments.value("duration", 500)?);
    let (unit, measured) = match arguments.word(0) {
        "ping-pong" => ("round trips", ping_pong::run(unix, connections, size, window)),
        "stream" => {
            let gather = arguments.value("gather", 64 * 1024)?;
            ("writes", stream::run_free(unix, size, gather, window))
        }
        "burst" => ("writes", stream::run_bursts(unix, size, arguments.value("writes", 8)?, window)),
        "connect-close" => ("connections", connect_close::run(connections, window)),
        other => return Err(format!("unknown work '{other}'")),
    };
    println!("{}", measured.map_err(text)?.to_json(unit));
    Ok(())
}

fn text(error: io::Error) -> String {
    error.to_string()
}
