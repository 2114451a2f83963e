//! Flows: bytes from one socket to another without JS.

use super::call::{Answer, Call, add_function};
use super::instance::Instance;
use super::scope::{Scope, Value};
use crate::engine::flows::FlowState;
use crate::net::flow::End;
use crate::sys;
use std::rc::Rc;

/// Adds the calls to an object.
pub(super) fn add<'a>(scope: &Scope<'a>, object: Value<'a>, instance: &Rc<Instance>) {
    add_function(scope, object, instance, "flowStart", flow_start);
    add_function(scope, object, instance, "flowState", flow_state);
}

/// `flowStart(from, to)`: what comes in at one socket goes out at the other from now on. The flow's own id, for which a read
/// event tells the end and which is to be closed, or `-errno`.
fn flow_start<'a>(call: &mut Call<'a>, [from, to]: [Value<'a>; 2]) -> i32 {
    let started = call
        .on(from, |engine, from| call.on(to, |_, to| engine.start_flow(from, to).map(|entry| entry.id())));
    started.map_or_else(|error| sys::code(&error), |id| id as i32)
}

/// `flowState(flow)`: `{ taken, sent, idle, end, failed }`: bytes taken from the one socket and given to the other, for how many
/// milliseconds none has moved, whether it has ended, and the error that ended it: `-errno`, or 0; `side` is 1 where that is the
/// error of a write. A number where there is no such flow.
fn flow_state<'a>(call: &mut Call<'a>, [id]: [Value<'a>; 1]) -> State {
    State(call.on(id, |engine, entry| Ok(engine.flow_state(entry))).unwrap_or(None))
}

struct State(Option<FlowState>);

impl Answer for State {
    fn to_js<'a>(self, scope: &Scope<'a>) -> Value<'a> {
        let Some(state) = self.0 else { return scope.int(0) };
        let (failed, side) = match state.end {
            None | Some(End::Eof) => (0, 0),
            Some(End::Read(code)) => (code, 0),
            Some(End::Write(code)) => (code, 1),
        };
        scope.object(&[
            (c"taken", scope.number(state.taken as i64)),
            (c"sent", scope.number(state.sent as i64)),
            (c"idle", scope.number(state.idle.as_millis() as i64)),
            (c"ended", scope.boolean(state.end.is_some())),
            (c"failed", scope.int(failed)),
            (c"side", scope.int(side)),
        ])
    }
}
