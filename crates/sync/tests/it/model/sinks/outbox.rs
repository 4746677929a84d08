//! The outbox of a ledger in memory, and the places of its sinks: what a kill leaves.

use std::collections::BTreeMap;
use std::sync::Mutex;

use povline_domain::{Change, UnixMillis};
use povline_store::StoreError;
use povline_store::ledger::{
    Again, DeadLetter, Deliveries, Event, EventCursor, Observation, Outbox, ProvingScan, SinkName,
    SinkStart, SinkState, SinkStatus, SinkStep, TableLine, ToldEvent, WaitingLetter,
};
use tokio::sync::watch;

pub struct MemoryOutbox {
    known: Mutex<Known>,
    commits: watch::Sender<u64>,
}

#[derive(Default)]
struct Known {
    events: Vec<ToldEvent>,
    certificates: i64,
    places: BTreeMap<SinkName, Place>,
}

#[derive(Default)]
struct Place {
    cursor: EventCursor,
    waiting: BTreeMap<EventCursor, WaitingLetter>,
}

impl MemoryOutbox {
    pub fn new() -> Self {
        Self {
            known: Mutex::default(),
            commits: watch::channel(0).0,
        }
    }

    /// Takes what was settled, with its proof.
    pub fn put(&self, observation: &Observation, changes: &[Change]) {
        let mut known = self.known.lock().unwrap();
        known.certificates += 1;
        let certificate = &observation.certificate;
        for change in changes {
            let told = ToldEvent {
                event: Event {
                    cursor: EventCursor(known.events.len() as i64 + 1),
                    change: change.clone(),
                    pov: observation.pov.clone(),
                    day: observation.day,
                    certificate: known.certificates,
                },
                scan: ProvingScan {
                    verdict: certificate.verdict.code(),
                    began_at: certificate.begun_at(),
                    ended_at: certificate.ended_at(),
                    pages: certificate.windows.len() as u32,
                    looked_at: Vec::new(),
                },
            };
            known.events.push(told);
        }
    }

    /// All that was told, in order.
    pub fn events(&self) -> Vec<Change> {
        let known = self.known.lock().unwrap();
        let events = known.events.iter();
        events.map(|told| told.event.change.clone()).collect()
    }
}

impl Deliveries for MemoryOutbox {
    async fn ledger_id(&self) -> Result<String, StoreError> {
        Ok("in-memory".to_owned())
    }

    async fn outbox(&self, cursor: EventCursor, events_max: usize) -> Result<Outbox, StoreError> {
        let known = self.known.lock().unwrap();
        let after = known.events.iter().skip(cursor.0 as usize);
        Ok(Outbox {
            events: after.take(events_max).cloned().collect(),
            first_kept: EventCursor(1),
            last: EventCursor(known.events.len() as i64),
        })
    }

    async fn told(&self, cursors: Vec<EventCursor>) -> Result<Vec<ToldEvent>, StoreError> {
        let known = self.known.lock().unwrap();
        let at = |cursor: &EventCursor| known.events[cursor.0 as usize - 1].clone();
        Ok(cursors.iter().map(at).collect())
    }

    async fn enlist(
        &self,
        name: &SinkName,
        _kind: &'static str,
        _start: SinkStart,
    ) -> Result<SinkState, StoreError> {
        let mut known = self.known.lock().unwrap();
        let place = known.places.entry(name.clone()).or_default();
        Ok(SinkState {
            cursor: place.cursor,
            waiting: place.waiting.values().cloned().collect(),
            stopped: None,
        })
    }

    async fn advance(&self, name: &SinkName, step: SinkStep) -> Result<(), StoreError> {
        assert_eq!((step.lost, &step.stopped), (0, &None));
        assert_eq!(step.dead, [], "no receiver of these worlds fails for days");
        let mut known = self.known.lock().unwrap();
        let place = known.places.get_mut(name).unwrap();
        place.cursor = place.cursor.max(step.cursor);
        for cursor in &step.settled {
            place.waiting.remove(cursor);
        }
        let waiting = step.waiting.into_iter();
        place
            .waiting
            .extend(waiting.map(|letter| (letter.cursor, letter)));
        Ok(())
    }

    async fn take_asked(
        &self,
        _name: &SinkName,
        _letters_max: usize,
    ) -> Result<Vec<ToldEvent>, StoreError> {
        Ok(Vec::new())
    }

    async fn stopped(&self, _name: &SinkName) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    // What no sink asks of a ledger, but people do.

    async fn cursor_before(&self, _at: UnixMillis) -> Result<EventCursor, StoreError> {
        unreachable!()
    }

    async fn fill_table(
        &self,
        _name: &SinkName,
        _lines: Vec<TableLine>,
        _step: SinkStep,
    ) -> Result<(), StoreError> {
        unreachable!("memory has no tables")
    }

    async fn ask_again(&self, _name: &SinkName, _what: Again) -> Result<Option<u64>, StoreError> {
        unreachable!()
    }

    async fn dead_letters(
        &self,
        _name: Option<&SinkName>,
        _letters_max: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        unreachable!()
    }

    async fn resume(&self, _name: &SinkName) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn sinks(&self) -> Result<Vec<SinkStatus>, StoreError> {
        unreachable!()
    }

    async fn dismiss(&self, _name: &SinkName) -> Result<bool, StoreError> {
        unreachable!()
    }

    async fn tidy_deliveries(&self, _dead_max: u64) -> Result<u64, StoreError> {
        unreachable!()
    }

    async fn bound_of_events(&self, _events_max: u64) -> Result<Option<UnixMillis>, StoreError> {
        unreachable!()
    }

    async fn erase_names(&self, _before: UnixMillis) -> Result<u64, StoreError> {
        unreachable!()
    }
}
