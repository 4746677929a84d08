//! Style sheets, scripts and pictures, compiled in.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use twox_hash::XxHash3_64;

/// The style that all pages begin with: colours for light and dark, type, tables, forms.
pub const BASE_STYLE: Asset = Asset {
    name: "base.css",
    content_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../assets/base.css"),
};

/// A file that is compiled in and served below `/assets/`.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its name below `/assets/`, without a slash.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What it is.
    pub bytes: &'static [u8],
}

impl Asset {
    /// The address to link to. It changes with the content, so that a browser may keep what it has
    /// for ever.
    #[must_use]
    pub fn address(&self) -> String {
        format!(
            "/assets/{}?v={:016x}",
            self.name,
            XxHash3_64::oneshot(self.bytes)
        )
    }
}

/// Serves these files below `/assets/`.
pub fn assets<S: Clone + Send + Sync + 'static>(files: &'static [Asset]) -> Router<S> {
    Router::new().route(
        "/assets/{name}",
        get(move |Path(name): Path<String>| async move { answer(files, &name) }),
    )
}

/// Serves one file at its address, beside whatever [`assets`] serves.
pub fn asset<S: Clone + Send + Sync + 'static>(file: &'static Asset) -> Router<S> {
    let path = format!("/assets/{}", file.name);
    Router::new().route(&path, get(move || async move { found(file) }))
}

fn answer(files: &'static [Asset], name: &str) -> Response {
    let Some(file) = files.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    found(file)
}

fn found(file: &'static Asset) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(file.content_type),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, file.bytes).into_response()
}
