//! The pages of the documentation.

mod errors;
mod faq;
mod files;
mod guides;
mod index;
mod limits;
mod menu;
mod method;
mod public;
mod signing;
mod start;
mod table;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use povline_web::Page;

use crate::{Portal, Site};

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/docs", get(index::page))
        .route("/docs/start", get(start::page))
        .route("/docs/signing", get(signing::page))
        .route("/docs/errors", get(errors::page))
        .route("/docs/limits", get(limits::page))
        .route("/docs/faq", get(faq::page))
        .route("/docs/sdk", get(guides::sdk))
        .route("/docs/sdk/{file}", get(files::sdk))
        .route("/docs/vectors.json", get(files::vectors))
        .route("/docs/{method}", get(method::page))
        .route("/docs/{method}/samples/{file}", get(files::sample_file))
        .route("/openapi.json", get(files::openapi_document))
}

/// What a page that is not there answers.
pub(crate) async fn not_found(portal: State<Portal>, site: Site) -> impl IntoResponse + use<> {
    (
        StatusCode::NOT_FOUND,
        Page(guides::NotFound::new(&portal, site)),
    )
}
