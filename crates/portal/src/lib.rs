//! The developer portal of the platform. Everything it says of a method comes from the method's
//! one definition in `povline-protocol`.
//!
//! [`router`] serves the documentation. Other pages of the same site fill a [`Site`] and extend
//! `site.html`, so that they look and lead alike.

mod home;
mod site;

use axum::Router;
use axum::routing::get;
use povline_web::{Asset, BASE_STYLE};

pub use site::Site;

/// The files that the portal's pages link to.
pub static ASSETS: &[Asset] = &[BASE_STYLE];

/// The pages of the documentation, without the headers that [`povline_web::guarded`] sets.
pub fn router() -> Router {
    Router::new()
        .route("/", get(home::page))
        .merge(povline_web::assets(ASSETS))
}
