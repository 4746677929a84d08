//! What every call of one gateway shares.

use std::sync::Arc;

use bytes::Bytes;
use povline_domain::Clock;
use povline_net::{LargeBodies, OpenConnections};
use povline_protocol::api::ApiSpec;
use povline_protocol::{methods, openapi};
use povline_store::book::BookKind;

use crate::GatewayConfig;
use crate::PlatformBook;
use crate::begun::Begun;
use crate::call_log::CallLog;
use crate::directory::CurrentDirectory;
use crate::explain::Explainer;
use crate::follow::Freshness;
use crate::handlers::{BookingList, BookingsKey};
use crate::limit::Limiter;
use crate::long_reads::LongReads;
use crate::metrics::{Levels, Metrics};
use crate::overload::Places;
use crate::pins::{PinLimits, Pins};
use crate::readings::Readings;
use crate::request_ids::RequestIds;
use crate::sheet::{DaySheet, SheetCache, SheetKey};

pub(crate) struct State<B> {
    pub(crate) book: Arc<B>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directory: CurrentDirectory,
    pub(crate) limiter: Limiter,
    /// Whether the book is a sandbox's.
    pub(crate) sandbox: bool,
    pub(crate) sheets: SheetCache,
    pub(crate) pins: Pins<SheetKey, DaySheet>,
    /// Lists of bookings that are being paged through.
    pub(crate) booking_lists: Pins<BookingsKey, BookingList>,
    pub(crate) freshness: Freshness,
    pub(crate) metrics: Metrics,
    pub(crate) request_ids: RequestIds,
    /// What was read and is not audited yet.
    pub(crate) readings: Readings,
    /// What is not in the request log yet.
    pub(crate) call_log: CallLog,
    pub(crate) explainer: Explainer,
    pub(crate) connections: OpenConnections,
    pub(crate) large_bodies: LargeBodies,
    /// For calls that are worked on.
    pub(crate) calls: Places,
    /// For those of them that wait for a list which is not in memory.
    pub(crate) builds: Places,
    /// For those of them that write.
    pub(crate) writes: Places,
    pub(crate) begun: Begun,
    pub(crate) long_reads: LongReads,
    /// The methods as they are asked for here.
    pub(crate) methods: Vec<ApiSpec>,
    /// The same for machines.
    pub(crate) openapi: Bytes,
    pub(crate) config: GatewayConfig,
}

impl<B: PlatformBook> State<B> {
    pub(crate) fn new(
        book: Arc<B>,
        clock: Arc<dyn Clock>,
        config: GatewayConfig,
        kind: BookKind,
    ) -> Self {
        let sandbox = kind == BookKind::Sandbox;
        let methods = as_asked_for(&config);
        let openapi = openapi::document_of(&methods.iter().collect::<Vec<_>>());
        Self {
            book,
            clock,
            directory: CurrentDirectory::new(config.calls, sandbox),
            limiter: Limiter::new(),
            sandbox,
            sheets: SheetCache::new(config.sheets_bytes_max),
            pins: Pins::new(PinLimits {
                time: config.pin_time,
                app_bytes_max: config.pins_app_bytes_max,
                bytes_max: config.pins_bytes_max,
            }),
            booking_lists: Pins::new(BookingList::limits(config.pin_time)),
            freshness: Freshness::new(),
            metrics: Metrics::new(),
            request_ids: RequestIds::new(config.request_id_seed),
            readings: Readings::default(),
            call_log: CallLog::default(),
            explainer: Explainer::default(),
            connections: OpenConnections::default(),
            large_bodies: LargeBodies::at_most(
                config.large_bodies_max,
                config.large_bodies_per_address_max,
            ),
            calls: Places::new(config.calls_max, config.calls_per_app_max),
            builds: Places::new(config.build_waiters_max, config.build_waiters_per_app_max),
            writes: Places::new(config.writes_max, config.writes_per_app_max),
            begun: Begun::default(),
            long_reads: LongReads::new(),
            openapi: Bytes::from(openapi.to_string()),
            methods,
            config,
        }
    }

    /// Whether a caller is told why its signature is wrong: where it was set, and in a sandbox.
    pub(crate) fn explains_signatures(&self) -> bool {
        self.config.explain_signatures || self.sandbox
    }

    /// Whether a call of a method must carry a session of its app.
    pub(crate) fn needs_session(&self, spec: &ApiSpec) -> bool {
        self.config.needs_session(spec)
    }

    /// Whether what is in memory may be taken for the present.
    pub(crate) fn is_fresh(&self) -> bool {
        self.freshness.age() <= self.config.staleness_max
    }

    /// Why no call can be answered now, if none can.
    pub(crate) fn trouble(&self) -> Option<&'static str> {
        (!self.is_fresh()).then_some("the book cannot be followed\n")
    }

    pub(crate) fn levels(&self) -> Levels {
        let size = self.sheets.size();
        Levels {
            sheet_entries: size.entries,
            sheet_bytes: size.bytes,
            pins: self.pins.count(),
            pinned_bytes: self.pins.bytes(),
            connections: self.connections.count(),
            calls: self.calls.taken(),
            writes: self.writes.taken(),
            readings: self.readings.count(),
            lag_seconds: self.freshness.age().as_secs_f64(),
        }
    }
}

/// Every method, with the session that it needs here.
fn as_asked_for(config: &GatewayConfig) -> Vec<ApiSpec> {
    let here = |spec: &&ApiSpec| ApiSpec {
        needs_session: config.needs_session(spec),
        ..**spec
    };
    methods::ALL.iter().map(here).collect()
}
