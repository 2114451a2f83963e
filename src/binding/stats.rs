//! What `stats()` of the module tells, as far as Rust knows it.

use super::call::{Answer, Call, add_function};
use super::instance::Instance;
use super::scope::{Scope, Value};
use crate::engine::Engine;
use std::rc::Rc;

/// Adds it to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "stats", stats);
}

/// `stats()`: an object; undefined when the environment has ended.
fn stats<'a>(call: &mut Call<'a>, []: [Value<'a>; 0]) -> Stats {
    Stats(call.instance.engine())
}

struct Stats(Option<Rc<Engine>>);

impl Answer for Stats {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        let Some(engine) = self.0 else { return scope.undefined() };
        let (stats, open) = (&engine.stats, engine.open());
        let size = |count: usize| scope.number(count as i64);
        let count = |count: &crate::model::count::Count| scope.number(count.get() as i64);
        let micros = stats.turn_time().as_micros() as i64;
        scope.object(&[
            (c"tcp", size(open.tcp)),
            (c"unix", size(open.unix)),
            (c"other", size(open.other)),
            (c"tcpListeners", size(open.tcp_listeners)),
            (c"unixListeners", size(open.unix_listeners)),
            (c"accepts", count(&stats.accepts)),
            (c"turnedAway", count(&stats.turned_away)),
            (c"connects", count(&stats.connects)),
            (c"connected", count(&stats.connected)),
            (c"connectFailures", count(&stats.connect_failures)),
            (c"handedOver", count(&stats.handed_over)),
            (c"bytesRead", count(&stats.bytes_read)),
            (c"bytesWritten", count(&stats.bytes_written)),
            (c"reads", count(&stats.reads)),
            (c"writes", count(&stats.writes)),
            (c"flushes", count(&stats.flushes)),
            (c"gatheredBytes", count(&stats.gathered_bytes)),
            (c"rows", count(&stats.rows)),
            (c"turns", count(&stats.turns)),
            (c"batches", count(&stats.batches)),
            (c"events", count(&stats.events)),
            (c"largestBatch", count(&stats.largest_batch)),
            (c"turnMicros", scope.number(micros)),
        ])
    }
}
