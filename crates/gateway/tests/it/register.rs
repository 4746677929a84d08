//! ISVs and apps in a real book.

use std::sync::{Arc, mpsc};

use povline_domain::{AppKey, IsvId, UnixMillis};
use povline_store::book::{
    Actor, Book, Grant, ImportLine, ImportMode, NewApp, SecretText, SqliteBook,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::call::SECRET;

/// Whoever sets a test up.
pub(crate) fn actor() -> Actor {
    Actor {
        name: "test".to_owned(),
        at: UnixMillis(0),
    }
}

/// Somebody who writes to the book and does not come to an end.
pub(crate) struct Held {
    let_go: mpsc::Sender<()>,
    importing: JoinHandle<()>,
}

impl Held {
    pub(crate) async fn let_go(self) {
        self.let_go.send(()).unwrap();
        self.importing.await.unwrap();
    }
}

/// Keeps others from writing, as a long import does.
pub(crate) async fn hold(book: &Arc<SqliteBook>) -> Held {
    let (begun, has_begun) = oneshot::channel();
    let (let_go, gate) = mpsc::channel::<()>();
    let mut begun = Some(begun);
    let lines = std::iter::from_fn(move || -> Option<ImportLine> {
        begun.take()?.send(()).unwrap();
        gate.recv().unwrap();
        None
    });
    let book = Arc::clone(book);
    let isv = book.ensure_isv(&actor(), "isv").await.unwrap();
    let importing = tokio::spawn(async move {
        let mode = ImportMode {
            keep_good: true,
            create_povs: false,
            refusals_max: 0,
        };
        let imported = book.import(&actor(), isv, lines, mode, |_| ()).await;
        imported.unwrap();
    });
    has_begun.await.unwrap();
    Held { let_go, importing }
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
