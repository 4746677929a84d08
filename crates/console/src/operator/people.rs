//! POVs, and the users of this site.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use povline_domain::IsvId;
use povline_gateway::PlatformBook;
use povline_portal::Site;
use povline_store::book::{Access, Role, UserRecord, Users};
use povline_web::{Language, Page};

use crate::reader::{Fields, Reader};
use crate::refusal::Refusal;
use crate::state::Console;
use crate::view;

/// POVs of one page; whoever looks for another searches.
const POVS_MAX: usize = 200;

struct PovRow {
    number: String,
    isv: String,
    code: String,
    name: String,
    apps: String,
}

#[derive(Template)]
#[template(path = "povs.html")]
struct PovsPage {
    language: Language,
    site: Site,
    search: String,
    rows: Vec<PovRow>,
    found: String,
    is_more: bool,
}

/// The POVs, and which apps may read each.
pub(crate) async fn povs<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    reader.must_be_operator()?;
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let search = fields.get("q").unwrap_or_default().to_owned();
    let failed = |error| Refusal::store(&reader.site, &error);
    let book = console.gateway.book();
    let access = book.access().await.map_err(failed)?;
    let users = book.users().await.map_err(failed)?;
    let matching = access.povs.iter().filter(|pov| {
        search.is_empty()
            || pov.out_pov_id.as_str().contains(search.as_str())
            || pov
                .name
                .as_ref()
                .is_some_and(|name| name.contains(search.as_str()))
    });
    let found = matching.clone().count();
    let rows: Vec<PovRow> = matching
        .take(POVS_MAX)
        .map(|pov| {
            let apps = access.apps.iter().filter(|app| {
                app.isv == pov.isv && app.grants.iter().any(|grant| grant.covers(&pov.out_pov_id))
            });
            let apps: Vec<&str> = apps.map(|app| app.key.as_str()).collect();
            PovRow {
                number: pov.pov.to_string(),
                isv: isv_name(&access, &users, pov.isv),
                code: pov.out_pov_id.to_string(),
                name: pov.name.clone().unwrap_or_default(),
                apps: apps.join(" "),
            }
        })
        .collect();
    let page = PovsPage {
        language: reader.language(),
        site: reader.site.clone(),
        search,
        is_more: found > rows.len(),
        rows,
        found: view::number(found as u64),
    };
    Ok(Page(page).into_response())
}

/// The name of an ISV, as its apps or its users tell it; its number if it has neither.
fn isv_name(access: &Access, users: &[UserRecord], isv: IsvId) -> String {
    let of_app = access.apps.iter().find(|app| app.isv == isv);
    let of_app = of_app.map(|app| app.isv_name.clone());
    let of_user = || {
        users.iter().find_map(|user| match &user.role {
            Role::Isv { isv: of, name } if *of == isv => Some(name.clone()),
            _ => None,
        })
    };
    of_app.or_else(of_user).unwrap_or_else(|| isv.0.to_string())
}

struct UserRow {
    name: String,
    role: String,
    made: String,
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    language: Language,
    site: Site,
    may_sign_up: bool,
    rows: Vec<UserRow>,
}

/// Who may sign in. They are made by the command, because the first one must be, and in a sandbox by
/// themselves.
pub(crate) async fn users<B: PlatformBook + Users>(
    State(console): State<Console<B>>,
    reader: Reader,
) -> Result<Response, Refusal> {
    reader.must_be_operator()?;
    let language = reader.language();
    let users = console.gateway.book().users().await;
    let users = users.map_err(|error| Refusal::store(&reader.site, &error))?;
    let page = UsersPage {
        language,
        site: reader.site.clone(),
        may_sign_up: console.may_sign_up(),
        rows: users
            .into_iter()
            .map(|user| UserRow {
                name: user.name.to_string(),
                role: match user.role {
                    Role::Operator => language.pick("平台运营", "Operator").to_owned(),
                    Role::Isv { name, .. } => {
                        language.pick(format!("ISV {name}"), format!("ISV {name}"))
                    }
                },
                made: view::time(user.created_at),
            })
            .collect(),
    };
    Ok(Page(page).into_response())
}
