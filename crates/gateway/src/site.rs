//! What the platform's own site asks of a gateway in the same process: the consoles and the API
//! tool.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use povline_domain::{AppKey, Day, UnixMillis};
use povline_protocol::api::ApiSpec;
use povline_protocol::explain::Mistake;
use povline_protocol::{AnswerForm, Params, PlatformError, request};
use povline_store::StoreError;
use povline_store::book::CallCount;
use povline_store::journal::{CallFilter, Found, LogCursor, Tallied, search_back_on};
use tokio::time::Instant;

use crate::caller::Caller;
use crate::{Gateway, LimitDefaults, PlatformBook, SandboxSeed, TrustedProxies, call, keep};

/// What is known of a wrong signature. It holds nothing that a caller wrote as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongSignature {
    /// When the call was answered.
    pub at: UnixMillis,
    /// The app that the call said it came from.
    pub app_key: String,
    /// How it was signed: `md5`, `hmac`, `hmac-sha256`, or `unknown`.
    pub sign_method: &'static str,
    /// Whether it was looked into; too many at once are not.
    pub examined: bool,
    /// The likeliest cause, if one was found.
    pub cause: Option<Mistake>,
    /// Where the text that was signed first differs from the one that should have been: the
    /// character, from 1, and the parameter it belongs to.
    pub first_difference: Option<(usize, Option<String>)>,
    /// The length of the signature as it came, in bytes.
    pub signature_bytes: usize,
    /// The parameters as they came: names, and the lengths of their values in bytes.
    pub parameters: Vec<(String, usize)>,
    /// How many more there were.
    pub more_parameters: usize,
}

/// An answer as it would have gone over the network.
#[derive(Debug, Clone)]
pub struct SiteAnswer {
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The document.
    pub body: Vec<u8>,
}

/// How a gateway is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlatformLevels {
    /// Day sheets in memory.
    pub sheet_entries: usize,
    /// Their bytes, compressed pages included.
    pub sheet_bytes: usize,
    /// The most that they may be.
    pub sheet_bytes_max: usize,
    /// Pages that came from a sheet in memory, since the process began.
    pub sheet_hits: u64,
    /// Sheets that were built from the book.
    pub sheet_builds: u64,
    /// Sheets that could not be built.
    pub sheet_failures: u64,
    /// Lists pinned for forward paging.
    pub pins: usize,
    /// Bytes of pinned sheets.
    pub pinned_bytes: usize,
    /// The most that they may be.
    pub pinned_bytes_max: usize,
    /// Pages that came from a pinned sheet.
    pub pinned_pages: u64,
    /// Open connections of the public address.
    pub connections: usize,
    /// The most that are let in.
    pub connections_max: usize,
    /// Calls that are being worked on.
    pub calls: usize,
    /// The most that may be at once.
    pub calls_max: usize,
    /// Age of the last good look at the book's changes, in seconds.
    pub lag_seconds: f64,
    /// Reads that are not audited yet.
    pub audit_waiting: usize,
    /// Calls that could not be logged.
    pub log_lines_lost: u64,
    /// Whether calls are answered.
    pub is_ready: bool,
}

impl<B: PlatformBook> Gateway<B> {
    /// The book that it answers from.
    #[must_use]
    pub fn book(&self) -> &B {
        &self.state.book
    }

    /// The methods as they are asked for here: which of them need a session is each platform's own
    /// affair.
    #[must_use]
    pub fn methods(&self) -> &[ApiSpec] {
        &self.state.methods
    }

    /// The method with this name, as it is asked for here.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&ApiSpec> {
        let mut methods = self.methods().iter();
        methods.find(|spec| spec.method == name)
    }

    /// Reads who may call from the book: calls that arrive from now on know what is written by now.
    /// Who changes that in this process calls it before saying that it is done; who does not is
    /// known a moment later.
    ///
    /// # Errors
    /// [`StoreError`] if the book cannot be read; then, too, it is known a moment later.
    pub async fn learn_access(&self) -> Result<(), StoreError> {
        self.state.directory.load(&*self.state.book).await
    }

    /// What time it is for it.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.state.clock.now()
    }

    /// Whether its book is a sandbox's.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.state.sandbox
    }

    /// What an ISV of its sandbox begins with; nothing in production.
    #[must_use]
    pub fn sandbox_seed(&self) -> Option<&SandboxSeed> {
        let seed = self.state.config.sandbox_seed.as_ref();
        seed.filter(|_| self.state.sandbox)
    }

    /// How often apps may call of which the book says nothing else.
    #[must_use]
    pub fn limit_defaults(&self) -> LimitDefaults {
        self.state.config.calls
    }

    /// The most bytes of a request's body.
    #[must_use]
    pub fn body_bytes_max(&self) -> usize {
        self.state.config.body.bytes_max
    }

    /// The most calls of a batch.
    #[must_use]
    pub fn batch_calls_max(&self) -> usize {
        self.state.config.batch_calls_max
    }

    /// The proxies whose word about their callers is believed.
    #[must_use]
    pub fn trusted_proxies(&self) -> &TrustedProxies {
        &self.state.config.trusted_proxies
    }

    /// How it is doing.
    #[must_use]
    pub fn levels(&self) -> PlatformLevels {
        let state = &self.state;
        let levels = state.levels();
        let metrics = &state.metrics;
        PlatformLevels {
            sheet_entries: levels.sheet_entries,
            sheet_bytes: levels.sheet_bytes,
            sheet_bytes_max: state.config.sheets_bytes_max,
            sheet_hits: metrics.sheet_hits.get(),
            sheet_builds: metrics.sheet_builds.get(),
            sheet_failures: metrics.sheet_failures.get(),
            pins: levels.pins,
            pinned_bytes: levels.pinned_bytes,
            pinned_bytes_max: state.config.pins_bytes_max,
            pinned_pages: metrics.pinned_pages.get(),
            connections: levels.connections,
            connections_max: state.config.public.connections_max,
            calls: levels.calls,
            calls_max: state.config.calls_max,
            lag_seconds: levels.lag_seconds,
            audit_waiting: levels.readings,
            log_lines_lost: metrics.audit.lines_lost.get(),
            is_ready: state.trouble().is_none(),
        }
    }

    /// Why the signature of a call was wrong, by the `request_id` of its answer. Only the last
    /// few hundred wrong signatures of an app are remembered.
    #[must_use]
    pub fn wrong_signature(&self, request_id: &str) -> Option<WrongSignature> {
        self.state.explainer.wrong_signature(request_id)
    }

    /// The newest calls of the request log that a filter admits, those of this moment included:
    /// see [`search_back_on`]. `None` if there is no request log.
    ///
    /// # Errors
    /// [`StoreError`] if the log cannot be read.
    pub async fn calls_back(
        &self,
        filter: &CallFilter,
        before: LogCursor,
        lines_max: usize,
        rounds_max: usize,
    ) -> Result<Option<Found>, StoreError> {
        let Some(journal) = &self.state.config.journal else {
            return Ok(None);
        };
        keep::write_lines(&self.state).await;
        let found = search_back_on(&**journal, filter, before, lines_max, rounds_max);
        found.await.map(Some)
    }

    /// How many calls of an app, or of all, came to what, by hour, from the hour of an instant on;
    /// those of this moment included. `None` if there is no request log.
    ///
    /// # Errors
    /// [`StoreError`] if the log cannot be read.
    pub async fn calls_tallied(
        &self,
        from: UnixMillis,
        app: Option<AppKey>,
    ) -> Result<Option<Tallied>, StoreError> {
        let Some(journal) = &self.state.config.journal else {
            return Ok(None);
        };
        keep::write_lines(&self.state).await;
        journal.tally(from, app).await.map(Some)
    }

    /// How often was called today, by scope: what the book knows, and what it is not told yet.
    ///
    /// # Errors
    /// [`StoreError`] if the book cannot be read.
    pub async fn calls_today(&self) -> Result<Vec<CallCount>, StoreError> {
        let today = Day::at(self.now());
        let mut counts = self.state.book.call_counts(today).await?;
        for (scope, used) in self.state.limiter.untold(today) {
            let known = counts.iter_mut().find(|count| count.scope == scope);
            match known {
                Some(count) => count.used = count.used.saturating_add_signed(used),
                None => counts.push(CallCount {
                    scope,
                    used: used.max(0).unsigned_abs(),
                    reserved: 0,
                }),
            }
        }
        Ok(counts)
    }

    /// Answers a call as if it had come over the network from `address`: it is admitted, counted,
    /// logged and audited like any other. `query` and `body` are those of a signed request. It is
    /// worked on where the gateway serves, so neither who waits no longer nor the end of the
    /// caller's own runtime stops it.
    pub async fn call(&self, address: IpAddr, query: &str, body: &str) -> SiteAnswer {
        let begun = Instant::now();
        let caller = Caller {
            address: address.to_canonical(),
        };
        let state = Arc::clone(&self.state);
        let (query, body) = (query.to_owned(), body.to_owned());
        let call = async move {
            let content_type = Some(request::CONTENT_TYPE);
            match Params::read(Some(&query), content_type, body.as_bytes()) {
                Ok(params) => call::answer(&state, caller, params, begun).await,
                Err(error) => call::refuse(
                    &state,
                    caller,
                    AnswerForm::Xml,
                    error.platform_error(),
                    begun,
                ),
            }
        };
        let finished = self.state.begun.finish_apart(call).await;
        let reply = finished.unwrap_or_else(|| {
            let error = PlatformError::service_unavailable();
            call::refuse(&self.state, caller, AnswerForm::Xml, error, begun)
        });
        let content_type = reply.form.content_type();
        let parts: [Bytes; 3] = reply.document.into_plain();
        SiteAnswer {
            content_type,
            body: parts.concat(),
        }
    }
}
