//! From an admitted query to the sheet that its page is a slice of.

use std::sync::Arc;

use povline_domain::UnixMillis;
use povline_protocol::AnswerForm;
use povline_protocol::methods::appointment_query::AppointmentQuery;
use povline_store::book::Book;

use crate::admit::Admitted;
use crate::answer::Page;
use crate::pins::PinKey;
use crate::sheet::{BuildFailed, DaySheet, Encoding, SheetKey, build_sheet};
use crate::state::State;

/// The page of the present, or of the pinned sheet that the page before it came from.
pub(crate) async fn find_page<B: Book>(
    state: &State<B>,
    admitted: &Admitted<AppointmentQuery>,
    form: AnswerForm,
    now: UnixMillis,
) -> Result<Page, BuildFailed> {
    let page = admitted.query().page;
    let key = SheetKey {
        pov: admitted.pov(),
        day: admitted.query().day,
        encoding: Encoding::of(form),
    };
    let pin = PinKey {
        app: Arc::clone(&admitted.app().key),
        sheet: key,
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

async fn present_sheet<B: Book>(
    state: &State<B>,
    admitted: &Admitted<AppointmentQuery>,
    key: SheetKey,
) -> Result<Arc<DaySheet>, BuildFailed> {
    if let Some(sheet) = state.sheets.get(key) {
        state.metrics.sheet_hits.inc();
        return Ok(sheet);
    }
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
