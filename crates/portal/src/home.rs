//! The first page.

use askama::Template;
use povline_web::{Language, Page};

use crate::Site;

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    site: Site,
    language: Language,
}

pub(crate) async fn page(site: Site) -> Page<Home> {
    Page(Home {
        language: site.language,
        site,
    })
}
