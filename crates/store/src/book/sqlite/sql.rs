//! Every statement of the book. A test prepares each against a freshly migrated database.

/// Declares statements and the list of them all.
macro_rules! statements {
    ($($name:ident = $sql:literal;)*) => {
        $(pub(in crate::book::sqlite) const $name: &str = $sql;)*

        #[cfg(test)]
        pub(in crate::book::sqlite) const ALL: &[&str] = &[$($name),*];
    };
}

pub(super) mod users;
pub(super) mod write_side;

statements! {
    // Who may call.
    ISV_BY_NAME = "SELECT isv_id FROM isv WHERE name = ?1";
    ISV_EXISTS = "SELECT EXISTS (SELECT 1 FROM isv WHERE isv_id = ?1)";
    ADD_ISV = "INSERT INTO isv (name) VALUES (?1)";
    APP_SECRET = "SELECT secret FROM app WHERE app_key = ?1";
    ADD_APP = "INSERT INTO app (app_key, isv_id, name, enabled, secret, created_at)
        VALUES (?1, ?2, ?3, 1, ?4, ?5)";
    SET_SECRETS = "UPDATE app SET secret = ?2, previous_secret = ?3 WHERE app_key = ?1";
    SET_ENABLED = "UPDATE app SET enabled = ?2 WHERE app_key = ?1 AND enabled <> ?2";
    ADD_GRANT = "INSERT INTO app_grant (app_key, is_prefix, out_pov_id) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";
    REMOVE_GRANT = "DELETE FROM app_grant
        WHERE app_key = ?1 AND is_prefix = ?2 AND out_pov_id = ?3";
    APPS = "SELECT app.app_key, app.isv_id, isv.name, app.name, app.enabled, app.secret,
            app.previous_secret, app.created_at
        FROM app JOIN isv USING (isv_id) ORDER BY app.app_key";
    GRANTS = "SELECT is_prefix, out_pov_id FROM app_grant WHERE app_key = ?1
        ORDER BY is_prefix, out_pov_id";

    // POVs.
    POVS = "SELECT pov_id, isv_id, out_pov_id, name FROM pov ORDER BY pov_id";
    POV = "SELECT out_pov_id FROM pov WHERE pov_id = ?1";
    POV_BY_CODE = "SELECT pov_id FROM pov WHERE isv_id = ?1 AND out_pov_id = ?2";
    POVS_OF_ISV = "SELECT pov_id, out_pov_id FROM pov WHERE isv_id = ?1";
    ADD_POV = "INSERT INTO pov (isv_id, out_pov_id, name) VALUES (?1, ?2, ?3)";
    NAME_POV = "UPDATE pov SET name = ?2 WHERE pov_id = ?1 AND name IS NOT ?2";

    // A POV's day.
    DAYS_AFTER = "SELECT day FROM pov_day WHERE pov_id = ?1 AND day > ?2 ORDER BY day LIMIT ?3";
    DAY_VERSION = "SELECT version FROM pov_day WHERE pov_id = ?1 AND day = ?2";
    NEXT_SEQUENCE = "SELECT next_sequence FROM pov_day WHERE pov_id = ?1 AND day = ?2";
    TOUCH_DAY = "INSERT INTO pov_day (pov_id, day, version, next_sequence) VALUES (?1, ?2, 1, ?3)
        ON CONFLICT (pov_id, day) DO UPDATE SET version = version + 1,
            next_sequence = max(next_sequence, excluded.next_sequence)";
    ROWS_AFTER = "SELECT appointment_id, period, pick_code, picked, name FROM appointment
        WHERE pov_id = ?1 AND day = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4";
    PLACE_AFTER = "SELECT sequence FROM appointment
        WHERE pov_id = ?1 AND day = ?2 AND sequence > ?3 ORDER BY sequence LIMIT 1 OFFSET ?4";

    // One appointment. Each statement writes one row: failing halfway leaves nothing to undo.
    FIND = "SELECT pov_id, day, sequence, period, pick_code, picked, name FROM appointment
        WHERE appointment_id = ?1";
    EXISTS = "SELECT EXISTS (SELECT 1 FROM appointment WHERE appointment_id = ?1)";
    ADD = "INSERT OR FAIL INTO appointment
            (pov_id, day, sequence, appointment_id, period, pick_code, picked, name)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    PUT = "UPDATE OR FAIL appointment SET pov_id = ?4, day = ?5, sequence = ?6, period = ?7,
            pick_code = ?8, picked = ?9, name = ?10
        WHERE pov_id = ?1 AND day = ?2 AND sequence = ?3";
    REMOVE = "DELETE FROM appointment WHERE pov_id = ?1 AND day = ?2 AND sequence = ?3";
    SET_PICKED = "UPDATE appointment SET picked = ?4
        WHERE pov_id = ?1 AND day = ?2 AND sequence = ?3";

    // Pick codes.
    RETIRE_CODE = "INSERT INTO retired_pick_code (pov_id, day, pick_code) VALUES (?1, ?2, ?3)
        ON CONFLICT DO NOTHING";
    CODE_RETIRED = "SELECT EXISTS (SELECT 1 FROM retired_pick_code
        WHERE pov_id = ?1 AND day = ?2 AND pick_code = ?3)";
    CODE_HELD = "SELECT EXISTS (SELECT 1 FROM appointment
        WHERE pov_id = ?1 AND day = ?2 AND pick_code = ?3)";

    // The audit, and the changes that are read off it.
    ADD_AUDIT = "INSERT INTO audit
            (sequence, at, actor, action, pov_id, day, access, object, rows, hash, readings)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    LAST_LINK = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";
    CHAINED_FROM = "SELECT sequence FROM audit_chain_begin";
    CHAIN_AFTER = "SELECT sequence, at, actor, action, pov_id, day, access, object, rows, hash,
            readings
        FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
    AUDIT_AFTER = "SELECT sequence, at, actor, action, pov_id, day, object, rows FROM audit
        WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
    LAST_AUDIT = "SELECT coalesce(max(sequence), 0) FROM audit";
    CHANGES_AFTER = "SELECT sequence, pov_id, day FROM audit
        WHERE sequence > ?1 AND (pov_id IS NOT NULL OR access = 1) ORDER BY sequence";
    LISTS_CHANGED = "SELECT sequence, pov_id, day FROM audit
        WHERE sequence > ?1 AND sequence <= ?2 AND pov_id IS NOT NULL AND day >= ?3
        ORDER BY sequence";
}

/// The statements about the conditions under which apps may call.
pub(super) mod limits {
    statements! {
        SET_KIND = "INSERT INTO book_kind (one, sandbox) VALUES (1, ?1) ON CONFLICT DO NOTHING";
        KIND = "SELECT sandbox FROM book_kind";

        CALL_LIMITS = "SELECT app_key, method, per_second, per_day FROM call_limit
            ORDER BY app_key, method";
        SET_CALL_LIMITS = "INSERT INTO call_limit (app_key, method, per_second, per_day)
            VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
            SET per_second = excluded.per_second, per_day = excluded.per_day";
        FORGET_CALL_LIMITS = "DELETE FROM call_limit WHERE app_key = ?1 AND method = ?2";
        WEIGHTS = "SELECT method, weight FROM method_weight ORDER BY method";
        SET_WEIGHT = "INSERT INTO method_weight (method, weight) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET weight = excluded.weight";
        FORGET_WEIGHT = "DELETE FROM method_weight WHERE method = ?1";

        ALLOWED = "SELECT app_key, range FROM allowed_address ORDER BY app_key, range";
        FORGET_ALLOWED = "DELETE FROM allowed_address WHERE app_key = ?1";
        ADD_ALLOWED = "INSERT INTO allowed_address (app_key, range) VALUES (?1, ?2)
            ON CONFLICT DO NOTHING";

        SESSIONS = "SELECT app_key, digest, created_at, expires_at FROM app_session
            ORDER BY app_key, created_at, digest";
        SESSIONS_OF = "SELECT count(*) FROM app_session WHERE app_key = ?1";
        ADD_SESSION = "INSERT INTO app_session (app_key, digest, created_at, expires_at)
            VALUES (?1, ?2, ?3, ?4)";
        FORGET_SESSIONS = "DELETE FROM app_session WHERE app_key = ?1 AND expires_at <= ?2";
        REVOKE_SESSIONS = "DELETE FROM app_session
            WHERE app_key = ?1 AND substr(digest, 1, length(?2)) = ?2";

        DAYS_OF_POV = "SELECT day, (SELECT count(*) FROM appointment AS row
                WHERE row.pov_id = pov_day.pov_id AND row.day = pov_day.day)
            FROM pov_day WHERE pov_id = ?1 ORDER BY day";
        CLEAR_ROWS = "DELETE FROM appointment WHERE pov_id = ?1";
        CLEAR_CODES = "DELETE FROM retired_pick_code WHERE pov_id = ?1";
        CLEAR_VISITS = "DELETE FROM visit WHERE appointment_id IN (
            SELECT appointment_id FROM appointment WHERE pov_id = ?1
            UNION SELECT appointment_id FROM cancelled_appointment WHERE pov_id = ?1)";
        CLEAR_BOOKINGS = "DELETE FROM booking WHERE appointment_id IN (
            SELECT appointment_id FROM appointment WHERE pov_id = ?1
            UNION SELECT appointment_id FROM cancelled_appointment WHERE pov_id = ?1)";
        CLEAR_CANCELLED = "DELETE FROM cancelled_appointment WHERE pov_id = ?1";
        CLEAR_SCHEDULE = "DELETE FROM schedule WHERE pov_id = ?1";
        CLEAR_CODE_COUNTERS = "DELETE FROM pick_code_counter WHERE pov_id = ?1";
        CLEAR_BOOKING_KEYS = "DELETE FROM booking_key
            WHERE app_key IN (SELECT app_key FROM app WHERE isv_id = ?1)";
    }
}

/// The statements about how often was called, which is in a file of its own.
pub(super) mod counts {
    statements! {
        COUNT = "SELECT reserved, used FROM call_count
            WHERE day = ?1 AND app_key = ?2 AND method = ?3";
        SET_COUNT = "INSERT INTO call_count (day, app_key, method, reserved, used)
            VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
            SET reserved = excluded.reserved, used = excluded.used";
        COUNTS = "SELECT app_key, method, reserved, used FROM call_count WHERE day = ?1
            ORDER BY app_key, method";
        FORGET_COUNTS = "DELETE FROM call_count WHERE day < ?1";

        LET_THROUGH_UNTIL = "SELECT until FROM letting_through";
        SET_LET_THROUGH_UNTIL = "INSERT INTO letting_through (one, until) VALUES (1, ?1)
            ON CONFLICT DO UPDATE SET until = excluded.until";
    }
}

/// The tables of one import: rows whose pick code somebody else holds when their line is read,
/// and the codes that rows gave up.
pub(super) const BEGIN_IMPORT: &str = "
    CREATE TEMP TABLE deferred (
        place INTEGER PRIMARY KEY,
        line INTEGER NOT NULL,
        appointment_id TEXT NOT NULL UNIQUE,
        pov_id INTEGER NOT NULL,
        day INTEGER NOT NULL,
        period INTEGER NOT NULL,
        pick_code TEXT NOT NULL,
        picked INTEGER NOT NULL,
        name TEXT NOT NULL,
        old_pov_id INTEGER,
        old_day INTEGER,
        old_sequence INTEGER,
        old_period INTEGER,
        old_pick_code TEXT,
        old_picked INTEGER,
        old_name TEXT,
        sequence INTEGER,
        refused INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX temp.deferred_code ON deferred (pov_id, day, pick_code);
    CREATE TEMP TABLE given_up (
        pov_id INTEGER NOT NULL,
        day INTEGER NOT NULL,
        pick_code TEXT NOT NULL,
        PRIMARY KEY (pov_id, day, pick_code)
    ) STRICT, WITHOUT ROWID;";

/// Forgets the tables of an import.
pub(super) const END_IMPORT: &str = "DROP TABLE temp.deferred; DROP TABLE temp.given_up;";

/// The statements that need the tables of an import.
pub(super) mod import {
    statements! {
        DEFERRED_ID = "SELECT EXISTS (SELECT 1 FROM temp.deferred WHERE appointment_id = ?1)";
        DEFER = "INSERT INTO temp.deferred (line, appointment_id, pov_id, day, period, pick_code,
                picked, name, old_pov_id, old_day, old_sequence, old_period, old_pick_code,
                old_picked, old_name)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        PLACES = "SELECT place FROM temp.deferred WHERE refused = 0 AND place > ?1
            ORDER BY place LIMIT 1";
        LOAD = "SELECT line, appointment_id, pov_id, day, period, pick_code, picked, name,
                old_pov_id, old_day, old_sequence, old_period, old_pick_code, old_picked,
                old_name, sequence
            FROM temp.deferred WHERE place = ?1";
        LIFT = "DELETE FROM appointment WHERE (pov_id, day, sequence) IN (
            SELECT old_pov_id, old_day, old_sequence FROM temp.deferred
            WHERE old_pov_id IS NOT NULL)";
        SET_PLACED = "UPDATE temp.deferred SET sequence = ?2 WHERE place = ?1";
        SET_REFUSED = "UPDATE temp.deferred SET sequence = NULL, refused = 1 WHERE place = ?1";
        HOLDER = "SELECT place FROM temp.deferred WHERE pov_id = ?1 AND day = ?2 AND pick_code = ?3
            AND sequence IS NOT NULL";
        GIVE_UP = "INSERT INTO temp.given_up (pov_id, day, pick_code) VALUES (?1, ?2, ?3)
            ON CONFLICT DO NOTHING";
        RETIRE_GIVEN_UP = "INSERT INTO retired_pick_code (pov_id, day, pick_code)
            SELECT pov_id, day, pick_code FROM temp.given_up AS given
            WHERE NOT EXISTS (SELECT 1 FROM appointment AS held WHERE held.pov_id = given.pov_id
                AND held.day = given.day AND held.pick_code = given.pick_code)
            ON CONFLICT DO NOTHING";
    }
}

#[cfg(test)]
mod tests {
    use crate::sqlite::Database;

    #[test]
    fn every_statement_fits_the_tables() {
        let directory = tempfile::tempdir().unwrap();
        drop(Database::open(directory.path(), &super::super::SCHEMA).unwrap());
        let file = directory.path().join(super::super::SCHEMA.file_name);
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.execute_batch(super::BEGIN_IMPORT).unwrap();
        let all = [
            super::ALL,
            super::import::ALL,
            super::limits::ALL,
            super::users::ALL,
            super::write_side::ALL,
        ];
        for sql in all.into_iter().flatten() {
            if let Err(error) = connection.prepare(sql) {
                panic!("{error} in {sql}");
            }
        }
        connection.execute_batch(super::END_IMPORT).unwrap();

        drop(Database::open(directory.path(), &super::super::COUNTS_SCHEMA).unwrap());
        let file = directory.path().join(super::super::COUNTS_SCHEMA.file_name);
        let connection = rusqlite::Connection::open(file).unwrap();
        for sql in super::counts::ALL {
            if let Err(error) = connection.prepare(sql) {
                panic!("{error} in {sql}");
            }
        }
    }
}
