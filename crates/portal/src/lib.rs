//! The developer portal of the platform. Everything it says of a method comes from the method's
//! one definition in `povline-protocol`: pages, samples and SDK classes cannot differ from what is
//! answered.
//!
//! [`router`] serves the documentation. Other pages of the same site fill a [`Site`] and extend
//! `site.html`, so that they look and lead alike; [`samples::sample`] writes a call as a program for
//! whoever shows one.

mod docs;
mod example;
mod home;
mod portal;
pub mod samples;
pub mod sdk;
mod site;

use axum::Router;
use axum::routing::get;
use povline_web::{Asset, BASE_STYLE};

pub(crate) use portal::Access;
pub use portal::{Portal, PortalConfig, Sizes};
pub use site::{OwnApp, OwnApps, SignedInAs, Site};

/// How the pages of the documentation look.
pub const DOCS_STYLE: Asset = Asset {
    name: "docs.css",
    content_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../assets/docs.css"),
};

/// Buttons that copy a text: each stands hidden in a page, for who has no script.
pub const COPY_SCRIPT: Asset = Asset {
    name: "copy.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../assets/copy.js"),
};

/// Tabs that follow the arrow keys.
const TABS_SCRIPT: Asset = Asset {
    name: "tabs.js",
    content_type: "text/javascript; charset=utf-8",
    bytes: include_bytes!("../assets/tabs.js"),
};

/// The files that the portal's pages link to. Whoever serves them beside their own serves all of
/// them in one [`povline_web::assets`].
pub static ASSETS: &[Asset] = &[BASE_STYLE, DOCS_STYLE, COPY_SCRIPT, TABS_SCRIPT];

/// The pages of the documentation with the files that they link to, and an answer to every other
/// address, without the headers that [`povline_web::guarded`] sets.
pub fn router(portal: Portal) -> Router {
    Router::new()
        .fallback(docs::not_found)
        .with_state(portal.clone())
        .merge(pages(portal))
        .merge(povline_web::assets(ASSETS))
}

/// The pages alone, for a site whose files are served together.
pub fn pages(portal: Portal) -> Router {
    Router::new()
        .route("/", get(home::page))
        .merge(docs::routes())
        .with_state(portal)
}
