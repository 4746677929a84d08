//! What a program sends, or a problem told as every other is.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The JSON object of a body.
pub(super) struct Body<T>(pub(super) T);

/// What stands in the path.
pub(super) struct InPath<T>(pub(super) T);

/// What stands in the query.
pub(super) struct InQuery<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let sent = Json::from_request(request, state).await;
        sent.map(|Json(sent)| Self(sent))
            .map_err(|_| Problem::Wrong("body (JSON)"))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let sent = Path::from_request_parts(parts, state).await;
        sent.map(|Path(sent)| Self(sent))
            .map_err(|_| Problem::Wrong("path"))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for InQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let sent = Query::from_request_parts(parts, state).await;
        sent.map(|Query(sent)| Self(sent))
            .map_err(|_| Problem::Wrong("query"))
    }
}
