//! The first page.

use askama::Template;
use axum::extract::State;
use povline_web::{Language, Page};

use crate::{Access, Portal, Site};

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    site: Site,
    language: Language,
    api_url: String,
    access: Access,
}

pub(crate) async fn page(State(portal): State<Portal>, site: Site) -> Page<Home> {
    Page(Home {
        language: site.language,
        api_url: portal.api_url().to_owned(),
        access: portal.access(),
        site,
    })
}
