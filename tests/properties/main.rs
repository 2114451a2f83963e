//! What must hold for all inputs and in all orders of calls, tried with many that are made up (`npm run test:fuzz`).

#[cfg(unix)]
mod addr;
mod backoff;
mod cases;
mod ids;
mod proxy;
mod ready;
#[cfg(target_os = "linux")]
mod streams;
mod tcp_info;
mod wants;
