//! `povline.schedule.query`.

use povline_protocol::methods::schedule_query::{self, PeriodSchedule, ScheduleQuery};

use super::change::failed;
use crate::PlatformBook;
use crate::admit::{SignedParams, admit};
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// The schedule of a day that the app may read.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
) -> Result<Answer, Refused> {
    let query = ScheduleQuery::from_params(signed.params())?;
    let code = query.out_pov_id.clone();
    let admitted = admit(&signed, directory, &code, query)?;
    let day = admitted.query().day;
    let periods = state.book.schedule(admitted.pov(), day).await;
    let periods: Vec<PeriodSchedule> = periods
        .map_err(failed)?
        .into_iter()
        .map(|period| PeriodSchedule {
            period: period.period,
            capacity: period.capacity,
            booked: period.booked,
            open: period.open,
        })
        .collect();
    Ok(Answer::Content(schedule_query::answer(&periods)))
}
