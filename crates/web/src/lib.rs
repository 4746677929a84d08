//! What every page of Povline shares, whoever serves it: the reader's language, the headers that
//! keep a page safe, files that never change under one address, cookies, and the way from an
//! [`axum::Router`] to a listener with limits.
//!
//! A crate with pages names `../web/templates` in its `askama.toml`, extends `layout.html` and
//! answers with [`Page`].

mod asset;
mod cookie;
mod guard;
mod language;
mod page;
mod remember;
mod serve;

pub use asset::{Asset, BASE_STYLE, asset, assets};
pub use cookie::{Cookie, cookie};
pub use guard::{guarded, is_from_this_site};
pub use language::Language;
pub use page::Page;
pub use povline_net::{Origin, Peer};
pub use remember::remembering;
pub use serve::serve;
