//! The kit on a schema of one table.

use std::time::Duration;

use rusqlite::Connection;
use tokio::task::JoinHandle;

use super::{Database, Fault, Migration, Patience, Schema, Verdict};
use crate::{StoreError, StoreErrorKind};

const FIRST: Migration = Migration {
    name: "item",
    sql: "CREATE TABLE item (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
};

const SECOND: Migration = Migration {
    name: "price",
    sql: "ALTER TABLE item ADD COLUMN price INTEGER NOT NULL DEFAULT 0",
};

const SHOP: Schema = schema(&[FIRST]);

const fn schema(migrations: &'static [Migration]) -> Schema {
    Schema {
        name: "shop",
        file_name: "shop.sqlite",
        application_id: 0x5d09,
        migrations,
        mapped_bytes: 0,
        writer_cache_kib: 1 << 10,
    }
}

fn put(connection: &Connection, name: &str) -> Result<(), Fault> {
    connection.execute("INSERT INTO item (name) VALUES (?1)", [name])?;
    Ok(())
}

fn names(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare("SELECT name FROM item ORDER BY name")?;
    let names = statement.query_map((), |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn kept(database: &Database) -> Vec<String> {
    database.read("read the items", names).unwrap()
}

fn kind<T>(result: Result<T, StoreError>) -> StoreErrorKind {
    result.err().expect("it must fail").kind()
}

/// What became of each job.
async fn outcomes<T>(
    jobs: Vec<JoinHandle<Result<T, StoreError>>>,
) -> Vec<Result<T, StoreErrorKind>> {
    let mut outcomes = Vec::new();
    for job in jobs {
        outcomes.push(job.await.unwrap().map_err(|error| error.kind()));
    }
    outcomes
}

#[tokio::test(flavor = "current_thread")]
async fn jobs_that_wait_together_share_a_commit_and_fail_apart() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    // The gate holds the writer until all jobs wait, so that they share one commit.
    let (open_gate, gate) = std::sync::mpsc::channel::<()>();
    let gatekeeper = tokio::spawn({
        let database = database.clone();
        async move {
            let wait = move |_: &Connection| Ok(gate.recv_timeout(Duration::from_secs(20)).is_ok());
            database.write("wait", wait).await
        }
    });
    let commits = database.commits();
    let jobs: Vec<_> = ["a", "b", "a", "panic", "c"]
        .into_iter()
        .map(|name| {
            let database = database.clone();
            tokio::spawn(async move {
                let job = move |connection: &Connection| {
                    put(connection, name)?;
                    assert_ne!(name, "panic");
                    Ok(())
                };
                database.write("put an item", job).await
            })
        })
        .collect();
    tokio::task::yield_now().await; // each task has now been polled, and its job waits
    open_gate.send(()).unwrap();
    assert!(gatekeeper.await.unwrap().unwrap());
    let outcomes = outcomes(jobs).await;
    let refused = outcomes
        .iter()
        .filter(|outcome| **outcome == Err(StoreErrorKind::Refused));
    assert_eq!(refused.count(), 1, "the second `a`, whichever it was");
    assert_eq!(outcomes[3], Err(StoreErrorKind::Unavailable));
    assert_eq!(kept(&database), ["a", "b", "c"]);
    assert_eq!(*commits.borrow(), 1);
}

/// The first job of a transaction has no savepoint: what it leaves behind when it fails is undone all the
/// same, and is nobody else's.
#[tokio::test(flavor = "current_thread")]
async fn a_first_job_that_fails_takes_nobody_along() {
    for fails in ["refused", "panic"] {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(directory.path(), &SHOP).unwrap();
        let (open_gate, gate) = std::sync::mpsc::channel::<()>();
        let gatekeeper = tokio::spawn({
            let database = database.clone();
            async move {
                let wait = move |_: &Connection| {
                    gate.recv_timeout(Duration::from_secs(20)).unwrap();
                    Ok(Verdict::Keep(()))
                };
                // Nobody joins it: the first of the others begins the next transaction.
                database.write_alone("wait", wait).await
            }
        });
        let commits = database.commits();
        let jobs: Vec<_> = [fails, "a", "b"]
            .into_iter()
            .map(|name| {
                let database = database.clone();
                tokio::spawn(async move {
                    let job = move |connection: &Connection| {
                        put(connection, name)?;
                        assert_ne!(name, "panic");
                        if name == "refused" {
                            put(connection, name)?;
                        }
                        names(connection)
                    };
                    database.write("put an item", job).await
                })
            })
            .collect();
        tokio::task::yield_now().await; // each job waits
        open_gate.send(()).unwrap();
        gatekeeper.await.unwrap().unwrap();
        let outcomes = outcomes(jobs).await;
        let expected = match fails {
            "panic" => StoreErrorKind::Unavailable,
            _ => StoreErrorKind::Refused,
        };
        let seen = |names: &[&str]| Ok(names.iter().map(ToString::to_string).collect());
        assert_eq!(outcomes, [Err(expected), seen(&["a"]), seen(&["a", "b"])]);
        assert_eq!(kept(&database), ["a", "b"]);
        assert_eq!(*commits.borrow(), 1, "{fails}");
    }
}

/// Keeps the writer until it is told to let go.
async fn hold(database: &Database) -> (std::sync::mpsc::Sender<()>, JoinHandle<()>) {
    let (let_go, gate) = std::sync::mpsc::channel();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let holding = database.clone();
    let holding = tokio::spawn(async move {
        let wait = move |_: &Connection| {
            begun.send(()).unwrap();
            gate.recv_timeout(Duration::from_secs(20)).unwrap();
            Ok(())
        };
        holding.write("wait", wait).await.unwrap();
    });
    has_begun.await.unwrap();
    (let_go, holding)
}

const IMPATIENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_job_whose_turn_does_not_come_in_time_is_never_done() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let (let_go, holding) = hold(&database).await;
    let patience = Patience::at_most(IMPATIENT);
    let job = |connection: &Connection| put(connection, "a").map(Verdict::Keep);
    let waiting = database.write_in_turn("put an item", patience, job);
    assert_eq!(kind(waiting.await), StoreErrorKind::Busy);
    let waiting = database.write_alone_in_turn("put an item", patience, job);
    assert_eq!(kind(waiting.await), StoreErrorKind::Busy);
    let_go.send(()).unwrap();
    holding.await.unwrap();
    // It stands behind what was taken back.
    let job = |connection: &Connection| put(connection, "b").map(Verdict::Keep);
    let after = database.write_in_turn("put an item", Patience::default(), job);
    after.await.unwrap();
    assert_eq!(kept(&database), ["b"]);
}

#[tokio::test]
async fn a_job_that_has_begun_is_waited_for_however_long_it_takes() {
    // Its turn comes sooner, also on a crowded machine.
    const PATIENT: Duration = Duration::from_secs(1);
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let (let_go, gate) = std::sync::mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let writing = tokio::spawn({
        let database = database.clone();
        async move {
            let job = move |connection: &Connection| {
                begun.send(()).unwrap();
                gate.recv_timeout(Duration::from_secs(20)).unwrap();
                put(connection, "a").map(Verdict::Keep)
            };
            let patience = Patience::at_most(PATIENT);
            database.write_in_turn("put an item", patience, job).await
        }
    });
    has_begun.await.unwrap();
    tokio::time::sleep(PATIENT + IMPATIENT * 4).await;
    assert!(!writing.is_finished());
    let_go.send(()).unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(kept(&database), ["a"]);
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("own.sqlite");
    let database = Database::open(&file, &SHOP).unwrap();
    let job = |connection: &Connection| put(connection, "a");
    database.write("put an item", job).await.unwrap();
    drop(database);
    let database = Database::open(&file, &SHOP).unwrap();
    assert_eq!(kept(&database), ["a"]);
}

#[tokio::test]
async fn a_job_alone_may_be_discarded() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let seen = database
        .write_alone("put items", |connection| {
            put(connection, "a")?;
            Ok(Verdict::Discard(names(connection)?))
        })
        .await
        .unwrap();
    assert_eq!(seen, ["a"]);
    assert!(kept(&database).is_empty());
    let stays = |connection: &Connection| put(connection, "b").map(Verdict::Keep);
    database.write_alone("put items", stays).await.unwrap();
    assert_eq!(kept(&database), ["b"]);
}

#[tokio::test]
async fn a_reader_keeps_its_instant_and_cannot_write() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let reader = database.reader("read").unwrap();
    reader.begin("read").unwrap();
    assert!(reader.read("read", names).unwrap().is_empty());
    let job = |connection: &Connection| put(connection, "a");
    database.write("put an item", job).await.unwrap();
    assert!(reader.read("read", names).unwrap().is_empty());
    assert_eq!(
        kind(reader.read("write", |connection| put(connection, "b"))),
        StoreErrorKind::Unavailable
    );
    drop(reader);
    assert_eq!(kept(&database), ["a"]);
    let long = database.read_long("read the items", names).await.unwrap();
    assert_eq!(long, ["a"]);
}

#[tokio::test]
async fn a_long_read_that_panics_fails_alone() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let broken = database
        .read_long::<(), _>("read", |_| panic!("on purpose"))
        .await;
    assert_eq!(kind(broken), StoreErrorKind::Unavailable);
    assert!(database.read_long("read", names).await.unwrap().is_empty());
}

/// Counts up to a number.
fn count(connection: &Connection, up_to: i64) -> Result<i64, Fault> {
    let sql = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
        SELECT count(*) FROM n";
    Ok(connection.query_row(sql, [up_to], |row| row.get(0))?)
}

/// Counts for ever.
fn endless(connection: &Connection) -> Result<i64, Fault> {
    count(connection, i64::MAX)
}

#[tokio::test]
async fn a_read_apart_ends_when_nobody_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let (begun, mut began) = tokio::sync::mpsc::unbounded_channel();
    let (end, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let read = database.read_apart("count", move |connection| {
        begun.send(()).unwrap();
        let counted = endless(connection);
        end.send(counted.is_err()).unwrap();
        counted
    });
    tokio::select! {
        _ = read => panic!("it has no end"),
        _ = began.recv() => {}
    }
    assert_eq!(ended.recv().await, Some(true));
    // Whoever has its connection next is not interrupted.
    let far = |connection: &Connection| count(connection, 100_000);
    for _ in 0..3 {
        assert_eq!(database.read("count", far).unwrap(), 100_000);
        assert_eq!(database.read_apart("count", far).await.unwrap(), 100_000);
    }
}

#[tokio::test]
async fn reads_apart_wait_for_none_and_fail_alone() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let (begun, mut began) = tokio::sync::mpsc::unbounded_channel();
    let long = tokio::spawn({
        let database = database.clone();
        async move {
            let read = move |connection: &Connection| {
                begun.send(()).unwrap();
                endless(connection)
            };
            database.read_apart("count", read).await
        }
    });
    began.recv().await.unwrap();
    let apart = database.read_apart("read the items", names).await;
    assert!(apart.unwrap().is_empty());
    let broken = database
        .read_apart::<(), _>("read", |_| panic!("on purpose"))
        .await;
    assert_eq!(kind(broken), StoreErrorKind::Unavailable);
    assert!(kept(&database).is_empty());
    long.abort();
    assert!(long.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn another_process_that_holds_the_file_is_busy_not_broken() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let other = Connection::open(directory.path().join(SHOP.file_name)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let held = database
        .write("put an item", |connection| put(connection, "a"))
        .await;
    assert_eq!(kind(held), StoreErrorKind::Busy);
    other.execute_batch("ROLLBACK").unwrap();
    let job = |connection: &Connection| put(connection, "a");
    database.write("put an item", job).await.unwrap();
    assert_eq!(kept(&database), ["a"]);
}

#[tokio::test]
async fn nobody_waits_for_the_file_behind_what_was_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let other = Connection::open(directory.path().join(SHOP.file_name)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let job = |connection: &Connection| put(connection, "a").map(Verdict::Keep);
    for _ in 0..6 {
        let patience = Patience::at_most(IMPATIENT);
        let waiting = database.write_in_turn("put an item", patience, job).await;
        assert_eq!(kind(waiting), StoreErrorKind::Busy);
    }
    // The first of them waits for the file, and then this one, for five seconds each.
    let last = database.write("put an item", |connection| put(connection, "b"));
    let last = tokio::time::timeout(Duration::from_secs(20), last).await;
    assert_eq!(kind(last.unwrap()), StoreErrorKind::Busy);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(kept(&database).is_empty());
}

#[test]
fn migrations_are_applied_once_and_in_order() {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path(), &SHOP).unwrap());
    for _ in 0..2 {
        let database = Database::open(directory.path(), &schema(&[FIRST, SECOND])).unwrap();
        let prices =
            |connection: &Connection| Ok(connection.prepare("SELECT price FROM item").map(drop)?);
        database.read("read prices", prices).unwrap();
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_database_as_it_was() {
    const BROKEN: Migration = Migration {
        name: "price",
        sql: "ALTER TABLE item ADD COLUMN price INTEGER; INSERT INTO nowhere VALUES (1)",
    };
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path(), &SHOP).unwrap();
    let job = |connection: &Connection| put(connection, "a");
    database.write("put an item", job).await.unwrap();
    drop(database);
    kind(Database::open(directory.path(), &schema(&[FIRST, BROKEN])));
    let database = Database::open(directory.path(), &SHOP).unwrap();
    assert_eq!(kept(&database), ["a"]);
    // Had anything of it stayed, the column would be there already.
    drop(database);
    drop(Database::open(directory.path(), &schema(&[FIRST, SECOND])).unwrap());
}

#[test]
fn a_newer_a_changed_and_a_foreign_database_are_refused() {
    const EDITED: Migration = Migration {
        name: "item",
        sql: "CREATE TABLE item (name TEXT PRIMARY KEY, price INTEGER) STRICT",
    };
    const OTHER: Schema = Schema {
        application_id: 0x5d0a,
        ..SHOP
    };
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path(), &schema(&[FIRST, SECOND])).unwrap());
    for refused in [&SHOP, &schema(&[EDITED, SECOND]), &OTHER] {
        let opened = Database::open(directory.path(), refused);
        assert_eq!(kind(opened), StoreErrorKind::Corrupt, "{refused:?}");
    }
    drop(Database::open(directory.path(), &schema(&[FIRST, SECOND])).unwrap());
}

#[test]
fn a_file_that_is_no_database_and_a_missing_directory_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    std::fs::write(&text, "not a database ".repeat(100)).unwrap();
    assert_eq!(kind(Database::open(&text, &SHOP)), StoreErrorKind::Corrupt);
    let nowhere = directory.path().join("nowhere").join("shop.sqlite");
    assert_eq!(
        kind(Database::open(&nowhere, &SHOP)),
        StoreErrorKind::Unavailable
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let _database = Database::open(directory.path(), &SHOP).unwrap();
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert!(files.len() >= 2, "the database and its log");
    for file in files {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
