//! Pages of prose, and the page that is not there.

use askama::Template;
use axum::extract::State;
use povline_protocol::methods::appointment_query;
use povline_web::{Language, Page};

use super::menu::{Group, menu};
use crate::sdk;
use crate::{Portal, Site};

macro_rules! guide {
    ($(#[$doc:meta])* $name:ident, $path:literal) => {
        $(#[$doc])*
        #[derive(Template)]
        #[template(path = $path)]
        pub(crate) struct $name {
            site: Site,
            language: Language,
            menu: Vec<Group>,
        }

        impl $name {
            pub(super) fn new(portal: &Portal, site: Site) -> Self {
                Self {
                    language: site.language,
                    menu: menu(portal, site.language),
                    site,
                }
            }
        }
    };
}

guide!(
    /// Classes for users of the official SDKs.
    Sdk,
    "docs/sdk.html"
);
guide!(
    /// A page that is not there.
    NotFound,
    "docs/not_found.html"
);

pub(crate) async fn sdk(State(portal): State<Portal>, site: Site) -> Page<Sdk> {
    Page(Sdk::new(&portal, site))
}

impl Sdk {
    fn languages(&self) -> [sdk::Language; 4] {
        sdk::Language::ALL
    }

    fn java(&self) -> String {
        sdk::java_usage(&appointment_query::SPEC)
    }

    fn python(&self) -> String {
        sdk::python_usage(&appointment_query::SPEC)
    }
}
