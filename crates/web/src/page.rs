//! A filled template as an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

/// Answers with the filled template, as UTF-8 HTML.
#[derive(Debug, Clone, Copy)]
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => {
                tracing::error!(%error, "cannot fill a template");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
