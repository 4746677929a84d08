//! `alibaba.health.vaccin.appointment.query`: from signed parameters to the sheet that the page is
//! a slice of.

use std::sync::Arc;

use povline_domain::UnixMillis;
use povline_protocol::methods::appointment_query::AppointmentQuery;

use crate::PlatformBook;
use crate::admit::{Admitted, SignedParams, admit};
use crate::answer::Page;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::pins::PinKey;
use crate::sheet::{BuildFailed, DaySheet, Encoding, SheetKey, build_sheet};
use crate::state::State;

/// One page of a list that the app may read.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let encoding = Encoding::of(signed.form());
    let query = AppointmentQuery::from_params(signed.params())?;
    let code = query.out_pov_id.clone();
    let admitted = admit(&signed, directory, &code, query)?;
    signed.reads(admitted.pov(), code, Some(admitted.query().day));
    find_page(state, &admitted, encoding, now)
        .await
        .map(Answer::Page)
        .map_err(Refused::from)
}

/// The page of the present, or of the pinned sheet that the page before it came from.
async fn find_page<B: PlatformBook>(
    state: &State<B>,
    admitted: &Admitted<AppointmentQuery>,
    encoding: Encoding,
    now: UnixMillis,
) -> Result<Page, BuildFailed> {
    let page = admitted.query().page;
    let key = SheetKey {
        pov: admitted.pov(),
        day: admitted.query().day,
        encoding,
    };
    let pin = PinKey {
        app: Arc::clone(&admitted.app().key),
        list: key,
        size: page.size,
    };
    if let Some(sheet) = state.pins.follow(&pin, page, now) {
        state.metrics.pinned_pages.inc();
        return Ok(Page::of(&sheet, page));
    }
    let sheet = present_sheet(state, admitted, key).await?;
    if page.number.get() == 1 && state.pins.begin(pin, &sheet, now) {
        state.sheets.shrink(state.pins.bytes());
    }
    Ok(Page::of(&sheet, page))
}

async fn present_sheet<B: PlatformBook>(
    state: &State<B>,
    admitted: &Admitted<AppointmentQuery>,
    key: SheetKey,
) -> Result<Arc<DaySheet>, BuildFailed> {
    if let Some(sheet) = state.sheets.get(key) {
        state.metrics.sheet_hits.inc();
        return Ok(sheet);
    }
    Box::pin(cold_sheet(state, admitted, key)).await
}

async fn cold_sheet<B: PlatformBook>(
    state: &State<B>,
    admitted: &Admitted<AppointmentQuery>,
    key: SheetKey,
) -> Result<Arc<DaySheet>, BuildFailed> {
    // What is in memory goes on being answered, however slow the book is.
    let app = &admitted.app().key;
    let _place = state
        .builds
        .enter_as(app)
        .map_err(|_| BuildFailed::Crowded)?;
    let build = async || {
        let out_pov_id = &admitted.query().out_pov_id;
        let built = build_sheet(&*state.book, key, out_pov_id, state.config.read_time_max).await;
        match &built {
            Ok(_) => state.metrics.sheet_builds.inc(),
            Err(_) => state.metrics.sheet_failures.inc(),
        };
        built
    };
    state
        .sheets
        .get_or_build(key, state.pins.bytes(), build)
        .await
}
