//! The audit's chain: what every engine must do, and what nobody can take out of it unnoticed.

mod crash;
mod tampering;
mod trail;

use povline_store::audit::{AuditTrail, Verdict, verify};
use povline_store::book::{Book, SqliteBook};

/// A place for one book.
pub trait Engine {
    type Book: Book + AuditTrail + Clone;

    fn new() -> Self;
    fn open(&self) -> Self::Book;
}

struct Sqlite(tempfile::TempDir);

impl Engine for Sqlite {
    type Book = SqliteBook;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> SqliteBook {
        SqliteBook::open(self.0.path()).unwrap()
    }
}

/// Makes a test of each check for an engine.
macro_rules! conformance {
    ($engine:ident as $name:ident: $($check:ident),* $(,)?) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    super::trail::$check::<super::$engine>().await;
                }
            )*
        }
    };
}

conformance! { Sqlite as sqlite:
    every_write_lengthens_a_chain_that_holds,
    readings_come_back_as_they_were_recorded,
    readings_wake_no_follower_and_change_nothing,
    many_readings_are_all_there,
    entries_are_found_by_what_they_are_about,
    a_head_that_was_kept_is_found_again,
}

async fn verdict<T: AuditTrail>(trail: &T) -> Verdict {
    verify(trail, None, |_| {}).await.unwrap()
}
