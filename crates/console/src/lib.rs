//! Sign-in, API tool and consoles of the platform's site.
//!
//! Every page works without a script. Who may do what is decided in one place, `reader`: a page is
//! shown to a `Reader`, and a change is made by a form that only the extractor of a
//! signed-in reader's own form can read. Secrets of apps stay in this process: they are shown once,
//! when they are made, and sign on behalf of the API tool without ever standing in a page.

mod account;
mod apps;
mod calls;
mod chart;
mod keys;
mod names;
mod operator;
mod over_time;
mod password;
mod reached;
mod reader;
mod refusal;
mod session;
mod sign_in;
mod sign_up;
mod state;
mod throttle;
mod tool;
mod view;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use povline_gateway::{Gateway, PlatformBook};
use povline_store::book::Users;
use povline_web::Asset;

pub use password::{PASSWORD_CHARS, PasswordError, hash_password};
pub use state::{Randomness, Settings};

use state::Console;

/// The style of the consoles, beside that of all pages.
pub const STYLE: Asset = Asset {
    name: "console.css",
    content_type: "text/css; charset=utf-8",
    bytes: include_bytes!("../assets/console.css"),
};

/// No form of ours is longer, in bytes.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// These pages beside others of the same site, whose head then tells who is signed in; without the
/// headers that [`povline_web::guarded`] sets.
pub fn beside<B: PlatformBook + Users>(
    others: Router,
    gateway: Gateway<B>,
    settings: Settings,
) -> Router {
    let console = Console::new(gateway, settings);
    let greeting = from_fn_with_state(console.clone(), reader::greet::<B>);
    others.layer(greeting).merge(pages(console))
}

fn pages<B: PlatformBook + Users>(console: Console<B>) -> Router {
    Router::new()
        .route(
            "/sign-in",
            get(sign_in::page::<B>).post(sign_in::sign_in::<B>),
        )
        .route(
            "/sign-up",
            get(sign_up::page::<B>).post(sign_up::sign_up::<B>),
        )
        .route("/sign-out", post(sign_in::sign_out::<B>))
        .route(
            "/account",
            get(account::page::<B>).post(account::change::<B>),
        )
        .route("/apps", get(apps::list::<B>).post(apps::create::<B>))
        .route("/apps/{key}", get(apps::page::<B>))
        .route("/apps/{key}/rotate", post(apps::rotate::<B>))
        .route("/apps/{key}/status", post(apps::set_status::<B>))
        .route("/apps/{key}/grant", post(apps::grant::<B>))
        .route("/apps/{key}/revoke", post(apps::revoke::<B>))
        .route("/apps/{key}/limit", post(apps::limit::<B>))
        .route("/apps/{key}/allow", post(apps::allow::<B>))
        .route("/apps/{key}/calls", get(calls::of_app::<B>))
        .route("/apps/{key}/calls/{request_id}", get(calls::one::<B>))
        .route("/tool", get(tool::page::<B>).post(tool::call::<B>))
        .route("/operator", get(operator::page::<B>))
        .route("/operator/calls", get(calls::of_all::<B>))
        .route("/operator/calls/{request_id}", get(calls::one_of_all::<B>))
        .route("/operator/povs", get(operator::povs::<B>))
        .route("/operator/users", get(operator::users::<B>))
        .route("/operator/audit", get(operator::audit::<B>))
        .route("/operator/audit/verify", post(operator::verify::<B>))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(console)
        .merge(povline_web::asset(&STYLE))
}
