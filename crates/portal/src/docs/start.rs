//! From nothing to the first good call.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use povline_protocol::SESSION_REMEDY;
use povline_protocol::catalogue::Bilingual;
use povline_protocol::methods::appointment_query::{METHOD, REQUEST_PARAM};
use povline_web::{Language as Tongue, Page};

use super::menu::{Group, menu};
use super::method::call;
use crate::samples::{Language, SECRET_VARIABLE, SESSION_VARIABLE, sample};
use crate::{Access, OwnApp, OwnApps, Portal, Site};

#[derive(Template)]
#[template(path = "docs/start.html")]
pub(crate) struct Start {
    site: Site,
    language: Tongue,
    menu: Vec<Group>,
    access: Access,
    /// Shows key and secret of a sandbox's first app, where no stranger is let in: it tells where the
    /// platform keeps its data.
    look: Option<String>,
    api_url: String,
    app_key: String,
    /// The reader's apps to choose from, if they have several.
    apps: Vec<OwnApp>,
    day: String,
    out_pov_id: String,
    program: String,
    query: String,
    variable: &'static str,
    /// Where the program reads a session, if the call needs one, and what to do for it.
    session: Option<(&'static str, Bilingual)>,
}

/// The reader's key, clinic and day fill the program; without them it asks for today.
pub(crate) async fn page(
    State(portal): State<Portal>,
    site: Site,
    own: OwnApps,
    Query(mut asked): Query<BTreeMap<String, String>>,
) -> Page<Start> {
    let today = portal.today().to_string();
    let text = |asked: &BTreeMap<String, String>, name: &str| {
        let given = asked.get(name).map(|text| text.trim());
        given.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let day = text(&asked, "day").unwrap_or(today);
    let out_pov_id = text(&asked, "out_pov_id").unwrap_or_else(|| "00001".to_owned());
    asked.insert("day".to_owned(), day);
    asked.insert("out_pov_id".to_owned(), out_pov_id);
    let spec = portal.find(METHOD);
    let filled = spec.map(|spec| call(&portal, spec, &asked, &own));
    let value = |name: &str| {
        let path = format!("{REQUEST_PARAM}.{name}");
        let value = filled.as_ref().and_then(|call| call.values.get(&path));
        value.cloned().unwrap_or_default()
    };
    let (day, out_pov_id) = (value("day"), value("out_pov_id"));
    let app_key = filled
        .as_ref()
        .map_or_else(String::new, |call| call.app_key.clone());
    let program = match (spec, &filled) {
        (Some(spec), Some(call)) => sample(Language::Python, spec, call),
        _ => String::new(),
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("app_key", &app_key)
        .append_pair("day", &day)
        .append_pair("out_pov_id", &out_pov_id)
        .finish();
    let access = portal.access();
    Page(Start {
        language: site.language,
        menu: menu(&portal, site.language),
        look: portal
            .sandbox_app_command()
            .filter(|_| access == Access::Sandbox),
        access,
        api_url: portal.api_url().to_owned(),
        apps: own.choices(&app_key),
        app_key,
        day,
        out_pov_id,
        program,
        query,
        variable: SECRET_VARIABLE,
        session: spec
            .filter(|spec| spec.needs_session)
            .map(|_| (SESSION_VARIABLE, SESSION_REMEDY)),
        site,
    })
}

impl Start {
    fn sample_address(&self) -> String {
        format!(
            "/docs/{METHOD}/samples/{}?{}",
            Language::Python.file_name(),
            self.query
        )
    }

    fn method_address(&self) -> String {
        format!("/docs/{METHOD}?{}#samples", self.query)
    }
}
