//! Changes brought to every open board: one drawing for all boards that look alike, at most four
//! updates a second, and only what has changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use parking_lot::Mutex;
use povline_domain::{Day, OutPovId};
use povline_store::StoreError;
use povline_store::ledger::{Desk, DeskList, DeskMark};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::time::Instant;

use crate::Clinic;
use crate::access::Right;
use crate::draw::{Drawn, Moment, Style, Tomorrow, draw};
use crate::events::{self, WAITING_MAX};
use crate::problem::Problem;
use crate::view::{ListView, Names};

/// The least time between two updates of one board.
const UPDATE_EVERY: Duration = Duration::from_millis(250);
/// A board hears something so often at least, so that it knows that it is heard.
const BEAT_EVERY: Duration = Duration::from_secs(3);
/// A right that was taken back ends an open board within this time.
const RIGHT_LOOKED_AT_EVERY: Duration = Duration::from_secs(2);
/// How many updates are kept for readers that are behind.
const BEHIND_MAX: usize = 8;

/// A clinic's list in one style.
type Key = (OutPovId, Style);

/// The open boards.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    channels: Mutex<HashMap<Key, Arc<Channel>>>,
}

#[derive(Debug)]
struct Channel {
    updates: broadcast::Sender<Bytes>,
    /// What every board that has heard all updates shows.
    shown: Mutex<Option<Drawn>>,
    touched: Notify,
}

impl Hub {
    /// Something was done at this clinic that the ledger's own marks do not tell.
    pub(crate) fn touch(&self, pov: &OutPovId) {
        for ((at, _), channel) in &*self.channels.lock() {
            if at == pov {
                channel.touched.notify_one();
            }
        }
    }

    /// How many boards are open.
    pub(crate) fn boards(&self) -> usize {
        let channels = self.channels.lock();
        let open = channels
            .values()
            .map(|channel| channel.updates.receiver_count());
        open.sum()
    }
}

/// Two days as they were last read.
#[derive(Default)]
struct Known {
    today: Option<Day>,
    marks: [DeskMark; 2],
    lists: [DeskList; 2],
}

impl<L: Desk> Clinic<L> {
    /// The stream of a clinic's list of today: first the whole, then what changes.
    /// It ends when the right to it does.
    pub(crate) fn follow(
        &self,
        pov: OutPovId,
        style: Style,
        right: Option<Right>,
    ) -> Result<Response, Problem> {
        let right = right.ok_or(Problem::SignInFirst)?;
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let clinic = self.clone();
        tokio::spawn(async move {
            let forwarding = clinic.clone().forward((pov, style), sender);
            tokio::select! {
                () = forwarding => {}
                () = clinic.until_lost(right) => {}
            }
        });
        Ok(events::answer(receiver))
    }

    /// Resolves when this is no right any more.
    async fn until_lost(&self, right: Right) {
        while self.holds(&right) {
            tokio::time::sleep(RIGHT_LOOKED_AT_EVERY).await;
        }
    }

    async fn forward(self, key: Key, reader: mpsc::Sender<Bytes>) {
        let closing = self.0.closing.clone();
        let channel = self.join(&key);
        let (mut updates, whole) = self.whole(&channel, &key);
        if let Some(whole) = whole
            && reader.send(whole).await.is_err()
        {
            return;
        }
        loop {
            let update = tokio::select! {
                () = closing.cancelled() => return,
                () = reader.closed() => return,
                update = updates.recv() => update,
            };
            let update = match update {
                Ok(update) => Some(update),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    let whole;
                    (updates, whole) = self.whole(&channel, &key);
                    whole
                }
                Err(broadcast::error::RecvError::Closed) => return,
            };
            if let Some(update) = update {
                let sent = tokio::select! {
                    () = closing.cancelled() => return,
                    sent = reader.send(update) => sent,
                };
                if sent.is_err() {
                    return;
                }
            }
        }
    }

    /// What comes from now on, and the whole before it.
    fn whole(&self, channel: &Channel, key: &Key) -> (broadcast::Receiver<Bytes>, Option<Bytes>) {
        let shown = channel.shown.lock();
        let updates = channel.updates.subscribe();
        let whole = shown
            .as_ref()
            .map(|drawn| events::event("full", &drawn.whole(self.moment(key.1))));
        (updates, whole)
    }

    /// The channel of a list, which is kept up to date for as long as somebody looks.
    fn join(&self, key: &Key) -> Arc<Channel> {
        let mut channels = self.0.hub.channels.lock();
        if let Some(channel) = channels.get(key) {
            return Arc::clone(channel);
        }
        let (updates, _) = broadcast::channel(BEHIND_MAX);
        let channel = Arc::new(Channel {
            updates,
            shown: Mutex::new(None),
            touched: Notify::new(),
        });
        channels.insert(key.clone(), Arc::clone(&channel));
        tokio::spawn(self.clone().keep(key.clone(), Arc::clone(&channel)));
        channel
    }

    async fn keep(self, key: Key, channel: Arc<Channel>) {
        let closing = self.0.closing.clone();
        let mut commits = self.ledger().commits();
        let mut known = Known::default();
        let mut touched = true;
        let mut said_at = Instant::now();
        loop {
            let said = match self.look(&key, &mut known, touched).await {
                Ok(is_read) => is_read && self.show(&key, &channel, &known),
                Err(error) => {
                    tracing::error!(%error, "cannot read a list for its boards");
                    false
                }
            };
            // Other clinics' changes wake this one too, so silence is measured and not waited for.
            if said {
                said_at = Instant::now();
            } else if said_at.elapsed() >= BEAT_EVERY {
                self.beat(&key, &channel);
                said_at = Instant::now();
            }
            if self.is_left(&key, &channel) {
                return;
            }
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(UPDATE_EVERY) => {}
            }
            touched = tokio::select! {
                () = closing.cancelled() => return,
                () = channel.touched.notified() => true,
                _ = commits.changed() => false,
                () = tokio::time::sleep_until(said_at + BEAT_EVERY) => false,
            };
        }
    }

    /// Reads what may have changed; whether anything was read.
    async fn look(
        &self,
        (pov, style): &Key,
        known: &mut Known,
        touched: bool,
    ) -> Result<bool, StoreError> {
        let today = self.today();
        let is_new_day = known.today != Some(today);
        known.today = Some(today);
        let mut is_read = false;
        for (at, day) in [Some(today), today.plus_days(1).ok()]
            .into_iter()
            .enumerate()
        {
            // Only a board tells of tomorrow.
            let Some(day) = day.filter(|_| at == 0 || matches!(style, Style::Board(..))) else {
                continue;
            };
            let mark = self.ledger().desk_mark(pov, day)?;
            if is_new_day || (touched && at == 0) || mark != known.marks[at] {
                known.lists[at] = self.ledger().desk_list(pov, day).await?;
                known.marks[at] = mark;
                is_read = true;
            }
        }
        Ok(is_read)
    }

    /// Sends what has changed; whether anything was sent.
    fn show(&self, key: &Key, channel: &Channel, known: &Known) -> bool {
        let today = known.today.unwrap_or_else(|| self.today());
        let drawn = drawn(key.1, today, &known.lists);
        let moment = self.moment(key.1);
        let mut shown = channel.shown.lock();
        let update = match shown.as_ref().filter(|before| drawn.can_patch(before)) {
            Some(before) => drawn
                .patch(before, moment)
                .map(|patch| events::event("patch", &patch)),
            None => Some(events::event("full", &drawn.whole(moment))),
        };
        *shown = Some(drawn);
        let is_sent = update.is_some();
        if let Some(update) = update {
            // Nobody may be there to hear it; that is looked at elsewhere.
            let _ = channel.updates.send(update);
        }
        is_sent
    }

    fn beat(&self, key: &Key, channel: &Channel) {
        let shown = channel.shown.lock();
        if let Some(drawn) = &*shown {
            let beat = events::event("beat", &drawn.beat(self.moment(key.1)));
            let _ = channel.updates.send(beat);
        }
    }

    /// Whether nobody looks any more. Then the channel is gone.
    fn is_left(&self, key: &Key, channel: &Channel) -> bool {
        let mut channels = self.0.hub.channels.lock();
        // Whoever has just joined holds the channel and is about to subscribe.
        let is_left = channel.updates.receiver_count() == 0
            && channels
                .get(key)
                .is_some_and(|kept| Arc::strong_count(kept) <= 2);
        if is_left {
            channels.remove(key);
        }
        is_left
    }

    fn moment(&self, _: Style) -> Moment {
        let now = self.now();
        let today = Day::at(now);
        Moment {
            now,
            stale_ms: self.stale_ms(today, today),
        }
    }

    /// A clinic's list of today, drawn once.
    pub(crate) async fn drawn(
        &self,
        pov: &OutPovId,
        style: Style,
    ) -> Result<(Drawn, Moment, Option<povline_domain::UnixMillis>), StoreError> {
        let mut known = Known::default();
        self.look(&(pov.clone(), style), &mut known, true).await?;
        let today = known.today.unwrap_or_else(|| self.today());
        let as_of = known.marks[0]
            .status
            .as_ref()
            .and_then(|status| status.checked_at);
        let drawn = drawn(style, today, &known.lists);
        Ok((drawn, self.moment(style), as_of))
    }
}

fn drawn(style: Style, today: Day, [list, next]: &[DeskList; 2]) -> Drawn {
    let view = ListView::new(today, list, style.names(), style.with_codes());
    let after = today.plus_days(1).unwrap_or(today);
    let tomorrow = ListView::new(after, next, Names::Masked, false);
    let periods = tomorrow.periods.iter();
    let tomorrow = Tomorrow {
        as_of: tomorrow.as_of,
        tally: tomorrow.tally,
        periods: periods
            .map(|period| (period.period, period.tally))
            .collect(),
    };
    draw(style, &view, &tomorrow)
}
