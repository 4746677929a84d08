//! What is downloaded: samples, SDK classes, the description for machines, the vectors.

use std::collections::BTreeMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::header;
use povline_protocol::{openapi, request, sign};
use serde_json::{Value, json};

use super::not_found;
use crate::docs::method::call;
use crate::samples::{Language, sample};
use crate::sdk as classes;
use crate::{OwnApps, Portal, Site};

/// A sample as a file: what stands on the page and nothing else.
pub(crate) async fn sample_file(
    portal: State<Portal>,
    site: Site,
    own: OwnApps,
    path: Result<Path<(String, String)>, PathRejection>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let (method, file) = path.map(|Path(names)| names).unwrap_or_default();
    let language = Language::ALL
        .into_iter()
        .find(|language| language.file_name() == file);
    let (Some(spec), Some(language)) = (portal.find(&method), language) else {
        return not_found(portal, site).await.into_response();
    };
    let program = sample(language, spec, &call(&portal, spec, &asked, &own));
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        // Without a name a browser keeps what is text as a file of text, `call.txt`.
        (
            header::CONTENT_DISPOSITION,
            format!("inline; filename=\"{}\"", language.file_name()),
        ),
    ];
    (headers, program).into_response()
}

/// The SDK classes of every method, as a zip archive.
pub(crate) async fn sdk(
    portal: State<Portal>,
    site: Site,
    path: Result<Path<String>, PathRejection>,
) -> Response {
    let file = path.map(|Path(file)| file).unwrap_or_default();
    let language = file
        .strip_suffix(".zip")
        .and_then(classes::Language::of_slug);
    let Some(language) = language else {
        return not_found(portal, site).await.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!(
                "attachment; filename=\"povline-sdk-{}.zip\"",
                language.slug()
            ),
        ),
    ];
    let archive = classes::archive(&classes::files(language, &portal.methods()));
    (headers, archive).into_response()
}

/// The description for machines, with the address of this platform.
pub(crate) async fn openapi_document(State(portal): State<Portal>) -> Response {
    let mut document = openapi::document_of(&portal.methods());
    let base = portal.api_url().strip_suffix(request::PATH);
    if let (Some(base), Value::Object(members)) = (base, &mut document) {
        members.insert("servers".to_owned(), json!([{ "url": base }]));
    }
    json_file(document.to_string())
}

/// The vectors for whoever writes a client.
pub(crate) async fn vectors() -> Response {
    json_file(sign::VECTORS.to_owned())
}

fn json_file(text: String) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        text,
    )
        .into_response()
}
