//! Pairing and signing in, for programs that staff use.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use povline_store::ledger::Desk;
use serde::{Deserialize, Serialize};

use super::sent::Body;
use crate::Clinic;
use crate::access::{AtDesk, Origin, SESSION_COOKIE, secret};
use crate::problem::Problem;
use crate::secret::SecretKind;

#[derive(Deserialize)]
pub(super) struct ToPair {
    code: String,
}

#[derive(Serialize)]
pub(super) struct PairedDocument {
    device_token: String,
    out_pov_id: String,
    name: String,
    is_screen: bool,
}

pub(super) async fn pair<L: Desk>(
    State(clinic): State<Clinic<L>>,
    from: Origin,
    Body(to_pair): Body<ToPair>,
) -> Result<Json<PairedDocument>, Problem> {
    let (device, device_token) = clinic.pair(&to_pair.code, from).await?;
    Ok(Json(PairedDocument {
        device_token,
        out_pov_id: device.pov.as_str().to_owned(),
        name: device.label,
        is_screen: device.is_screen,
    }))
}

#[derive(Serialize)]
pub(super) struct StaffDocument {
    staff: i64,
    name: String,
    may_decide: bool,
}

pub(super) async fn staff<L: Desk>(
    State(clinic): State<Clinic<L>>,
    AtDesk(device): AtDesk,
) -> Result<Json<Vec<StaffDocument>>, Problem> {
    let people = clinic.ledger().staff(&device.pov)?;
    let people = people.into_iter().map(|person| StaffDocument {
        staff: person.number,
        name: person.name,
        may_decide: person.may_decide,
    });
    Ok(Json(people.collect()))
}

#[derive(Deserialize)]
pub(super) struct ToSignIn {
    staff: i64,
    pin: String,
}

#[derive(Serialize)]
pub(super) struct SignedInDocument {
    session_token: String,
}

pub(super) async fn sign_in<L: Desk>(
    State(clinic): State<Clinic<L>>,
    AtDesk(device): AtDesk,
    Body(to_sign_in): Body<ToSignIn>,
) -> Result<Json<SignedInDocument>, Problem> {
    let ToSignIn { staff, pin } = to_sign_in;
    let session_token = clinic.sign_in(&device, staff, pin).await?;
    Ok(Json(SignedInDocument { session_token }))
}

pub(super) async fn sign_out<L: Desk>(
    State(clinic): State<Clinic<L>>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let text = secret(&headers, SecretKind::Session, SESSION_COOKIE);
    if let Some(digest) = text.and_then(|text| SecretKind::Session.digest(text)) {
        clinic.ledger().end_session(digest).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
