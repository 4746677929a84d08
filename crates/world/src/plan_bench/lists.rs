//! The server of a benchmark: what a poll of a list shows at an instant.

use super::events::{BenchWorld, Event, Kind};
use super::score::{Found, Score};

/// How far one policy has seen a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    next: usize,
    pub(super) rows: u32,
    pub(super) unpicked: u32,
    /// When it was last read; when it came into the horizon, before that.
    pub(super) read_at: u32,
}

/// The net difference that a poll shows, and the list as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) new: u32,
    pub(super) gone: u32,
    pub(super) picked: u32,
    pub(super) rows: u32,
    pub(super) unpicked: u32,
}

/// Every list as one policy has seen it.
#[derive(Debug)]
pub(super) struct Lists<'a> {
    world: &'a BenchWorld,
    cursors: Vec<Cursor>,
    scratch: Vec<(u32, Kind)>,
}

impl<'a> Lists<'a> {
    /// As of the beginning of this day of the world: every list was just read.
    pub(super) fn at_day(world: &'a BenchWorld, day: usize) -> Self {
        let begin = day as u32 * 86_400_000;
        let horizon = world.ways.scenario.days;
        let mut lists = Self {
            world,
            cursors: Vec::with_capacity(world.lists()),
            scratch: Vec::new(),
        };
        for list in 0..world.lists() {
            let rows = world.rows_before[list];
            let date = list % world.dates;
            // A list whose day comes later is taken to be read when it enters the horizon.
            let enters = (date + 1).saturating_sub(horizon) as u32 * 86_400_000;
            lists.cursors.push(Cursor {
                next: 0,
                rows,
                unpicked: rows,
                read_at: enters.max(begin),
            });
            lists.show(list, begin, |_| ());
        }
        lists
    }

    pub(super) fn cursor(&self, list: usize) -> &Cursor {
        &self.cursors[list]
    }

    /// Calls that reading this list takes at this instant.
    pub(super) fn cost(&self, list: usize, at: u32) -> u32 {
        let cursor = &self.cursors[list];
        let events = self.world.events(list).iter().skip(cursor.next);
        let rows = events.take_while(|event| event.at <= at).fold(
            i64::from(cursor.rows),
            |rows, event| {
                rows + match event.kind {
                    Kind::Book => 1,
                    Kind::Leave => -1,
                    Kind::Pick => 0,
                }
            },
        );
        u32::try_from(rows).unwrap_or(0).div_ceil(200).max(1)
    }

    /// A poll at this instant.
    pub(super) fn poll(&mut self, list: usize, at: u32, score: &mut Score) -> Shown {
        let date = list % self.world.dates;
        let pov = list / self.world.dates;
        let shown = self.show(list, at, |event| {
            score.found(Found {
                pov,
                date,
                event,
                at,
            });
        });
        self.cursors[list].read_at = at;
        shown
    }

    /// Every change that was not found yet is charged to this instant.
    pub(super) fn charge_rest(&mut self, list: usize, at: u32, score: &mut Score) {
        self.poll(list, at, score);
    }

    fn show(&mut self, list: usize, at: u32, mut found: impl FnMut(Event)) -> Shown {
        let cursor = &mut self.cursors[list];
        let mut shown = Shown::default();
        self.scratch.clear();
        for event in &self.world.events(list)[cursor.next..] {
            if event.at > at {
                break;
            }
            cursor.next += 1;
            found(*event);
            self.scratch.push((event.row, event.kind));
            match event.kind {
                Kind::Book => {
                    cursor.rows += 1;
                    cursor.unpicked += 1;
                }
                Kind::Leave => {
                    cursor.rows -= 1;
                    cursor.unpicked -= 1;
                }
                Kind::Pick => cursor.unpicked -= 1,
            }
        }
        // The sort keeps the order of one row's events: a row is booked before it leaves, and
        // leaves or is picked only once.
        self.scratch.sort_by_key(|(row, _)| *row);
        for of_row in self.scratch.chunk_by(|a, b| a.0 == b.0) {
            let (Some((_, first)), Some((_, last))) = (of_row.first(), of_row.last()) else {
                continue;
            };
            match (first, last) {
                (Kind::Book, Kind::Leave) => {}
                (Kind::Book, _) => shown.new += 1,
                (_, Kind::Leave) => shown.gone += 1,
                (_, Kind::Pick) => shown.picked += 1,
                (_, Kind::Book) => {}
            }
        }
        shown.rows = cursor.rows;
        shown.unpicked = cursor.unpicked;
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::PlanScenario;
    use super::*;

    #[test]
    fn net_diff_a_row_that_came_and_went_is_not_shown_but_its_delay_is_counted() {
        let scenario = PlanScenario::named("S1").unwrap().scaled(0.05);
        let world = BenchWorld::generate(&scenario, 1);
        let end = scenario.full_days() as u32 * 86_400_000;
        let (mut often, mut once) = ((0, 0), (0, 0));
        let new_score = || Score::new(&scenario, vec![], scenario.warmup_days);
        let (mut score_often, mut score_once) = (new_score(), new_score());
        for list in 0..world.lists() {
            let mut lists = Lists::at_day(&world, 0);
            let before = lists.cursor(list).rows;
            for at in (0..=end).step_by(600_000) {
                let shown = lists.poll(list, at, &mut score_often);
                often.0 += shown.new;
                often.1 += shown.gone;
            }
            let mut lists = Lists::at_day(&world, 0);
            let shown = lists.poll(list, end, &mut score_once);
            once.0 += shown.new;
            once.1 += shown.gone;
            assert_eq!(before + shown.new - shown.gone, shown.rows);
            let book = world.events(list).iter();
            let book = book.filter(|event| event.kind == Kind::Book && event.at <= end);
            assert!(shown.new as usize <= book.count());
        }
        assert!(once.0 < often.0 && once.1 < often.1, "{often:?} {once:?}");
        let seen = |score: &Score| score.today().count + score.ahead().count;
        assert_eq!(
            seen(&score_often),
            seen(&score_once),
            "every change is graded"
        );
        assert!(score_often.weighted_mean() < score_once.weighted_mean() / 20.0);
    }
}
