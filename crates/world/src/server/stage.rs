//! The stage: what becomes of each call.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard};
use povline_domain::{Day, Page, PageRequest, PageSize, UnixMillis};
use povline_protocol::decode::{self, Answer};
use povline_protocol::methods::appointment_query::{METHOD, REQUEST_PARAM};
use povline_protocol::request::{Credentials, SignedRequest};
use povline_protocol::{AnswerForm, PlatformError, RequestId};

use super::admission::{self, Asked, CallParams, Identity};
use super::budget::{Allowed, BudgetState};
use super::call_log::{CallLog, CallRecord, Outcome};
use super::{encode, foreign};
use crate::faults::{Bent, Call, Delivery, FaultKind, FaultRule, FaultState, bend};
use crate::scenarios::{ScenarioFile, ServerHabits, ServerKind};
use crate::truth::{Chance, RowNumber, Truth};

/// A call that was looked at and is yet to be answered, once [`Delivery::before_ms`] have passed.
#[derive(Debug)]
pub struct Plan {
    at: UnixMillis,
    asked: Asked,
    verdict: Verdict,
    bent: Bent,
    rules: Vec<usize>,
    /// Whether a fault's ban had been told before.
    within_ban: bool,
}

#[derive(Debug)]
enum Verdict {
    Look {
        clinic: usize,
        page: PageRequest,
        day: Day,
        /// Whether the client's timestamps are of the world's clock.
        by_world_clock: bool,
    },
    Refuse(PlatformError),
    Banned {
        until: UnixMillis,
        provoked: bool,
    },
}

/// What a client is answered.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body, whole; how much of it comes is for the delivery to say.
    pub body: Vec<u8>,
    /// How it is brought.
    pub delivery: Delivery,
}

/// What becomes of each call of a client.
#[derive(Debug)]
pub struct Stage {
    truth: Arc<RwLock<Truth>>,
    identity: Identity,
    habits: ServerHabits,
    rules: Vec<FaultRule>,
    faults: FaultState,
    budget: BudgetState,
    chance: Chance,
    log: CallLog,
    /// The last page of each list as it was answered.
    last: HashMap<(usize, Day), (Page, Vec<RowNumber>)>,
    answers: u64,
}

impl Stage {
    /// The stage of a scenario at its beginning.
    #[must_use]
    pub fn new(scenario: &ScenarioFile, identity: Identity) -> Self {
        Self {
            truth: Arc::new(RwLock::new(Truth::begin(scenario))),
            identity,
            habits: scenario.server.clone(),
            rules: scenario.faults.clone(),
            faults: FaultState::new(scenario.seed),
            budget: BudgetState::new(scenario.budget),
            chance: Chance::new(scenario.seed, 1),
            log: CallLog::default(),
            last: HashMap::new(),
            answers: 0,
        }
    }

    /// The truth, shared with whoever serves it.
    #[must_use]
    pub fn truth(&self) -> &Arc<RwLock<Truth>> {
        &self.truth
    }

    /// The truth, to be read now.
    pub fn read_truth(&self) -> RwLockReadGuard<'_, Truth> {
        self.truth.read()
    }

    /// Who may call.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Every call so far.
    #[must_use]
    pub fn log(&self) -> &CallLog {
        &self.log
    }

    /// Whether the real gateway is to be asked for pages.
    #[must_use]
    pub fn wants_gateway(&self) -> bool {
        self.habits.kind == ServerKind::Gateway
    }

    /// Until when a fault lets nothing through.
    #[must_use]
    pub fn banned_until(&self) -> Option<UnixMillis> {
        self.faults.banned_until()
    }

    /// Looks at a call that came at `at` on the world's clock, while the real one said `real`.
    pub fn begin(&mut self, call: CallParams<'_>, at: UnixMillis, real: UnixMillis) -> Plan {
        let asked = admission::read(call);
        let allowed = self.budget.take(at);
        let within_ban = self.faults.banned_until().is_some_and(|until| at < until);
        let struck = match (&asked.query, allowed) {
            (Ok(query), Allowed::Yes) => {
                let begins = self.truth.read().begins_at();
                let today = Day::at(at);
                self.faults.strike(
                    &self.rules,
                    &Call {
                        at,
                        minute: at.millis_since(begins).div_euclid(60_000),
                        pov: &query.out_pov_id,
                        day: query.day,
                        days_ahead: query.day.number() - today.number(),
                        page: query.page.number.get(),
                    },
                )
            }
            _ => Vec::new(),
        };
        let mut bent = bend(&self.rules, &struck, &mut self.chance);
        let latency = match self.habits.latency_steps_ms.as_slice() {
            [] => self.chance.lognormal_ms(self.habits.latency_ms, 30),
            steps => self.chance.between_steps(steps),
        };
        bent.delivery.before_ms += latency / 2;
        bent.delivery.after_ms += latency - latency / 2;
        let verdict = match allowed {
            Allowed::Overrun(until) => Verdict::Banned {
                until,
                provoked: true,
            },
            Allowed::Banned(until) => Verdict::Banned {
                until,
                provoked: false,
            },
            Allowed::Yes => self.judge(call, &asked, [real, at], bent.skew_ms),
        };
        Plan {
            at,
            asked,
            verdict,
            bent,
            rules: struck.iter().map(|one| one.rule).collect(),
            within_ban,
        }
    }

    fn judge(
        &self,
        call: CallParams<'_>,
        asked: &Asked,
        clocks: [UnixMillis; 2],
        skew_ms: i64,
    ) -> Verdict {
        let clock = match admission::admit(call, &self.identity, &clocks, skew_ms) {
            Ok(clock) => clock,
            Err(error) => return Verdict::Refuse(error),
        };
        let query = match &asked.query {
            Ok(query) => query,
            Err(error) => return Verdict::Refuse(error.clone()),
        };
        match self.truth.read().clinic_of(&query.out_pov_id) {
            None => Verdict::Refuse(admission::unknown_pov(&query.out_pov_id)),
            Some(clinic) => Verdict::Look {
                clinic,
                by_world_clock: clock > 0,
                day: query.day,
                page: PageRequest {
                    size: match asked.names_size {
                        true => query.page.size,
                        false => {
                            PageSize::new(self.habits.page_size_default).unwrap_or(query.page.size)
                        }
                    },
                    ..query.page
                },
            },
        }
    }

    /// The same call signed for this instant, if its client goes by the world's clock.
    #[must_use]
    pub fn signed_anew(&self, plan: &Plan, real: UnixMillis) -> Option<SignedRequest> {
        let (
            Ok(query),
            Verdict::Look {
                by_world_clock: true,
                ..
            },
        ) = (&plan.asked.query, &plan.verdict)
        else {
            return None;
        };
        let Identity { app_key, secret } = self.identity.clone();
        let argument = query.to_param();
        let arguments = [(REQUEST_PARAM, argument.as_str())];
        Credentials::new(app_key, secret)
            .sign(METHOD, &arguments, plan.asked.form, real)
            .ok()
    }

    /// Answers a call at `now` on the world's clock, up to which the truth was advanced. `gateway`
    /// is what the real gateway answered, if it was asked.
    pub fn finish(&mut self, plan: Plan, now: UnixMillis, gateway: Option<Vec<u8>>) -> Answered {
        self.answers += 1;
        let id = RequestId::from_number(self.answers.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let form = plan.asked.form;
        let (status, content_type, body, outcome) = match &plan.verdict {
            Verdict::Banned { until, provoked } => {
                let outcome = match provoked {
                    true => Outcome::OverBudget,
                    false => Outcome::WithinBan,
                };
                (
                    200,
                    form.content_type(),
                    encode::ban(form, now, *until, &id),
                    outcome,
                )
            }
            Verdict::Refuse(error) => (
                200,
                form.content_type(),
                encode::error(form, error, &id),
                match plan.bent.skew_ms {
                    0 => Outcome::Refused(error.code),
                    _ => Outcome::Fault,
                },
            ),
            Verdict::Look { .. } if plan.bent.instead.is_some() => {
                let (status, content_type, body) = self.instead(&plan, now, &id);
                let outcome = match plan.within_ban {
                    true => Outcome::WithinBan,
                    false => Outcome::Fault,
                };
                (status, content_type, body, outcome)
            }
            Verdict::Look {
                clinic, day, page, ..
            } => {
                let place = (*clinic, *day);
                let (body, outcome) = self.look(&plan, place, *page, now, gateway, &id);
                (200, form.content_type(), body, outcome)
            }
        };
        let answered = Answered {
            status,
            content_type,
            body,
            delivery: plan.bent.delivery,
        };
        self.write_down(plan, now, outcome);
        answered
    }

    fn instead(
        &self,
        plan: &Plan,
        now: UnixMillis,
        id: &RequestId,
    ) -> (u16, &'static str, Vec<u8>) {
        const PAGE: &str =
            "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1><p>nginx</p></body></html>";
        const PLAIN: &str = "text/html;charset=UTF-8";
        let form = plan.asked.form;
        let top = |body| (200, form.content_type(), body);
        let kind = plan.bent.instead.map(|struck| struck.kind);
        let rule = plan
            .bent
            .instead
            .and_then(|struck| self.rules.get(struck.rule));
        match kind {
            Some(FaultKind::Status) => {
                let status = rule.map_or(502, |rule| rule.status);
                (status, PLAIN, PAGE.as_bytes().to_vec())
            }
            Some(FaultKind::Html) => (200, PLAIN, PAGE.as_bytes().to_vec()),
            Some(FaultKind::EmptyBody) => (200, form.content_type(), Vec::new()),
            Some(FaultKind::Ban | FaultKind::BanUntilMidnight) => {
                let until = self.faults.banned_until().unwrap_or(now);
                top(encode::ban(form, now, until, id))
            }
            Some(FaultKind::Isp) => {
                let error = PlatformError::remote_service_error(
                    "isp.remote-service-timeout",
                    "调用后端服务超时",
                );
                top(encode::error(form, &error, id))
            }
            Some(FaultKind::Isv) => {
                let error = PlatformError::remote_service_error(
                    "isv.BUSINESS_LIMIT_CONTROL",
                    "触发业务流控",
                );
                top(encode::error(form, &error, id))
            }
            _ => top(encode::busy(form, id)),
        }
    }

    /// The page that the client gets, and what it shows.
    fn look(
        &mut self,
        plan: &Plan,
        place: (usize, Day),
        page: PageRequest,
        now: UnixMillis,
        gateway: Option<Vec<u8>>,
        id: &RequestId,
    ) -> (Vec<u8>, Outcome) {
        let form = plan.asked.form;
        let bent = &plan.bent;
        let own = gateway.is_none() || bent.stale_ms > 0;
        let (mut shown, mut rows) =
            match gateway.as_deref().filter(|_| !own).map(decode::read_answer) {
                None => {
                    let truth = self.truth.read();
                    let at = bent.shown_at(now);
                    foreign::page(&truth, &self.habits, place, page, at, &mut self.chance)
                }
                Some(Ok(reply)) => match reply.answer {
                    Answer::Page(answer) => {
                        let rows = self.numbers_of(&answer.page);
                        (answer.page, rows)
                    }
                    Answer::PlatformError(error) => {
                        return (gateway.unwrap_or_default(), Outcome::Refused(error.code));
                    }
                    Answer::BusinessFailure(_) => {
                        return (gateway.unwrap_or_default(), Outcome::Fault);
                    }
                },
                Some(Err(_)) => return (gateway.unwrap_or_default(), Outcome::Fault),
            };
        if bent.has(FaultKind::Repeat)
            && let Some((page, numbers)) = self.last.get(&place)
        {
            shown = page.clone();
            rows = numbers.clone();
        }
        self.last.insert(place, (shown.clone(), rows.clone()));
        let untouched = !own && bent.page.is_empty();
        bent.bend_page(&self.rules, &mut self.chance, &mut shown);
        if !bent.page.is_empty() {
            rows = self.numbers_of(&shown);
        }
        let body = match (untouched, gateway) {
            (true, Some(body)) => body,
            _ => encode::page(form, &shown, !bent.has(FaultKind::NoPickStatus), id),
        };
        let total = shown.total;
        let outcome = match bent.delivery.cut_percent {
            Some(_) => Outcome::Fault,
            None => Outcome::Page { rows, total },
        };
        (body, outcome)
    }

    fn numbers_of(&self, page: &Page) -> Vec<RowNumber> {
        let truth = self.truth.read();
        let ids = page.rows.iter().map(|row| row.appointment_id.as_str());
        ids.filter_map(|id| Some(truth.biography(id)?.number))
            .collect()
    }

    fn write_down(&mut self, plan: Plan, now: UnixMillis, outcome: Outcome) {
        let after = i64::try_from(plan.bent.delivery.after_ms).unwrap_or(i64::MAX);
        let query = plan.asked.query.ok();
        let truth = self.truth.read();
        let clinic = query
            .as_ref()
            .and_then(|query| truth.clinic_of(&query.out_pov_id));
        drop(truth);
        self.log.push(CallRecord {
            at: plan.at,
            looked_at: now,
            answered_at: now.plus_millis(after),
            clinic,
            day: query.as_ref().map_or(Day::MIN, |query| query.day),
            page: query.as_ref().map_or(0, |query| query.page.number.get()),
            size: match &plan.verdict {
                Verdict::Look { page, .. } => page.size.get().min(self.habits.page_size_max),
                _ => query.as_ref().map_or(0, |query| query.page.size.get()),
            },
            sound: plan.bent.page.is_empty()
                && plan.bent.stale_ms == 0
                && matches!(outcome, Outcome::Page { .. }),
            rules: plan.rules,
            outcome,
        });
    }
}

impl Plan {
    /// How the answer is delivered.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.bent.delivery
    }

    /// Whether the real gateway must be asked for the page.
    #[must_use]
    pub fn needs_page(&self) -> bool {
        matches!(self.verdict, Verdict::Look { .. })
            && self.bent.instead.is_none()
            && self.bent.stale_ms == 0
    }

    /// The form of the answer.
    #[must_use]
    pub fn form(&self) -> AnswerForm {
        self.asked.form
    }
}
