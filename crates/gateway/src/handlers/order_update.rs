//! `alibaba.health.vaccin.order.update`.

use povline_domain::UnixMillis;
use povline_protocol::methods::order_update::{self, Action, OrderUpdate};
use povline_store::book::{ActionOutcome, VisitAction};

use super::change::{failed, find, invalidate, refused};
use crate::PlatformBook;
use crate::admit::SignedParams;
use crate::call::{Answer, Refused};
use crate::directory::Directory;
use crate::state::State;

/// Takes what a clinic tells of a visit.
pub(crate) async fn answer<B: PlatformBook>(
    state: &State<B>,
    signed: SignedParams<'_>,
    directory: &Directory,
    now: UnixMillis,
) -> Result<Answer, Refused> {
    let told = OrderUpdate::from_params(signed.params(), now)?;
    let (writer, at) = find(state, &signed, directory, told.appointment_id).await?;
    let action = match told.action {
        Action::Pick => VisitAction::Pick,
        Action::Unpick => VisitAction::Unpick,
        Action::NotInoculate(reason) => VisitAction::NotInoculated(reason),
    };
    let actor = writer.actor(now);
    let outcome = state
        .book
        .record_visit(&actor, at, action, told.action_time)
        .await;
    let stands = match outcome.map_err(failed)?.map_err(refused)? {
        ActionOutcome::Taken(day) => {
            invalidate(state, writer.pov(), &[day]);
            true
        }
        ActionOutcome::Repeated => true,
        ActionOutcome::Superseded => false,
    };
    Ok(Answer::Content(order_update::answer(stands)))
}
