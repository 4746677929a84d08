//! The list of methods.

use askama::Template;
use axum::extract::State;
use povline_web::{Language, Page};

use super::menu::{Group, menu, methods};
use crate::{Portal, Site};

#[derive(Template)]
#[template(path = "docs/index.html")]
pub(crate) struct Index {
    site: Site,
    language: Language,
    menu: Vec<Group>,
    methods: Vec<Group>,
}

pub(crate) async fn page(State(portal): State<Portal>, site: Site) -> Page<Index> {
    Page(Index {
        language: site.language,
        menu: menu(&portal, site.language),
        methods: methods(&portal, site.language),
        site,
    })
}
