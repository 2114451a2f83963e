//! How long answers took: of all, of the first on each connection, and how evenly connections were served.

use std::time::Duration;

/// What was counted since the last report, and the first answer of each connection.
pub(crate) struct Figures {
    total: u64,
    micros: Vec<u32>,
    firsts: Vec<Option<u32>>,
    answers: Vec<u32>,
}

impl Figures {
    pub(crate) fn new(connections: usize) -> Self {
        Self { total: 0, micros: Vec::new(), firsts: vec![None; connections], answers: vec![0; connections] }
    }

    /// The answers since the start.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// An answer that took so long, on a connection that began so long ago.
    pub(crate) fn add(&mut self, connection: usize, took: Duration, since_connect: Duration) {
        self.total += 1;
        self.micros.push(micros(took));
        self.answers[connection] += 1;
        self.firsts[connection].get_or_insert_with(|| micros(since_connect));
    }

    /// A line of JSON with the figures since the last report, times in microseconds. A connection that got no answer since
    /// then counts with what it has waited so far (`waits`, one for each connection): else who is not served would not count.
    pub(crate) fn report(&mut self, waits: impl Iterator<Item = Duration>) -> String {
        let starved = waits.zip(&self.answers).filter(|(_, answers)| **answers == 0);
        self.micros.extend(starved.map(|(wait, _)| micros(wait)));
        self.micros.sort_unstable();
        let mut firsts: Vec<u32> = self.firsts.iter().flatten().copied().collect();
        firsts.sort_unstable();
        self.answers.sort_unstable();
        let line = format!(
            "{{\"p50\":{},\"p99\":{},\"p999\":{},\"firstP50\":{},\"firstMax\":{},\"unanswered\":{},\"fewest\":{},\"most\":{}}}",
            at(&self.micros, 0.5),
            at(&self.micros, 0.99),
            at(&self.micros, 0.999),
            at(&firsts, 0.5),
            at(&firsts, 1.0),
            self.firsts.iter().filter(|first| first.is_none()).count(),
            at(&self.answers, 0.0),
            at(&self.answers, 1.0),
        );
        self.micros.clear();
        self.answers.fill(0);
        line
    }
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// The value below which a share of the sorted values lies; 0 when there are none.
fn at(sorted: &[u32], share: f64) -> u32 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0;
    };
    // Exact enough: there are far fewer values than a double has integers.
    sorted[(share * last as f64).round() as usize]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Figures;

    #[test]
    fn reports_a_window_and_keeps_the_first_answers() {
        let mut figures = Figures::new(2);
        figures.add(0, Duration::from_micros(10), Duration::from_micros(50));
        let waits = [Duration::from_micros(5), Duration::from_micros(99)];
        let first = figures.report(waits.into_iter());
        assert!(first.starts_with("{\"p50\":99,\"p99\":99,"), "{first}");
        assert!(first.contains("\"unanswered\":1,\"fewest\":0,\"most\":1"));
        figures.add(1, Duration::from_micros(30), Duration::from_micros(70));
        figures.add(1, Duration::from_micros(20), Duration::from_micros(90));
        assert_eq!(figures.total(), 3);
        let expected = "{\"p50\":20,\"p99\":30,\"p999\":30,\"firstP50\":70,\"firstMax\":70,\"unanswered\":0,\"fewest\":0,\"most\":2}";
        assert_eq!(figures.report(waits.into_iter()), expected);
    }
}
