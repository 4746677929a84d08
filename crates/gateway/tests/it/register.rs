//! ISVs and apps in a real book.

use povline_domain::{AppKey, IsvId, UnixMillis};
use povline_store::book::{Actor, Book, Grant, NewApp, SecretText, SqliteBook};

use crate::call::SECRET;

/// Whoever sets a test up.
pub(crate) fn actor() -> Actor {
    Actor {
        name: "test".to_owned(),
        at: UnixMillis(0),
    }
}

/// An app of this ISV with the usual secret, which may do nothing yet.
pub(crate) async fn app(book: &SqliteBook, isv: IsvId, key: &str) -> AppKey {
    let key = AppKey::new(key).unwrap();
    let app = NewApp {
        key: key.clone(),
        isv,
        name: key.to_string(),
        secret: SecretText(SECRET.to_owned()),
    };
    book.create_app(&actor(), app).await.unwrap();
    key
}

/// ISV "isv", and an app of it which may read everything.
pub(crate) async fn reading_app(book: &SqliteBook, key: &str) -> (IsvId, AppKey) {
    let isv = book.ensure_isv(&actor(), "isv").await.unwrap();
    let key = app(book, isv, key).await;
    let all = Grant::parse("*").unwrap();
    book.grant(&actor(), &key, &all).await.unwrap();
    (isv, key)
}
