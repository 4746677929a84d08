//! What the database refuses by itself, whatever statement comes.

use rusqlite::Connection;

use super::SCHEMA;
use crate::sqlite::Database;

const ROW: &str = "INSERT INTO appointment VALUES (1, 18000, ?1, ?2, 31457790, ?3, 0, '测试')";

/// A book with a POV that has one row and one retired code, seen by its engine.
fn tables() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path(), &SCHEMA).unwrap());
    let connection = Connection::open(directory.path().join(SCHEMA.file_name)).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
            INSERT INTO isv VALUES (1, 'one');
            INSERT INTO pov VALUES (1, 1, '00001', NULL);
            INSERT INTO app VALUES ('12345678', 1, 'app', 1, 'secret', NULL, 0);
            INSERT INTO retired_pick_code VALUES (1, 18000, 'retired');
            INSERT INTO audit VALUES (1, 0, 'test', 'book', 1, 18000, 0, 'P1', 1, zeroblob(32), NULL);",
        )
        .unwrap();
    connection.execute(ROW, (1, "P1", "held")).unwrap();
    (directory, connection)
}

#[test]
fn ids_codes_and_places_are_unique() {
    let (_directory, connection) = tables();
    for (sequence, id, code) in [(2, "P1", "free"), (2, "P2", "held"), (1, "P2", "free")] {
        connection.execute(ROW, (sequence, id, code)).unwrap_err();
    }
    connection.execute(ROW, (2, "P2", "free")).unwrap();
}

#[test]
fn a_retired_code_cannot_be_held() {
    let (_directory, connection) = tables();
    connection.execute(ROW, (2, "P2", "retired")).unwrap_err();
    for change in [
        "pick_code = 'retired'",
        "day = 18000, pick_code = 'retired'",
    ] {
        let update = format!("UPDATE appointment SET {change}");
        connection.execute(&update, ()).unwrap_err();
    }
    connection
        .execute("UPDATE appointment SET pick_code = 'free'", ())
        .unwrap();
}

#[test]
fn nothing_stands_without_what_it_belongs_to() {
    let (_directory, connection) = tables();
    for orphan in [
        "INSERT INTO pov VALUES (2, 77, '00002', NULL)",
        "INSERT INTO app VALUES ('2', 77, 'app', 1, 'secret', NULL, 0)",
        "INSERT INTO app_grant VALUES ('nobody', 0, '00001')",
        "INSERT INTO pov_day VALUES (77, 18000, 1, 1)",
        "INSERT INTO schedule VALUES (77, 18000, 31457790, 1, 0, 0, 1)",
        "INSERT INTO app_write_grant VALUES ('12345678', 0, '00001')",
        "INSERT INTO appointment VALUES (77, 18000, 1, 'P2', 31457790, 'free', 0, '测试')",
        "DELETE FROM pov",
        "DELETE FROM isv",
    ] {
        connection.execute(orphan, ()).unwrap_err();
    }
}

#[test]
fn a_seat_is_held_only_if_there_is_one() {
    let (_directory, connection) = tables();
    // The period of the row that stands, and one place beside it.
    connection
        .execute(
            "INSERT INTO schedule VALUES (1, 18000, 31457790, 2, 1, 0, 1)",
            (),
        )
        .unwrap();
    let hold = "UPDATE schedule SET held = 1";
    let seats = || {
        let seats = "SELECT booked, held FROM schedule";
        connection
            .query_row(seats, (), |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
    };
    connection.execute(hold, ()).unwrap();
    assert_eq!(seats(), (1, 1));
    connection.execute(ROW, (2, "P2", "free")).unwrap();
    assert_eq!(seats(), (2, 0));
    connection.execute(hold, ()).unwrap_err();
    // Who does not ask is counted, and whoever leaves frees the place.
    connection.execute(ROW, (3, "P3", "other")).unwrap();
    assert_eq!(seats(), (3, 0));
    connection
        .execute("UPDATE appointment SET period = 1 WHERE sequence = 3", ())
        .unwrap();
    connection
        .execute("DELETE FROM appointment WHERE sequence = 2", ())
        .unwrap();
    assert_eq!(seats(), (1, 0));
    connection.execute(hold, ()).unwrap();
}

#[test]
fn the_audit_is_append_only() {
    let (_directory, connection) = tables();
    for tampering in [
        "DELETE FROM audit",
        "UPDATE audit SET actor = 'somebody else'",
    ] {
        connection.execute(tampering, ()).unwrap_err();
    }
}
