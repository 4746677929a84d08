//! Changes brought to every open board: each list is read once for all boards of its clinic and
//! drawn once for all that look alike, at most four times a second, and only what has changed is
//! sent. One task does it for all clinics, so that however many boards are open, a commit of the
//! ledger wakes one, and the sync is never slowed by more than what that one can do.

mod known;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use parking_lot::Mutex;
use povline_domain::{Day, OutPovId, UnixMillis};
use povline_store::StoreError;
use povline_store::ledger::{Desk, DeskList};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::time::Instant;

use self::known::Known;
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
/// After a failure of the ledger, what could not be read is read again after this time.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A right that was taken back ends an open board within this time.
const RIGHT_LOOKED_AT_EVERY: Duration = Duration::from_secs(2);
/// How many updates are kept for readers that are behind.
const BEHIND_MAX: usize = 8;

/// A clinic's list in one style.
type Key = (OutPovId, Style);

/// The open boards.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    open: Mutex<Open>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Open {
    channels: HashMap<Key, Arc<Channel>>,
    /// Clinics at which something was done that the ledger's own marks do not tell.
    touched: HashSet<OutPovId>,
    is_kept: bool,
}

#[derive(Debug)]
struct Channel {
    updates: broadcast::Sender<Bytes>,
    shown: Mutex<Shown>,
}

#[derive(Debug)]
struct Shown {
    /// What every board that has heard all updates shows.
    drawn: Option<Drawn>,
    /// When something was last said.
    said_at: Instant,
}

impl Hub {
    /// Something was done at this clinic that the ledger's own marks do not tell.
    pub(crate) fn touch(&self, pov: &OutPovId) {
        let mut open = self.open.lock();
        if open.channels.keys().any(|(at, _)| at == pov) {
            open.touched.insert(pov.clone());
            self.wake.notify_one();
        }
    }

    /// How many boards are open.
    pub(crate) fn boards(&self) -> usize {
        let open = self.open.lock();
        let channels = open.channels.values();
        channels
            .map(|channel| channel.updates.receiver_count())
            .sum()
    }

    /// The clinics at which somebody looks, and whether they were touched since this was asked.
    /// Nobody looks through a channel that is held here alone: it goes.
    fn looked_at(&self) -> Vec<Looked> {
        let mut open = self.open.lock();
        open.channels
            .retain(|_, channel| Arc::strong_count(channel) > 1);
        let mut clinics: HashMap<&OutPovId, Vec<(Style, Arc<Channel>)>> = HashMap::new();
        for ((pov, style), channel) in &open.channels {
            let channels = clinics.entry(pov).or_default();
            channels.push((*style, Arc::clone(channel)));
        }
        let looked = clinics.into_iter().map(|(pov, channels)| Looked {
            is_touched: open.touched.contains(pov),
            pov: pov.clone(),
            channels,
        });
        let looked = looked.collect();
        open.touched.clear();
        looked
    }
}

/// A clinic at which somebody looks.
struct Looked {
    pov: OutPovId,
    channels: Vec<(Style, Arc<Channel>)>,
    is_touched: bool,
}

impl Looked {
    /// Only a board tells of tomorrow.
    fn wants_tomorrow(&self) -> bool {
        let mut styles = self.channels.iter().map(|(style, _)| style);
        styles.any(|style| matches!(style, Style::Board(..)))
    }
}

/// While this is there, somebody keeps the boards up to date.
struct Keeping<'a>(&'a Hub);

impl Keeping<'_> {
    /// Ends it if nobody looks any more.
    fn ends(&self) -> bool {
        let mut open = self.0.open.lock();
        if open.channels.is_empty() {
            open.is_kept = false;
        }
        !open.is_kept
    }
}

impl Drop for Keeping<'_> {
    fn drop(&mut self) {
        let mut open = self.0.open.lock();
        // Whoever ended in order may have a successor already.
        if std::thread::panicking() {
            open.is_kept = false;
        }
    }
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
        let (mut updates, whole) = self.whole(&channel);
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
                    (updates, whole) = self.whole(&channel);
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
    fn whole(&self, channel: &Channel) -> (broadcast::Receiver<Bytes>, Option<Bytes>) {
        let shown = channel.shown.lock();
        let updates = channel.updates.subscribe();
        let drawn = shown.drawn.as_ref();
        let whole = drawn.map(|drawn| events::event("full", &drawn.whole(self.moment())));
        (updates, whole)
    }

    /// The channel of a list, which is kept up to date for as long as somebody holds it.
    fn join(&self, key: &Key) -> Arc<Channel> {
        let hub = &self.0.hub;
        let mut open = hub.open.lock();
        if let Some(channel) = open.channels.get(key) {
            return Arc::clone(channel);
        }
        let (updates, _) = broadcast::channel(BEHIND_MAX);
        let channel = Arc::new(Channel {
            updates,
            shown: Mutex::new(Shown {
                drawn: None,
                said_at: Instant::now(),
            }),
        });
        open.channels.insert(key.clone(), Arc::clone(&channel));
        open.touched.insert(key.0.clone());
        if !open.is_kept {
            open.is_kept = true;
            tokio::spawn(self.clone().keep());
        }
        hub.wake.notify_one();
        channel
    }

    /// Keeps all open boards up to date until none is open.
    async fn keep(self) {
        let hub = &self.0.hub;
        let keeping = Keeping(hub);
        let closing = &self.0.closing;
        let mut commits = self.ledger().commits();
        let mut known: HashMap<OutPovId, Known> = HashMap::new();
        loop {
            let looked = hub.looked_at();
            if looked.is_empty() && keeping.ends() {
                return;
            }
            known.retain(|pov, _| looked.iter().any(|clinic| clinic.pov == *pov));
            let has_looked = self.update(&looked, &mut known).await;
            // Another process may have written to the ledger: that is seen at each beat.
            let again_at = known.values().filter_map(Known::rests_until);
            let look_at = again_at.fold(beat_at(&looked), Instant::min);
            drop(looked);
            // Changes that come meanwhile are told together.
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(if has_looked { UPDATE_EVERY } else { READ_AGAIN_AFTER }) => {}
            }
            if has_looked {
                tokio::select! {
                    () = closing.cancelled() => return,
                    () = hub.wake.notified() => {}
                    _ = commits.changed() => {}
                    () = tokio::time::sleep_until(look_at) => {}
                }
            }
        }
    }

    /// Reads what may have changed and shows it; whether it could be looked up what has. A clinic
    /// whose list cannot be read is read again after a while, and no other waits for it.
    async fn update(&self, looked: &[Looked], known: &mut HashMap<OutPovId, Known>) -> bool {
        let today = self.today();
        let mut places = Vec::new();
        for clinic in looked {
            let known = known.entry(clinic.pov.clone());
            let known = known.or_insert_with(|| Known::nothing(today));
            known.begin(today, clinic.wants_tomorrow(), clinic.is_touched);
            places.extend(known.days().map(|day| (clinic.pov.clone(), day)));
        }
        let marks = match self.ledger().desk_marks(places).await {
            Ok(marks) => marks,
            Err(error) => {
                cannot_read(&error);
                for clinic in looked {
                    self.beat(clinic);
                }
                return false;
            }
        };
        let mut marks = marks.into_iter();
        for clinic in looked {
            if let Some(known) = known.get_mut(&clinic.pov) {
                known.compare(&mut marks);
            }
        }
        for clinic in looked {
            let Some(known) = known.get_mut(&clinic.pov) else {
                continue;
            };
            if known
                .rests_until()
                .is_none_or(|until| until <= Instant::now())
            {
                let read = self.read(&clinic.pov, known).await;
                known.rest(
                    read.as_ref()
                        .err()
                        .map(|_| Instant::now() + READ_AGAIN_AFTER),
                );
                if let Err(error) = read {
                    cannot_read(&error);
                }
            }
            // Today is shown though tomorrow cannot be read.
            if known.take_news() {
                self.show(clinic, known);
            }
            self.beat(clinic);
        }
        true
    }

    /// Reads those days of a clinic that have changed.
    async fn read(&self, pov: &OutPovId, known: &mut Known) -> Result<(), StoreError> {
        while let Some(day) = known.next_to_read() {
            let list = self.ledger().desk_list(pov, day).await?;
            known.took(day, list);
        }
        Ok(())
    }

    /// Sends what has changed to every board of a clinic.
    fn show(&self, clinic: &Looked, known: &Known) {
        let [today, tomorrow] = known.lists();
        let tomorrow = self::tomorrow(known.today(), tomorrow);
        for (style, channel) in &clinic.channels {
            let drawn = drawn(*style, known.today(), today, &tomorrow);
            let moment = self.moment();
            let mut shown = channel.shown.lock();
            let before = shown.drawn.as_ref();
            let update = match before.filter(|before| drawn.can_patch(before)) {
                Some(before) => drawn
                    .patch(before, moment)
                    .map(|patch| events::event("patch", &patch)),
                None => Some(events::event("full", &drawn.whole(moment))),
            };
            shown.drawn = Some(drawn);
            if let Some(update) = update {
                channel.say(&mut shown, update);
            }
        }
    }

    /// Tells the age to those boards of a clinic that have heard nothing for long.
    fn beat(&self, clinic: &Looked) {
        for (_, channel) in &clinic.channels {
            let mut shown = channel.shown.lock();
            // A little early is as well as late: so all of them beat together.
            if shown.said_at.elapsed() + UPDATE_EVERY < BEAT_EVERY {
                continue;
            }
            if let Some(drawn) = &shown.drawn {
                let beat = events::event("beat", &drawn.beat(self.moment()));
                channel.say(&mut shown, beat);
            }
        }
    }

    fn moment(&self) -> Moment {
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
    ) -> Result<(Drawn, Moment, Option<UnixMillis>), StoreError> {
        let today = self.today();
        let mut known = Known::nothing(today);
        known.begin(today, matches!(style, Style::Board(..)), true);
        self.read(pov, &mut known).await?;
        let [list, next] = known.lists();
        let drawn = drawn(style, today, list, &tomorrow(today, next));
        Ok((drawn, self.moment(), known.as_of()))
    }
}

impl Channel {
    fn say(&self, shown: &mut Shown, what: Bytes) {
        // Nobody may be there to hear it; that is looked at elsewhere.
        let _ = self.updates.send(what);
        shown.said_at = Instant::now();
    }
}

/// When the first of these boards is to hear something again.
fn beat_at(looked: &[Looked]) -> Instant {
    let channels = looked.iter().flat_map(|clinic| &clinic.channels);
    let said_at = channels.map(|(_, channel)| channel.shown.lock().said_at);
    said_at.min().unwrap_or_else(Instant::now) + BEAT_EVERY
}

fn cannot_read(error: &StoreError) {
    tracing::error!(%error, "cannot read lists for their boards; they are read again");
}

/// What boards tell of the day after this one, alike in every style.
fn tomorrow(today: Day, list: &DeskList) -> Tomorrow {
    let day = today.plus_days(1).unwrap_or(today);
    let view = ListView::new(day, list, Names::Masked, false);
    let periods = view.periods.iter();
    Tomorrow {
        as_of: view.as_of,
        tally: view.tally,
        periods: periods
            .map(|period| (period.period, period.tally))
            .collect(),
    }
}

fn drawn(style: Style, today: Day, list: &DeskList, tomorrow: &Tomorrow) -> Drawn {
    let view = ListView::new(today, list, style.names(), style.with_codes());
    draw(style, &view, tomorrow)
}
