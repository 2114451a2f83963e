//! What keeps Node's loop alive, counted over several descriptors as the engine does.

use super::cases::config;
use oxinet::net::descriptor::Descriptor;
use proptest::prelude::*;
use std::sync::Arc;

#[derive(Debug, Clone, Copy)]
enum Step {
    Reading(bool),
    Referenced(bool),
    WriteEvent(bool),
    TakeWriteEvent,
    ConnectRound(u64),
    Nothing,
    /// The engine looks.
    Recount,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => any::<bool>().prop_map(Step::Reading),
        1 => any::<bool>().prop_map(Step::Referenced),
        1 => any::<bool>().prop_map(Step::WriteEvent),
        1 => Just(Step::TakeWriteEvent),
        1 => any::<u64>().prop_map(Step::ConnectRound),
        1 => Just(Step::Nothing),
        2 => Just(Step::Recount),
    ]
}

#[derive(Default, Clone)]
struct Model {
    reading: bool,
    unreferenced: bool,
    write_event: bool,
    round: Option<u64>,
}

impl Model {
    fn take_write_event(&mut self) -> bool {
        self.round = None;
        std::mem::take(&mut self.write_event)
    }

    fn is_alive(&self) -> bool {
        (self.reading && !self.unreferenced) || self.write_event
    }
}

const SOCKETS: usize = 3;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_count_is_that_of_those_who_are_alive(
        steps in proptest::collection::vec((0..SOCKETS, any_step()), 1..200)
    ) {
        let sockets: Vec<Descriptor> = (1..=SOCKETS as u32).map(|id| Descriptor::new(id, Arc::default())).collect();
        let mut models = vec![Model::default(); SOCKETS];
        let mut alive = 0_i32;
        let recount = |alive: &mut i32, at: usize| match sockets[at].wants.newly_alive() {
            Some(true) => *alive += 1,
            Some(false) => *alive -= 1,
            None => {}
        };
        for (at, step) in steps {
            let (wants, model) = (&sockets[at].wants, &mut models[at]);
            match step {
                Step::Reading(on) => { wants.set_reading(on); model.reading = on; }
                Step::Referenced(on) => { wants.set_referenced(on); model.unreferenced = !on; }
                Step::WriteEvent(on) => { wants.set_write_event(on); model.write_event = on; }
                Step::TakeWriteEvent => prop_assert_eq!(wants.take_write_event(), model.take_write_event()),
                Step::ConnectRound(round) => { wants.set_connect_round(round); model.round = Some(round); }
                Step::Nothing => { wants.set_nothing(); model.reading = false; model.take_write_event(); }
                Step::Recount => recount(&mut alive, at),
            }
            prop_assert_eq!(wants.reading(), model.reading);
            prop_assert_eq!(wants.is_referenced(), !model.unreferenced);
            prop_assert_eq!(wants.write_event(), model.write_event);
            prop_assert_eq!(wants.connect_round(), model.round);
        }
        (0..SOCKETS).for_each(|at| recount(&mut alive, at));
        prop_assert_eq!(alive as usize, models.iter().filter(|model| model.is_alive()).count());
        (0..SOCKETS).for_each(|at| recount(&mut alive, at));
        prop_assert_eq!(alive as usize, models.iter().filter(|model| model.is_alive()).count());
    }
}
