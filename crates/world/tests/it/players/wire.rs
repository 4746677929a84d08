//! Calls of a stage, one after the other, each of which takes its time.

use povline_domain::{AppKey, Day, OutPovId, PageRequest, UnixMillis};
use povline_protocol::methods::appointment_query::{AppointmentQuery, METHOD, REQUEST_PARAM};
use povline_protocol::request::{CONTENT_TYPE, Credentials};
use povline_protocol::{AnswerForm, Secret};
use povline_world::scenarios::ScenarioFile;
use povline_world::server::{CallParams, Identity, Stage};

/// A stage and the time on it.
pub(super) struct Wire {
    pub(super) stage: Stage,
    pub(super) now: UnixMillis,
    credentials: Credentials,
    pause_ms: i64,
    called_at: UnixMillis,
}

/// A body with the instants of its call; `None` if the connection broke or the status was not 200.
pub(super) struct Reply {
    pub(super) body: Option<Vec<u8>>,
    pub(super) requested_at: UnixMillis,
    pub(super) answered_at: UnixMillis,
}

impl Wire {
    pub(super) fn new(scenario: &ScenarioFile) -> Self {
        let identity = Identity {
            app_key: AppKey::new("12345678").unwrap(),
            secret: Secret::new("helloworld"),
        };
        let credentials = Credentials::new(identity.app_key.clone(), identity.secret.clone());
        let stage = Stage::new(scenario, identity);
        let now = stage.read_truth().begins_at();
        Self {
            stage,
            now,
            credentials,
            called_at: UnixMillis(0),
            pause_ms: match scenario.budget.calls_per_second {
                0 => 0,
                calls => 1_000 / i64::from(calls) + 1,
            },
        }
    }

    pub(super) fn pass(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis);
        self.stage.truth().write().advance(self.now);
    }

    pub(super) fn at_rest(&self) -> bool {
        self.now >= self.stage.read_truth().ends_at()
    }

    pub(super) fn call(&mut self, pov: &OutPovId, day: Day, page: PageRequest) -> Reply {
        let query = AppointmentQuery {
            day,
            out_pov_id: pov.clone(),
            page,
        };
        let argument = query.to_param();
        let signed = self
            .credentials
            .sign(
                METHOD,
                &[(REQUEST_PARAM, &argument)],
                AnswerForm::Json,
                self.now,
            )
            .unwrap();
        let call = CallParams {
            query: Some(&signed.query),
            content_type: Some(CONTENT_TYPE),
            body: signed.body.as_bytes(),
        };
        // Not more calls than the budget allows, evenly spread.
        if self.pause_ms > 0 {
            let wait = self.pause_ms - self.now.millis_since(self.called_at);
            self.pass(wait.max(0));
            self.called_at = self.now;
        }
        let requested_at = self.now;
        let plan = self.stage.begin(call, self.now, self.now);
        let delivery = plan.delivery();
        self.pass(delivery.before_ms as i64);
        let mut answered = self.stage.finish(plan, self.now, None);
        self.pass(delivery.after_ms as i64);
        if let Some(percent) = delivery.cut_percent {
            let kept = answered.body.len() * percent as usize / 100;
            answered.body.truncate(kept);
        }
        Reply {
            body: (answered.status == 200 && !delivery.breaks).then_some(answered.body),
            requested_at,
            answered_at: self.now,
        }
    }
}
