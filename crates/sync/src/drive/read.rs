//! Reading one list: a scan's questions carried to the platform, and its answers back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use povline_client::{Advice, AppointmentQuery, CallError, Client, Fault, Fetched, ToldDigest};
use povline_domain::{Clock, Day, Digest, OutPovId, Page, PageRequest, Window};
use povline_protocol::PlatformError;
use povline_store::StoreError;
use povline_store::ledger::{Ledger, Observation};

use super::gate::{Budget, Closed, Gate};
use super::looks::Refusal;
use crate::chance::Chance;
use crate::habits::{Habits, RowOrder};
use crate::pace::Purpose;
use crate::progress::FailedList;
use crate::retry::{Decision, RetryPolicy, decide};
use crate::scan::{self, Answer, DecodedPage, Outcome, ScanPolicy, Step, UnreadableRow};
use crate::skew::SkewWatch;

/// How lists are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReaderSettings {
    pub(super) scan: ScanPolicy,
    pub(super) retry: RetryPolicy,
}

/// Reads lists, each call through the gate.
pub(super) struct Reader<B> {
    client: Client,
    gate: Gate<B>,
    clock: Arc<dyn Clock>,
    settings: ReaderSettings,
    habits: Mutex<Known>,
    skew: Mutex<SkewWatch>,
}

/// What is known of the server.
#[derive(Default)]
struct Known {
    habits: Habits,
    /// Whether they differ from what was kept.
    news: bool,
}

/// A list to be read.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) pov: OutPovId,
    pub(super) day: Day,
    pub(super) open_days: Arc<[Day]>,
    pub(super) purpose: Purpose,
    /// Begins the stream of chance for the pauses of this read.
    pub(super) seed: u64,
}

/// What came of reading a list.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) observation: Observation,
    /// What ended the scan before its end, if anything did.
    pub(super) stopped: Option<Stopped>,
    /// Failed calls by class, those included that were made good by a retry.
    pub(super) failures: BTreeMap<&'static str, u64>,
}

/// What ends a scan before its end.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The gate is closed for longer than a read waits.
    Closed(Closed),
    /// A call failed for good. Few do, and all reads would carry the room for it.
    Failed(Box<CallError>),
}

impl Stopped {
    /// Whether only a person can remove the cause.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Failed(error) if error.fault() == Fault::Caller)
    }

    /// Whether the platform refuses the app and not what this call asks for: its key, secret,
    /// clock, permissions or protocol.
    pub(super) fn is_refusal_of_the_app(&self) -> bool {
        /// Codes that speak of a call's own arguments or of the service behind the platform.
        const OF_THE_CALL: [i64; 5] = [15, 40, 41, 43, 50];
        self.platform_error().is_some_and(|error| {
            self.is_refusal() && error.code < 100 && !OF_THE_CALL.contains(&error.code)
        })
    }

    /// Whether the platform itself has answered and is plainly well: it refuses this call, or has not
    /// been given the permission for it. What meets every call alike, or passes, does not show that.
    pub(super) fn is_of_a_well_platform(&self) -> bool {
        const PERMISSIONS: std::ops::RangeInclusive<i64> = 11..=13;
        let Self::Failed(error) = self else {
            return false;
        };
        let is_answered = match &**error {
            CallError::Business { .. } => true,
            CallError::Platform { error, .. } => {
                !self.is_refusal_of_the_app() || PERMISSIONS.contains(&error.code)
            }
            _ => false,
        };
        is_answered && error.fault() == Fault::Caller && error.advice() == Advice::Stop
    }

    /// The error with which the platform answered, if it did.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let Self::Failed(error) = self else {
            return None;
        };
        let code = self.platform_error()?.code;
        let cause = with_causes(&**error);
        Some(Refusal { code, cause })
    }

    /// The platform's error, if that is what it answered with.
    pub(super) fn platform_error(&self) -> Option<&PlatformError> {
        match self {
            Self::Failed(error) => match &**error {
                CallError::Platform { error, .. } => Some(error),
                _ => None,
            },
            Self::Closed(_) => None,
        }
    }

    /// The failure as a summary tells it.
    pub(super) fn failure(&self, pov: &OutPovId, day: Day) -> FailedList {
        let (class, cause) = match self {
            Self::Failed(error) => (error.class(), with_causes(&**error)),
            Self::Closed(Closed::Banned(until)) => (
                "call-limited",
                format!("the platform lets nothing through before {until}"),
            ),
            Self::Closed(Closed::UsedUp(until)) => (
                "budget-used-up",
                format!("the day's calls for it are used up; the next day begins at {until}"),
            ),
            Self::Closed(Closed::Ledger(error)) => ("ledger", with_causes(error)),
        };
        FailedList {
            pov: pov.clone(),
            day,
            class,
            cause,
            remedy: match self {
                Self::Failed(error) => error.meaning().map(|meaning| meaning.remedy),
                Self::Closed(_) => None,
            },
        }
    }
}

/// A body as the scan keeps it: read already, or left as it came because it was expected.
enum Body {
    Expected(Fetched),
    Read(RefCell<DecodedPage>),
}

impl<B: Budget> Reader<B> {
    pub(super) fn new(
        client: Client,
        gate: Gate<B>,
        clock: Arc<dyn Clock>,
        settings: ReaderSettings,
    ) -> Self {
        Self {
            client,
            gate,
            clock,
            settings,
            habits: Mutex::default(),
            skew: Mutex::default(),
        }
    }

    pub(super) fn app_key(&self) -> &povline_domain::AppKey {
        self.client.app_key()
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Begins with what was known of the server before.
    pub(super) fn remember(&self, habits: Habits) {
        *self.known() = Known {
            habits,
            news: false,
        };
    }

    /// What is known of the server, if that has changed since this was last asked.
    pub(super) fn take_news(&self) -> Option<Habits> {
        let mut known = self.known();
        std::mem::take(&mut known.news).then(|| known.habits.clone())
    }

    fn learn(&self, outcome: &Outcome) {
        let mut known = self.known();
        let before = known.habits.row_order();
        known.news |= known.habits.learn(outcome);
        let after = known.habits.row_order();
        if before != after && after == RowOrder::Unstable {
            tracing::warn!(
                "this server keeps no order, so no list of several pages can be proved complete: two passes that agree count instead"
            );
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What is known is whole after each of these methods, even if a holder panicked.
        self.habits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far our clock is off, if it is too far.
    pub(super) fn skew(&self) -> Option<i64> {
        self.skew_watch().told()
    }

    fn skew_watch(&self) -> MutexGuard<'_, SkewWatch> {
        // It is whole after each of its methods, even if a holder panicked.
        self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn gate(&self) -> &Gate<B> {
        &self.gate
    }

    /// Asks for the digest of a list, in one call through the gate.
    pub(super) async fn digest(
        &self,
        pov: &OutPovId,
        day: Day,
        purpose: Purpose,
    ) -> Result<ToldDigest, Stopped> {
        let passed = self.gate.pass(purpose).await;
        passed.map_err(Stopped::Closed)?;
        let told = self.client.list_digest(pov, day).await;
        told.map_err(|error| Stopped::Failed(Box::new(error)))
    }

    /// Reads a list of which the ledger knows the standing windows, and so recognises an
    /// unchanged one.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub(super) async fn read_known<L: Ledger>(
        &self,
        ledger: &L,
        order: Order,
    ) -> Result<Box<Read>, StoreError> {
        let standing = ledger.standing_windows(&order.pov, order.day).await?;
        Ok(self.read(standing, order).await)
    }

    /// Reads a list. What comes of it is handed on from one to the next, so it is in a box.
    pub(super) async fn read(&self, standing: Option<Vec<Window>>, order: Order) -> Box<Read> {
        let mut reading = Reading {
            reader: self,
            chance: Chance::new(order.seed),
            failures: BTreeMap::new(),
            order: &order,
        };
        let tried_at = self.clock.now();
        let policy = self.known().habits.policy(self.settings.scan);
        let mut step = scan::begin(policy, order.pov.clone(), order.day, standing);
        let mut stopped = None;
        let outcome = loop {
            step = match step {
                Step::Done(outcome) => break outcome,
                Step::Fetch(fetch) => match reading.page(fetch.request(), fetch.expected()).await {
                    Ok(answer) => fetch.answered(answer),
                    Err(reason) => {
                        stopped = Some(reason);
                        fetch.failed()
                    }
                },
                Step::Decode(decode) => match decode.body().decode() {
                    Ok(page) => decode.decoded(page),
                    Err(error) => {
                        stopped = Some(Stopped::Failed(Box::new(error)));
                        decode.failed()
                    }
                },
            };
        };
        let failures = reading.failures;
        self.learn(&outcome);
        Box::new(Read {
            observation: Observation {
                pov: order.pov,
                day: order.day,
                open_days: order.open_days,
                tried_at,
                certificate: outcome.certificate,
                observed: outcome.observed,
                unread: outcome.unread,
            },
            stopped,
            failures,
        })
    }
}

/// One list being read.
struct Reading<'a, B> {
    reader: &'a Reader<B>,
    order: &'a Order,
    chance: Chance,
    failures: BTreeMap<&'static str, u64>,
}

impl<B: Budget> Reading<'_, B> {
    /// Gets one page, trying again as often as the policy says, each time through the gate.
    async fn page(
        &mut self,
        request: PageRequest,
        expected: Option<Digest>,
    ) -> Result<Answer<Body>, Stopped> {
        let reader = self.reader;
        let query = AppointmentQuery {
            out_pov_id: self.order.pov.clone(),
            day: self.order.day,
            page: request,
        };
        let mut failures = 0;
        loop {
            reader
                .gate
                .pass(self.order.purpose)
                .await
                .map_err(Stopped::Closed)?;
            let error = match reader
                .client
                .fetch(&query)
                .await
                .and_then(|fetched| self.take(expected, fetched))
            {
                Ok(answer) => {
                    reader.gate.trust();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            *self.failures.entry(error.class()).or_default() += 1;
            failures += 1;
            match decide(&reader.settings.retry, &error, failures, &mut self.chance) {
                Decision::Retry { after } => tokio::time::sleep(after).await,
                Decision::Park(ban) => {
                    failures -= 1;
                    tracing::warn!(scope = ?ban.scope, seconds = ban.lasts.as_secs(), "the platform has banned this app for a while");
                    reader.gate.park(ban.lasts);
                }
                Decision::Stop => return Err(Stopped::Failed(Box::new(error))),
            }
        }
    }

    /// Makes an answer of what was fetched. What was expected stays unread; everything else is read at
    /// once, so that an answer which is none can be asked for again.
    fn take(&self, expected: Option<Digest>, fetched: Fetched) -> Result<Answer<Body>, CallError> {
        let digest = fetched.digest();
        let (requested_at, answered_at) = (fetched.requested_at(), fetched.answered_at());
        if let Some(named) = fetched.named_at() {
            let mut skew = self.reader.skew_watch();
            skew.note(requested_at, answered_at, named);
        }
        Ok(Answer {
            digest,
            requested_at,
            answered_at,
            body: if expected == Some(digest) {
                Body::Expected(fetched)
            } else {
                Body::Read(RefCell::new(decoded(&fetched)?))
            },
        })
    }
}

impl Body {
    fn decode(&self) -> Result<DecodedPage, CallError> {
        match self {
            Self::Expected(fetched) => decoded(fetched),
            // A scan decodes a body once.
            Self::Read(page) => Ok(page.replace(NO_PAGE)),
        }
    }
}

/// What remains of a body that was decoded.
const NO_PAGE: DecodedPage = DecodedPage {
    page: Page {
        number: None,
        size: None,
        total: None,
        rows: Vec::new(),
    },
    unreadable: Vec::new(),
    unknown_fields: Vec::new(),
    unknown_of_rows: Vec::new(),
};

fn decoded(fetched: &Fetched) -> Result<DecodedPage, CallError> {
    let answered = fetched.decode()?;
    let unreadable = answered.page.rejected.into_iter().map(|row| UnreadableRow {
        position: row.position,
        appointment_id: row.appointment_id,
        reason: row.fault.to_string(),
        raw: row.raw.as_str().to_owned(),
    });
    Ok(DecodedPage {
        page: answered.page.page,
        unreadable: unreadable.collect(),
        unknown_fields: answered.page.unknown_fields,
        unknown_of_rows: answered.page.unknown_of_rows,
    })
}

/// An error and what caused it, in one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
